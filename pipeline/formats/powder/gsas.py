"""GSAS standard powder files (.gsa, .gsas, .fxye, .xra, .raw as text): BANK records.

A. C. Larson, R. B. Von Dreele, General Structure Analysis System, LAUR 86-748 (2004), part "GSAS standard
powder data file". Angles of constant-wavelength data are in hundredths of a degree. Types: STD
`10(I2,F6.0)` number of detectors and their mean count, ESD `10F8.0` intensities and esds in turn, ALT
`4(F8.0,F7.4,F5.4)` angle times 32, intensity and esd times 1000, FXY and FXYE free columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.header import read_header
from pipeline.formats.powder.order import put_in_order
from pipeline.formats.powder.pattern import Pattern
from pipeline.formats.powder.rows import floats

FORMAT = "GSAS powder data"
TYPES = ("STD", "ESD", "ALT", "FXYE", "FXY")
_BANK = re.compile(r"^BANK\s+\d+\s+\d+", re.MULTILINE)
_STD_CELL = re.compile(r"[ \d]{2} *[-+]?[\d.]+$")  # I2,F6.0, flush right
_CENTIDEGREES = 100.0
_Columns = tuple[FloatArray, FloatArray, FloatArray | None, bool]


def matches(text: str) -> bool:
    """Whether a text has a BANK record at the start of a line."""
    head = text[:20_000]
    return "BANK" in head and _BANK.search(head) is not None


def read(text: str, source_file: str) -> list[Pattern]:
    """Read every bank of a GSAS file.

    Raises:
        RawDataError: time of flight or another axis than angle, an unknown type, fewer points than a
            bank's record promises.
    """
    lines = text.split("\n")
    at = [i for i, line in enumerate(lines) if _BANK.match(line)]
    ends = [*at[1:], len(lines)]
    stem = PurePath(source_file).stem
    stated = read_header(lines[: at[0]])
    patterns = []
    for place, (begin, end) in enumerate(zip(at, ends, strict=True), start=1):
        where = f"{source_file}, line {begin + 1}"
        body = [line for line in lines[begin + 1 : end] if line.strip() and line[0] != "#"]
        angles, intensity, sigma, is_counts = _bank(lines[begin], body, where)
        angles, intensity, sigma, remarks = put_in_order(angles, intensity, sigma, source_file)
        patterns.append(
            Pattern(
                source_file=source_file,
                label=stem if len(at) == 1 else f"{stem} bank {place}",
                format=FORMAT,
                two_theta_deg=angles,
                intensity_counts=intensity,
                sigma_counts=sigma,
                is_counts=is_counts,
                counting_time_s=stated.counting_time_s,
                radiation=stated.radiation,
                time_iso=stated.time_iso,
                temperature_c=stated.temperature_c,
                remarks=remarks,
            )
        )
    return patterns


def _bank(record: str, body: Sequence[str], where: str) -> _Columns:
    words = record.split()
    binning = words[4].upper() if len(words) > 4 else ""
    if not binning.startswith("CONS"):
        raise RawDataError(
            f"{where}: this bank is binned as '{binning or 'nothing'}', not CONST: time of flight or energy, "
            "no pattern over angle. Only constant-wavelength banks are read."
        )
    n = int(words[2])
    kind = next((w.upper() for w in words[5:] if not _is_number(w)), "STD")
    bounds = [float(w) for w in words[5:] if _is_number(w)]
    if kind not in TYPES:
        raise RawDataError(f"{where}: data of type '{kind}'; known are {', '.join(TYPES)}.")
    if kind in ("STD", "ESD") and (len(bounds) < 2 or bounds[1] == 0):
        raise RawDataError(f"{where}: the bank's record has no start and step.")
    readers = {"STD": _std, "ESD": _esd, "ALT": _alt, "FXYE": _free, "FXY": _free}
    found = readers[kind](body, n, where)
    angles, intensity, sigma, is_counts = found
    if kind in ("STD", "ESD"):
        place = np.arange(intensity.size, dtype=np.float64)
        angles = (bounds[0] + bounds[1] * place) / _CENTIDEGREES
    if intensity.size < n:
        raise RawDataError(
            f"{where}: the bank promises {n} points and holds {intensity.size}. Was the file cut short? Copy "
            "it again."
        )
    return angles[:n], intensity[:n], None if sigma is None else sigma[:n], is_counts


def _std(body: Sequence[str], n: int, where: str) -> _Columns:
    """Fixed columns, or blanks between counts, as several programs write them."""
    cells = [line[i : i + 8] for line in body for i in range(0, len(line.rstrip()), 8)]
    if len(cells) >= n and all(_STD_CELL.match(cell) for cell in cells[:n]):
        intensity = _numbers([cell[2:] for cell in cells], where)
        detectors = _numbers([cell[:2].strip() or "1" for cell in cells], where)
    else:
        intensity = _numbers(" ".join(body).split(), where)
        detectors = np.ones(intensity.size)
    several = detectors > 1
    is_counts = not several.any() and bool((intensity == np.rint(intensity)).all())
    # A mean of m detectors varies by 1/m of what one would; of none that is stated, it is a count.
    sigma = np.sqrt(np.maximum(intensity, 0) / np.maximum(detectors, 1)) if several.any() else None
    return np.empty(0), intensity, sigma, is_counts


def _esd(body: Sequence[str], n: int, where: str) -> _Columns:
    tokens = " ".join(body).split()
    if len(tokens) != 2 * n:
        tokens = [line[i : i + 8] for line in body for i in range(0, len(line.rstrip()), 8)]
    values = _numbers(tokens, where)
    half = values.size // 2
    pairs = values[: 2 * half].reshape(-1, 2)
    return np.empty(0), pairs[:, 0], pairs[:, 1], False


def _alt(body: Sequence[str], n: int, where: str) -> _Columns:
    del n
    cells = [line[i : i + 20] for line in body for i in range(0, len(line.rstrip()), 20)]
    angle = _numbers([cell[:8] for cell in cells], where) / (32 * _CENTIDEGREES)
    intensity = _numbers([cell[8:15] for cell in cells], where) / 1000
    sigma = _numbers([cell[15:20] for cell in cells], where) / 1000
    used = angle > 0  # the last record is filled up with zeros
    return angle[used], intensity[used], sigma[used], False


def _free(body: Sequence[str], n: int, where: str) -> _Columns:
    del n
    rows = [floats(line) for line in body]
    width = len(rows[0]) if rows and rows[0] else 0
    bad = next((i for i, row in enumerate(rows) if row is None or len(row) != width), None)
    if bad is not None or width not in (2, 3):
        shown = body[bad or 0].strip()[:40] if body else ""
        raise RawDataError(
            f"{where}: '{shown}' is no row of angle, intensity (and esd). Was the file cut short? Copy it again."
        )
    values = np.array(rows, dtype=np.float64)
    sigma = values[:, 2] if width == 3 else None
    return values[:, 0] / _CENTIDEGREES, values[:, 1], sigma, False


def _numbers(cells: Sequence[str], where: str) -> FloatArray:
    try:
        return np.array([float(cell) if cell.strip() else 0.0 for cell in cells])
    except ValueError as error:
        raise RawDataError(
            f"{where}: its records hold something that is no number ({error}). Records are 80 characters in "
            "fixed columns; was the file edited by hand?"
        ) from error


def _is_number(word: str) -> bool:
    return floats(word) is not None
