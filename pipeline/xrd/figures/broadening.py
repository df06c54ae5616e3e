"""The plot of Williamson and Hall: breadths of lines, what size and what strain make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.style import COLOURS, GREY, MARKERS, nothing_to_show
from pipeline.xrd.figures.maps import with_sigma
from pipeline.xrd.figures.marks import Marks, draw_marks
from pipeline.xrd.records import Broadening

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MILLI = 1e3
_ANGSTROM_PER_NM = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class NamedBroadening:
    """Size and strain of a data set, its label, and the frame that is shown."""

    label: str
    result: Broadening
    frame: int = 0


def draw_williamson_hall(ax: Axes, named: Sequence[NamedBroadening]) -> None:
    """`breadth cos(theta)` against `4 sin(theta)`: the slope is the strain, the start at zero K lambda / size.

    G. K. Williamson, W. H. Hall, Acta Metall. 1 (1953) 22, doi:10.1016/0001-6160(53)90006-6.
    """
    known = [n for n in named if np.isfinite(n.result.breadth_deg[n.frame]).any()]
    if not known:
        nothing_to_show(ax, "no breadth of a line was found")
        return
    right = 0.0
    for i, one in enumerate(known):
        r, k = one.result, one.frame
        theta = np.radians(r.two_theta_deg[k] / 2)
        colour = COLOURS[i % len(COLOURS)]
        ax.errorbar(
            4 * np.sin(theta),
            np.radians(r.breadth_deg[k]) * np.cos(theta) * _MILLI,
            yerr=np.radians(r.breadth_sigma_deg[k]) * np.cos(theta) * _MILLI,
            ls="none",
            marker=MARKERS[i % len(MARKERS)],
            color=colour,
            elinewidth=0.7,
            label=_label(one),
        )
        end = float(np.nanmax(4 * np.sin(theta))) * 1.05
        right = max(right, end)
        start = r.shape_factor_ratio * r.wavelength_angstrom[k] / (r.size_nm[k] * _ANGSTROM_PER_NM)
        strain = r.strain_percent[k] / 100
        if np.isfinite(strain):
            start = start if np.isfinite(start) else 0.0  # a size beyond measure
            ax.plot(
                [0, end], [start * _MILLI, (start + strain * end) * _MILLI], color=colour, lw=0.8
            )
    ax.set_xlim(0, right)
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    ax.set_xlabel("4 sin θ")
    ax.set_ylabel("integral breadth · cos θ (mrad)")
    last = known[-1]
    at = 4 * np.sin(np.radians(last.result.two_theta_deg[last.frame] / 2))
    draw_marks(ax, [Marks("", last.result.lines, at)])
    if not all(n.result.instrument for n in known):
        why = "the instrument's breadth is in it"
        ax.text(0.98, 0.03, why, ha="right", transform=ax.transAxes, color=GREY, fontsize=5.5)
    ax.figure.legend(loc="outside upper left", ncols=1, handlelength=1.0)


def _label(one: NamedBroadening) -> str:
    r, k = one.result, one.frame
    parts = [
        f"{with_sigma(value, sigma)} {unit}"
        for value, sigma, unit in (
            (r.size_nm[k], r.size_sigma_nm[k], "nm"),
            (r.strain_percent[k], r.strain_sigma_percent[k], "%"),
        )
        if np.isfinite(value)
    ]
    return f"{one.label}:\n{', '.join(parts) or r.status[k].replace('_', ' ')}"
