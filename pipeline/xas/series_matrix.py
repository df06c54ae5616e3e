"""A series as one matrix: every good scan on one energy grid, for what asks all scans at once.

Each scan has its own calibrated axis. The grid is the axis of the first good scan inside the
range, and the others are taken to it by a cubic spline: shifts are a fraction of a point, and a
cubic does not round the edge as a straight line would. Interpolating correlates neighbouring
noise a little and lowers it by up to a third; counting components stays on the safe side of that.
Fits of single scans (`pipeline.xas.lcf`) go the other way and never interpolate data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.core.options import Window
from pipeline.physics import grids
from pipeline.xas.records import NormalisedSeries, ScanStatus
from pipeline.xas.standards import Standard
from pipeline.xas.verdicts import Verdicts


@dataclass(frozen=True, slots=True, eq=False)
class SeriesMatrix:
    """Good scans on one grid: `energy_ev` `(p,)`, `spectra` `(m, p)`, `noise` and `shift_sigma_ev` `(m,)`.

    `scans` `(n,)` says which of the series' `n` scans they are. `noise` is above zero.
    """

    energy_ev: FloatArray
    spectra: FloatArray
    noise: FloatArray
    shift_sigma_ev: FloatArray
    scans: BoolArray

    @property
    def n_good(self) -> int:
        """Number of good scans."""
        return len(self.spectra)

    def spread_out(self, values: FloatArray) -> FloatArray:
        """Values of the good scans `(m, ...)` among all scans `(n, ...)`, NaN for the others."""
        out = np.full((len(self.scans), *values.shape[1:]), np.nan)
        out[self.scans] = values
        return out


def series_matrix(
    sample: NormalisedSeries,
    range_ev: Window,
    signal: str,
    e0_ev: float,
    verdicts: Verdicts,
    needed: int,
) -> SeriesMatrix:
    """Put the good scans of a series on one grid.

    Args:
        sample: normalised scans.
        range_ev: the range, relative to `e0_ev`.
        signal: `normalised` or `flattened`.
        e0_ev: reference energy of the range.
        verdicts: of the scans; a scan that does not cover the range fails
            (`WINDOW_OUTSIDE_SCAN`), and all do where fewer than `needed` are left (`TOO_FEW_SCANS`).
        needed: least number of good scans.

    Returns:
        The matrix; without a scan, and with a grid of two points, where too few are good.
    """
    low, high = e0_ev + range_ev[0], e0_ev + range_ev[1]
    start, end = grids.ends(sample.energy_ev)
    verdicts.fail(
        ~((start <= low) & (end >= high)),
        ScanStatus.WINDOW_OUTSIDE_SCAN,
        lambda i: (
            f"the range is {low:.2f} to {high:.2f} eV, but the scan runs from {start[i]:.2f} to {end[i]:.2f} eV"
        ),
    )
    good = int(verdicts.ok.sum())
    if good < needed:
        verdicts.fail(
            verdicts.ok,
            ScanStatus.TOO_FEW_SCANS,
            f"{good} good scans, and this takes at least {needed}",
        )
        grid = np.array([low, high])
        return SeriesMatrix(grid, np.empty((0, 2)), np.empty(0), np.empty(0), verdicts.ok)
    ok = verdicts.ok
    values: FloatArray = getattr(sample, signal)
    first = sample.energy_ev[int(np.argmax(ok))]
    # Inside every scan's range and the window: the first scan's end may lie beyond another's.
    grid = first[(first >= max(low, start[ok].max())) & (first <= min(high, end[ok].min()))]
    spectra = np.stack(
        [_on_grid(e, y, grid) for e, y in zip(sample.energy_ev[ok], values[ok], strict=True)]
    )
    noise = sample.noise_normalised[ok]
    usable = np.isfinite(noise) & (noise > 0)
    typical = float(np.median(noise[usable])) if usable.any() else 1.0
    return SeriesMatrix(
        energy_ev=grid,
        spectra=spectra,
        noise=np.where(usable, noise, typical),
        shift_sigma_ev=np.nan_to_num(sample.shift_sigma_ev[ok]),
        scans=ok,
    )


def _on_grid(energy_ev: FloatArray, values: FloatArray, grid: FloatArray) -> FloatArray:
    used = np.isfinite(energy_ev) & np.isfinite(values)
    e, y = energy_ev[used], values[used]
    if np.isin(grid, e).all():
        return np.asarray(y[np.searchsorted(e, grid)])
    return np.asarray(CubicSpline(e, y)(grid))


def standards_on(matrix: SeriesMatrix, means: Sequence[Standard], verdicts: Verdicts) -> FloatArray:
    """Standards on the grid of a series `(K, p)`.

    Where one is missing or does not cover the grid every scan fails (`STANDARD_FAILED`,
    `STANDARD_TOO_SHORT`); nothing is extrapolated.
    """
    grid = matrix.energy_ev
    everything = np.ones(len(matrix.scans), dtype=np.bool_)
    for m in means:
        if m.spline is None:
            verdicts.fail(
                everything, ScanStatus.STANDARD_FAILED, f"standard '{m.name}' has no good scan"
            )
        elif not (m.start_ev <= grid[0] and m.end_ev >= grid[-1]):
            verdicts.fail(
                everything,
                ScanStatus.STANDARD_TOO_SHORT,
                f"the range is {grid[0]:.2f} to {grid[-1]:.2f} eV, but standard '{m.name}' runs from "
                f"{m.start_ev:.2f} to {m.end_ev:.2f} eV; narrow `range_ev`",
            )
    if not means:
        return np.empty((0, grid.size))
    return np.stack([m.evaluate(grid)[0] for m in means])
