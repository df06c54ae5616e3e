"""Numbers of scans: against what was varied, or one scan after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import LABELS, Covariates, first_that_varies, shown
from pipeline.core.style import COLOURS, MARKERS, nothing_to_show
from pipeline.xas.records import CalibratedSeries

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW_SCANS = 4  # repeats of one measurement; more are a series


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


def draw_against(ax: Axes, groups: Sequence[Points], label: str) -> None:
    """Values with error bars against the covariate that they share, one colour a sample."""
    groups = [g for g in groups if np.isfinite(g.values).any()]
    if not groups:
        nothing_to_show(ax, "no scan gave a value")
        return
    name = first_that_varies([g.covariates for g in groups])
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
        for group in mine:  # a thin line in the order of the scans: charge and discharge tell apart
            if group.values.size > FEW_SCANS:
                places = _places(group, name, spread, i, len(labels))
                ax.plot(places, group.values, color=colour, lw=0.4, alpha=0.6)
    ax.set_xlabel(LABELS.get(name, "scan"))
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
    every = shown(name, np.concatenate([getattr(g.covariates, name) for g in groups]))
    return 0.012 * float(np.ptp(every[np.isfinite(every)]))


def _places(group: Points, name: str, spread: float, rank: int, count: int) -> FloatArray:
    index = np.arange(group.values.size, dtype=np.float64)
    if not name:
        return index
    x = shown(name, getattr(group.covariates, name))
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
