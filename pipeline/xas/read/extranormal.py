"""Text of `extranormal`, the normalisation program of the ROCK beamline at SOLEIL.

Its columns are energies that are already shifted, normalised absorption, the foil's absorption,
its derivative, and I0. The shift is undone here and kept: `E_raw = E_file - Eshift`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import numpy as np

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read.table import find_table
from pipeline.xas.records import FailedScan, RawScan, ScanStatus

MAGIC = "produced by extranormal"

_NUMBER = r"([-+]?[\d.]+(?:[eE][-+]?\d+)?)"
_SHIFT = re.compile(rf"\bEshift\s*=\s*{_NUMBER}")
_START = re.compile(r"Time at start\s*=\s*(.+)")
_ELAPSED = re.compile(rf"Time from start \(seconds\)\s*=\s*{_NUMBER}")


def read(text: str, source_file: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    """Read the one scan of an extranormal file.

    Raises:
        RawDataError: no table of numbers, no shift or labels in the header, or `columns` given.
    """
    if dataset.columns:
        raise RawDataError(
            f"{source_file}: extranormal files name their own columns, and their energies have a "
            "shift to undo; leave `columns` empty for this data set."
        )
    table = find_table(text, source_file)
    labels = table_labels(table.header)
    if table.data.shape[1] != len(labels):
        raise RawDataError(
            f"{source_file}: {table.data.shape[1]} columns of numbers under {len(labels)} "
            f"labels ({', '.join(labels)}); extranormal writes one tab between two labels."
        )
    for label in ("shifted energy", "normalized"):
        if label not in labels:
            raise RawDataError(
                f"{source_file}: an extranormal file without a column '{label}'; "
                f"it has {', '.join(labels)}."
            )
    column = dict(zip(labels, table.data.T, strict=True))
    shift_ev = shift(table.header, source_file)
    label = PurePosixPath(source_file).stem
    mu, reference = column["normalized"], column.get("reference")
    if dataset.mode == "reference":
        if reference is None:
            return [_without_reference(source_file, label)]
        mu = reference
    return [
        RawScan(
            source_file,
            label,
            column["shifted energy"] - shift_ev,
            mu,
            reference_mu=np.asarray(reference) if reference is not None else None,
            time_iso=middle_time(table.header),
            file_shift_ev=shift_ev,
            is_normalised=dataset.mode != "reference",
        )
    ]


def table_labels(header: Sequence[str]) -> tuple[str, ...]:
    """Give the labels of the last header line: parted by tabs, with blanks inside."""
    last = header[-1].lstrip("# ") if header else ""
    return tuple(label.strip() for label in last.split("\t"))


def shift(header: Sequence[str], source_file: str) -> float:
    """Give the shift in eV that the file's energies have had.

    Raises:
        RawDataError: the header does not say it.
    """
    match = _SHIFT.search("\n".join(header))
    if not match:
        raise RawDataError(
            f"{source_file}: the header has no `Eshift=`, so the shift of its energies "
            "cannot be undone."
        )
    return float(match[1])


def middle_time(header: Sequence[str]) -> str:
    """Give the time of the scan's middle in ISO 8601, or '' where the header does not say it."""
    text = "\n".join(header)
    start, elapsed = _START.search(text), _ELAPSED.search(text)
    if not (start and elapsed and math.isfinite(float(elapsed[1]))):
        return ""
    try:
        moment = datetime.fromisoformat(start[1].strip())
    except ValueError:
        return ""
    return (moment + timedelta(seconds=float(elapsed[1]))).isoformat()


def _without_reference(source_file: str, label: str) -> FailedScan:
    return FailedScan(
        source_file, label, ScanStatus.UNREADABLE, "the file has no column 'reference'."
    )
