"""Siemens and Bruker .raw: versions 1 (`RAW `), 2 (`RAW2`) and 3 (`RAW1.01`); version 4 has its own module.

Layouts after the appendices on raw files of the DIFFRAC manuals, checked against UXD files that the maker's
converter wrote of the same scans. Intensities are counts as float32; angles are start and step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import bruker_raw4
from pipeline.formats.powder.binary import Bytes, Range
from pipeline.formats.powder.pattern import Pattern, Unread
from pipeline.formats.powder.several import read_each
from pipeline.physics.radiation import KALPHA2_RATIO, Radiation

FORMAT = "Bruker RAW"
_MAGIC = (b"RAW ", b"RAW2", b"RAW1.01", bruker_raw4.MAGIC)
_FIRST_RANGE2, _FIRST_RANGE3 = 256, 712  # bytes of the headers of versions 2 and 3
_KELVIN = 273.15
_TEMPERATURES_K = range(50, 3000)  # version 2; 0 and 65535 mean that none was recorded
_OVER_TWO_THETA = {  # scan types of version 3
    0: "locked coupled",
    1: "unlocked coupled",
    2: "detector scan",
    20: "unlocked coupled HR",
    129: "PSD fixed scan",
    130: "PSD fast scan",
}


@dataclass(frozen=True, slots=True)
class _Ranges:
    """Where the headers of the ranges over 2theta begin, where the last range ends, and a remark."""

    places: list[int]
    end: int
    remarks: tuple[str, ...] = ()


def matches(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a .raw file of Siemens or Bruker."""
    return head.startswith(_MAGIC) and b"\0" in head  # a text may begin with `RAW ` too


def read(path: Path, source_file: str) -> list[Pattern | Unread]:
    """Read every range over 2theta of a file.

    Args:
        path: the file.
        source_file: its path relative to the raw folder, for records and messages.

    Returns:
        The ranges in the file's order; those over another axis are passed over with a remark, a damaged
        one of several is its reason.

    Raises:
        RawDataError: cut short, bytes left over, no scan over 2theta, or numbers that are no counts.
    """
    raw = Bytes(path.read_bytes(), source_file)
    if raw.data.startswith(bruker_raw4.MAGIC):
        return bruker_raw4.patterns(raw)
    ranges_of, range_at = {b"RAW ": (_ranges1, _range1), b"RAW2": (_ranges2, _range2)}.get(
        raw.data[:4], (_ranges3, _range3)
    )
    found = ranges_of(raw)
    if not found.places:
        raise RawDataError(
            f"{source_file}: no range of this file is over 2theta. It is no powder pattern; leave it out."
        )
    if found.end != len(raw.data):
        raise RawDataError(
            f"{source_file}: the ranges end at byte {found.end}, the file at {len(raw.data)}. It was cut "
            "short or damaged, or is of a variant that is not known here; copy it again, or export it as "
            "text (.uxd, .xy)."
        )

    def read_one(at: int, label: str) -> Pattern:
        pattern = range_at(raw, at, label)
        return replace(pattern, remarks=pattern.remarks + found.remarks)

    return read_each(found.places, "range", read_one, source_file)


def _ranges1(raw: Bytes) -> _Ranges:
    places: list[int] = []
    at, follows = 4, True
    while follows:
        at += 4 if places and raw.data[at : at + 4] == b"RAW " else 0  # early files say it once
        places.append(at)
        follows = raw.numbers("I", at + 148)[0] > 0
        at += 152 + 4 * raw.numbers("I", at)[0]
    return _Ranges(places, at)


def _range1(raw: Bytes, at: int, label: str) -> Pattern:
    count, time_s, step, _, _, start = raw.numbers("IffIff", at)
    found = Range(_tidy(start), _tidy(step), count, at + 152, label=label)
    kalpha1, kalpha2 = raw.numbers("ff", at + 68)
    radiation, said = _radiation(kalpha1, kalpha2, math.nan)
    return _completed(found.pattern(raw, f"{FORMAT} v1"), time_s, radiation, said)


def _ranges2(raw: Bytes) -> _Ranges:
    places, at = [], _FIRST_RANGE2
    for _ in range(raw.numbers("H", 4)[0]):
        header, count = raw.numbers("HH", at)
        places.append(at)
        at += header + 4 * count
    return _Ranges(places, at)


