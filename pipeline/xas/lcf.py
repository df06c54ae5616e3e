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
from pipeline.physics.residuals import correlation_inflation
from pipeline.xas.lcf_curves import Curves
from pipeline.xas.lcf_uncertainty import covariance_of_fractions, limits, spread
from pipeline.xas.options import LcfOptions
from pipeline.xas.records import Flag, LcfResult, NormalisedSeries, ScanStatus
from pipeline.xas.standards import Standard, mean_standard
from pipeline.xas.verdicts import Verdicts

# Other fit ranges: each end moved in and out by this part of the range.
RANGE_CHANGE = 0.2
# Of unit-length standards. Spectra are off by about 1 % whatever their noise (steps, harmonics,
# thickness, neighbours that differ); fractions are off by up to this many times as much.
ALIKE_CONDITION = 50.0
CORRELATED_INFLATION = 2.0  # sigma is then 1.4 times that of white noise
ABOVE_STANDARD_SIGMAS = 2.0
ABOVE_STANDARD_EV = 0.1


def fit(
    sample: NormalisedSeries,
    standards: Sequence[tuple[str, str, NormalisedSeries]],
    options: LcfOptions,
    e0_ev: float,
) -> LcfResult:
    """Fit every scan of a sample by standards.

    A scan that does not cover the fit range fails (`WINDOW_OUTSIDE_SCAN`); where a standard does
    not, or has no good scan, all scans do (`STANDARD_TOO_SHORT`, `STANDARD_FAILED`): nothing is
    extrapolated.

    Args:
        sample: normalised scans.
        standards: id, title and normalised scans of each of the 1 to 6 standards.
        options: fit range, signal, sum rule.
        e0_ev: reference energy of the fit range.

    Returns:
        Weights, fractions with covariance, the one-sided limit where a weight is at its bound, the
        spread over other fit ranges, and the curves as fitted.
    """
    means = [mean_standard(*standard, options.signal) for standard in standards]
    verdicts = Verdicts(sample.status, sample.reason, sample.flags)
    window = (e0_ev + options.range_ev[0], e0_ev + options.range_ev[1])
    _judge_range(sample, means, window, options, verdicts)
    curves = Curves.of(sample, means, options, _widest(window), verdicts.ok)

    asked = curves.within(window)
    solution = solve(asked.components, asked.data, sum_to_one=options.sum == "one")
    weights = solution.weights
    total = weights.sum(axis=1)
    fraction = _fractions(weights)
    best = np.einsum("nk,nkp->np", weights, asked.components)
    residual = asked.data - best
    inflation = correlation_inflation(residual)
    covariance = covariance_of_fractions(asked, solution, inflation, sample, means)
    sigma = np.sqrt(np.maximum(np.einsum("nkk->nk", covariance), 0.0))
    low, high = limits(fraction, _fractions(solution.unconstrained_weights), sigma)
    alternatives = _alternatives(curves, sample, means, window, options)

    verdicts.fail(
        verdicts.ok & ~(total > 0),
        ScanStatus.NOT_CONVERGED,
        lambda i: f"the weights sum to {total[i]:.3g}: the sample resembles none of the standards",
    )
    _flag(verdicts, sample, means, asked, weights, total, inflation, options)
    noise = np.sqrt(
        sample.noise_normalised**2 + (weights**2 @ np.array([m.noise for m in means]) ** 2)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        reduced_chi2 = solution.chi2 / solution.n_free / noise**2
        r_factor = solution.chi2 / np.nansum(asked.data**2, axis=1)

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
            spread(np.concatenate([fraction[:, None], alternatives], axis=1))
        ),
        fraction_low=good(low),
        fraction_high=good(high),
        sum_of_weights=good(total),
        r_factor=good(r_factor),
        reduced_chi2=good(reduced_chi2),
        energy_ev=good(asked.energy_ev),
        data_normalised=good(asked.data),
        fit_normalised=good(best),
        components_normalised=good(asked.components),
        alternative_fraction=good(alternatives),
        covariates=sample.covariates,
        source_file=sample.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )


def _widest(window_ev: tuple[float, float]) -> tuple[float, float]:
    move = RANGE_CHANGE * (window_ev[1] - window_ev[0])
    return window_ev[0] - move, window_ev[1] + move


def _judge_range(
    sample: NormalisedSeries,
    means: Sequence[Standard],
    window_ev: tuple[float, float],
    options: LcfOptions,
    verdicts: Verdicts,
) -> None:
    """Fail what does not cover the fit range."""
    low, high = window_ev
    asked = f"the fit range [{options.range_ev[0]:g}, {options.range_ev[1]:g}] is {low:.2f} to {high:.2f} eV"
    everything = np.ones(len(sample.status), dtype=np.bool_)
    for m in means:
        if m.spline is None:
            verdicts.fail(
                everything, ScanStatus.STANDARD_FAILED, f"standard '{m.name}' has no good scan"
            )
        elif not (m.start_ev <= low and m.end_ev >= high):
            verdicts.fail(
                everything,
                ScanStatus.STANDARD_TOO_SHORT,
                f"{asked}, but standard '{m.name}' runs from {m.start_ev:.2f} to {m.end_ev:.2f} eV; "
                "narrow `range_ev`",
            )
    start, end = grids.ends(sample.energy_ev)
    verdicts.fail(
        ~((start <= low) & (end >= high)),
        ScanStatus.WINDOW_OUTSIDE_SCAN,
        lambda i: f"{asked}, but the scan runs from {start[i]:.2f} to {end[i]:.2f} eV",
    )


def _alternatives(
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
        w = solve(part.components, part.data, sum_to_one=options.sum == "one").weights
        covered = (start <= other[0]) & (end >= other[1])
        found.append(np.where(covered[:, None], _fractions(w), np.nan))
    return np.stack(found, axis=1)


def _flag(
    verdicts: Verdicts,
    sample: NormalisedSeries,
    means: Sequence[Standard],
    curves: Curves,
    weights: FloatArray,
    total: FloatArray,
    inflation: FloatArray,
    options: LcfOptions,
) -> None:
    """Add the remarks of a fit to its scan."""
    ok = verdicts.ok
    if options.sum == "free":
        verdicts.flag(ok & (np.abs(total - 1) > options.sum_tolerance), Flag.SUM_NOT_ONE)
    verdicts.flag(ok & (weights == 0).any(axis=1), Flag.WEIGHT_AT_BOUND)
    verdicts.flag(ok & (inflation > CORRELATED_INFLATION), Flag.RESIDUAL_CORRELATED)
    verdicts.flag(ok & (curves.condition() > ALIKE_CONDITION), Flag.STANDARDS_ALIKE)
    half_steps = np.array([m.half_step_ev for m in means])
    if np.isfinite(half_steps).any():
        highest = int(np.nanargmax(half_steps))
        above = sample.half_step_ev - half_steps[highest]
        sigma = np.hypot(
            np.nan_to_num(sample.half_step_sigma_ev), means[highest].half_step_sigma_ev
        )
        beyond = above > np.maximum(ABOVE_STANDARD_SIGMAS * sigma, ABOVE_STANDARD_EV)
        verdicts.flag(ok & beyond, Flag.EDGE_ABOVE_HIGHEST_STANDARD)


def _fractions(weights: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return fraction
