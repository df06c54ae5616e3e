"""The result tables of X-ray absorption, one row a scan (or scan and component)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.core.table import Cell, Table
from pipeline.xas import plan
from pipeline.xas.plan import TECHNIQUE
from pipeline.xas.records import (
    CalibratedSeries,
    Covariates,
    LcfResult,
    NormalisedSeries,
    ScanStatus,
    ValenceResult,
)

WHAT = ("sample", "state", "element", "edge", "mode")
COVARIATES = ("cycle", "temperature_c", "voltage_v", "time_s", "charge_mah")
ENDING = ("reason", "status", "flags")


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
        made += rows(study.dataset(target), read_record(study.home / path, record))
    return Table(columns, tuple(made))


def _ending(result: Any, scan: int) -> tuple[Cell, ...]:
    """Reason, status and flags of a scan; the status of a failed one is a flag too."""
    status: ScanStatus = result.status[scan]
    words = list(result.flags[scan])
    if status is not ScanStatus.OK:
        words.insert(0, status)
    return str(result.reason[scan]), str(status), ";".join(dict.fromkeys(map(str, words)))


def _what(dataset: Dataset) -> tuple[Cell, ...]:
    return dataset.sample, dataset.state, dataset.element, dataset.edge, dataset.mode


def _beside(covariates: Covariates, scan: int) -> tuple[Cell, ...]:
    return tuple(float(getattr(covariates, name)[scan]) for name in COVARIATES)


def _calibration(dataset: Dataset, series: CalibratedSeries) -> Iterator[tuple[Cell, ...]]:
    for i, source in enumerate(series.raw.source_file):
        yield (
            *(dataset.name, i, source, series.raw.label[i]),
            *(float(series.shift_ev[i]), float(series.shift_sigma_ev[i]), series.scale_sigma_ev),
            *(series.drift_ev, series.drift_sigma_ev),
            *(float(series.raw.file_shift_ev[i]), float(series.misfit_ratio[i]), series.method),
            *_ending(series, i),
        )


def _edge(dataset: Dataset, series: NormalisedSeries) -> Iterator[tuple[Cell, ...]]:
    numbers = (
        *(series.edge_step, series.edge_step_sigma, series.edge_step_model_sigma),
        *(series.half_step_ev, series.half_step_sigma_ev),
        *(np.full(len(series.status), series.edge_level), series.level_ev, series.level_sigma_ev),
        series.noise_normalised,
    )
    for i, source in enumerate(series.source_file):
        yield (
            *(dataset.name, i, source, *_what(dataset), *_beside(series.covariates, i)),
            *(float(column[i]) for column in numbers),
            *_ending(series, i),
        )


def _lcf(dataset: Dataset, result: LcfResult) -> Iterator[tuple[Cell, ...]]:
    per_component = (
        *(result.fraction, result.fraction_sigma, result.fraction_model_sigma),
        *(result.fraction_low, result.fraction_high, result.weights),
    )
    per_scan = (result.r_factor, result.reduced_chi2, result.sum_of_weights)
    for i, source in enumerate(result.source_file):
        for k, component in enumerate(result.standards):
            yield (
                *(dataset.name, i, source, *_what(dataset), *_beside(result.covariates, i)),
                component,
                *(float(column[i, k]) for column in per_component),
                *(float(column[i]) for column in per_scan),
                *_ending(result, i),
            )


def _valence(dataset: Dataset, result: ValenceResult) -> Iterator[tuple[Cell, ...]]:
    columns = (result.valence, result.valence_sigma, result.valence_model_sigma)
    for i, source in enumerate(result.source_file):
        yield (
            *(dataset.name, i, source, *_what(dataset), *_beside(result.covariates, i)),
            result.method,
            *(float(column[i]) for column in columns),
            *_ending(result, i),
        )


_SCAN = ("dataset", "scan", "source_file")
_Rows = Callable[[Dataset, Any], Iterator[tuple[Cell, ...]]]
_Targets = Callable[[Study], tuple[str, ...]]
_TABLES: dict[str, tuple[str, _Targets, Any, tuple[str, ...], _Rows]] = {
    "xas_calibration": (
        "calibrate",
        plan.everything,
        CalibratedSeries,
        (
            *(*_SCAN, "label", "shift_ev", "shift_sigma_ev", "scale_sigma_ev", "drift_ev"),
            *("drift_sigma_ev", "file_shift_ev", "misfit_ratio", "method", *ENDING),
        ),
        _calibration,
    ),
    "xas_edge": (
        "normalise",
        plan.everything,
        NormalisedSeries,
        (
            *(*_SCAN, *WHAT, *COVARIATES, "edge_step", "edge_step_sigma"),
            *("edge_step_model_sigma", "e0_half_step_ev", "e0_half_step_sigma_ev", "edge_level"),
            *("edge_level_ev", "edge_level_sigma_ev", "noise_normalised", *ENDING),
        ),
        _edge,
    ),
    "xas_lcf": (
        "lcf",
        plan.fitted,
        LcfResult,
        (
            *(*_SCAN, *WHAT, *COVARIATES, "component", "fraction", "fraction_sigma"),
            *("fraction_model_sigma", "fraction_low", "fraction_high", "weight"),
            *("r_factor", "reduced_chi2", "sum_of_weights", *ENDING),
        ),
        _lcf,
    ),
    "xas_valence": (
        "valence",
        plan.valued,
        ValenceResult,
        (
            *(*_SCAN, *WHAT, *COVARIATES, "method", "valence", "valence_sigma"),
            *("valence_model_sigma", *ENDING),
        ),
        _valence,
    ),
}


def columns(table: str) -> Sequence[str]:
    """Columns of a table."""
    return _TABLES[table][3]
