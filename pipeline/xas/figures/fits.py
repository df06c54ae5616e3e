"""A linear-combination fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.style import COLOURS, GREY, nothing_to_show
from pipeline.xas.records import LcfResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_lcf(ax: Axes, rest: Axes, result: LcfResult, scan: int) -> None:
    """One fit: data, sum, weighted components; the residual below on its own scale."""
    e = result.energy_ev[scan]
    if not np.isfinite(result.r_factor[scan]):
        nothing_to_show(ax, result.reason[scan] or "this scan was not fitted")
        nothing_to_show(rest, "")
        return
    ax.plot(e, result.data_normalised[scan], ".", ms=2.5, color="black", label="data")
    ax.plot(e, result.fit_normalised[scan], color=COLOURS[1], label="fit")
    for k, title in enumerate(result.standard_titles):
        f, s = result.fraction[scan, k], result.fraction_sigma[scan, k]
        colour = COLOURS[(0, 2, 3, 4, 5, 6)[k]]
        label = f"{title} {f:.3f} ± {s:.3f}"
        if f == 0:  # at the bound an error to both sides makes no sense
            label = f"{title} < {result.fraction_high[scan, k]:.3f}"
        weighted = result.weights[scan, k] * result.components_normalised[scan, k]
        ax.plot(e, weighted, color=colour, lw=0.8, label=label)
    top = float(np.nanmax(result.data_normalised[scan]))
    ax.set_ylabel("normalised absorption")
    ax.set_ylim(
        -0.05, top * (1.05 + 0.115 * (2 + len(result.standards)))
    )  # the legend stands above
    ax.legend(loc="upper right", handlelength=1.5)
    ax.tick_params(labelbottom=False)
    rest.axhline(0, color=GREY, lw=0.5)
    rest.plot(e, result.residual_normalised[scan] * 100, color="black", lw=0.7)
    rest.set_ylabel("residual (%)")
    rest.set_xlabel("energy (eV)")
    limit = max(float(np.nanmax(np.abs(result.residual_normalised[scan]))) * 130, 0.1)
    rest.set_ylim(-limit, limit)
    for axes in (ax, rest):
        axes.set_xlim(float(np.nanmin(e)), float(np.nanmax(e)))
