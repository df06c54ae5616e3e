"""Figures of X-ray absorption: each function draws records on axes and writes no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.core.style import COLOURS, GREY, MARKERS, colour_map, nothing_to_show
from pipeline.xas.nexus import on_common_grid
from pipeline.xas.records import CalibratedSeries, Covariates, LcfResult, NormalisedSeries

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COVARIATE_LABELS = {
    "charge_mah": "charge passed (mA h)",
    "cycle": "cycle",
    "temperature_c": "temperature (°C)",
    "voltage_v": "voltage (V)",
    "time_s": "time (h)",
}
_PER_HOUR = {"time_s": 1 / 3600.0}
_EDGE_WINDOW_EV = (-15.0, 60.0)
_INSET_HALF_EV = 3.0
_INSET_LEFT, _INSET_BOTTOM = 0.45, 0.09  # shares of the axes


@dataclass(frozen=True, slots=True)
class Curve:
    """A normalised series with its label; standards are drawn thinner and dashed."""

    label: str
    series: NormalisedSeries
    is_standard: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Numbers of a series with errors `(n_scans,)`, their label and covariates.

    `low` and `high` are the ends of the error bars where they are not at one sigma.
    """

    label: str
    values: FloatArray
    sigma: FloatArray
    covariates: Covariates
    low: FloatArray | None = None
    high: FloatArray | None = None

    @property
    def bars(self) -> FloatArray:
        """Error bars down and up `(2, n_scans)`; one-sided where a limit is."""
        low = self.values - self.sigma if self.low is None else self.low
        high = self.values + self.sigma if self.high is None else self.high
        return np.maximum(np.stack([self.values - low, high - self.values]), 0.0)


def mean_spectrum(series: NormalisedSeries) -> tuple[FloatArray, FloatArray]:
    """Mean of the good scans on the axis of the first one, for display."""
    grid, shown = on_common_grid(series.energy_ev, series.flattened)
    counted = np.isfinite(shown).sum(axis=0)
    total = np.nansum(shown, axis=0)
    return grid, np.where(counted > 0, total / np.maximum(counted, 1), np.nan)


def draw_spectra(ax: Axes, curves: Sequence[Curve], e0_ev: float) -> None:
    """Normalised spectra, one curve a data set, with an inset at the edge."""
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
            target.plot(e, y, color=COLOURS[i % len(COLOURS)], label=curve.label)
    dashes = ((4, 1.5), (1.2, 1.2), (5, 1, 1.2, 1), (8, 2), (2, 2, 6, 2), (1, 3))
    standards = [item for item in drawn if item[0].is_standard]
    for i, (curve, e, y) in enumerate(standards):
        for target in (ax, inset):
            shade = "black" if i % 2 == 0 else GREY
            line = target.plot(e, y, color=shade, lw=0.8, label=curve.label)[0]
            line.set_dashes(dashes[i % len(dashes)])
    ax.legend(loc="upper right", ncols=columns, handlelength=1.8)


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


def common_covariate(groups: Sequence[Points]) -> str:
    """The covariate to plot against: the first that is known and differs; else ''."""
    for name in COVARIATE_LABELS:
        known = np.concatenate([getattr(p.covariates, name) for p in groups])
        known = known[np.isfinite(known)]
        if known.size > 1 and np.ptp(known) > 0:
            return name
    return ""


def draw_against(ax: Axes, groups: Sequence[Points], label: str) -> None:
    """Values with error bars against the covariate that they share, one colour a sample."""
    groups = [g for g in groups if np.isfinite(g.values).any()]
    if not groups:
        nothing_to_show(ax, "no scan gave a value")
        return
    name = common_covariate(groups)
    if not name and all(g.values.size == 1 for g in groups):
        _draw_named(ax, groups, label)
        return
    labels = list(dict.fromkeys(g.label for g in groups))
    spread = _spread(groups, name)
    for i, sample in enumerate(labels):
        mine = [g for g in groups if g.label == sample]
        x = np.concatenate([_places(g, name, spread, i, len(labels)) for g in mine])
        y = np.concatenate([g.values for g in mine])
        s = np.concatenate([g.bars for g in mine], axis=1)
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
        ax.errorbar(
            x, y, yerr=s, ls="none", elinewidth=0.7, label=sample, color=colour, marker=marker
        )
    ax.set_xlabel(COVARIATE_LABELS.get(name, "scan"))
    ax.set_ylabel(label)
    ax.margins(x=0.06, y=0.12)
    if not name:
        ax.locator_params(axis="x", integer=True)
    if len(labels) > 1:
        ax.legend(loc="best", handlelength=1.2)


def _draw_named(ax: Axes, groups: Sequence[Points], label: str) -> None:
    """One value a data set and nothing to order them by: names along the axis."""
    for i, group in enumerate(groups):
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
        ax.errorbar([i], group.values, yerr=group.bars, color=colour, marker=marker, elinewidth=0.7)
    ax.set_xticks(range(len(groups)), [g.label for g in groups], rotation=25, ha="right")
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, len(groups) - 0.4)
    ax.set_ylabel(label)
    ax.margins(y=0.12)


def _spread(groups: Sequence[Points], name: str) -> float:
    """How far scans at one place are drawn apart: a little of the axis."""
    if not name:
        return 0.0
    every = np.concatenate([getattr(g.covariates, name) for g in groups]) * _PER_HOUR.get(name, 1)
    return 0.012 * float(np.ptp(every[np.isfinite(every)]))


def _places(group: Points, name: str, spread: float, rank: int, count: int) -> FloatArray:
    index = np.arange(group.values.size, dtype=np.float64)
    if not name:
        return index
    x = getattr(group.covariates, name) * _PER_HOUR.get(name, 1)
    repeated = np.ptp(x[np.isfinite(x)]) == 0 if np.isfinite(x).any() else True
    shift = (rank - (count - 1) / 2) * spread * 2.5
    if repeated:
        return np.asarray(x + shift + (index - index.mean()) * spread)
    return np.asarray(x)


def draw_shifts(ax: Axes, series: Sequence[tuple[str, CalibratedSeries]]) -> None:
    """Calibration shift of every scan, data set after data set; a legend above says which."""
    if not any(np.isfinite(one.shift_ev).any() for _, one in series):
        nothing_to_show(ax, "no scan could be calibrated")
        return
    start = 0
    for i, (label, one) in enumerate(series):
        ax.errorbar(
            np.arange(start, start + one.shift_ev.size),
            one.shift_ev,
            yerr=one.shift_sigma_ev,
            ls="none",
            color=COLOURS[i % len(COLOURS)],
            marker=MARKERS[i // len(COLOURS) % len(MARKERS)],
            ms=2.5,
            elinewidth=0.7,
            label=label,
        )
        start += one.shift_ev.size
    ax.set_xlabel("scan of the study")
    ax.set_ylabel("calibration shift (eV)")
    ax.locator_params(axis="x", integer=True)
    ax.margins(x=0.03, y=0.12)
    columns = 1 if len(series) == 1 else 2
    ax.figure.legend(loc="outside upper center", ncols=columns, handlelength=1.0)
