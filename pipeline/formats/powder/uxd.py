"""Bruker UXD: keywords and intensities as text, one or several ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import nan
from pathlib import PurePath

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.header import doublet, single, time_in
from pipeline.formats.powder.order import put_in_order
from pipeline.formats.powder.pattern import Pattern
from pipeline.formats.powder.rates import as_counts
from pipeline.formats.powder.rows import floats
from pipeline.physics.radiation import Radiation

FORMAT = "Bruker UXD"
_MATCH = re.compile(r"^_(?:FILEVERSION|SAMPLE|DRIVE|STEPTIME|STEPSIZE)\b", re.MULTILINE)
_DATA = re.compile(r"_(2THETA)?(COUNTS|CPS)(TIME)?\s*$")
_KEY = re.compile(r"_(\w+)\s*=\s*(.*)$")
# Drives whose coordinate is 2theta.
_DRIVES = ("", "COUPLED", "2THETA", "TWOTHETA", "LOCKEDCOUPLED", "UNLOCKEDCOUPLED", "DETECTOR")


@dataclass(slots=True)
class _Range:
    keys: dict[str, str]
    has_angles: bool
    is_rate: bool
    columns: int
    line: int
    numbers: list[float] = field(default_factory=list)


def matches(text: str) -> bool:
    """Whether a text is a UXD file."""
    head = text[:8000]
    return "_" in head and _MATCH.search(head) is not None


def read(text: str, source_file: str) -> list[Pattern]:
    """Read the ranges of a UXD file.

    Angles are `_START + i _STEPSIZE` also where they are printed beside the counts, since printing
    rounds them, as long as both agree within what rounding explains.

    Raises:
        RawDataError: no range, a range over another drive than 2theta, or without start or step.
    """
    ranges = list(_ranges(text, source_file))
    if not ranges:
        raise RawDataError(
            f"{source_file}: a UXD file without data: none of _COUNTS, _CPS, _2THETACOUNTS, _2THETACPS."
        )
    stem = PurePath(source_file).stem
    labels = [stem] if len(ranges) == 1 else [f"{stem} range {i + 1}" for i in range(len(ranges))]
    return [_pattern(r, label, source_file) for r, label in zip(ranges, labels, strict=True)]


def _ranges(text: str, source_file: str) -> Iterator[_Range]:
    keys: dict[str, str] = {}
    current: _Range | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(";"):
            continue
        if stripped.startswith("_"):
            if current is not None:
                yield current
                current = None
            if data := _DATA.match(stripped):
                columns = (data[1] is not None) + 1 + (data[3] is not None)
                current = _Range(dict(keys), data[1] is not None, data[2] == "CPS", columns, number)
            elif key := _KEY.match(stripped):
                keys[key[1].upper()] = key[2].strip().strip("'\"")
            continue
        row = floats(stripped)
        if row is None or current is None:
            raise RawDataError(
                f"{source_file}, line {number}: '{stripped[:40]}' is neither a keyword nor a row of numbers "
                "under one."
            )
        if current.columns > 1 and len(row) != current.columns:
            raise RawDataError(
                f"{source_file}, line {number}: {len(row)} numbers, {current.columns} were expected. Was the "
                "file cut short? Copy it again."
            )
        current.numbers += row
    if current is not None:
        yield current


def _pattern(found: _Range, label: str, source_file: str) -> Pattern:
    keys = found.keys
    where = f"{source_file}, line {found.line}"
    drive = keys.get("DRIVE", "").upper().replace(" ", "")
    if drive not in _DRIVES:
        raise RawDataError(
            f"{where}: this range is over the drive {drive}, not over 2theta; it is no powder pattern."
        )
    values = np.array(found.numbers, dtype=np.float64).reshape(-1, found.columns)
    wanted = _number(keys, "STEPCOUNT", where)
    if not values.size or values.shape[0] < wanted:
        raise RawDataError(
            f"{where}: {values.shape[0]} points"
            + (f", {wanted:g} are promised" if wanted > 0 else "")
            + ". Was the file cut short? Copy it again."
        )
    angles, remarks = _angles(found, values, where)
    intensity = values[:, 1] if found.has_angles else values[:, 0]
    time_s = _number(keys, "STEPTIME", where)
    counts = as_counts(intensity, time_s, _decimals(intensity)) if found.is_rate else None
    if counts is not None:
        intensity = counts
        remarks.append("counts per second, given back as counts")
    is_whole = bool((intensity == np.rint(intensity)).all())
    angles, intensity, _, done = put_in_order(angles, intensity, None, source_file)
    return Pattern(
        source_file=source_file,
        label=label,
        format=FORMAT,
        two_theta_deg=angles,
        intensity_counts=intensity,
        is_counts=is_whole and (counts is not None or not found.is_rate),
        is_rate=found.is_rate and counts is None,
        counting_time_s=time_s,
        radiation=_radiation(keys, where),
        scan_axis=drive.lower(),
        time_iso=_time(keys, where),
        radius_mm=_number(keys, "GONIOMETER_RADIUS", where),
        remarks=(*remarks, *done),
    )


def _angles(found: _Range, values: FloatArray, where: str) -> tuple[FloatArray, list[str]]:
    start = _number(found.keys, "2THETA", where)
    if np.isnan(start):
        start = _number(found.keys, "START", where)
    step = _number(found.keys, "STEPSIZE", where)
    even = start + step * np.arange(len(values), dtype=np.float64)
    if not found.has_angles:
        if not np.isfinite(even).all() or step == 0:
            raise RawDataError(
                f"{where}: intensities without angles, and no _START or _STEPSIZE above."
            )
        return even, []
    printed = values[:, 0]
    rounding = 0.6 * 10.0 ** -_fewest_decimals(printed)
    if step and np.isfinite(even).all() and np.abs(even - printed).max() < rounding:
        return even, ["angles from _START and _STEPSIZE; those printed are rounded"]
    return printed, []


def _fewest_decimals(printed: FloatArray) -> int:
    """Decimals in which the most coarsely printed angles stand: some programs print five digits."""
    last = printed[np.argsort(np.abs(printed))[-50:]]
    return next((n for n in range(1, 7) if np.allclose(last, np.round(last, n), atol=1e-9)), 7)


def _decimals(rate: FloatArray) -> int:
    return next((n for n in range(1, 7) if np.allclose(rate, np.round(rate, n), atol=1e-9)), 6)


def _radiation(keys: Mapping[str, str], where: str) -> Radiation | None:
    scale = 10.0 if keys.get("WL_UNIT", "A").lower() == "nm" else 1.0
    used, first, second = (_number(keys, key, where) * scale for key in ("RANGE_WL", "WL1", "WL2"))
    if used > 0 and not abs(used - first) < 2e-4:
        return single(used)
    if not first > 0:
        return None
    return doublet(first, second, _number(keys, "WLRATIO", where)) if second > 0 else single(first)


def _time(keys: Mapping[str, str], where: str) -> str:
    """Start of the range: the file's date, and the range's seconds after it."""
    began = time_in(keys.get("DATEMEASURED", ""))
    seconds = _number(keys, "TIMESTARTED", where)
    if not began or not seconds > 0:
        return began
    return (datetime.fromisoformat(began) + timedelta(seconds=seconds)).isoformat()


def _number(keys: Mapping[str, str], key: str, where: str) -> float:
    if key not in keys:
        return nan
    try:
        return float(keys[key])
    except ValueError as error:
        raise RawDataError(f"{where}: _{key} is '{keys[key]}', no number.") from error
