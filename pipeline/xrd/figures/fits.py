"""One fitted line: data, model, its parts, and the residual in sigmas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.style import COLOURS, GREY, nothing_to_show
from pipeline.xrd.figures.tracks import line_labels
from pipeline.xrd.fit_curve import FitCurve
from pipeline.xrd.records import PeakTracks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COMPONENT_COLOURS = (COLOURS[0], *COLOURS[2:6])
_SEEN = 0.003  # of a line's height; its tails below this are left out
_LEGEND_ROW = 0.115  # height that a row of the legend takes above the data


def draw_fit(ax: Axes, rest: Axes, curve: FitCurve | None, tracks: PeakTracks) -> None:
    """A window of a frame as it was fitted; the residual over sigma below.

    Args:
        ax: data, model, lines on the background, background.
        rest: the residual.
        curve: the fit; None says that there is none.
        tracks: the lines, for their labels.
    """
    if curve is None:
        nothing_to_show(ax, "no line was fitted in any frame")
        nothing_to_show(rest, "")
        return
    x, background = curve.two_theta_deg, curve.background_counts
    ax.plot(x, curve.counts, ".", ms=2.5, color="black", label="data")
    ax.plot(x, curve.model_counts, color=COLOURS[1], lw=0.9, label="fit", zorder=3)
    labels = line_labels(tracks)
    for i, line in enumerate(curve.lines):
        colour = _COMPONENT_COLOURS[i % len(_COMPONENT_COLOURS)]
        component = curve.component_counts[i]
        part = np.where(component > _SEEN * component.max(), component + background, np.nan)
        ax.plot(x, part, color=colour, lw=2.0, alpha=0.45, label=labels[line])
    ax.plot(x, background, color=GREY, ls="--", lw=0.7, label="background")
    ax.set_ylabel("intensity (counts)")
    ax.set_xlim(curve.view_deg)
    ax.tick_params(labelbottom=False)
    inside = (x >= curve.view_deg[0]) & (x <= curve.view_deg[1])
    low, high = float(curve.counts[inside].min()), float(curve.counts[inside].max())
    rows = -(-(3 + len(curve.lines)) // 3)
    ax.set_ylim(low - 0.05 * (high - low), high + (0.04 + _LEGEND_ROW * rows) * (high - low))
    ax.legend(loc="upper center", ncols=3, handlelength=1.2, columnspacing=1.0)
    residual = (curve.counts - curve.model_counts) / curve.sigma_counts
    rest.axhline(0, color=GREY, lw=0.5)
    rest.plot(x, residual, color="black", lw=0.6)
    limit = max(4.0, 1.1 * float(np.abs(residual[inside]).max()))
    rest.set_ylim(-limit, limit)
    rest.set_xlim(curve.view_deg)
    rest.set_ylabel(r"residual / $\sigma$")
    wavelength = tracks.wavelength_angstrom[curve.frame]
    rest.set_xlabel(f"2θ (°) as measured, at {wavelength:.5g} Å")
