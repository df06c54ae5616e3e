"""The result tables of X-ray absorption, one row a scan (or scan and component)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.nexus import read_record
from pipeline.core.rows import COVARIATES, ENDING, beside, ending
from pipeline.core.study import Dataset, Study
from pipeline.core.table import Cell, Table
from pipeline.xas import plan, series_rows
from pipeline.xas.combinations import supported
from pipeline.xas.edge_rows import LINE_COLUMNS, OTHER_POSITIONS, line_rows, other_positions
from pipeline.xas.plan import TECHNIQUE
from pipeline.xas.records import (
    CalibratedSeries,
    EdgeLine,
    ExafsSeries,
    Flag,
    Glitches,
    LcfCombinations,
    LcfResult,
    McrResult,
    NormalisedSeries,
    PcaResult,
    Valences,
)
from pipeline.xas.rows import SCAN, WHAT, what


def targets(study: Study) -> tuple[str, ...]:
    """Names of the tables that the study has something for."""
    return tuple(name for name, (_, targets_of, *_) in _TABLES.items() if targets_of(study))


def inputs(study: Study, table: str) -> tuple[Path, ...]:
    """Results files that a table is made from, in the order of the data-set table."""
    step, targets_of = _TABLES[table][:2]
    return tuple(study.result(TECHNIQUE, target, step) for target in targets_of(study))


def build(study: Study, table: str) -> Table:
    """Make a table from the results files."""
    _, targets_of, record, columns, rows = _TABLES[table]
    made: list[tuple[Cell, ...]] = []
    for target, path in zip(targets_of(study), inputs(study, table), strict=True):
        made += rows(plan.dataset_of(study, target), read_record(study.home / path, record))
    return Table(columns, tuple(made))


def _calibration(dataset: Dataset, series: CalibratedSeries) -> Iterator[tuple[Cell, ...]]:
    for i, source in enumerate(series.raw.source_file):
        yield (
            *(dataset.name, i, source, series.raw.label[i]),
            *(float(series.shift_ev[i]), float(series.shift_sigma_ev[i]), series.scale_sigma_ev),
            *(series.drift_ev, series.drift_sigma_ev),
            *(float(series.raw.file_shift_ev[i]), float(series.misfit_ratio[i]), series.method),
            *ending(series, i),
        )


def _glitches(dataset: Dataset, series: CalibratedSeries) -> Iterator[tuple[Cell, ...]]:
    listed = series.glitches or Glitches.none()
    for i, source in enumerate(listed.source_file):
        yield (
            *(dataset.name, int(listed.scan_index[i]), source, float(listed.glitch_ev[i])),
            *(float(listed.deviation_ratio[i]), listed.cause[i]),
            str(Flag.GLITCH_REMOVED if listed.removed[i] else Flag.GLITCH_FOUND),
        )


def _edge(dataset: Dataset, series: NormalisedSeries) -> Iterator[tuple[Cell, ...]]:
    numbers = (
        *(series.edge_step, series.edge_step_sigma, series.edge_step_model_sigma),
        *(series.half_step_ev, series.half_step_sigma_ev),
        *(np.full(len(series.status), series.edge_level), series.level_ev, series.level_sigma_ev),
        *(series.noise_normalised, *other_positions(series)),
    )
    for i, source in enumerate(series.source_file):
        yield (
            *(dataset.name, i, source, *what(dataset), *beside(series.covariates, i)),
            *(float(column[i]) for column in numbers),
            *ending(series, i),
        )


def _lcf(dataset: Dataset, result: LcfResult) -> Iterator[tuple[Cell, ...]]:
    per_component = (
        *(result.fraction, result.fraction_sigma, result.fraction_model_sigma),
        *(result.fraction_bootstrap_sigma, result.fraction_low, result.fraction_high),
        *(result.weights, result.standard_shift_ev, result.standard_shift_sigma_ev),
    )
    per_scan = (result.r_factor, result.reduced_chi2, result.sum_of_weights)
    for i, source in enumerate(result.source_file):
        for k, component in enumerate(result.standards):
            yield (
                *(dataset.name, i, source, *what(dataset), *beside(result.covariates, i)),
                component,
                *(float(column[i, k]) for column in per_component),
                *(float(column[i]) for column in per_scan),
                *("+".join(result.model_parts), *ending(result, i)),
            )


def _combinations(dataset: Dataset, result: LcfCombinations) -> Iterator[tuple[Cell, ...]]:
    close = supported(result)
    for i, source in enumerate(result.source_file):
        for rank in np.flatnonzero(np.isfinite(result.set_index[i])):
            chosen = result.sets[int(result.set_index[i, rank])]
            shares = dict(zip(result.candidates, result.fraction[i, rank], strict=True))
            yield (
                *(dataset.name, i, source, *what(dataset), *beside(result.covariates, i)),
                *(int(rank) + 1, "+".join(chosen)),
                "+".join(f"{shares[name]:.4f}" for name in chosen),
                *(float(result.sum_of_weights[i, rank]), float(result.reduced_chi2[i, rank])),
                *(float(result.aicc[i, rank]), float(result.aicc[i, rank] - result.aicc[i, 0])),
                *("yes" if close[i, rank] else "no", *ending(result, i)),
            )


def _valence(dataset: Dataset, found: Valences) -> Iterator[tuple[Cell, ...]]:
    for one in found.by_method:
        unknown = np.full(len(one.status), np.nan)
        parts = (one.valence_range_sigma, one.valence_window_sigma, one.valence_standards_sigma)
        columns = (
            *(one.valence, one.valence_sigma, one.valence_model_sigma),
            *(unknown if part is None else part for part in parts),
            *(one.valence_low, one.valence_high, found.methods_pull),
        )
        for i, source in enumerate(one.source_file):
            yield (
                *(dataset.name, i, source, *what(dataset), *beside(one.covariates, i)),
                one.method,
                *(float(column[i]) for column in columns),
                *ending(one, i),
            )


def _line(dataset: Dataset, line: EdgeLine) -> Iterator[tuple[Cell, ...]]:
    del dataset  # the line is of an edge; its compounds stand in the record
    return line_rows(line)


_Rows = Callable[[Dataset, Any], Iterator[tuple[Cell, ...]]]
_Targets = Callable[[Study], tuple[str, ...]]
_TABLES: dict[str, tuple[str, _Targets, Any, tuple[str, ...], _Rows]] = {
    "xas_calibration": (
        "calibrate",
        plan.everything,
        CalibratedSeries,
        (
            *(*SCAN, "label", "shift_ev", "shift_sigma_ev", "scale_sigma_ev", "drift_ev"),
            *("drift_sigma_ev", "file_shift_ev", "misfit_ratio", "method", *ENDING),
        ),
        _calibration,
    ),
    "xas_glitches": (
        "prepare",
        plan.everything,
        CalibratedSeries,
        (*SCAN, "glitch_ev", "deviation_ratio", "cause", "flags"),
        _glitches,
    ),
    "xas_edge": (
        "normalise",
        plan.everything,
        NormalisedSeries,
        (
            *(*SCAN, *WHAT, *COVARIATES, "edge_step", "edge_step_sigma"),
            *("edge_step_model_sigma", "e0_half_step_ev", "e0_half_step_sigma_ev", "edge_level"),
            *("edge_level_ev", "edge_level_sigma_ev", "noise_normalised"),
            *(*OTHER_POSITIONS, *ENDING),
        ),
        _edge,
    ),
    "xas_lcf": (
        "lcf",
        plan.fitted,
        LcfResult,
        (
            *(*SCAN, *WHAT, *COVARIATES, "component", "fraction", "fraction_sigma"),
            *("fraction_model_sigma", "fraction_bootstrap_sigma", "fraction_low", "fraction_high"),
            *("weight", "standard_shift_ev", "standard_shift_sigma_ev"),
            *("r_factor", "reduced_chi2", "sum_of_weights", "model_parts", *ENDING),
        ),
        _lcf,
    ),
    "xas_edge_line": ("line", plan.lines, EdgeLine, LINE_COLUMNS, _line),
    "xas_lcf_combinations": (
        "combinations",
        plan.combined,
        LcfCombinations,
        (
            *(*SCAN, *WHAT, *COVARIATES, "rank", "standards", "fractions"),
            *("sum_of_weights", "reduced_chi2", "aicc", "delta_aicc", "supported", *ENDING),
        ),
        _combinations,
    ),
    "xas_valence": (
        "valence",
        plan.valued,
        Valences,
        (
            *(*SCAN, *WHAT, *COVARIATES, "method", "valence", "valence_sigma"),
            *("valence_model_sigma", "valence_range_sigma", "valence_window_sigma"),
            *("valence_standards_sigma", "valence_low", "valence_high", "methods_pull", *ENDING),
        ),
        _valence,
    ),
    "xas_pca": ("pca", plan.decomposed, PcaResult, series_rows.PCA_COLUMNS, series_rows.pca_rows),
    "xas_target_transform": (
        "pca",
        plan.decomposed,
        PcaResult,
        series_rows.TARGET_COLUMNS,
        series_rows.target_rows,
    ),
    "xas_mcr": ("mcr", plan.resolved, McrResult, series_rows.MCR_COLUMNS, series_rows.mcr_rows),
    "xas_exafs": (
        "exafs",
        plan.with_exafs,
        ExafsSeries,
        series_rows.EXAFS_COLUMNS,
        series_rows.exafs_rows,
    ),
}


def columns(table: str) -> Sequence[str]:
    """Columns of a table."""
    return _TABLES[table][3]
