"""Pfeiffer Quadera `.asc`: for each channel its time, its seconds and its value, one triple after the other.

Channels are measured in turn, so that each has a clock of its own, and the last line may end in the middle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.arrays import FloatArray, stack_ragged
from pipeline.core.errors import RawDataError
from pipeline.ms.read.channels import channel_names
from pipeline.ms.read.dates import is_ambiguous, moment, order_of
from pipeline.ms.read.text import check_times, decimal_mark, number
from pipeline.ms.records import Flag, Flags, GasRun

FORMAT = "Pfeiffer Quadera"
_RELATIVE = re.compile(r"time\s*relative\s*\[(s|min|h)\]", re.IGNORECASE)
_UNIT = re.compile(r"\[([^\]]+)\]")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_HEADER_LINES = 60


def is_quadera(lines: list[str]) -> bool:
    """Say whether a file is Quadera's: its header names a relative time for each channel."""
    return _header_line(lines) is not None


def read(path: Path, lines: list[str], date_order: str | None = None) -> GasRun:
    """Read a file.

    Args:
        path: for messages.
        lines: the file's lines.
        date_order: how to read dates that can be read in two ways; None leaves them.

    Raises:
        RawDataError: a cell that is no number, times that do not ascend, no data.
    """
    at = _header_line(lines)
    if at is None or at == 0:
        raise RawDataError(f"{path.name}: no line of this file names `Time Relative [s]`.")
    blocks = _blocks(lines[at], lines[at - 1], path)
    rows = [(i + 1, lines[i].split("\t")) for i in range(at + 1, len(lines)) if lines[i].strip()]
    if not rows:
        raise RawDataError(f"{path.name}: the file has a header and no data.")
    values = (c for _, cells in rows for b in blocks for c in cells[b.relative : b.value + 1])
    mark = decimal_mark(values, path.name)
    found = [_channel(path, rows, block, mark) for block in blocks]
    fields = dict(_field(line) for line in lines[:at] if line.strip())
    last_s = max(float(time_s[-1]) for time_s, _, _ in found)
    begin, end, flags, remarks = _dates(fields, rows[0][1][0], last_s, date_order)
    short = len(rows[-1][1]) < len(rows[0][1])
    labels = tuple(b.label for b in blocks)
    time_s = stack_ragged([t for t, _, _ in found])
    return GasRun(
        source_file=path.name,
        format=FORMAT,
        start_iso=begin,
        end_iso=end,
        channel=channel_names(labels),
        label=labels,
        unit=tuple(b.unit for b in blocks),
        time_s=time_s,
        temperature_c=np.full(time_s.shape, np.nan),
        intensity_ratio=stack_ragged([y for _, y, _ in found]),
        dropped_count=np.array([n for _, _, n in found], dtype=np.float64),
        mass=None,
        remarks=(*remarks, *(("the last line is not complete",) if short else ())),
        flags=flags,
    )


@dataclass(frozen=True, slots=True)
class _Block:
    label: str
    relative: int
    value: int
    unit: str
    seconds: float


def _header_line(lines: list[str]) -> int | None:
    for i, line in enumerate(lines[:_HEADER_LINES]):
        if _RELATIVE.search(line) and "\t" in line:
            return i
    return None


def _blocks(header: str, names: str, path: Path) -> list[_Block]:
    """Columns of each channel; its name stands above any of them."""
    cells, above = header.split("\t"), names.split("\t")
    blocks: list[_Block] = []
    for i, cell in enumerate(cells):
        found = _RELATIVE.fullmatch(cell.strip())
        if not found:
            continue
        if i + 1 >= len(cells) or not cells[i + 1].strip():
            raise RawDataError(f"{path.name}: the header has a time without a value beside it.")
        named = [c.strip() for c in above[max(i - 1, 0) : i + 2] if c.strip()]
        unit = _UNIT.search(cells[i + 1])
        seconds = _SECONDS[found[1].lower()]
        label = named[0] if named else f"{len(blocks) + 1}th"
        blocks.append(_Block(label, i, i + 1, unit[1] if unit else "", seconds))
    return blocks


def _channel(
    path: Path, rows: list[tuple[int, list[str]]], block: _Block, mark: str
) -> tuple[FloatArray, FloatArray, int]:
    """Times, values, and how many points had none."""
    times, values, lines = [], [], []
    dropped = 0
    for place, (line, cells) in enumerate(rows):
        pair = cells[block.relative : block.value + 1]
        is_last = place == len(rows) - 1
        if len(pair) < 2 or not all(c.strip() for c in pair):
            dropped += not is_last  # a run that was stopped ends in the middle of a line
            continue
        try:
            time_s, value = (number(c, mark) for c in pair)
        except ValueError:
            raise RawDataError(
                f"{path.name}, line {line}, channel '{block.label}': "
                f"'{pair[0]}' and '{pair[1]}' are no time and value."
            ) from None
        if np.isnan(value):
            dropped += 1
            continue
        times.append(time_s * block.seconds)
        values.append(value)
        lines.append(line)
    if not times:
        raise RawDataError(f"{path.name}: channel '{block.label}' has no point.")
    time = np.array(times)
    check_times(time, lines, f"{path.name}, channel '{block.label}'")
    return time, np.array(values), dropped


def _field(line: str) -> tuple[str, str]:
    key, _, value = line.partition("\t")
    return key.strip().rstrip(":").lower(), value.strip()


def _dates(
    fields: dict[str, str], first_row: str, last_s: float, order: str | None
) -> tuple[str, str, Flags, tuple[str, ...]]:
    start, end = fields.get("start time", first_row), fields.get("end time", "")
    others = (fields.get("exporttime", ""), first_row)
    used = order or order_of((start, end, *others), fields.get("sourcefile", ""), last_s)
    begin, finish = moment(start, used), moment(end, used)
    if begin is None and used is None and is_ambiguous(start):
        text = f"the date {start} can be read in two ways and is not used"
        return "", "", (Flag.DATE_AMBIGUOUS,), (text,)
    remarks: tuple[str, ...] = ()
    if begin and finish and abs((finish - begin).total_seconds() - last_s) > 60.0:
        remarks = (f"start and end in the header are not {last_s:.0f} s apart",)
    return (
        begin.isoformat() if begin else "",
        finish.isoformat() if finish else "",
        (),
        remarks,
    )
