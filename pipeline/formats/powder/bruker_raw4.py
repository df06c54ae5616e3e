"""Bruker .raw version 4 (`RAW4.00`), as DIFFRAC.SUITE writes it and converts to it.

A header of 61 bytes, then segments of type and length: 10 is a name and a value, 30 the tube. A
type of 0 or 160 begins a range: 160 bytes, segments (50 a drive), then the records. Their first number is
the intensity; the fixed offsets that other readers use hold for one layout of segments only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from pipeline.core.errors import RawDataError
from pipeline.formats.powder.binary import Bytes, Range
from pipeline.formats.powder.pattern import Pattern, Unread
from pipeline.formats.powder.several import read_each
from pipeline.physics.radiation import Radiation

MAGIC = b"RAW4.00"
FORMAT = "Bruker RAW v4"
_FIRST_SEGMENT = 61
_RANGE_TYPES = (0, 160)
_TUBE = 30
_DRIVE = 50
_OVER_TWO_THETA = ("Locked Coupled", "Unlocked Coupled", "Detector Scan", "2Theta")


def patterns(raw: Bytes) -> list[Pattern | Unread]:
    """Read every range over 2theta.

    Args:
        raw: the file.

    Returns:
        The ranges in the file's order; those over another axis are passed over with a remark, a damaged
        one of several is its reason.

    Raises:
        RawDataError: cut short, no range over 2theta, or intensities that are no counts.
    """
    radiation: Radiation | None = None
    starts, at = [], _FIRST_SEGMENT
    while at < len(raw.data):
        (kind,) = raw.numbers("I", at)
        if kind in _RANGE_TYPES:
            starts.append(at)
            at = _records(raw, at, "").end
            continue
        if kind == _TUBE:
            radiation = _radiation(raw, at)
        at += _length(raw, at)
    over = [at for at in starts if _scan(raw, at) in _OVER_TWO_THETA]
    if not over:
        axes = (
            ", ".join(sorted({_scan(raw, at) or "unnamed" for at in starts})) or "no range at all"
        )
        raise RawDataError(
            f"{raw.source}: no range of this file is over 2theta (it holds: {axes}). It is no powder "
            "pattern; leave it out."
        )
    others = len(starts) - len(over)
    remarks = (f"{others} ranges of the file over another axis passed over",) if others else ()

    def read_one(at: int, label: str) -> Pattern:
        # The header has one time for all ranges, so only the first may take it.
        time_iso = _time_iso(raw) if at == over[0] else ""
        return _pattern(raw, at, label, radiation, time_iso, remarks)

    return read_each(over, "range", read_one, raw.source)


def _pattern(
    raw: Bytes,
    at: int,
    label: str,
    radiation: Radiation | None,
    time_iso: str,
    remarks: tuple[str, ...],
) -> Pattern:
    found = _records(raw, at, label)
    drives = dict(_drives(raw, at))
    # 2Theta is said twice: as the start of the range, and as the position of its drive.
    if "2Theta" in drives and abs(drives["2Theta"] - found.start_deg) > 1e-3:
        raise RawDataError(
            f"{raw.source}: the range starts at {found.start_deg:g} deg, its drive 2Theta at "
            f"{drives['2Theta']:g}. Export the file as text (.xy) from the maker's program."
        )
    if found.record != 4:
        remarks += (
            f"records of {found.record} bytes, as the maker's evaluation programs write them",
        )
    (time_s,) = raw.numbers("f", at + 92)
    made = found.pattern(raw, FORMAT)
    return replace(
        made,
        counting_time_s=float(f"{time_s:.7g}") if time_s > 0 else math.nan,
        radiation=radiation,
        scan_axis=_scan(raw, at),
        time_iso=time_iso,
        remarks=made.remarks + remarks,
    )


def _scan(raw: Bytes, at: int) -> str:
    return raw.text(at + 32, 24)


def _records(raw: Bytes, at: int, label: str) -> Range:
    start, step, count = raw.numbers("ddI", at + 72)
    record, extra = raw.numbers("II", at + 136)
    if record < 4:
        raise RawDataError(
            f"{raw.source}: records of {record} bytes hold no number. The file is damaged; copy it again."
        )
    return Range(start, step, count, at + 160 + extra, record, label=label)


def _length(raw: Bytes, at: int) -> int:
    (length,) = raw.numbers("I", at + 4)
    if length < 8 or at + length > len(raw.data):
        raise RawDataError(
            f"{raw.source}: a segment at byte {at} claims {length} bytes of {len(raw.data)}. The file was "
            "cut short or damaged; copy it again from the instrument."
        )
    return int(length)


def _drives(raw: Bytes, at: int) -> Iterator[tuple[str, float]]:
    """Name and position of each drive in the header of a range."""
    (extra,) = raw.numbers("I", at + 140)
    end, at = at + 160 + extra, at + 160
    while at < end:
        if raw.numbers("I", at)[0] == _DRIVE:
            yield raw.text(at + 12, 24), raw.numbers("d", at + 56)[0]
        at += _length(raw, at)


def _radiation(raw: Bytes, at: int) -> Radiation | None:
    kalpha1, kalpha2, _, ratio = raw.numbers("4d", at + 80)
    if not kalpha1 > 0:
        return None
    if not (kalpha2 > 0 and ratio > 0):
        return Radiation(float(f"{kalpha1:.7g}"))
    return Radiation(kalpha1, kalpha2, ratio)


def _time_iso(raw: Bytes) -> str:
    """Time of the header, which is month/day/year, '' where it holds none."""
    try:
        text = f"{raw.text(12, 12)} {raw.text(24, 10)}"
        return datetime.strptime(text, "%m/%d/%Y %H:%M:%S").isoformat()
    except ValueError:
        return ""
