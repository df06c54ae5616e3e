"""Text files of instruments: lines in whatever codepage, numbers with whatever decimal mark."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError

LARGEST_BYTES = 1 << 29
_NOT_FINITE = re.compile(r"[-+]?(nan|inf(inity)?|1[.,]#(ind|qnan|inf)\d*)", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_lines(path: Path) -> list[str]:
    """Lines of a text file.

    Raises:
        RawDataError: it is missing, empty, too large, XML, or no text.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise RawDataError(
                f"{path.name}: larger than {LARGEST_BYTES >> 20} MiB; no gas analysis is that long."
            )
        content = path.read_bytes()
    except OSError as error:
        raise RawDataError(f"{path}: cannot be read ({error.strerror}).") from error
    if content.startswith(_UTF16):
        text = content.decode("utf-16", errors="replace")
    elif b"\0" in content:
        raise RawDataError(
            f"{path.name}: this is a binary file. Export the run as text from the instrument's "
            "program (Quadera: ASCII; STARe: text), or as CSV with `time_s` and `mz_32`."
        )
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    if not text.strip():
        raise RawDataError(f"{path.name}: the file is empty.")
    if text.lstrip().startswith("<"):
        raise RawDataError(
            f"{path.name}: this is XML or HTML, which no reader of gas analysis takes. "
            "Export the run as text."
        )
    return text.splitlines()


def decimal_mark(cells: Iterable[str], name: str) -> str:
    """Tell the decimal mark of a file from its numbers: ',' or '.'.

    Raises:
        RawDataError: both occur, so that one of them parts thousands.
    """
    comma = point = False
    for cell in cells:
        comma = comma or "," in cell
        point = point or "." in cell
    if comma and point:
        raise RawDataError(
            f"{name}: numbers with a comma and numbers with a point stand in this file; "
            "export it without marks between thousands."
        )
    return "," if comma else "."


def number(cell: str, mark: str) -> float:
    """Turn a cell into a number; an empty or not-finite one into NaN.

    Raises:
        ValueError: it is no number.
    """
    word = cell.strip()
    if not word or _NOT_FINITE.fullmatch(word):
        return math.nan
    if "_" in word:  # Python takes 1_000 for a number; no instrument writes it
        raise ValueError(word)
    value = float(word.replace(",", ".") if mark == "," else word)
    return value if math.isfinite(value) else math.nan


def check_times(time_s: FloatArray, lines: Sequence[int], what: str) -> None:
    """Look whether times are finite and ascend strictly.

    Args:
        time_s: `(n,)`.
        lines: the line of each in the file, counted from 1.
        what: file and column, for the message.

    Raises:
        RawDataError: with the first line that is wrong.
    """
    bad = np.flatnonzero(~np.isfinite(time_s))
    if bad.size:
        raise RawDataError(f"{what}, line {lines[int(bad[0])]}: the time is missing.")
    back = np.flatnonzero(np.diff(time_s) <= 0)
    if back.size:
        i = int(back[0])
        raise RawDataError(
            f"{what}, line {lines[i + 1]}: the time {time_s[i + 1]:g} s does not come after "
            f"{time_s[i]:g} s. Does the file hold its data twice, or two runs? Keep one."
        )


def check_temperatures(temperature_c: FloatArray, what: str) -> None:
    """Look whether temperatures can be degrees Celsius.

    Raises:
        RawDataError: one is below absolute zero or above 3000.
    """
    known = temperature_c[np.isfinite(temperature_c)]
    if known.size and not (known.min() >= -273.15 and known.max() <= 3000.0):
        raise RawDataError(
            f"{what}: temperatures from {known.min():g} to {known.max():g} are no degrees Celsius."
        )
