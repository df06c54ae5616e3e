"""Repeated scans of one thing averaged into one, with errors from the scatter between them.

On the calibrated axis every point of every scan goes to the nearest point of the first good scan; the
merged point is the mean of those, in energy and in absorption. No scan is interpolated, so the noise of
neighbours stays independent, and a straight line stays itself whatever the shifts of the scans are.

Scans of one thing differ in what normalisation takes out: a line below them and a factor. So each
is first brought onto the first, `a + b (E - E0) + s mu`, by least squares; the merged scan has the first one's
step. The sigma of a merged point is the scatter of the scans about the merged curve in its
neighbourhood, `sqrt(sum r^2 / (n - 1) / n)`: it holds whatever differs from scan to scan and not only noise.
Where the curve bends, the mean of points at different energies lies inside the bend; by how much is added to sigma.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.interpolate import CubicSpline

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.core.covariates import Covariates
from pipeline.physics.residuals import point_noise
from pipeline.xas.records import CalibratedSeries, Flag, Flags, RawSeries, ScanStatus

MIN_SCANS = 2
SCATTER_POINTS = 25  # merged points over which the scatter is pooled
FIT_PASSES = 2


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """One scan brought onto the first: which of its points `cell` each of its own goes to."""

    number: int
    energy_ev: FloatArray
    mu: FloatArray
    reference_mu: FloatArray
    cell: IntArray


def merge(series: CalibratedSeries, tolerance: float) -> CalibratedSeries:
    """Average the good scans of a series into one.

    Args:
        series: calibrated scans, `(n_scans, n_points)`.
        tolerance: a scan that differs from the median of all by more than this part of the span of its
            absorption (rms, beyond noise) is left out, as long as most are kept.

    Returns:
        A series of one scan with `mu_sigma`, and in words what was left out and why. Where so many
        differ that none can be told to be the wrong one, all are kept and flagged `SCANS_DIFFER`.
        A series of fewer than two good scans is given back as it is.
    """
    good = [i for i, status in enumerate(series.status) if status is ScanStatus.OK]
    if len(good) < MIN_SCANS:
        return series
    scans = _matched(series, good)
    misfit = _misfits(scans)
    differs = misfit > tolerance
    left_out = [
        f"scan {i} ({series.raw.label[i]}): {series.reason[i]}"
        for i in range(series.raw.n_scans)
        if i not in good
    ]
    flags: Flags = (Flag.SCANS_MERGED,)
    if 0 < differs.sum() < len(good) / 2:
        left_out += [
            f"scan {i} ({series.raw.label[i]}): differs from the others by {size:.3f} of its step "
            f"(limit {tolerance:g})"
            for i, size, out in zip(good, misfit, differs, strict=True)
            if out
        ]
        good = [i for i, out in zip(good, differs, strict=True) if not out]
        scans = _matched(series, good)
        flags = (*flags, Flag.SCANS_DIFFER)
    elif differs.any():
        flags = (*flags, Flag.SCANS_DIFFER)
    return _average(series, good, scans, tuple(left_out), flags)


def _matched(series: CalibratedSeries, good: Sequence[int]) -> list[_Scan]:
    """Bring each good scan onto the first; twice, the second time onto the mean of all."""
    calibrated = series.energy_ev
    points = [_points(calibrated[i], series.raw.mu[i]) for i in good]
    grid, first_mu = calibrated[good[0]][points[0]], series.raw.mu[good[0]][points[0]]
    limits = (grid[1:] + grid[:-1]) / 2
    low, high = grid[0] - (limits[0] - grid[0]), grid[-1] + (grid[-1] - limits[-1])
    model = CubicSpline(grid, first_mu)
    scans: list[_Scan] = []
    for _ in range(FIT_PASSES):
        scans = []
        for i, used in zip(good, points, strict=True):
            energy = calibrated[i][used]
            inside = (energy >= low) & (energy <= high)
            energy, mu = energy[inside], series.raw.mu[i][used][inside]
            fitted = (energy >= grid[0]) & (energy <= grid[-1])
            basis = np.stack([np.ones_like(energy), (energy - grid[0]) / np.ptp(grid), mu], axis=1)
            answer = np.linalg.lstsq(basis[fitted], model(energy[fitted]), rcond=None)[0]
            reference = series.raw.reference_mu[i][used][inside]
            cell = np.searchsorted(limits, energy)
            scans.append(_Scan(i, energy, basis @ answer, reference, cell))
        e, mu, _ = _means(scans)
        first = scans[0]
        # The mean of all is kept on the first scan's scale.
        slope, offset = np.polyfit(mu[first.cell], first_mu, 1)
        model = CubicSpline(e, offset + slope * mu)
    return scans


def _points(energy_ev: FloatArray, mu: FloatArray) -> IntArray:
    return np.flatnonzero(np.isfinite(energy_ev) & np.isfinite(mu))


def _means(scans: Sequence[_Scan]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean energy, mean absorption and number of points of each cell; the first scan fills all."""
    cell = np.concatenate([s.cell for s in scans])
    count = np.bincount(cell).astype(np.float64)
    energy = np.bincount(cell, weights=np.concatenate([s.energy_ev for s in scans])) / count
    mu = np.bincount(cell, weights=np.concatenate([s.mu for s in scans])) / count
    return energy, mu, count


