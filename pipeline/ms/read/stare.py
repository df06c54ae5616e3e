"""Mettler Toledo STARe text: index, time, sample and reference temperature, value."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.ms.read.dates import moment
from pipeline.ms.read.text import check_temperatures, check_times, decimal_mark, number
from pipeline.ms.records import GasRun, MassCurve

FORMAT = "Mettler Toledo STARe"
_CURVE = re.compile(r"(curve values|kurvenwerte)\s*:?", re.IGNORECASE)
_DATED = re.compile(r"(?:performed|ausgeführt|gemessen)\s+(.+)", re.IGNORECASE)
_TIME, _SAMPLE, _PROGRAM, _VALUE = "t", "ts", "tr", ("value", "wert")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_MILLIGRAMS = {"mg": 1.0, "g": 1e3, "ug": 1e-3, "µg": 1e-3}


def is_stare(lines: list[str]) -> bool:
    """Say whether a file is STARe's: it has a line that announces the values of a curve."""
    return any(_CURVE.fullmatch(line.strip()) for line in lines)


def read(path: Path, lines: list[str]) -> GasRun:
    """Read a file with one curve of a mass.

    Raises:
        RawDataError: no curve or several, a curve of something else than a mass, a bad number.
    """
    starts = [i for i, line in enumerate(lines) if _CURVE.fullmatch(line.strip())]
    if len(starts) != 1:
        raise RawDataError(
            f"{path.name}: {len(starts)} curves; give a file with one curve, of the sample's mass."
        )
    at = starts[0]
    names = [name.lower() for name in lines[at + 1].split()] if at + 1 < len(lines) else []
    units = re.findall(r"\[([^\]]*)\]", lines[at + 2]) if at + 2 < len(lines) else []
    value = next((v for v in _VALUE if v in names), "")
    if _TIME not in names or not value or len(units) not in (len(names), len(names) - 1):
        raise RawDataError(
            f"{path.name}, line {at + 2}: columns `t`, `Ts` and `Value` with their units were "
            f"expected, the line has {', '.join(names) or 'none'}."
        )
    unit_of = dict(zip(names[-len(units) :], units, strict=True))
    seconds = _SECONDS.get(unit_of[_TIME].strip().lower())
    milligrams = _MILLIGRAMS.get(unit_of[value].strip().lower())
    if seconds is None or milligrams is None:
        raise RawDataError(
            f"{path.name}, line {at + 3}: time in [{unit_of[_TIME]}] and values in "
            f"[{unit_of[value]}]; a mass in mg against s, min or h is wanted."
        )
    numbers, where = _rows(path, lines, at + 3, len(names))
    columns = dict(zip(names, numbers.T, strict=True))
    time_s = columns[_TIME] * seconds
    check_times(time_s, where, path.name)
    hot = _SAMPLE if _SAMPLE in columns else _PROGRAM
    temperature = columns.get(hot, np.full(time_s.shape, np.nan))
    if unit_of.get(hot, "").strip() == "K":
        temperature = temperature - 273.15
    check_temperatures(temperature, path.name)
    stamp = next((m[1] for line in lines[:at] if (m := _DATED.search(line.strip()))), "")
    dated = moment(stamp, None)
    none = np.empty((0, 0))
    return GasRun(
        source_file=path.name,
        format=FORMAT,
        start_iso="",
        end_iso="",
        channel=(),
        label=(),
        unit=(),
        time_s=none,
        temperature_c=none,
        intensity_ratio=none,
        dropped_count=np.empty(0),
        mass=MassCurve(
            source_file=path.name,
            stamp_iso=dated.isoformat() if dated else "",
            time_s=time_s,
            temperature_c=temperature,
            mass_mg=columns[value] * milligrams,
        ),
        remarks=() if hot == _SAMPLE else ("temperatures are those of the programme",),
        flags=(),
    )


def _rows(path: Path, lines: list[str], first: int, width: int) -> tuple[FloatArray, list[int]]:
    """Numbers `(n, width)` up to the first empty line, and the line of each row."""
    rows: list[tuple[int, list[str]]] = []
    for i in range(first, len(lines)):
        if not lines[i].strip():
            break
        rows.append((i + 1, lines[i].split()))
    if not rows:
        raise RawDataError(f"{path.name}: the curve has no values.")
    mark = decimal_mark((c for _, cells in rows for c in cells), path.name)
    out = np.empty((len(rows), width))
    for k, (line, cells) in enumerate(rows):
        if len(cells) != width:
            raise RawDataError(f"{path.name}, line {line}: {len(cells)} numbers, {width} columns.")
        try:
            out[k] = [number(c, mark) for c in cells]
        except ValueError:
            raise RawDataError(
                f"{path.name}, line {line}: '{lines[line - 1].strip()}' is no row of numbers."
            ) from None
    return out, [line for line, _ in rows]
