"""Linear-combination fits of a series by standards, with fractions and what they are worth.

`mu_sample(E) = sum_k w_k mu_k(E)` with `w >= 0`, solved exactly (`pipeline.physics.lcf`) on the
sample's own energies. Fractions are `f = w / sum(w)`; what they are worth is in
`pipeline.xas.lcf_uncertainty`.

Reference: K. Kelly, D. Hesterberg, B. Ravel, in: Methods of Soil Analysis Part 5 (2008) 387,
doi:10.2136/sssabookser5.5.c14.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics import grids
from pipeline.physics.lcf import solve
from pipeline.physics.residuals import local_noise
from pipeline.xas.lcf_bootstrap import bootstrap_sigma
from pipeline.xas.lcf_curves import Curves
from pipeline.xas.lcf_flags import flag_fit, judge_range
from pipeline.xas.lcf_scatter import Scatter
from pipeline.xas.lcf_shifts import fit_shifts, significant
from pipeline.xas.lcf_uncertainty import (
    calibration_shapes,
    covariance_of_fractions,
    limits,
    spread_about,
    together,
)
from pipeline.xas.options import LcfOptions
from pipeline.xas.records import Flag, LcfResult, NormalisedSeries, ScanStatus
from pipeline.xas.standards import Standard, mean_standard
from pipeline.xas.verdicts import Verdicts

# Other fit ranges: each end moved in and out by this part of the range.
RANGE_CHANGE = 0.2


ROUNDED = 1e-12


def fit(
    sample: NormalisedSeries,
    standards: Sequence[tuple[str, str, NormalisedSeries]],
    options: LcfOptions,
    e0_ev: float,
    other_windows: Sequence[tuple[NormalisedSeries, ...]] = (),
) -> LcfResult:
    """Fit every scan of a sample by standards.

    A scan that does not cover the fit range fails (`WINDOW_OUTSIDE_SCAN`); where a standard does
    not, or has no good scan, all scans do (`STANDARD_TOO_SHORT`, `STANDARD_FAILED`): nothing is
    extrapolated.

    Args:
        sample: normalised scans.
        standards: id, title and normalised scans of each of the 1 to 6 standards.
        options: fit range, signal, sum rule, weights of points, bootstrap.
        e0_ev: reference energy of the fit range.
        other_windows: sample and standards, in this order, normalised with other windows; the fits
            of each go into the model sigma.

    Returns:
        Weights, fractions with covariance, the one-sided limit where a weight is at its bound, the
        spread over other fit ranges and windows, where each standard would fit best, and the
        curves as fitted.
    """
    means = [mean_standard(*standard, options.signal) for standard in standards]
    verdicts = Verdicts(sample.status, sample.reason, sample.flags)
    window = (e0_ev + options.range_ev[0], e0_ev + options.range_ev[1])
    judge_range(sample, means, window, options, verdicts)
    curves = Curves.of(sample, means, options, _widest(window), verdicts.ok)
    alternatives = _other_ranges(curves, sample, means, window, options)
    by_window = _by_other_windows(other_windows, means, window, options, verdicts)

    shown = curves.within(window)
    point_sigma = _relative_sigma(shown, options)
    asked = shown.over(point_sigma)
    sum_to_one = options.sum == "one"
    solution = solve(asked.components, asked.data, sum_to_one=sum_to_one)
    # What rounding leaves of a weight at its bound is no weight.
    largest = np.abs(solution.weights).max(axis=1, keepdims=True)
    weights = np.where(np.abs(solution.weights) < ROUNDED * largest, 0.0, solution.weights)
    total = weights.sum(axis=1)
    fraction = _fractions(weights)
    residual = asked.data - np.einsum("nk,nkp->np", weights, asked.components)
    scatter = Scatter.of(
        *(residual, asked.components, solution.unconstrained_covariance),
        weights.shape[1] - int(sum_to_one),
        calibration_shapes(asked, weights, sample, means),
    )
    covariance = covariance_of_fractions(asked, solution, scatter, sample, means)
    sigma = np.sqrt(np.maximum(np.einsum("nkk->nk", covariance), 0.0))
    low, high = limits(fraction, _fractions(solution.unconstrained_weights), sigma)
    shift, shift_sigma = fit_shifts(shown, weights, means)

    verdicts.fail(
        verdicts.ok & ~(total > 0),
        ScanStatus.NOT_CONVERGED,
        lambda i: f"the weights sum to {total[i]:.3g}: the sample resembles none of the standards",
    )
    flag_fit(verdicts, sample, means, asked, weights, scatter.inflation, options)
    verdicts.flag(
        verdicts.ok & significant(shift, shift_sigma, sample, means), Flag.STANDARD_SHIFTED
    )
    verdicts.flag(
        verdicts.ok & np.isnan(alternatives).any(axis=(1, 2)), Flag.MODEL_RANGE_NOT_COVERED
    )
    resampled = np.full(weights.shape, np.nan)
    if options.bootstrap:
        resampled = bootstrap_sigma(
            *(asked, np.where(verdicts.ok[:, None], weights, np.nan), scatter, sample, means),
            options.bootstrap,
            sum_to_one=sum_to_one,
        )
    noise = np.sqrt(
        sample.noise_normalised**2 + (weights**2 @ np.array([m.noise for m in means]) ** 2)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        reduced_chi2 = solution.chi2 / solution.n_free / noise**2
        r_factor = solution.chi2 / np.nansum(asked.data**2, axis=1)
    parts = {"ranges": alternatives, "windows": by_window}

    def good(values: FloatArray) -> FloatArray:
        return np.where(verdicts.ok.reshape(-1, *[1] * (values.ndim - 1)), values, np.nan)

    return LcfResult(
        dataset=sample.dataset,
        element=sample.element,
        edge=sample.edge,
        mode=sample.mode,
        standards=tuple(m.name for m in means),
        standard_titles=tuple(m.title for m in means),
        signal=options.signal,
        weights=good(weights),
        fraction=good(fraction),
        fraction_covariance=good(covariance),
        fraction_sigma=good(sigma),
        fraction_model_sigma=good(
            together(*(spread_about(fraction, others) for others in parts.values()))
        ),
        fraction_low=good(low),
        fraction_high=good(high),
        sum_of_weights=good(total),
        r_factor=good(r_factor),
        reduced_chi2=good(reduced_chi2),
        energy_ev=good(shown.energy_ev),
        data_normalised=good(shown.data),
        fit_normalised=good(np.einsum("nk,nkp->np", weights, shown.components)),
        components_normalised=good(shown.components),
        alternative_fraction=good(alternatives),
        window_fraction=good(by_window),
        fraction_bootstrap_sigma=good(resampled),
        standard_shift_ev=good(shift),
        standard_shift_sigma_ev=good(shift_sigma),
        model_parts=tuple(name for name, others in parts.items() if np.isfinite(others).any()),
        covariates=sample.covariates,
        source_file=sample.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )


def _widest(window_ev: tuple[float, float]) -> tuple[float, float]:
    move = RANGE_CHANGE * (window_ev[1] - window_ev[0])
    return window_ev[0] - move, window_ev[1] + move


def _other_ranges(
    curves: Curves,
    sample: NormalisedSeries,
    means: Sequence[Standard],
    window_ev: tuple[float, float],
    options: LcfOptions,
) -> FloatArray:
    """Fractions over the other fit ranges `(n, 4, K)`; NaN where one is not covered."""
    low, high = window_ev
    start, end = grids.ends(sample.energy_ev)
    start = np.maximum(start, max(m.start_ev for m in means))
    end = np.minimum(end, min(m.end_ev for m in means))
    move = RANGE_CHANGE * (high - low)
    found = []
    for other in ((low - move, high), (low + move, high), (low, high - move), (low, high + move)):
        part = curves.within(other)
        part = part.over(_relative_sigma(part, options))
        w = solve(part.components, part.data, sum_to_one=options.sum == "one").weights
        covered = (start <= other[0]) & (end >= other[1])
        found.append(np.where(covered[:, None], _fractions(w), np.nan))
    return np.stack(found, axis=1)


def _by_other_windows(
    other_windows: Sequence[tuple[NormalisedSeries, ...]],
    means: Sequence[Standard],
    window_ev: tuple[float, float],
    options: LcfOptions,
    verdicts: Verdicts,
) -> FloatArray:
    """Fractions of the same fit of data normalised with other windows `(n, n_windows, K)`."""
    found = np.full((len(verdicts.ok), len(other_windows), len(means)), np.nan)
    for i, (sample, *series) in enumerate(other_windows):
        others = [
            mean_standard(m.name, m.title, s, options.signal)
            for m, s in zip(means, series, strict=True)
        ]
        if any(m.spline is None for m in others):
            continue
        scans = verdicts.ok & np.array([s is ScanStatus.OK for s in sample.status], dtype=np.bool_)
        part = Curves.of(sample, others, options, window_ev, scans)
        part = part.over(_relative_sigma(part, options))
        w = solve(part.components, part.data, sum_to_one=options.sum == "one").weights
        found[:, i] = np.where(scans[:, None], _fractions(w), np.nan)
    return found


def _relative_sigma(curves: Curves, options: LcfOptions) -> FloatArray | None:
    """Sigma of each point `(n, m)` over that of all, or None where points weigh alike."""
    if options.weights == "uniform":
        return None
    sigma = local_noise(curves.energy_ev, curves.data)
    used = np.isfinite(curves.data) & (sigma > 0)
    count = np.maximum(used.sum(axis=1, keepdims=True), 1)
    precision = np.where(used, 1.0 / np.where(used, sigma, 1.0) ** 2, 0.0)
    mean = precision.sum(axis=1, keepdims=True) / count
    relative: FloatArray = np.where(used, sigma * np.sqrt(mean), 1.0)
    return relative


def _fractions(weights: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return fraction
