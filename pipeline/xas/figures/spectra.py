"""Normalised spectra with their standards, and an inset at the edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.core.style import COLOURS, GREY, colour_map, nothing_to_show
from pipeline.xas.nexus import on_common_grid
from pipeline.xas.records import NormalisedSeries

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW_SCANS = 4  # repeats of one measurement; more are a series
_EDGE_WINDOW_EV = (-15.0, 60.0)
_INSET_HALF_EV = 3.0
_INSET_LEFT, _INSET_BOTTOM = 0.45, 0.09  # shares of the axes


@dataclass(frozen=True, slots=True)
class Curve:
    """A normalised series with its label; standards are drawn thinner and dashed."""

    label: str
    series: NormalisedSeries
    is_standard: bool = False


def mean_spectrum(series: NormalisedSeries) -> tuple[FloatArray, FloatArray]:
    """Mean of the good scans on the axis of the first one, for display."""
    grid, shown = on_common_grid(series.energy_ev, series.flattened)
    counted = np.isfinite(shown).sum(axis=0)
    total = np.nansum(shown, axis=0)
    return grid, np.where(counted > 0, total / np.maximum(counted, 1), np.nan)


def draw_spectra(ax: Axes, curves: Sequence[Curve], e0_ev: float) -> None:
    """Normalised spectra, the mean of each data set, with an inset at the edge."""
    curves = _fewer(curves)
    drawn = [(c, *mean_spectrum(c.series)) for c in curves]
    drawn = [(c, e, y) for c, e, y in drawn if np.isfinite(y).any()]
    if not drawn:
        nothing_to_show(ax, "no scan could be normalised")
        return
    columns = 1 if len(drawn) < 8 else 2
    rows = -(-len(drawn) // columns)
    inset = _edge_axes(ax, e0_ev, [(e, y) for _, e, y in drawn], rows - 1)
    samples = [item for item in drawn if not item[0].is_standard]
    for i, (curve, e, y) in enumerate(samples):
        for target in (ax, inset):
            target.plot(e, y, color=COLOURS[i % len(COLOURS)], label=_label(curve))
    dashes = ((4, 1.5), (1.2, 1.2), (5, 1, 1.2, 1), (8, 2), (2, 2, 6, 2), (1, 3))
    standards = [item for item in drawn if item[0].is_standard]
    for i, (curve, e, y) in enumerate(standards):
        for target in (ax, inset):
            shade = "black" if i % 2 == 0 else GREY
            line = target.plot(e, y, color=shade, lw=0.8, label=curve.label)[0]
            line.set_dashes(dashes[i % len(dashes)])
    ax.legend(loc="upper right", ncols=columns, handlelength=1.8)


def _fewer(curves: Sequence[Curve]) -> list[Curve]:
    """The first samples and all standards: more curves than colours cannot be told apart."""
    samples = [c for c in curves if not c.is_standard][: len(COLOURS)]
    return [*samples, *(c for c in curves if c.is_standard)]


def _label(curve: Curve) -> str:
    """Label of a mean, which says that it is one where a series stands behind it."""
    good = int(np.isfinite(curve.series.flattened).any(axis=1).sum())
    return f"{curve.label} (mean of {good})" if good > FEW_SCANS else curve.label


def draw_series(ax: Axes, curve: Curve, standards: Sequence[Curve], e0_ev: float) -> None:
    """A long series, scan by scan from dark to light, with its standards and an inset."""
    grid, shown = on_common_grid(curve.series.energy_ev, curve.series.flattened)
    good = np.flatnonzero(np.isfinite(shown).any(axis=1))
    if not good.size:
        nothing_to_show(ax, "no scan could be normalised")
        return
    inset = _edge_axes(ax, e0_ev, [(grid, shown[i]) for i in good], len(standards))
    for row, colour in zip(shown[good], colour_map(good.size), strict=True):
        for target in (ax, inset):
            target.plot(grid, row, color=colour, lw=0.6)
    dashes = ((4, 1.5), (1.2, 1.2), (5, 1, 1.2, 1), (8, 2))
    for i, standard in enumerate(standards):
        e, y = mean_spectrum(standard.series)
        for target in (ax, inset):
            line = target.plot(e, y, color="black", lw=0.8, label=standard.label)[0]
            line.set_dashes(dashes[i % len(dashes)])
    if good.size > FEW_SCANS:
        _scan_colour_bar(ax, good)
    if standards:
        ax.legend(loc="upper right", handlelength=2.2)


def _scan_colour_bar(ax: Axes, scans: IntArray) -> None:
    from matplotlib import cm, colors, ticker

    colour_set = colors.ListedColormap(colour_map(256))
    norm = colors.Normalize(float(scans.min()), float(max(scans.max(), scans.min() + 1)))
    bar = ax.figure.colorbar(cm.ScalarMappable(norm, colour_set), ax=ax, pad=0.02, aspect=30)
    bar.locator = ticker.MaxNLocator(nbins=6, integer=True)
    bar.set_label("scan")


def _edge_axes(
    ax: Axes, e0_ev: float, curves: Sequence[tuple[FloatArray, FloatArray]], legend_rows: int
) -> Axes:
    """Set the main axes to the XANES region, the legend above, and give an inset on the edge."""
    low, high = e0_ev + _EDGE_WINDOW_EV[0], e0_ev + _EDGE_WINDOW_EV[1]
    top = max(float(np.nanmax(y[(e > low) & (e < high)], initial=1.0)) for e, y in curves)
    ax.set_xlim(low, high)
    ax.set_ylim(-0.05, top + 0.06 + 0.11 * legend_rows)
    ax.set_xlabel("energy (eV)")
    ax.set_ylabel("normalised absorption")
    crossings = [c for e, y in curves if np.isfinite(c := _first_crossing(e, y, 0.6, low))]
    centre = float(np.median(crossings)) if crossings else e0_ev
    below = _lowest(curves, low + _INSET_LEFT * (high - low), high)
    room = (below - 0.05 - ax.get_ylim()[0]) / float(np.ptp(ax.get_ylim()))
    height = max(room - _INSET_BOTTOM, 0.15)
    inset: Axes = ax.inset_axes((_INSET_LEFT + 0.07, _INSET_BOTTOM, 0.90 - _INSET_LEFT, height))
    inset.set_xlim(centre - _INSET_HALF_EV, centre + _INSET_HALF_EV)
    inset.set_ylim(0.35, 0.95)
    inset.tick_params(labelsize=5.5, pad=1.5)
    inset.locator_params(axis="x", nbins=4)
    inset.locator_params(axis="y", nbins=4)
    return inset


def _lowest(
    curves: Sequence[tuple[FloatArray, FloatArray]], start_ev: float, end_ev: float
) -> float:
    """The lowest value of any curve in a range; the inset stands below it."""
    values = [y[(e > start_ev) & (e < end_ev) & np.isfinite(y)] for e, y in curves]
    return min((float(v.min()) for v in values if v.size), default=1.0)


def _first_crossing(e: FloatArray, y: FloatArray, level: float, start_ev: float) -> float:
    above = np.flatnonzero((e > start_ev) & (y > level))
    return float(e[above[0]]) if above.size else np.nan
