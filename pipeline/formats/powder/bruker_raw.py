"""Siemens and Bruker .raw: versions 1 (`RAW `), 2 (`RAW2`) and 3 (`RAW1.01`); version 4 has its own module.

Layouts after the appendices on raw files of the DIFFRAC manuals, checked against UXD files that the maker's
converter wrote of the same scans. Intensities are counts as float32; angles are start and step.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import bruker_raw4
from pipeline.formats.powder.binary import Bytes, Range
from pipeline.formats.powder.pattern import Pattern
from pipeline.physics.radiation import KALPHA2_RATIO, Radiation

FORMAT = "Bruker RAW"
_MAGIC = (b"RAW ", b"RAW2", b"RAW1.01", bruker_raw4.MAGIC)
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


def matches(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a .raw file of Siemens or Bruker."""
    return head.startswith(_MAGIC)


def read(path: Path, source_file: str) -> list[Pattern]:
    """Read every range of a file.

    Args:
        path: the file.
        source_file: its path relative to the raw folder, for records and messages.

    Returns:
        The ranges in the file's order.

    Raises:
        RawDataError: cut short, bytes left over, no scan over 2theta, or numbers that are no counts.
    """
    raw = Bytes(path.read_bytes(), source_file)
    if raw.data.startswith(bruker_raw4.MAGIC):
        return bruker_raw4.patterns(raw)
    version = {b"RAW ": _version1, b"RAW2": _version2}.get(raw.data[:4], _version3)
    found, end = version(raw)
    if end != len(raw.data):
        raise RawDataError(
            f"{source_file}: {len(raw.data) - end} bytes follow the last range. The file is damaged, or "
            "of a variant that is not known here; export it as text (.uxd, .xy)."
        )
    return found


def _label(number: int, total: int) -> str:
    return f"range {number}" if total > 1 else ""


def _version1(raw: Bytes) -> tuple[list[Pattern], int]:
    headers: list[int] = []
    at, follows = 4, True
    while follows:
        at += 4 if headers and raw.data[at : at + 4] == b"RAW " else 0  # early files say it once
        headers.append(at)
        follows = raw.numbers("I", at + 148)[0] > 0
        at += 152 + 4 * raw.numbers("I", at)[0]
    made = []
    for number, header in enumerate(headers, start=1):
        count, time_s, step, _, _, start = raw.numbers("IffIff", header)
        label = _label(number, len(headers))
        found = Range(_tidy(start), _tidy(step), count, header + 152, label=label)
        pattern = found.pattern(raw, f"{FORMAT} v1")
        kalpha1, kalpha2 = raw.numbers("ff", header + 68)
        radiation, said = _radiation(kalpha1, kalpha2, math.nan)
        made.append(_completed(pattern, time_s, radiation, said))
    return made, at


def _version2(raw: Bytes) -> tuple[list[Pattern], int]:
    (total,) = raw.numbers("H", 4)
    radiation, said = _radiation(*raw.numbers("fff", 190))
    date, clock = raw.text(168, 10), raw.text(178, 10)
    time_iso = _iso(f"{date} {clock}", "%d-%m-%Y %H:%M")
    made, at = [], 256
    for number in range(1, total + 1):
        header, count = raw.numbers("HH", at)
        time_s, step, start = raw.numbers("fff", at + 8)
        (kelvin,) = raw.numbers("H", at + 46)
        label = _label(number, total)
        found = Range(_tidy(start), _tidy(step), count, at + header, label=label)
        pattern = _completed(found.pattern(raw, f"{FORMAT} v2"), time_s, radiation, said)
        celsius = kelvin - _KELVIN if kelvin in _TEMPERATURES_K else math.nan
        # The header has one time for all ranges, so only the first may take it.
        made.append(
            replace(pattern, time_iso=time_iso if number == 1 else "", temperature_c=celsius)
        )
        at = found.end
    return made, at


def _version3(raw: Bytes) -> tuple[list[Pattern], int]:
    (total,) = raw.numbers("I", 12)
    (radius,) = raw.numbers("f", 564)
    radiation, said = _radiation(*_alpha_and_ratio(raw, 624))
    begun = _iso(f"{raw.text(16, 10)} {raw.text(26, 10)}", "%m/%d/%y %H:%M:%S")
    made, at, others = [], 712, 0
    for number in range(1, total + 1):
        header, count = raw.numbers("II", at)
        (start,), (step,), (time_s,) = (
            raw.numbers(kind, at + place) for kind, place in (("d", 16), ("d", 176), ("f", 192))
        )
        scan, waited_s = raw.numbers("I4xf", at + 196)
        varying, record, extra = raw.numbers("III", at + 248)
        if varying or record != 4:
            raise RawDataError(
                f"{raw.source}: the angles of range {number} stand beside its counts, a variant that is "
                "not known here. Export the file as text (.uxd, .xy)."
            )
        found = Range(start, step, count, at + header + extra, label=_label(number, total))
        at = found.end
        if scan not in _OVER_TWO_THETA:
            others += 1
            continue
        pattern = _completed(found.pattern(raw, f"{FORMAT} v3"), time_s, radiation, said)
        pattern = replace(
            pattern, scan_axis=_OVER_TWO_THETA[scan], time_iso=_later(begun, waited_s)
        )
        made.append(replace(pattern, radius_mm=radius) if radius > 0 else pattern)
    if not made:
        raise RawDataError(
            f"{raw.source}: no range of this file is over 2theta. It is no powder pattern; leave it out."
        )
    passed = (f"{others} ranges of the file over another axis passed over",) if others else ()
    return [replace(p, remarks=p.remarks + passed) for p in made], at


def _alpha_and_ratio(raw: Bytes, at: int) -> tuple[float, float, float]:
    kalpha1, kalpha2, _, ratio = raw.numbers("4d", at)
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
