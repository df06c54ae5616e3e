"""The demo's `recovery.csv`: what the analysis found against what was simulated."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from pipeline.core.errors import AnalysisError
from pipeline.core.study import Study
from pipeline.core.table import Table, read_table_rows, write_table

COLUMNS = ("quantity", "truth", "result", "sigma", "pull", "flags")
KEYS = (
    *("dataset", "scan", "component", "frame", "phase", "hkl", "change", "channel"),
    *("element", "site"),
)
"""Columns that say which number is meant; a table has some of them, and a row of the truth fills those that it needs."""


def recovery_table(truth_file: Path, tables: Path) -> Table:
    """Compare each true number with the table's number of the same keys.

    Args:
        truth_file: the demo's `truth.tsv`; of several sigma columns joined by `+` the sum in
            quadrature is taken.
        tables: folder of the result tables.

    Returns:
        One row a quantity, `pull = (result - truth) / sigma`; where two engines found it, one row each.

    Raises:
        AnalysisError: a quantity of the truth is in no table.
    """
    rows = []
    cache: dict[str, list[dict[str, str]]] = {}
    with truth_file.open(encoding="utf-8", newline="") as handle:
        for true in csv.DictReader(handle, delimiter="\t"):
            table = true["table"]
            if table not in cache:
                cache[table] = read_table_rows(tables / table)
            found = [row for row in cache[table] if _same(row, true)]
            engines = [row.get("engine", "") for row in found]
            if not found or len(set(engines)) < len(found):
                raise AnalysisError(
                    f"{truth_file}: '{true['quantity']}' has {len(found)} rows in {table}, not one."
                )
            for row, engine in zip(found, engines, strict=True):
                by = f" ({engine})" if len(found) > 1 else ""
                rows.append(_compared(true | {"quantity": true["quantity"] + by}, row))
    return Table(COLUMNS, tuple(rows))


def _same(row: dict[str, str], true: dict[str, str]) -> bool:
    return all(row.get(key, "") == true[key] for key in KEYS if true.get(key))


def _compared(true: dict[str, str], row: dict[str, str]) -> tuple[str | float | None, ...]:
    truth = float(true["truth"])
    result = row[true["column"]]
    sigmas = [row[column] for column in true["sigma_column"].split("+")]
    if not result or not all(sigmas):
        return true["quantity"], truth, None, None, None, row["flags"]
    sigma = math.hypot(*(float(part) for part in sigmas))
    pull = (float(result) - truth) / sigma
    return true["quantity"], truth, float(result), sigma, pull, row["flags"]


def write_recovery(study: Study) -> None:
    """Write the table beside the others."""
    tables = study.home / study.results / "tables"
    truth = study.home / study.raw / "truth.tsv"
    write_table(tables / "recovery.csv", recovery_table(truth, tables))
