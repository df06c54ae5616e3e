"""Intensities under one line of start, step and end: FullProf's free format, PSI's DMC, ILL's D1A and D2B.

FullProf manual, files of type INSTRM = 0, 3 and 5; the esds of DMC and D1A files follow all intensities.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.header import read_header
from pipeline.formats.powder.order import put_in_order
from pipeline.formats.powder.pattern import Pattern
from pipeline.formats.powder.rows import floats

FORMAT = "start, step, end and intensities (FullProf, DMC, D1A)"
HEADER_LINES = 6
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_TRIPLE = re.compile(rf"\s*({_NUMBER})[\s,]+({_NUMBER})[\s,]+({_NUMBER})(?=[\s,]|$)")


@dataclass(frozen=True, slots=True)
class Range:
    """The line of start, step and end, and its place, counted from 0."""

    line: int
    start_deg: float
    step_deg: float
    n_points: int


def matches(text: str) -> bool:
    """Whether one of the first lines is a start, a step and an end, and what follows no rows of angles."""
    return _find(text[:4000].split("\n")) is not None


def read(text: str, source_file: str) -> list[Pattern]:
    """Read one pattern.

    Raises:
        RawDataError: fewer or more numbers than the range has points.
    """
    lines = text.split("\n")
    found = _find(lines)
    if found is None:
        raise RawDataError(f"{source_file}: no line of start, step and end in its first lines.")
    values = _values(lines[found.line + 1 :])
    n = found.n_points
    if values.size not in (n, 2 * n):
        raise RawDataError(
            f"{source_file}, line {found.line + 1}: this range has {n} points, but {values.size} numbers "
            f"follow ({n} intensities, or {2 * n} with esds, were expected). "
            + (
                "Was the file cut short? Copy it again."
                if values.size < 2 * n
                else "Look at its end."
            )
        )
    stated = read_header(lines[: found.line + 1])
    angles, intensity, sigma, remarks = put_in_order(
        found.start_deg + found.step_deg * np.arange(n, dtype=np.float64),
        values[:n],
        values[n:] if values.size > n else None,
        source_file,
    )
    return [
        Pattern(
            source_file=source_file,
            label=PurePath(source_file).stem,
            format=FORMAT,
            two_theta_deg=angles,
            intensity_counts=intensity,
            sigma_counts=sigma,
            counting_time_s=stated.counting_time_s,
            radiation=stated.radiation,
            time_iso=stated.time_iso,
            temperature_c=stated.temperature_c,
            remarks=remarks,
        )
    ]


def _find(lines: Sequence[str]) -> Range | None:
    for i, line in enumerate(lines[:HEADER_LINES]):
        match = _TRIPLE.match(line)
        if match is None:
            continue
        start, step, end = (float(text) for text in match.groups())
        if not (0 < step < 5 and start + 5 * step < end <= 180 and start >= -180):
            continue
        n_points = (end - start) / step + 1
        if abs(n_points - round(n_points)) > 0.02:
            continue
        if _is_row_of_angles(match.groups(), lines[i + 1 : i + 3]):
            return None
        return Range(i, start, step, round(n_points))
    return None


def _is_row_of_angles(triple: Sequence[str], below: Sequence[str]) -> bool:
    """Rows of angle, intensity, esd may look like a range by chance; but then three numbers follow too."""
    rows = [floats(line.replace(",", " ")) for line in below if line.strip()]
    firsts = [float(triple[0]), *(row[0] for row in rows if row)]
    return all(row is not None and len(row) == 3 for row in rows) and firsts == sorted(firsts)


def _values(lines: Sequence[str]) -> FloatArray:
    """All numbers up to the first line that holds words."""
    numbers: list[float] = []
    for line in lines:
        row = floats(line.replace(",", " "))
        if row is None:
            break
        numbers += row
    return np.array(numbers, dtype=np.float64)
