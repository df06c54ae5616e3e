"""First derivatives of the spectra, with the maxima that the derivative method found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.style import COLOURS, GREY, nothing_to_show
from pipeline.xas.edge_derivative import points_aside, slopes
from pipeline.xas.figures.spectra import Curve, mean_spectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_derivatives(
    ax: Axes, curves: Sequence[Curve], window_ev: tuple[float, float], half_width_ev: float
) -> None:
    """Derivatives, one above the other, with a tick at each maximum; standards are grey.

    Args:
        ax: where to draw.
        curves: series with labels; the mean of a series is drawn.
        window_ev: energies in which the maximum was looked for.
        half_width_ev: half width of the local cubics.
    """
    drawn = []
    for curve in curves:
        e, y = mean_spectrum(curve.series)
        kept = np.isfinite(y) & (e > window_ev[0] - 5) & (e < window_ev[1] + 5)
        if kept.sum() > 2:
            row = e[kept][None]
            x, slope = slopes(row, y[kept][None], points_aside(row, half_width_ev))
            if x.size:
                drawn.append((curve, x[0], slope[0]))
    if not drawn:
        nothing_to_show(ax, "no scan could be normalised")
        return
    step = 0.9 * max(float(np.nanmax(slope)) for _, _, slope in drawn)
    samples = 0
    for i, (curve, x, slope) in enumerate(drawn):
        base = (len(drawn) - 1 - i) * step
        colour = GREY if curve.is_standard else COLOURS[samples % len(COLOURS)]
        samples += not curve.is_standard
        ax.plot(x, slope + base, color=colour, lw=0.8)
        ax.text(window_ev[0], base + 0.05 * step, f"  {curve.label}", color=colour, fontsize=5.5)
        edges = curve.series.edges
        if edges is not None and np.isfinite(edges.derivative_ev).any():
            at = float(np.nanmean(edges.derivative_ev))
            top = float(np.interp(at, x, slope)) + base
            ax.plot([at, at], [top, top + 0.1 * step], color="black", lw=0.9)
    ax.set_xlim(*window_ev)
    ax.set_xlabel("energy (eV)")
    ax.set_ylabel("derivative of the normalised absorption (1/eV)")
    ax.margins(y=0.06)
