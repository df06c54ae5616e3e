"""The block of numbers in a text file, and the lines of text above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.errors import RawDataError

COMMENT_CHARACTERS = "#%*;!"

_DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)?([eE][+-]?\d+)?")
_SAMPLE_LINES = 50
_ROWS_IN_NO_HEADER = 10


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Numbers of a text file `(n_rows, n_columns)`, and the header lines above them."""

    header: tuple[str, ...]
    data: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, ("data",), ndim=2)


def find_table(text: str, source_file: str) -> Table:
    """Find the block of numbers: the longest run of lines with one number of columns.

    Lines that begin with a comment character, and empty ones, may stand anywhere. Once the
    block has begun, nothing but its rows may follow: a short last row is a file that was cut off.

    Raises:
        RawDataError: no two columns of numbers, or a line below the block's first that is no row.
    """
    lines = text.split("\n")
    numbered = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if (first := line.lstrip()[:1]) and first not in COMMENT_CHARACTERS
    ]
    if quick := _clean_table(lines, numbered):
        return quick
    clean = _cleaner([line for _, line in numbered[-_SAMPLE_LINES:]])
    start, longest = 0, 0
    run_start, run_columns = 0, 0
    rows: list[list[float] | None] = []
    for i, (_, line) in enumerate(numbered):
        row = _floats(clean(line))
        rows.append(row)
        columns = len(row) if row else 0
        if columns != run_columns:
            run_start, run_columns = i, columns
        if columns > 1 and i - run_start >= longest:
            start, longest = run_start, i - run_start + 1
    if not longest:
        raise RawDataError(
            f"{source_file}: no table of numbers was found in its {len(lines)} lines; "
            "a scan has a row of at least two numbers for each point."
        )
    _refuse_rows_above(numbered, rows, start, source_file)
    data = _stack(numbered[start:], rows[start:], source_file)
    return Table(tuple(lines[: numbered[start][0] - 1]), data)


def _clean_table(lines: Sequence[str], numbered: Sequence[tuple[int, str]]) -> Table | None:
    """Give the table where every line from the first row on is a row, which is nearly always.

    Three times as quick as looking at each line, and as strict; None leaves it to the long way.
    """
    rows = ((i, _floats(line)) for i, (_, line) in enumerate(numbered))
    start = next((i for i, row in rows if row and len(row) > 1), None)
    if start is None or (start and _begins_with_number(numbered[start - 1][1])):
        return None
    try:
        data = np.loadtxt([line for _, line in numbered[start:]], comments=None, ndmin=2)
    except ValueError:
        return None
    return Table(tuple(lines[: numbered[start][0] - 1]), data)


def _refuse_rows_above(
    numbered: Sequence[tuple[int, str]],
    rows: Sequence[list[float] | None],
    start: int,
    source_file: str,
) -> None:
    """Refuse a block whose first part was parted from it by a damaged row: it would be lost.

    Headers may hold numbers too, but neither many rows of the block's own width, nor a row of
    that width with a broken one right below it.
    """
    first_row = rows[start] or []
    alike = [i for i, row in enumerate(rows[:start]) if row and len(row) == len(first_row)]
    broken = start
    while broken and broken - 1 not in alike and _begins_with_number(numbered[broken - 1][1]):
        broken -= 1
    touches = broken < start and broken - 1 in alike
    lone = broken < start and len(numbered[broken][1].split()) == len(first_row)
    if touches or lone or len(alike) >= _ROWS_IN_NO_HEADER:
        if not (touches or lone):
            broken = alike[-1] + 1
        number, line = numbered[broken]
        raise RawDataError(
            f"{source_file}, line {number}: '{_short(line)}' stands where a row of "
            f"{len(first_row)} numbers should. Repair or remove the line; "
            "where the file holds several scans, split it."
        )


def _begins_with_number(line: str) -> bool:
    return _floats(line.split(maxsplit=1)[0]) is not None


def parse_rows(numbered: Sequence[tuple[int, str]], source_file: str) -> FloatArray:
    """Parse lines `(number, text)` that must all be rows of one length, separated by blanks.

    Returns:
        Shape `(n_rows, n_columns)`.

    Raises:
        RawDataError: a line that is no row of numbers, or has another length than the first.
    """
    return _stack(numbered, [_floats(line) for _, line in numbered], source_file)


def _stack(
    numbered: Sequence[tuple[int, str]], rows: Iterable[list[float] | None], source_file: str
) -> FloatArray:
    good: list[list[float]] = []
    for (number, line), row in zip(numbered, rows, strict=True):
        if row is None:
            raise RawDataError(
                f"{source_file}, line {number}: '{_short(line)}' is no row of numbers, "
                "though the data have begun. Repair or remove the line."
            )
        if good and len(row) != len(good[0]):
            last = number == numbered[-1][0]
            raise RawDataError(
                f"{source_file}, line {number}: {len(row)} columns, the rows above have "
                f"{len(good[0])}." + (" It is the last line: was the file cut off?" if last else "")
            )
        good.append(row)
    return np.array(good, dtype=np.float64)


def _floats(line: str) -> list[float] | None:
    # Python reads 1_000 as a number; a file that holds it means a name.
    if "_" in line:
        return None
    try:
        return list(map(float, line.split()))
    except ValueError:
        return None


def _cleaner(sample: Sequence[str]) -> Callable[[str], str]:
    """Give the function that turns a row into numbers with points, separated by blanks."""
    joined = "\n".join(sample)
    changes = {'"': " ", ";": " ", "D": "E"}
    if "," in joined:
        changes[","] = "." if _has_decimal_commas(sample) else " "
    elif not any(character in joined for character in changes):
        return str  # the common case, kept quick
    table = str.maketrans(changes)
    return lambda line: line.translate(table)


def _has_decimal_commas(sample: Sequence[str]) -> bool:
    """A comma is decimal only where something else separates and no point is there."""
    rows = [line.replace(";", " ").replace('"', " ").split() for line in sample]
    numeric = [row for row in rows if row and all(_DECIMAL_COMMA.fullmatch(t) for t in row)]
    return len(numeric) > len(rows) // 2 and all(len(row) > 1 for row in numeric)


def _short(line: str) -> str:
    line = line.strip()
    return line if len(line) <= 40 else line[:37] + "..."


def describe_columns(data: FloatArray, labels: Sequence[str]) -> list[str]:
    """Give one line for each column: number, label, range."""
    lines = []
    for i in range(data.shape[1]):
        label = f" {labels[i]}" if i < len(labels) and labels[i] else ""
        finite = data[np.isfinite(data[:, i]), i]
        span = f"{finite.min():.6g} to {finite.max():.6g}" if finite.size else "no finite value"
        lost = data.shape[0] - finite.size
        lines.append(f"{i + 1}{label}: {span}" + (f", {lost} not finite" if lost else ""))
    return lines