def _range2(raw: Bytes, at: int, label: str) -> Pattern:
    header, count = raw.numbers("HH", at)
    time_s, step, start = raw.numbers("fff", at + 8)
    (kelvin,) = raw.numbers("H", at + 46)
    found = Range(_tidy(start), _tidy(step), count, at + header, label=label)
    radiation, said = _radiation(*_three(raw, "fff", 190))
    pattern = _completed(found.pattern(raw, f"{FORMAT} v2"), time_s, radiation, said)
    # The header has one time for all ranges, so only the first may take it.
    clock = f"{raw.text(168, 10)} {raw.text(178, 10)}" if at == _FIRST_RANGE2 else ""
    celsius = kelvin - _KELVIN if kelvin in _TEMPERATURES_K else math.nan
    return replace(pattern, time_iso=_iso(clock, "%d-%m-%Y %H:%M"), temperature_c=celsius)


def _ranges3(raw: Bytes) -> _Ranges:
    places, at, total = [], _FIRST_RANGE3, raw.numbers("I", 12)[0]
    for number in range(1, total + 1):
        header, count = raw.numbers("II", at)
        (scan,) = raw.numbers("I", at + 196)
        varying, record, extra = raw.numbers("III", at + 248)
        if varying or record != 4:
            raise RawDataError(
                f"{raw.source}: the angles of range {number} stand beside its counts, a variant that is "
                "not known here. Export the file as text (.uxd, .xy)."
            )
        if scan in _OVER_TWO_THETA:
            places.append(at)
        at += header + extra + 4 * count
    others = total - len(places)
    said = (f"{others} ranges of the file over another axis passed over",) if others else ()
    return _Ranges(places, at, said)


def _range3(raw: Bytes, at: int, label: str) -> Pattern:
    header, count = raw.numbers("II", at)
    (start,), (step,), (time_s,) = (
        raw.numbers(kind, at + place) for kind, place in (("d", 16), ("d", 176), ("f", 192))
    )
    scan, waited_s = raw.numbers("I4xf", at + 196)
    (extra,) = raw.numbers("I", at + 256)
    (radius,) = raw.numbers("f", 564)
    found = Range(start, step, count, at + header + extra, label=label)
    radiation, said = _radiation(*_three(raw, "dd8xd", 624))
    begun = _iso(f"{raw.text(16, 10)} {raw.text(26, 10)}", "%m/%d/%y %H:%M:%S")
    return replace(
        _completed(found.pattern(raw, f"{FORMAT} v3"), time_s, radiation, said),
        scan_axis=_OVER_TWO_THETA[scan],
        time_iso=_later(begun, waited_s),
        radius_mm=radius if radius > 0 else math.nan,
    )


def _three(raw: Bytes, layout: str, at: int) -> tuple[float, float, float]:
    """Kalpha1, Kalpha2 and their ratio."""
    kalpha1, kalpha2, ratio = raw.numbers(layout, at)
    return kalpha1, kalpha2, ratio


def _completed(
    pattern: Pattern, time_s: float, radiation: Radiation | None, said: tuple[str, ...]
) -> Pattern:
    return replace(
        pattern,
        counting_time_s=_tidy(time_s) if time_s > 0 else math.nan,
        radiation=radiation,
        remarks=pattern.remarks + said,
    )


def _radiation(
    kalpha1: float, kalpha2: float, ratio: float
) -> tuple[Radiation | None, tuple[str, ...]]:
    """Radiation of a header; version 1 has no ratio, and 0 stands for what is not there."""
    if not kalpha1 > 0:
        return None, ()
    if not kalpha2 > 0 or ratio == 0:
        return Radiation(_tidy(kalpha1)), ()
    if math.isnan(ratio):
        said = f"the file states no ratio of Kalpha2 to Kalpha1, {KALPHA2_RATIO:g} taken"
        return Radiation(_tidy(kalpha1), _tidy(kalpha2), KALPHA2_RATIO), (said,)
    return Radiation(_tidy(kalpha1), _tidy(kalpha2), _tidy(ratio)), ()


def _tidy(single: float) -> float:
    """Number that a float32 stands for: 1.5406 where the file holds 1.54059994."""
    return float(f"{single:.7g}")


def _iso(text: str, pattern: str) -> str:
    """ISO time of a header, '' where it holds none."""
    try:
        return datetime.strptime(text.strip(), pattern).isoformat()
    except ValueError:
        return ""


def _later(begun: str, waited_s: float) -> str:
    """Start of a range, counted in seconds from the start of the measurement."""
    if not begun or not 0 <= waited_s < 1e8:
        return begun
    return (datetime.fromisoformat(begun) + timedelta(seconds=round(waited_s, 3))).isoformat()
