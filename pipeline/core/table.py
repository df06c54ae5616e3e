"""Result tables: named columns with their units in the name, written as plain CSV."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.files import write_text
from pipeline.core.printed import Printed, write_printed

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns. NaN and None become empty cells.

    `printed` holds the same numbers as a paper prints them, where a table is meant for one.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    printed: Printed | None = None

    def as_csv(self) -> str:
        """The table as CSV with one header line."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_cell(value) for value in row] for row in self.rows)
        return out.getvalue()


def _cell(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def write_table(path: Path, table: Table) -> None:
    """Write a table as CSV, and as LaTeX and Markdown beside it where it is printed; each file whole or not at all."""
    write_text(path, table.as_csv())
    if table.printed is not None:
        write_printed(path, table.printed)


def read_table_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV table back as one dict a row."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
