"""Plain tables kept beside a measurement: CSV or tab-separated, one header line.

Columns: `time_s` or `time_iso`, and any of `voltage_v`, `charge_mah`, `current_ma`,
`temperature_c`, `cycle`; others are passed over. Lines that begin with `#` are comments.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError, did_you_mean
from pipeline.formats import eclab
from pipeline.formats.electrochem import ElectrochemRun

QUANTITIES = ("voltage_v", "charge_mah", "current_ma", "temperature_c", "cycle")
TIMES = ("time_iso", "time_s")

_Rows = list[tuple[int, dict[str, str]]]


def read_sidecar(paths: Sequence[Path]) -> ElectrochemRun:
    """Read the sidecar of a series: EC-Lab files that continue each other, or one plain table.

    Raises:
        RawDataError: no file, kinds mixed, several tables, or a file that cannot be read.
    """
    kinds = [_is_mpt(path) for path in paths]
    if kinds and all(kinds):
        return eclab.read_runs(paths)
    if len(paths) != 1:
        raise RawDataError(
            f"{len(paths)} sidecar files ({', '.join(p.name for p in paths)}): "
            "give one table, or EC-Lab files that continue each other."
        )
    return read_table(paths[0])


def read_table(path: Path) -> ElectrochemRun:
    """Read a plain table.

    Args:
        path: the file; tabs, semicolons or commas part its cells. Empty cells are unknown.

    Returns:
        The run, in order of time; `start_iso` is the first row's time, or '' where the table
        counts seconds from a start that it does not name.

    Raises:
        RawDataError: no time column or no quantity, or a cell that is no number or no time.
    """
    names, rows = _cells(path)
    time_column = next((name for name in TIMES if name in names), None)
    quantities = [name for name in names if name in QUANTITIES]
    if time_column is None or not quantities:
        needed = "`time_s` or `time_iso`" if time_column is None else f"any of {QUANTITIES}"
        raise RawDataError(
            f"{path.name}: the header has no column {needed}; it has {', '.join(names)}."
            f"{did_you_mean(names[0], (*TIMES, *QUANTITIES))}"
        )
    if not rows:
        raise RawDataError(f"{path.name}: the table has a header and no row.")
    if time_column == "time_iso":
        moments = [_moment(cells["time_iso"], line, path) for line, cells in rows]
        start = min(moments)
        start_iso = start.isoformat()
        time_s = np.array([(moment - start).total_seconds() for moment in moments])
    else:
        start_iso, time_s = "", _numbers("time_s", rows, path)
        if not np.isfinite(time_s).all():
            line = rows[int(np.argmin(np.isfinite(time_s)))][0]
            raise RawDataError(f"{path.name}, line {line}: `time_s` is empty or not finite.")
    order = np.argsort(time_s, kind="stable")
    values = {name: _numbers(name, rows, path)[order] for name in quantities}
    return ElectrochemRun(start_iso, time_s[order], **values)


def _is_mpt(path: Path) -> bool:
    try:
        return eclab.is_mpt(path)
    except OSError as error:
        raise RawDataError(f"{path.name}: cannot be read ({error.strerror}).") from error


def _cells(path: Path) -> tuple[list[str], _Rows]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RawDataError(f"{path.name}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise RawDataError(f"{path.name}: the sidecar is not UTF-8 text ({error}).") from error
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not numbered:
        raise RawDataError(f"{path.name}: the sidecar is empty.")
    header = numbered[0][1]
    separator = next((mark for mark in "\t;," if mark in header), ",")
    cells = list(csv.reader((line for _, line in numbered), delimiter=separator))
    names = [name.strip().lower() for name in cells[0]]
    for (number, _), row in zip(numbered, cells, strict=True):
        if len(row) != len(names):
            raise RawDataError(
                f"{path.name}, line {number}: {len(row)} cells under {len(names)} columns."
            )
    return names, [
        (number, dict(zip(names, map(str.strip, row), strict=True)))
        for (number, _), row in zip(numbered[1:], cells[1:], strict=True)
    ]


def _moment(cell: str, line: int, path: Path) -> datetime:
    try:
        return datetime.fromisoformat(cell).replace(tzinfo=None)
    except ValueError:
        raise RawDataError(
            f"{path.name}, line {line}: '{cell}' is no time such as 2022-07-26T23:01:58."
        ) from None


def _numbers(name: str, rows: _Rows, path: Path) -> FloatArray:
    values = []
    for line, cells in rows:
        try:
            values.append(float(cells[name]) if cells[name] else math.nan)
        except ValueError:
            raise RawDataError(
                f"{path.name}, line {line}: {name} '{cells[name]}' is no number "
                "(a point is the decimal mark)."
            ) from None
    return np.array(values)
