"""Linear-combination fits of a series by standards, with fractions and what they are worth.

`mu_sample(E) = sum_k w_k mu_k(E)` with `w >= 0`, solved exactly (`pipeline.physics.lcf`) on the
sample's own energies. Fractions are `f = w / sum(w)`. Their covariance adds up

* the scatter of the points about the fit, inflated for its autocorrelation,
* the calibration of the sample and of each standard,
* the edge step of the sample (which cancels when the sum is free) and of each standard.

The last two come from the derivative of the least-squares solution with respect to the curves,
`dw = C (dA r + A (dy - dA^T w))` with `C = (A A^T)^-1`, which is the normal equations
`A A^T w = A y` differentiated; with the sum rule `C` is the inverse within it. All of it is taken
from the solution without bounds: at a bound the bounded one would claim no uncertainty at all.

References: K. Kelly, D. Hesterberg, B. Ravel, in: Methods of Soil Analysis Part 5 (2008) 387,
doi:10.2136/sssabookser5.5.c14; G. Golub, V. Pereyra, SIAM J. Numer. Anal. 10 (1973) 413,
doi:10.1137/0710036 (derivative of a least-squares solution).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics import grids
from pipeline.physics.lcf import LcfSolution, solve
from pipeline.physics.residuals import correlation_inflation
from pipeline.xas.options import LcfOptions
from pipeline.xas.records import Flag, LcfResult, NormalisedSeries, ScanStatus
from pipeline.xas.standards import Standard, mean_standard
from pipeline.xas.verdicts import Verdicts

# Other fit ranges: each end moved in and out by this part of the range.
RANGE_CHANGE = 0.2
ONE_SIDED = 0.8413447460685429  # the share below +1 sigma
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
    curves = _Curves.of(sample, means, options, _widest(window), verdicts.ok)

    asked = curves.within(window)
    solution = solve(asked.components, asked.data, sum_to_one=options.sum == "one")
    weights = solution.weights
    total = weights.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = weights / total[:, None]
    best = np.einsum("nk,nkp->np", weights, asked.components)
    residual = asked.data - best
    inflation = correlation_inflation(residual)
    covariance = _covariance(asked, solution, inflation, sample, means)
    sigma = np.sqrt(np.maximum(np.einsum("nkk->nk", covariance), 0.0))
    low, high = _limits(fraction, _normalised(solution.unconstrained_weights), sigma)
    alternatives = _alternative_fractions(curves, sample, means, window, options)

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
        data=good(asked.data),
        fit=good(best),
        components=good(asked.components),
        alternative_fraction=good(alternatives),
        covariates=sample.covariates,
        source_file=sample.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )


def spread(values: FloatArray) -> FloatArray:
    """Standard deviation over axis 1 of what is there; NaN with fewer than two values."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    square = np.where(known, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.where(count > 1, np.sqrt(square / np.maximum(count - 1, 1)), np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class _Curves:
    """Sample and standards on the sample's energies, NaN outside a window.

    `energy_ev`, `data` are `(n, m)`; `components` and their `slopes` per eV `(n, K, m)`.
    """

    energy_ev: FloatArray
    data: FloatArray
    components: FloatArray
    slopes: FloatArray

    @classmethod
    def of(
        cls,
        sample: NormalisedSeries,
        means: Sequence[Standard],
        options: LcfOptions,
        window_ev: tuple[float, float],
        scans: BoolArray,
    ) -> _Curves:
        """Evaluate the standards where the good scans have points in the window."""
        energy = sample.energy_ev
        inside = (energy >= window_ev[0]) & (energy <= window_ev[1]) & scans[:, None]
        part = _span(inside)
        spectra: FloatArray = getattr(sample, options.signal)
        energy, data, inside = energy[:, part], spectra[:, part], inside[:, part]
        # Scans that share their axis share the standards on it: a view, not n copies.
        axis = grids.shared_row(energy, scans)
        pairs = [m.evaluate(np.atleast_2d(axis)) for m in means]
        full = (len(data), len(means), data.shape[1])
        components, slopes = (
            np.broadcast_to(np.stack([pair[j] for pair in pairs], axis=1), full) for j in (0, 1)
        )
        return cls(
            np.where(inside, energy, np.nan), np.where(inside, data, np.nan), components, slopes
        )

    def within(self, window_ev: tuple[float, float]) -> _Curves:
        """The part of the curves inside a narrower window."""
        inside = (self.energy_ev >= window_ev[0]) & (self.energy_ev <= window_ev[1])
        part = _span(inside)
        return _Curves(
            np.where(inside, self.energy_ev, np.nan)[:, part],
            np.where(inside, self.data, np.nan)[:, part],
            self.components[:, :, part],
            self.slopes[:, :, part],
        )


def _span(inside: BoolArray) -> slice:
    """Columns that any row uses; one column, of NaN, where none does."""
    columns = np.flatnonzero(inside.any(axis=0))
    return slice(columns[0], columns[-1] + 1) if columns.size else slice(0, 1)


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


