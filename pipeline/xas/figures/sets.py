"""The best sets of standards of one scan, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.style import COLOURS, nothing_to_show
from pipeline.xas.records import LcfCombinations

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SHOWN = 12
RULED_OUT_ALPHA = 0.35


def draw_sets(ax: Axes, result: LcfCombinations, scan: int, is_supported: FloatArray) -> None:
    """One bar a set, best on top, parted by fractions; sets that the data rule out are pale."""
    shown = np.flatnonzero(np.isfinite(result.set_index[scan]))[:MOST_SHOWN]
    if not shown.size:
        nothing_to_show(ax, result.reason[scan] or "this scan was not fitted")
        return
    left = np.zeros(shown.size)
    for k, name in enumerate(result.candidates):
        width = result.fraction[scan, shown, k]
        if not (width > 0).any():
            continue
        bars = ax.barh(
            shown, width, left=left, color=COLOURS[k % len(COLOURS)], height=0.75, label=name
        )
        for bar, supported in zip(bars, is_supported[scan, shown], strict=True):
            bar.set_alpha(1.0 if supported else RULED_OUT_ALPHA)
        left += width
    ax.set_yticks(
        shown,
        [
            f"{rank + 1}: ΔAICc {result.aicc[scan, rank] - result.aicc[scan, 0]:.1f}"
            for rank in shown
        ],
    )
    ax.set_ylim(shown[-1] + 0.6, -0.6)
    ax.set_xlim(0, 1)
    ax.set_xlabel("fraction")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.08), ncols=3, handlelength=1.0)
