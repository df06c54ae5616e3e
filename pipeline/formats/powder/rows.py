"""The rows of numbers in a text file, and the lines of text above them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError

COMMENT_CHARACTERS = "#%*;!'/"
DECIMALS = ("point", "comma")

_DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)?([eE][+-]?\d+)?")
_SAMPLE_LINES = 60
_ROWS_ALIKE = 20
_MARKS = (",", ";", '"')
_ROWS_THAT_BEGIN_DATA = 3


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Numbers of a text file `(n_rows, n_columns)`, `header` lines above, `first_line` counted from 1."""

    header: tuple[str, ...]
    values: FloatArray
    first_line: int


def find_rows(text: str, source_file: str, decimal: str = "") -> Rows:
    """Find the rows of numbers.

    The data begin with the first line of two or more numbers that is followed by more of the same
    length, and nothing but rows, comments and empty lines may follow: whatever else stands there is
    refused, because a repaired file is a file misread.

    Args:
        text: the file.
        source_file: for messages.
        decimal: `point` or `comma` where the user says it, else it is told from the rows.

    Raises:
        RawDataError: no rows, a line among them that is none, a short last row, commas that may be
            decimal marks or separators.
    """
    is_complete = text.endswith("\n")
    lines = text.rstrip().split("\n")
    clean = _cleaner(text, lines, decimal, source_file)
    start = _start(lines, clean)
    if start is None:
        raise RawDataError(
            f"{source_file}: no rows of numbers were found in its {len(lines)} lines; a pattern has a row of "
            "at least two numbers, angle and intensity, for each point."
        )
    body = lines[start:]
    if clean is not None:
        body = [clean(line) for line in body]
    try:
        values = np.loadtxt(body, comments=None, ndmin=2)
    except ValueError:
        values = _slowly(body, start + 1, source_file)
    if not is_complete:
        _refuse_cut_number(body, start + len(body), source_file)
    return Rows(tuple(lines[:start]), values, start + 1)


def floats(line: str) -> list[float] | None:
    """Numbers of a line, or None where anything else stands in it."""
    # Python reads 1_000 as a number; a file that holds it means a name.
    if "_" in line:
        return None
    try:
        return list(map(float, line.split()))
    except ValueError:
        return None


def _start(lines: Sequence[str], clean: Callable[[str], str] | None) -> int | None:
    """Index of the first row: of lines that are alike, as many as there are up to three."""
    run: list[int] = []
    width = 0
    for i, line in enumerate(lines):
        if not line.strip():
            continue
        row = floats(clean(line) if clean else line)
        columns = len(row) if row else 0
        if columns != width or columns < 2:
            run, width = [], columns
        if columns >= 2:
            run.append(i)
            if len(run) == _ROWS_THAT_BEGIN_DATA:
                return run[0]
    return run[0] if run else None


def _slowly(body: Sequence[str], first_line: int, source_file: str) -> FloatArray:
    """Go line by line: pass over comments, and say where and why a line is no row.

    Raises:
        RawDataError: a line is no row, or has another length than the first.
    """
    good: list[list[float]] = []
    for number, line in _numbered(body, first_line):
        row = floats(line)
        if row is None:
            raise RawDataError(
                f"{source_file}, line {number}: '{_short(line)}' is no row of numbers, though the data "
                "began above. Repair or remove the line; if the file holds several scans, split it."
            )
        if good and len(row) != len(good[0]):
            last = number == first_line + len(body) - 1
            raise RawDataError(
                f"{source_file}, line {number}: {len(row)} numbers, the rows above have {len(good[0])}."
                + (" It is the last line: was the file cut short? Copy it again." if last else "")
            )
        good.append(row)
    return np.array(good, dtype=np.float64)


def _refuse_cut_number(body: Sequence[str], line: int, source_file: str) -> None:
    """Without an end of line, the last number may have lost digits: its decimals tell.

    Raises:
        RawDataError: it has fewer decimals than all those above it.
    """
    decimals = [
        len(cells[-1].partition(".")[2]) for row in body[-_ROWS_ALIKE:] if (cells := row.split())
    ]
    *above, last = decimals
    if len(above) > 2 and len(set(above)) == 1 and last < above[0]:
        raise RawDataError(
            f"{source_file}, line {line}: the last number '{body[-1].split()[-1]}' lost digits and no line end "
            "follows: the file was cut short. Copy it again."
        )


def _numbered(body: Sequence[str], first_line: int) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(body, start=first_line):
        if (begin := line.lstrip()[:1]) and begin not in COMMENT_CHARACTERS:
            yield number, line


def _short(line: str) -> str:
    line = line.strip()
    return line if len(line) <= 40 else line[:37] + "..."


def _cleaner(
    text: str, lines: Sequence[str], decimal: str, source_file: str
) -> Callable[[str], str] | None:
    """Function that turns a row into numbers with points, parted by blanks; None where they are so."""
    if not any(mark in text for mark in _MARKS):
        return None
    middle = max(len(lines) - len(lines) // 4 - _SAMPLE_LINES, 0)
    sample = [
        s for line in lines[middle : middle + _SAMPLE_LINES] if _looks_like_row(s := line.strip())
    ]
    joined = "\n".join(sample)
    changes = {mark: " " for mark in _MARKS if mark in joined}
    if sum("," in line for line in sample) <= len(sample) // 2:
        changes.pop(",", None)  # a comma in a row here and there is damage, not a separator
    if "," in changes:
        as_point = decimal == "comma" or (not decimal and _has_decimal_commas(sample))
        if not as_point and not decimal:
            _refuse_ambiguous(sample, source_file)
        changes[","] = "." if as_point else " "
    if not changes:
        return None
    table = str.maketrans(changes)
    return lambda line: line.translate(table)


def _looks_like_row(line: str) -> bool:
    return bool(line) and (line[0].isdigit() or line[0] in '+-.,"') and any(map(str.isdigit, line))


def _has_decimal_commas(sample: Sequence[str]) -> bool:
    """A comma is decimal only where something else separates and no point is there."""
    rows = [line.replace(";", " ").replace('"', " ").split() for line in sample]
    numeric = [row for row in rows if row and all(_DECIMAL_COMMA.fullmatch(t) for t in row)]
    return len(numeric) > len(rows) // 2 and all(len(row) > 1 for row in numeric)


def _refuse_ambiguous(sample: Sequence[str], source_file: str) -> None:
    """`10,02,345,5` may be four whole numbers or two with decimal commas.

    Raises:
        RawDataError: it may be either.
    """
    rows = [line.split(",") for line in sample if "." not in line and ";" not in line]
    even = all(len(row) >= 4 and len(row) % 2 == 0 for row in rows)
    if rows and len(rows) == len(sample) and even and len({row[0] for row in rows}) < len(rows):
        raise RawDataError(
            f"{source_file}: '{_short(sample[0])}': commas may be decimal marks or part the columns. "
            "Say which in `columns` of the data-set table: `decimal=comma` or `decimal=point`; with "
            "decimal commas, export the file anew with semicolons or tabs between columns."
        )