def _normalised(weights: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return fraction


def _covariance(
    curves: _Curves,
    solution: LcfSolution,
    inflation: FloatArray,
    sample: NormalisedSeries,
    means: Sequence[Standard],
) -> FloatArray:
    """Covariance of the fractions `(n, K, K)`: noise, calibration, steps (see the module)."""
    used = np.isfinite(curves.data)
    a = np.where(used[:, None], curves.components, 0.0)
    slope = np.where(used[:, None], curves.slopes, 0.0)
    y = np.where(used, curves.data, 0.0)
    w, c = solution.unconstrained_weights, solution.unconstrained_covariance
    r = y - np.einsum("nk,nkp->np", w, a)

    def response(change: FloatArray) -> FloatArray:
        """`dw` `(n, K, K)` when curve k (last index) alone changes by `change[:, k]`."""
        gram = a @ np.swapaxes(change, -1, -2)
        own = np.einsum("nkp,np->nk", change, r)
        dw: FloatArray = c * own[:, None, :] - (c @ gram) * w[:, None, :]
        return dw

    by_shift, by_step = -response(slope), response(a)
    # Moving the sample is moving all standards the other way.
    by_sample_shift = -by_shift.sum(axis=-1)
    by_sample_step = np.einsum("nij,njp,np->ni", c, a, y)
    point_variance = np.divide(
        solution.chi2,
        solution.n_free,
        out=np.full(len(y), np.nan),
        where=solution.n_free > 0,
    )
    covariance = c * (point_variance * inflation)[:, None, None]
    sample_sigmas = (
        np.nan_to_num(sample.shift_sigma_ev),
        np.nan_to_num(sample.edge_step_sigma / sample.edge_step),
    )
    for g, sigma in zip((by_sample_shift, by_sample_step), sample_sigmas, strict=True):
        covariance = covariance + (sigma**2)[:, None, None] * g[:, :, None] * g[:, None, :]
    for g, name in ((by_shift, "shift_sigma_ev"), (by_step, "step_relative_sigma")):
        variance = np.array([getattr(m, name) for m in means]) ** 2
        covariance = covariance + (g * variance) @ np.swapaxes(g, -1, -2)
    total = w.sum(axis=1)[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        jacobian = (np.eye(w.shape[1]) - (w[:, :, None] / total)) / total
    of_fractions: FloatArray = jacobian @ covariance @ np.swapaxes(jacobian, -1, -2)
    return of_fractions


def _limits(
    fraction: FloatArray, unconstrained: FloatArray, sigma: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """68 % interval `(n, K)` each; at a bound a one-sided 84 % limit.

    That limit is the quantile of a normal about the unconstrained estimate, cut to [0, 1]: it stays
    honest where the unconstrained estimate lies far outside.
    """
    low, high = (np.clip(fraction + s * sigma, 0.0, 1.0) for s in (-1, 1))
    doubtful = sigma > 0
    high = np.where((fraction == 0) & doubtful, _upper_limit(unconstrained, sigma), high)
    low = np.where((fraction == 1) & doubtful, 1 - _upper_limit(1 - unconstrained, sigma), low)
    return low, high


def _upper_limit(estimate: FloatArray, sigma: FloatArray) -> FloatArray:
    """84 % quantile of a normal cut to [0, 1], from its upper tail, which keeps its digits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.maximum(estimate / sigma, -30.0)
        above_zero, above_one = ndtr(z), ndtr(z - 1 / sigma)
    tail = above_one + (1 - ONE_SIDED) * (above_zero - above_one)
    limit: FloatArray = np.clip((z - ndtri(tail)) * sigma, 0.0, 1.0)
    return limit


def _alternative_fractions(
    curves: _Curves,
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
        found.append(np.where(covered[:, None], _normalised(w), np.nan))
    return np.stack(found, axis=1)


def _flag(
    verdicts: Verdicts,
    sample: NormalisedSeries,
    means: Sequence[Standard],
    curves: _Curves,
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
    verdicts.flag(ok & (_condition(curves) > ALIKE_CONDITION), Flag.STANDARDS_ALIKE)
    half_steps = np.array([m.half_step_ev for m in means])
    if np.isfinite(half_steps).any():
        highest = int(np.nanargmax(half_steps))
        above = sample.half_step_ev - half_steps[highest]
        sigma = np.hypot(
            np.nan_to_num(sample.half_step_sigma_ev), means[highest].half_step_sigma_ev
        )
        beyond = above > np.maximum(ABOVE_STANDARD_SIGMAS * sigma, ABOVE_STANDARD_EV)
        verdicts.flag(ok & beyond, Flag.EDGE_ABOVE_HIGHEST_STANDARD)


def _condition(curves: _Curves) -> FloatArray:
    """Condition number `(n,)` of the standards, each scaled to unit length."""
    a = np.where(np.isfinite(curves.data)[:, None], curves.components, 0.0)
    length = np.sqrt((a**2).sum(axis=-1, keepdims=True))
    unit = a / np.where(length > 0, length, 1.0)
    eigenvalues = np.linalg.eigvalsh(unit @ np.swapaxes(unit, -1, -2))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: FloatArray = eigenvalues[:, -1] / np.maximum(eigenvalues[:, 0], 0.0)
    return np.sqrt(ratio)
