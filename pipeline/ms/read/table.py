"""Plain CSV: `time_s` or `time_iso`, then any of `temperature_c`, `mass_mg`, `mz_32`, `mz_44`, ..."""

from __future__ import annotations

import csv
import re
from datetime import datetime
from pathlib import Path

import numpy as np

from pipeline.core.arrays import FloatArray, stack_ragged
from pipeline.core.errors import RawDataError, did_you_mean
from pipeline.ms.read.text import check_temperatures, check_times, decimal_mark, number
from pipeline.ms.records import Flag, GasRun, MassCurve

FORMAT = "CSV"
_MZ = re.compile(r"(mz_\d{1,3})(?:_(a|mbar|counts))?")
_TIMES = ("time_iso", "time_s")
_KNOWN = (*_TIMES, "temperature_c", "mass_mg", "mz_32")
_UNITS = {"a": "A", "mbar": "mbar", "counts": "counts", None: ""}


def is_table(lines: list[str]) -> bool:
    """Say whether a file is such a table: its header names a time and something measured."""
    names = _split_header(lines)[1]
    measured = [n for n in names if _MZ.fullmatch(n) or n in ("temperature_c", "mass_mg")]
    return any(t in names for t in _TIMES) and bool(measured)


def read(path: Path, lines: list[str]) -> GasRun:
    """Read a table.

    Raises:
        RawDataError: a column twice, a cell that is no number or time, times that do not ascend.
    """
    separator, names, head = _split_header(lines)
    stems = [m[1] if (m := _MZ.fullmatch(n)) else n for n in names]
    for name, stem in zip(names, stems, strict=True):
        if stems.count(stem) > 1:
            raise RawDataError(f"{path.name}: column '{name}' stands twice.")
    rows = [
        (i + 1, next(csv.reader([lines[i]], delimiter=separator)))
        for i in range(head + 1, len(lines))
        if lines[i].strip() and not lines[i].startswith("#")
    ]
    if not rows:
        raise RawDataError(f"{path.name}: the table has a header and no row.")
    for line, cells in rows:
        if len(cells) != len(names):
            raise RawDataError(
                f"{path.name}, line {line}: {len(cells)} cells under {len(names)} columns."
            )
    used = [n for n in names if _MZ.fullmatch(n) or n in ("time_s", "temperature_c", "mass_mg")]
    cells_of = (cells[names.index(n)] for n in used for _, cells in rows)
    mark = "." if separator == "," else decimal_mark(cells_of, path.name)
    values = {n: _column(path, rows, names.index(n), n, mark) for n in used}
    start_iso = ""
    if "time_iso" in names:
        start_iso, time_s = _moments(path, rows, names.index("time_iso"))
    else:
        time_s = values["time_s"]
    check_times(time_s, [line for line, _ in rows], path.name)
    hot = values.get("temperature_c", np.full(time_s.shape, np.nan))
    check_temperatures(hot, path.name)
    channels = [n for n in names if _MZ.fullmatch(n)]
    kept = [np.isfinite(values[n]) for n in channels]
    passed = [n for n in names if n not in used and n not in _TIMES]
    mass = None
    if "mass_mg" in values or not channels:
        grams = values.get("mass_mg", np.full(time_s.shape, np.nan))
        mass = MassCurve(path.name, start_iso, time_s, hot, grams)
    return GasRun(
        source_file=path.name,
        format=FORMAT,
        start_iso=start_iso,
        end_iso="",
        channel=tuple(m[1] for n in channels if (m := _MZ.fullmatch(n))),
        label=tuple(channels),
        unit=tuple(_UNITS[m[2]] for n in channels if (m := _MZ.fullmatch(n))),
        time_s=stack_ragged([time_s[k] for k in kept]),
        temperature_c=stack_ragged([hot[k] for k in kept]),
        intensity_ratio=stack_ragged([values[n][k] for n, k in zip(channels, kept, strict=True)]),
        dropped_count=np.array([float((~k).sum()) for k in kept]),
        mass=mass,
        remarks=tuple(f"column '{n}' passed over.{did_you_mean(n, _KNOWN)}" for n in passed),
        flags=() if all(k.all() for k in kept) else (Flag.POINTS_DROPPED,),
    )


def _split_header(lines: list[str]) -> tuple[str, list[str], int]:
    """Separator, names, and place of the header: the first line that is no comment."""
    for i, line in enumerate(lines):
        if line.strip() and not line.startswith("#"):
            separator = next((s for s in ("\t", ";") if s in line), ",")
            names = next(csv.reader([line], delimiter=separator))
            return separator, [name.strip().lower() for name in names], i
    return ",", [], 0


def _column(
    path: Path, rows: list[tuple[int, list[str]]], place: int, name: str, mark: str
) -> FloatArray:
    out = np.empty(len(rows))
    for k, (line, cells) in enumerate(rows):
        try:
            out[k] = number(cells[place], mark)
        except ValueError:
            raise RawDataError(
                f"{path.name}, line {line}: `{name}` is '{cells[place]}', which is no number."
            ) from None
    return out


def _moments(path: Path, rows: list[tuple[int, list[str]]], place: int) -> tuple[str, FloatArray]:
    moments = []
    for line, cells in rows:
        try:
            moments.append(datetime.fromisoformat(cells[place].strip()).replace(tzinfo=None))
        except ValueError:
            raise RawDataError(
                f"{path.name}, line {line}: `time_iso` is '{cells[place]}', which is no ISO 8601 time."
            ) from None
    first = moments[0]
    return first.isoformat(), np.array([(m - first).total_seconds() for m in moments])
