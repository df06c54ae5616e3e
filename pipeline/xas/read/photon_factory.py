"""Text of the Photon Factory (`9809`): Bragg angles, and counters told by their mode.

The header gives the plane spacing `D` and, above the numbers, three lines: what each column is, the
mode of each counter (1 the incident beam, 2 transmission, 3 fluorescence) and its offset. Energies come
from the observed angle, as Athena and Larch take them. Counts stand as measured: the
offsets are kept in the file and not taken off, for the file does not say for which time they hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import times
from pipeline.xas.read.absorb import Facts, to_scan
from pipeline.xas.read.roles import Roles, given_roles
from pipeline.xas.read.table import Table, find_table
from pipeline.xas.records import FailedScan, RawScan

MAGIC = re.compile(r"\s*9809\s+KEK-PF")

_SPACING = re.compile(r"\bD=\s*([\d.]+)\s*A")
_ROLE_OF_MODE = {1: "i0", 2: "it", 3: "if"}


def read(text: str, source_file: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    """Read the one scan of a file.

    Raises:
        RawDataError: no table, no plane spacing, or no counter of the data set's mode.
    """
    table = find_table(text, source_file)
    labels = table_labels(table)
    facts = Facts(source_file, PurePosixPath(source_file).stem, times.middle_of(table.header))
    return [to_scan(table.data, labels, roles(table, dataset, source_file), facts, dataset)]


def roles(table: Table, dataset: Dataset, source_file: str) -> Roles:
    """Tell the columns by the modes of their counters; `columns` of the data set goes before.

    Raises:
        RawDataError: the header gives no plane spacing.
    """
    spacing = _SPACING.search("\n".join(table.header))
    if not spacing:
        raise RawDataError(
            f"{source_file}: the header gives no plane spacing `D= ... A`, so that its angles are no "
            "energies. Repair the header."
        )
    if dataset.columns:
        labels = table_labels(table)
        given = given_roles(dataset.columns, labels, table.data.shape[1], source_file)
        if given.unit:
            return given
        return Roles(given.columns, "deg", float(spacing[1]))
    found: dict[str, tuple[int, ...]] = {"energy": (1,)}
    for column, mode in enumerate(_modes(table)):
        role = _ROLE_OF_MODE.get(mode, "")
        # Several counters of fluorescence are one detector; of the other modes there is one.
        if role == "if":
            found[role] = (*found.get(role, ()), column)
        elif role:
            found.setdefault(role, (column,))
    return Roles(found, "deg", float(spacing[1]))


def table_labels(table: Table) -> tuple[str, ...]:
    """Give the labels, with the mode of each counter."""
    names = ("angle_asked", "angle", "time_s")
    modes = _modes(table)[len(names) :]
    words = {1: "i0", 2: "it", 3: "if"}
    return (*names, *(words.get(mode, f"mode_{mode}") for mode in modes))


def _modes(table: Table) -> Sequence[int]:
    line = next((h for h in reversed(table.header) if h.strip().startswith("Mode")), "")
    words = line.split()[1:]
    # The time has no mode of its own: the first three columns are angle, angle, time.
    padded = [0] * (table.data.shape[1] - len(words)) + [int(w) for w in words if w.isdigit()]
    return padded[: table.data.shape[1]]
