"""Text of the ASTRA beamline at SOLARIS (`.xasd`): currents of three chambers and counts of a detector.

Its last label, `Ir`, is the ring current and no reference. The foil stands between the second and the third
chamber, `ln(I1/I2)`. Fluorescence is counts in `dt` seconds, the chambers give currents: their ratio needs
the time, so that a step with another counting time does not look like an edge. The dead time that the
file states is not corrected, for it does not say whether the counts were.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import times
from pipeline.xas.read.absorb import Facts, to_scan
from pipeline.xas.read.roles import Roles, given_roles
from pipeline.xas.read.table import Table, find_table
from pipeline.xas.records import FailedScan, RawScan

MAGIC = "# ASTRA: Absorption Spectroscopy beamline"
LABELS = ("E", "Theta", "dt", "I0", "I1", "I2", "IF", "FDT", "Ring")

_COLUMNS = {"energy": (0,), "i0": (3,), "it": (4,), "ir": (5,), "if": (6,)}


def read(text: str, source_file: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    """Read the one scan of a file.

    Raises:
        RawDataError: no table, or not the nine columns of the format.
    """
    table = counted_per_second(find_table(text, source_file), source_file)
    roles = Roles(_COLUMNS, "ev")
    if dataset.columns:
        roles = given_roles(dataset.columns, LABELS, len(LABELS), source_file)
    facts = Facts(source_file, PurePosixPath(source_file).stem, times.middle_of(table.header))
    return [to_scan(table.data, LABELS, roles, facts, dataset)]


def counted_per_second(table: Table, source_file: str) -> Table:
    """Give the table with the counts of fluorescence over their counting time.

    Raises:
        RawDataError: the table has not nine columns, or a counting time is not positive.
    """
    if table.data.shape[1] != len(LABELS):
        raise RawDataError(
            f"{source_file}: {table.data.shape[1]} columns; a file of ASTRA has {len(LABELS)}: "
            f"{', '.join(LABELS)}."
        )
    data = np.array(table.data)
    time_s = data[:, LABELS.index("dt")]
    if not (time_s > 0).all():
        row = int(np.argmin(time_s > 0))
        raise RawDataError(f"{source_file}: counting time {time_s[row]:g} s in row {row + 1}.")
    data[:, LABELS.index("IF")] /= time_s
    return replace(table, data=data)
