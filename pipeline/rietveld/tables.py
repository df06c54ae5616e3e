"""The result tables of Rietveld refinement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.core.table import Table
from pipeline.rietveld import plan, publish, rows
from pipeline.rietveld.plan import TECHNIQUE, options_of
from pipeline.rietveld.records import InstrumentProfiles, Refinements, Sensitivity

PUBLISHED = ("rietveld_mixing", "rietveld_cells")
"""Tables that are written as LaTeX and Markdown too."""

REFINEMENTS = "rietveld"
_Targets = Callable[[Study], tuple[str, ...]]
_Rows = Callable[[Dataset, Any], rows.Rows]
_TABLES: dict[str, tuple[str, _Targets, Any, tuple[str, ...], _Rows]] = {
    "rietveld_phases": (
        *("refine", plan.refined, Refinements),
        *(rows.PHASE_COLUMNS, rows.phase_rows),
    ),
    "rietveld_atoms": ("refine", plan.refined, Refinements, rows.ATOM_COLUMNS, rows.atom_rows),
    "rietveld_bonds": ("refine", plan.refined, Refinements, rows.BOND_COLUMNS, rows.bond_rows),
    "rietveld_parameters": (
        *("refine", plan.refined, Refinements),
        *(rows.PARAMETER_COLUMNS, rows.parameter_rows),
    ),
    "rietveld_starts": ("refine", plan.refined, Refinements, rows.START_COLUMNS, rows.start_rows),
    "rietveld_instrument": (
        *("instrument", plan.calibrated, InstrumentProfiles),
        *(rows.INSTRUMENT_COLUMNS, rows.instrument_rows),
    ),
    "rietveld_sensitivity": (
        *("sensitivity", plan.varied, Sensitivity),
        *(rows.SENSITIVITY_COLUMNS, rows.sensitivity_rows),
    ),
}


def _with_mixing(study: Study) -> tuple[str, ...]:
    """Data sets whose main phase is a layered oxide."""
    return tuple(
        name
        for name in plan.refined(study)
        if options_of(study, name).phases[plan.present(study, name)[0]].model == "layered-oxide"
    )


def targets(study: Study) -> tuple[str, ...]:
    """Names of the tables that the study has something for."""
    main = (REFINEMENTS, "rietveld_cells") if plan.refined(study) else ()
    mixed = ("rietveld_mixing",) if _with_mixing(study) else ()
    return (*main, *mixed, *(name for name, (_, of, *_) in _TABLES.items() if of(study)))


def _from(table: str) -> tuple[str, _Targets]:
    if table == "rietveld_mixing":
        return "refine", _with_mixing
    if table in _TABLES:
        return _TABLES[table][:2]
    return "refine", plan.refined


def inputs(study: Study, table: str) -> tuple[Path, ...]:
    """Results files that a table is made from, in the order of the study file."""
    step, names_of = _from(table)
    return tuple(study.result(TECHNIQUE, name, step) for name in names_of(study))


def build(study: Study, table: str) -> Table:
    """Make a table from the results files."""
    datasets = [study.dataset(name) for name in _from(table)[1](study)]
    paths = [study.home / path for path in inputs(study, table)]
    if table in _TABLES:
        _, _, record, columns, rows_of = _TABLES[table]
        return Table(
            columns,
            tuple(
                row
                for dataset, path in zip(datasets, paths, strict=True)
                for row in rows_of(dataset, read_record(path, record))
            ),
        )
    found = [read_record(path, Refinements) for path in paths]
    named = list(zip(datasets, found, strict=True))
    if table in PUBLISHED:
        return publish.mixing(named) if table == "rietveld_mixing" else publish.cells(named)
    columns = rows.refinement_columns(found)
    made = (row for dataset, one in named for row in rows.refinement_rows(dataset, one, columns))
    return Table(columns, tuple(made))
