"""Principal components of a series: of how many spectra it is made, and which standards they can be.

How many there are is asked in three ways, all of them reported, for on real data they differ:

* Malinowski's indicator, lowest where components stop to explain;
* singular values above all that noise and calibration can give: `s > s_white + |dmu/dE| sqrt(sum sigma_shift^2)`;
* the same with a floor for what beam, detector and normalisation do from scan to scan.

The third one is used where the study names no number: with good data the first two count every
drift of the beamline as a compound. See `pipeline.physics.pca` for the laws and references.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.physics.pca import decompose, target_transform, white_noise_limit
from pipeline.xas.options import PcaOptions
from pipeline.xas.records import NormalisedSeries, PcaResult
from pipeline.xas.series_matrix import SeriesMatrix, series_matrix, standards_on
from pipeline.xas.standards import mean_standard
from pipeline.xas.verdicts import Verdicts

LEAST_SCANS = 3
MOST_KEPT = 12  # scores and components that are stored


def components(
    sample: NormalisedSeries,
    standards: Sequence[tuple[str, str, NormalisedSeries]],
    options: PcaOptions,
    e0_ev: float,
) -> PcaResult:
    """Decompose a series, and test standards against the space it spans.

    Args:
        sample: normalised scans; those that do not cover the range fail, and fewer than three
            good ones fail the series (`TOO_FEW_SCANS`).
        standards: id, title and normalised scans of each target.
        options: range, signal, number of components, floor.
        e0_ev: reference energy of the range.

    Returns:
        Components, scores, the three counts, and the targets' verdicts; NaN without a series.
    """
    verdicts = Verdicts(sample.status, sample.reason, sample.flags)
    matrix = series_matrix(
        sample, options.range_ev, options.signal, e0_ev, verdicts, needed=LEAST_SCANS
    )
    means = [mean_standard(*standard, options.signal) for standard in standards]
    if not matrix.n_good:
        return _nothing(sample, matrix, standards, options, verdicts)
    # A target that does not cover the range has no verdict, and harms nothing else.
    targets = standards_on(matrix, means, Verdicts(sample.status, sample.reason, sample.flags))
    found = decompose(matrix.spectra, matrix.noise)
    noise = _noise_limit(matrix)
    floor = options.floor_ratio * np.sqrt(matrix.spectra.size)
    above = found.n_above(noise + floor)
    used = min(options.components or max(above, 1), matrix.n_good - 1)
    fit = target_transform(found, used, targets)
    kept = min(MOST_KEPT, len(found.singular_values))
    scale = np.sqrt((found.scores[:, :kept] ** 2).mean(axis=0))
    return PcaResult(
        dataset=sample.dataset,
        element=sample.element,
        edge=sample.edge,
        mode=sample.mode,
        signal=options.signal,
        energy_ev=matrix.energy_ev,
        singular_value=found.singular_values,
        explained_fraction=found.explained_fraction,
        real_error_normalised=found.real_error,
        indicator_index=found.indicator,
        score=matrix.spread_out(found.scores[:, :kept] / scale),
        component_normalised=found.loadings[:kept] * scale[:, None],
        singular_limit=noise + floor,
        noise_limit_normalised=noise,
        used_count=used,
        above_limit_count=above,
        above_noise_count=found.n_above(noise),
        by_indicator_count=found.n_by_indicator,
        standards=tuple(m.name for m in means),
        standard_titles=tuple(m.title for m in means),
        target_normalised=targets,
        target_fit_normalised=fit.predicted,
        target_error_normalised=fit.apparent_error,
        expected_error_normalised=fit.expected_error,
        spoil=fit.spoil,
        covariates=sample.covariates,
        source_file=sample.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )


def _noise_limit(matrix: SeriesMatrix) -> float:
    """Largest singular value that noise and calibration can have together (norms add at most)."""
    n, p = matrix.spectra.shape
    white = white_noise_limit(n, p, float(np.median(matrix.noise)))
    slope = np.gradient(matrix.spectra.mean(axis=0), matrix.energy_ev)
    shift = np.sqrt((matrix.shift_sigma_ev**2).sum()) * np.linalg.norm(slope)
    return float(white + shift)


def _nothing(
    sample: NormalisedSeries,
    matrix: SeriesMatrix,
    standards: Sequence[tuple[str, str, NormalisedSeries]],
    options: PcaOptions,
    verdicts: Verdicts,
) -> PcaResult:
    n, m, p = len(sample.status), len(standards), matrix.energy_ev.size
    one, curves, each = np.full(1, np.nan), np.full((m, p), np.nan), np.full(m, np.nan)
    return PcaResult(
        dataset=sample.dataset,
        element=sample.element,
        edge=sample.edge,
        mode=sample.mode,
        signal=options.signal,
        energy_ev=matrix.energy_ev,
        singular_value=one,
        explained_fraction=one,
        real_error_normalised=one,
        indicator_index=one,
        score=np.full((n, 1), np.nan),
        component_normalised=np.full((1, p), np.nan),
        singular_limit=np.nan,
        noise_limit_normalised=np.nan,
        used_count=0,
        above_limit_count=0,
        above_noise_count=0,
        by_indicator_count=0,
        standards=tuple(name for name, _, _ in standards),
        standard_titles=tuple(title for _, title, _ in standards),
        target_normalised=curves,
        target_fit_normalised=curves,
        target_error_normalised=each,
        expected_error_normalised=each,
        spoil=each,
        covariates=sample.covariates,
        source_file=sample.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )
