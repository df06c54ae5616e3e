"""The result tables of powder diffraction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.core.table import Table
from pipeline.xrd import plan, rows
from pipeline.xrd.plan import TECHNIQUE
from pipeline.xrd.records import (
    Broadening,
    CellSeries,
    ConvertedSeries,
    PeakTracks,
    Transitions,
)

_Targets = Callable[[Study], tuple[str, ...]]
_Rows = Callable[[Dataset, Any], rows.Rows]
_TABLES: dict[str, tuple[str, _Targets, Any, tuple[str, ...], _Rows]] = {
    "xrd_patterns": (
        *("read", plan.everything, ConvertedSeries),
        *(rows.PATTERN_COLUMNS, rows.pattern_rows),
    ),
    "xrd_peaks": ("track", plan.tracked, PeakTracks, rows.PEAK_COLUMNS, rows.peak_rows),
    "xrd_broadening": (
        *("broadening", plan.with_broadening, Broadening),
        *(rows.BROADENING_COLUMNS, rows.broadening_rows),
    ),
    "xrd_transition": (
        *("transition", plan.with_transitions, Transitions),
        *(rows.TRANSITION_COLUMNS, rows.transition_rows),
    ),
}
CELL, COMPARISON = "xrd_cell", "xrd_comparison"


def targets(study: Study) -> tuple[str, ...]:
    """Names of the tables that the study has something for."""
    made = [name for name, (_, targets_of, *_) in _TABLES.items() if targets_of(study)]
    several = len(plan.with_transitions(study)) > 1
    return (
        *made,
        *([CELL] if plan.with_cell(study) else []),
        *([COMPARISON] if several else []),
    )


def inputs(study: Study, table: str) -> tuple[Path, ...]:
    """Results files that a table is made from, in the order of the data-set table."""
    others = {CELL: ("cell", plan.with_cell), COMPARISON: ("transition", plan.with_transitions)}
    step, names = others[table] if table in others else _TABLES[table][:2]
    return tuple(study.result(TECHNIQUE, name, step) for name in names(study))


def build(study: Study, table: str) -> Table:
    """Make a table from the results files."""
    paths = [study.home / path for path in inputs(study, table)]
    if table == CELL:
        found = [read_record(path, CellSeries) for path in paths]
        columns = rows.cell_columns(found)
        made = [
            row
            for name, cells in zip(plan.with_cell(study), found, strict=True)
            for row in rows.cell_rows(study.dataset(name), cells, columns)
        ]
        return Table(columns, tuple(made))
    if table == COMPARISON:
        names = plan.with_transitions(study)
        changes = {n: read_record(p, Transitions) for n, p in zip(names, paths, strict=True)}
        return Table(rows.COMPARISON_COLUMNS, tuple(rows.comparison_rows(changes)))
    _, names_of, record, columns, rows_of = _TABLES[table]
    return Table(
        columns,
        tuple(
            row
            for name, path in zip(names_of(study), paths, strict=True)
            for row in rows_of(study.dataset(name), read_record(path, record))
        ),
    )
