"""Which standards does a sample need? All sets of up to K of N candidates, fitted and ranked.

Every set is an exact bounded fit. Sets are ranked by Akaike's criterion for few points,

    AICc = n ln(chi2 / p) + 2 q + 2 q (q + 1) / (n - q - 1),

with p points, q free weights and the noise, and `n = p / tau` points' worth of independent residuals
(`tau`, of the best fit, is shared by all sets of a scan). A larger set has to be worth its weights;
within `SUPPORTED_AICC` of the best a set is not ruled out by the data. A set with a weight at zero is the
smaller set without it, and is left out.

Reference: K. Burnham, D. Anderson, Sociol. Methods Res. 33 (2004) 261,
doi:10.1177/0049124104268644 (AICc; differences above 10 leave no support).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.lcf import Reduced, optimum, reduce
from pipeline.physics.residuals import correlation_inflation
from pipeline.xas.lcf_curves import Curves
from pipeline.xas.lcf_flags import judge_range
from pipeline.xas.options import CombinationOptions, LcfOptions
from pipeline.xas.records import LcfCombinations, NormalisedSeries, ScanStatus
from pipeline.xas.standards import Standard, mean_standard
from pipeline.xas.verdicts import Verdicts

SUPPORTED_AICC = 10.0


def rank(
    sample: NormalisedSeries,
    candidates: Sequence[tuple[str, str, NormalisedSeries]],
    options: LcfOptions,
    asked: CombinationOptions,
    e0_ev: float,
) -> LcfCombinations:
    """Fit every scan by every set of candidates.

    Args:
        sample: normalised scans.
        candidates: id, title and normalised scans of each candidate. One that has no good scan or
            does not cover the fit range is left out, and named in the result.
        options: fit range, signal and sum rule, as for the fit by the chosen standards.
        asked: sizes of sets, and how many to keep.
        e0_ev: reference energy of the fit range.

    Returns:
        The best sets of each scan, best first.
    """
    window = (e0_ev + options.range_ev[0], e0_ev + options.range_ev[1])
    means = [mean_standard(*candidate, options.signal) for candidate in candidates]
    usable = [m for m in means if m.start_ev <= window[0] and m.end_ev >= window[1]]
    verdicts = Verdicts(sample.status, sample.reason, sample.flags)
    if not usable:
        verdicts.fail(
            verdicts.ok,
            ScanStatus.STANDARD_TOO_SHORT,
            f"no candidate covers the fit range {window[0]:.2f} to {window[1]:.2f} eV",
        )
    judge_range(sample, usable, window, options, verdicts)
    sets = _sets(len(usable), asked)
    keep = min(asked.keep, len(sets))
    n, shape = len(sample.status), (len(sample.status), keep)
    index, chi2, aicc, total = (np.full(shape, np.nan) for _ in range(4))
    fraction = np.full((*shape, len(usable)), np.nan)
    if verdicts.ok.any():
        curves = Curves.of(sample, usable, options, window, verdicts.ok)
        weights, misfit, n_points = _fit_sets(curves, sets, sum_to_one=options.sum == "one")
        sizes = np.array([len(chosen) for chosen in sets])
        criterion = _criterion(
            curves, weights, misfit, n_points, sizes, sum_to_one=options.sum == "one"
        )
        criterion[~verdicts.ok] = np.inf
        order = np.argsort(criterion, axis=1, kind="stable")[:, :keep]
        row = np.arange(n)[:, None]
        best, there = weights[row, order], np.isfinite(criterion[row, order])
        index, aicc = np.where(there, order, np.nan), np.where(there, criterion[row, order], np.nan)
        noise = _noise(sample, usable, best)
        active = (best > 0).sum(axis=2) - int(options.sum == "one")
        with np.errstate(divide="ignore", invalid="ignore"):
            chi2 = misfit[row, order] / (n_points[:, None] - active) / noise**2
            total = np.where(there, best.sum(axis=2), np.nan)
            fraction = np.where(there[..., None], best / total[..., None], np.nan)
        chi2 = np.where(there, chi2, np.nan)
    return LcfCombinations(
        dataset=sample.dataset,
        element=sample.element,
        edge=sample.edge,
        mode=sample.mode,
        candidates=tuple(m.name for m in usable),
        left_out=tuple(m.name for m in means if m not in usable),
        sets=tuple(tuple(usable[k].name for k in chosen) for chosen in sets),
        set_index=index,
        fraction=fraction,
        sum_of_weights=total,
        reduced_chi2=chi2,
        aicc=aicc,
        covariates=sample.covariates,
        source_file=sample.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )


def supported(result: LcfCombinations) -> FloatArray:
    """One for each kept set that the data do not rule out, else zero: `(n, keep)`."""
    with np.errstate(invalid="ignore"):
        close: FloatArray = (result.aicc - result.aicc[:, :1] <= SUPPORTED_AICC).astype(np.float64)
    return close


def _sets(n_candidates: int, asked: CombinationOptions) -> list[tuple[int, ...]]:
    """Candidates of each set, small sets first."""
    sizes = range(asked.fewest, min(asked.most, n_candidates) + 1)
    return [
        chosen for size in sizes for chosen in itertools.combinations(range(n_candidates), size)
    ]


def _fit_sets(
    curves: Curves, sets: Sequence[tuple[int, ...]], *, sum_to_one: bool
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Weights `(n, sets, N)`, sum of squares `(n, sets)` and points `(n,)`.

    The spectra are reduced once, by all candidates; each set is then a problem of N numbers.
    """
    reduced: Reduced = reduce(curves.components, curves.data)
    n, n_candidates = reduced.z.shape
    weights = np.zeros((n, len(sets), n_candidates))
    misfit = np.full((n, len(sets)), np.nan)
    for i, chosen in enumerate(sets):
        columns = list(chosen)
        r = reduced.r[..., columns]
        w = optimum(r, reduced.z, sum_to_one=sum_to_one)
        weights[:, i, columns] = w
        inside = w @ r.T if r.ndim == 2 else np.einsum("nij,nj->ni", r, w)
        misfit[:, i] = reduced.beyond + ((inside - reduced.z) ** 2).sum(axis=1)
    return weights, misfit, reduced.n_points


def _criterion(
    curves: Curves,
    weights: FloatArray,
    misfit: FloatArray,
    n_points: IntArray,
    sizes: IntArray,
    *,
    sum_to_one: bool,
) -> FloatArray:
    """AICc of each set `(n, sets)`; infinite for one that holds a weight of zero."""
    row = np.arange(len(misfit))
    closest = np.where(np.isfinite(misfit), misfit, np.inf).argmin(axis=1)
    best = weights[row, closest]
    residual = curves.data - np.einsum("nk,nkp->np", best, curves.components)
    n = (n_points / correlation_inflation(residual))[:, None]
    q = (weights > 0).sum(axis=2) + 1 - int(sum_to_one)
    with np.errstate(divide="ignore", invalid="ignore"):
        fit_term = n * np.log(misfit / n_points[:, None])
        found = fit_term + 2 * q + 2 * q * (q + 1) / np.maximum(n - q - 1, 0.5)
    whole = (weights > 0).sum(axis=2) == sizes
    return np.where(whole & np.isfinite(found), found, np.inf)


def _noise(sample: NormalisedSeries, usable: Sequence[Standard], weights: FloatArray) -> FloatArray:
    """Sigma of a point of data minus fit `(n, keep)`."""
    of_standards = weights**2 @ np.array([m.noise for m in usable]) ** 2
    noise: FloatArray = np.sqrt(sample.noise_normalised[:, None] ** 2 + of_standards)
    return noise
