"""Curve resolution of a series (MCR-ALS): spectra and concentrations without full standards.

It stands beside the fit by standards: where no standard of an intermediate exists, a resolution
shows what it may look like. What it shows is ambiguous, and the result says how much: the band of
resolutions that fit equally well stands next to every concentration, and a wide one is flagged.
See `pipeline.physics.mcr` and `pipeline.physics.mcr_bands` for method and references.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.lcf import solve
from pipeline.physics.mcr import Resolution, purest, resolve
from pipeline.physics.mcr_bands import Bands, bands
from pipeline.physics.residuals import correlation_inflation
from pipeline.xas.options import McrOptions
from pipeline.xas.records import Flag, McrResult, NormalisedSeries, ScanStatus
from pipeline.xas.series_matrix import SeriesMatrix, series_matrix, standards_on
from pipeline.xas.standards import Standard, mean_standard
from pipeline.xas.verdicts import Verdicts

BOUND_SIGMAS = 2.0  # so far below zero noise may put a number of an equally good resolution


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """Concentrations `(m, K)` with noise and band, spectra `(K, p)` with band; `m` good scans."""

    resolution: Resolution
    sigma: FloatArray
    band: Bands

    def ordered(self, order: IntArray) -> _Answer:
        r, b = self.resolution, self.band
        return _Answer(
            Resolution(r.concentrations[:, order], r.spectra[order], r.n_iterations, r.problem),
            self.sigma[:, order],
            Bands(
                *(b.concentration_low[:, order], b.concentration_high[:, order]),
                *(b.spectrum_low[order], b.spectrum_high[order]),
            ),
        )


def resolve_series(
    sample: NormalisedSeries,
    standards: Sequence[tuple[str, str, NormalisedSeries]],
    options: McrOptions,
    e0_ev: float,
) -> McrResult:
    """Resolve a series into components.

    A resolution that does not converge, or loses a component, fails every scan
    (`NOT_CONVERGED`) and has no number.

    Args:
        sample: normalised scans; there must be more good ones than components.
        standards: id, title and normalised scans of those named in the options, in their order.
        options: number of components, range, where to start, what is fixed.
        e0_ev: reference energy of the range.

    Returns:
        Concentrations and spectra: the fixed components first, then those resolved in the order
        in which they come up along the series.
    """
    verdicts = Verdicts(sample.status, sample.reason, sample.flags)
    k = options.components
    matrix = series_matrix(sample, options.range_ev, options.signal, e0_ev, verdicts, k + 1)
    means = [mean_standard(*standard, options.signal) for standard in standards]
    known = standards_on(matrix, means, verdicts)
    answer, n_iterations = None, 0
    if matrix.n_good and verdicts.ok.any():
        fixed = [i for i, m in enumerate(means) if m.name in options.fixed]
        start = _start(matrix, known, fixed, options)
        found = resolve(
            matrix.spectra,
            start,
            n_fixed=len(fixed),
            row_sigma=matrix.noise,
            max_iterations=options.max_iterations,
            tolerance=options.change_tolerance,
        )
        n_iterations = found.n_iterations
        if found.problem:
            verdicts.fail(verdicts.ok, ScanStatus.NOT_CONVERGED, found.problem)
        else:
            answer = _judged(matrix, found, len(fixed))
    return _record(sample, means, known, matrix, options, answer, n_iterations, verdicts)


def _start(
    matrix: SeriesMatrix, known: FloatArray, fixed: list[int], options: McrOptions
) -> FloatArray:
    """Spectra to start from `(K, p)`, the fixed ones first."""
    held = known[fixed]
    if options.initial == "standards":
        free = known[[i for i in range(len(known)) if i not in fixed]]
    else:
        free = matrix.spectra[purest(matrix.spectra, options.components, held)]
    start: FloatArray = np.concatenate([held, np.maximum(free, 0.0)])[: options.components]
    return start


def _judged(matrix: SeriesMatrix, found: Resolution, n_fixed: int) -> _Answer:
    """Noise and band of a resolution that converged, components in their order."""
    solution = solve(found.spectra, matrix.spectra, sum_to_one=True)
    residual = matrix.spectra - found.concentrations @ found.spectra
    variance = (residual**2).sum(axis=1) / np.maximum(solution.n_free, 1)
    variance = np.maximum(variance, matrix.noise**2) * correlation_inflation(residual)
    sigma = np.sqrt(np.einsum("nkk->nk", solution.unconstrained_covariance) * variance[:, None])
    spectrum_noise = float(np.median(matrix.noise)) / np.sqrt(
        np.linalg.norm(found.concentrations, axis=0).min() ** 2
    )
    band = bands(
        found.concentrations,
        found.spectra,
        n_fixed=n_fixed,
        noise_concentration=BOUND_SIGMAS * float(np.median(sigma)),
        noise_spectrum=BOUND_SIGMAS * spectrum_noise,
    )
    scan = np.arange(matrix.n_good)[:, None]
    centre = (scan * found.concentrations).sum(axis=0) / found.concentrations.sum(axis=0)
    centre[:n_fixed] = -np.inf
    return _Answer(found, sigma, band).ordered(np.argsort(centre, kind="stable"))


def _record(
    sample: NormalisedSeries,
    means: Sequence[Standard],
    known: FloatArray,
    matrix: SeriesMatrix,
    options: McrOptions,
    answer: _Answer | None,
    n_iterations: int,
    verdicts: Verdicts,
) -> McrResult:
    k, p, n = options.components, matrix.energy_ev.size, len(sample.status)
    held = [m for m in means if m.name in options.fixed]
    free = range(1, k - len(held) + 1)
    per_scan, per_point = np.full((n, k), np.nan), np.full((k, p), np.nan)
    values = dict.fromkeys(("mean", "sigma", "low", "high"), per_scan)
    spectra = dict.fromkeys(("mean", "low", "high"), per_point)
    r_factor, lack, explained = np.full(n, np.nan), np.nan, np.nan
    if answer is not None:
        found, band = answer.resolution, answer.band
        residual = matrix.spectra - found.concentrations @ found.spectra
        r_factor = matrix.spread_out((residual**2).sum(axis=1) / (matrix.spectra**2).sum(axis=1))
        lack = found.lack_of_fit_percent(matrix.spectra)
        explained = found.explained_fraction(matrix.spectra)
        values = {
            "mean": matrix.spread_out(found.concentrations),
            "sigma": matrix.spread_out(answer.sigma),
            "low": matrix.spread_out(band.concentration_low),
            "high": matrix.spread_out(band.concentration_high),
        }
        spectra = {"mean": found.spectra, "low": band.spectrum_low, "high": band.spectrum_high}
        width = np.nan_to_num(values["high"] - values["low"]).max(axis=1)
        verdicts.flag(
            verdicts.ok & (width > options.ambiguity_tolerance), Flag.ROTATIONAL_AMBIGUITY
        )
    return McrResult(
        dataset=sample.dataset,
        element=sample.element,
        edge=sample.edge,
        mode=sample.mode,
        signal=options.signal,
        components=(*(m.name for m in held), *(f"component_{i}" for i in free)),
        component_titles=(*(m.title for m in held), *(f"component {i}" for i in free)),
        is_fixed=(*(True for _ in held), *(False for _ in free)),
        energy_ev=matrix.energy_ev,
        spectrum_normalised=spectra["mean"],
        spectrum_low_normalised=spectra["low"],
        spectrum_high_normalised=spectra["high"],
        concentration=values["mean"],
        concentration_sigma=values["sigma"],
        concentration_low=values["low"],
        concentration_high=values["high"],
        r_factor=r_factor,
        lack_of_fit_percent=lack,
        explained_fraction=explained,
        iteration_count=n_iterations,
        standards=tuple(m.name for m in means),
        standard_titles=tuple(m.title for m in means),
        standard_normalised=known,
        covariates=sample.covariates,
        source_file=sample.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )
