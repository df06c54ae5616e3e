"""Rows of the tables of whole series: components, targets, concentrations, fine structure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.core.rows import COVARIATES, ENDING, beside, ending
from pipeline.core.study import Dataset
from pipeline.core.table import Cell
from pipeline.xas.records import ExafsSeries, McrResult, PcaResult, ScanStatus
from pipeline.xas.rows import SCAN, WHAT, what

PCA_COLUMNS = (
    *("dataset", *WHAT, "component", "singular_value", "explained_fraction", "cumulative_fraction"),
    *("real_error_normalised", "indicator", "singular_limit", "noise_limit", "is_above_limit"),
    *("n_used", "n_above_limit", "n_above_noise", "n_by_indicator", "flags"),
)
TARGET_COLUMNS = (
    *("dataset", *WHAT, "standard", "n_components", "spoil", "verdict"),
    *("target_error_normalised", "expected_error_normalised", "flags"),
)
MCR_COLUMNS = (
    *(*SCAN, *WHAT, *COVARIATES, "component", "is_fixed", "concentration", "concentration_sigma"),
    *("concentration_low", "concentration_high", "r_factor", "lack_of_fit_percent"),
    *("explained_fraction", "n_iterations", *ENDING),
)
EXAFS_COLUMNS = (
    *(*SCAN, *WHAT, *COVARIATES, "r_peak_angstrom", "r_peak_sigma_angstrom"),
    *("r_peak_magnitude_inv_angstrom", "kweight", "epsilon_k", *ENDING),
)


def pca_rows(dataset: Dataset, result: PcaResult) -> Iterator[tuple[Cell, ...]]:
    """One row a component, the largest first."""
    limits = (result.singular_limit, result.noise_limit_normalised)
    counts = (
        *(result.used_count, result.above_limit_count, result.above_noise_count),
        result.by_indicator_count,
    )
    cumulative = np.cumsum(result.explained_fraction)
    for j, value in enumerate(result.singular_value):
        yield (
            *(dataset.name, *what(dataset), j + 1, float(value)),
            *(float(result.explained_fraction[j]), float(cumulative[j])),
            *(float(result.real_error_normalised[j]), float(result.indicator_index[j])),
            *(*limits, str(bool(value > limits[0])), *counts, _failed(result)),
        )


def target_rows(dataset: Dataset, result: PcaResult) -> Iterator[tuple[Cell, ...]]:
    """One row a standard that was tested against the series."""
    for i, name in enumerate(result.standards):
        spoil = float(result.spoil[i])
        yield (
            *(dataset.name, *what(dataset), name, result.used_count, spoil, result.verdicts[i]),
            *(float(result.target_error_normalised[i]), float(result.expected_error_normalised[i])),
            _failed(result),
        )


def _failed(result: PcaResult) -> str:
    """The statuses of a series without a good scan; one bad scan in a series is no remark here."""
    bad = dict.fromkeys(str(s) for s in result.status if s is not ScanStatus.OK)
    return "" if ScanStatus.OK in result.status else ";".join(bad)


def mcr_rows(dataset: Dataset, result: McrResult) -> Iterator[tuple[Cell, ...]]:
    """One row a scan and component."""
    columns = (
        *(result.concentration, result.concentration_sigma),
        *(result.concentration_low, result.concentration_high),
    )
    for i, source in enumerate(result.source_file):
        for k, component in enumerate(result.components):
            yield (
                *(dataset.name, i, source, *what(dataset), *beside(result.covariates, i)),
                *(component, str(result.is_fixed[k])),
                *(float(column[i, k]) for column in columns),
                *(float(result.r_factor[i]), float(result.lack_of_fit_percent)),
                *(float(result.explained_fraction), result.iteration_count, *ending(result, i)),
            )


def exafs_rows(dataset: Dataset, result: ExafsSeries) -> Iterator[tuple[Cell, ...]]:
    """One row a scan."""
    for i, source in enumerate(result.source_file):
        yield (
            *(dataset.name, i, source, *what(dataset), *beside(result.covariates, i)),
            *(float(result.r_peak_angstrom[i]), float(result.r_peak_sigma_angstrom[i])),
            float(result.r_peak_magnitude_inv_angstrom[i]),
            *(result.kweight, float(result.epsilon_k[i]), *ending(result, i)),
        )