def _misfits(scans: Sequence[_Scan]) -> FloatArray:
    """How far each scan is from the median of all, beyond its noise, over the span `(n,)`."""
    energy, mu, _ = _means(scans)
    model = CubicSpline(energy, mu)
    n_cells = energy.size
    table = np.full((len(scans), n_cells), np.nan)
    for row, scan in zip(table, scans, strict=True):
        total = np.bincount(scan.cell, weights=scan.mu - model(scan.energy_ev), minlength=n_cells)
        count = np.bincount(scan.cell, minlength=n_cells)
        row[count > 0] = total[count > 0] / count[count > 0]
    residual = table - np.nanmedian(table, axis=0)
    noise = np.array([point_noise(s.energy_ev, s.mu[None])[0] for s in scans])
    excess = np.nanmean(residual**2, axis=1) - noise**2
    return np.asarray(np.sqrt(np.maximum(excess, 0.0)) / np.ptp(mu))


def _average(
    series: CalibratedSeries,
    good: Sequence[int],
    scans: Sequence[_Scan],
    left_out: tuple[str, ...],
    flags: Flags,
) -> CalibratedSeries:
    energy, mu, count = _means(scans)
    model = CubicSpline(energy, mu)
    cell = np.concatenate([s.cell for s in scans])
    expected = model(np.concatenate([s.energy_ev for s in scans]))
    square = (np.concatenate([s.mu for s in scans]) - expected) ** 2
    bend = np.bincount(cell, weights=expected) / count - mu
    width = min(SCATTER_POINTS, energy.size)
    pooled, freedom = (
        np.convolve(np.pad(v, width // 2, mode="reflect"), np.ones(width), mode="same")[
            width // 2 : width // 2 + energy.size
        ]
        for v in (np.bincount(cell, weights=square), np.maximum(count - 1, 0))
    )
    sigma = np.hypot(np.sqrt(pooled / np.maximum(freedom, 1.0) / count), bend)
    references = np.concatenate([s.reference_mu for s in scans])
    reference = np.bincount(cell, weights=references) / count
    shift = float(np.mean(series.shift_ev[list(good)]))
    own = [flag for i in good for flag in series.flags[i]]
    raw = series.raw
    merged = RawSeries(
        dataset=raw.dataset,
        element=raw.element,
        edge=raw.edge,
        mode=raw.mode,
        source_file=(raw.source_file[good[0]],),
        label=(f"mean of {len(good)} scans",),
        energy_ev=(energy - shift)[None],
        mu=mu[None],
        reference_mu=reference[None],
        file_shift_ev=np.array([np.nan]),
        time_iso=(raw.time_iso[good[0]],),
        is_normalised=(raw.is_normalised[good[0]],),
        status=(ScanStatus.OK,),
        reason=("",),
        flags=((),),
    )
    squares = series.shift_sigma_ev[list(good)] ** 2
    return replace(
        series,
        raw=merged,
        shift_ev=np.array([shift]),
        shift_sigma_ev=np.array([np.sqrt(squares.sum()) / len(good)]),
        misfit_ratio=np.array([_mean(series.misfit_ratio[list(good)])]),
        covariates=_mean_covariates(series.covariates, good),
        status=(ScanStatus.OK,),
        reason=("",),
        flags=(tuple(dict.fromkeys((*own, *flags))),),
        mu_sigma=sigma[None],
        left_out=left_out,
    )


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _mean_covariates(covariates: Covariates, good: Sequence[int]) -> Covariates:
    names = [field.name for field in fields(Covariates)]
    return Covariates(**{n: np.array([_mean(getattr(covariates, n)[list(good)])]) for n in names})
