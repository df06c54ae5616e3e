"""Rows of the truth file: a number of a result table, where it stands, and what it truly is.

`recovery.csv` looks each up in `tables/<table>` by the keys that the row gives, in the column that holds it, beside the
column of its sigma; where several sigmas are joined by `+`, they add up in quadrature.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

KEYS = (
    *("dataset", "scan", "component", "frame", "phase", "hkl", "change", "channel"),
    *("element", "site"),
)
COLUMNS = ("quantity", "table", *KEYS, "column", "sigma_column", "truth")


@dataclass(frozen=True, slots=True)
class Known:
    """One number that is known: its name in words, its place, its truth. Keys that do not matter are ''."""

    quantity: str
    table: str
    dataset: str
    column: str
    sigma_column: str
    truth: float
    scan: str = ""
    component: str = ""
    frame: str = ""
    phase: str = ""
    hkl: str = ""
    change: str = ""
    channel: str = ""
    element: str = ""
    site: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text: nine significant digits, so that a millionth of an angstrom shows."""
        keys = (str(getattr(self, key)) for key in KEYS)
        return (
            self.quantity,
            self.table,
            *keys,
            self.column,
            self.sigma_column,
            f"{self.truth:.9g}",
        )


def table(rows: Iterable[Known]) -> bytes:
    """Give the truth file, tab-separated."""
    lines = [COLUMNS, *(row.cells for row in rows)]
    return ("\n".join("\t".join(line) for line in lines) + "\n").encode("ascii")
