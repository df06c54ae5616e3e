"""STOE WinXPOW .raw (`RAW_1.06Powdat`): blocks of 512 bytes, counts as 4-byte integers.

The maker does not publish the layout. What is read here is said twice in a file and must agree: points,
start, end and step of 2theta, the start of theta as its half, and the extremes of the counts. The counts are
whole, but a line detector's were summed over overlapping frames, so they are not taken for Poisson numbers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.formats.powder.binary import Bytes, Range
from pipeline.formats.powder.pattern import Pattern
from pipeline.physics.radiation import Radiation

FORMAT = "STOE RAW"
_MAGIC = b"RAW_"
_KNOWN = b"RAW_1.06Powdat"
_BLOCK = 512
_SUMMED = "counts of a line detector summed by the maker, not taken for Poisson numbers"


def matches(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a .raw file of STOE."""
    return head.startswith(_MAGIC)


def read(path: Path, source_file: str) -> list[Pattern]:
    """Read the one range of a file.

    Args:
        path: the file.
        source_file: its path relative to the raw folder, for records and messages.

    Returns:
        One pattern.

    Raises:
        RawDataError: another version, several ranges, or a header that contradicts itself.
    """
    raw = Bytes(path.read_bytes(), source_file)
    if not raw.data.startswith(_KNOWN):
        raise RawDataError(
            f"{source_file}: a STOE file of the kind '{raw.text(0, 16)}'; only "
            f"'{_KNOWN.decode()}' is known. {_REMEDY}"
        )
    data_blocks, all_blocks = raw.numbers("HH", 0x1DA)
    at = (all_blocks - data_blocks) * _BLOCK
    if not 0 < data_blocks < all_blocks or all_blocks * _BLOCK != len(raw.data) or at < 2 * _BLOCK:
        raise RawDataError(
            f"{source_file}: {all_blocks} blocks, {data_blocks} of counts, and {len(raw.data)} bytes do "
            f"not agree: cut short, or several ranges. {_REMEDY}"
        )
    header = at - _BLOCK
    (count,) = raw.numbers("H", header + 0x22)
    start, theta, end, _, step, _ = (float(f"{v:.7g}") for v in raw.numbers("6f", header + 0x2C))
    found = Range(start, step, count, at, kind="u4")
    pattern = found.pattern(raw, FORMAT)
    counts = pattern.intensity_counts
    extremes = raw.numbers("2I", header + 0x78)
    if (
        abs(start + (count - 1) * step - end) > 0.5 * step
        or abs(2 * theta - start) > 0.5 * step
        or extremes != (int(counts.min()), int(counts.max()))
    ):
        raise RawDataError(
            f"{source_file}: {count} points from {start:g} to {end:g} deg by {step:g}, counts from "
            f"{counts.min():g} to {counts.max():g} ({extremes[0]} to {extremes[1]} stated) do not agree. "
            f"{_REMEDY}"
        )
    begun, ended = (_time(raw.text(header + place, 16)) for place in (0, 16))
    duration_s = (ended - begun).total_seconds() if begun and ended else float("nan")
    (wavelength,) = raw.numbers("f", 0x142)
    return [
        replace(
            pattern,
            is_counts=False,
            radiation=Radiation(float(f"{wavelength:.6g}")) if wavelength > 0 else None,
            scan_axis="2Theta",
            time_iso=begun.isoformat() if begun else "",
            duration_s=duration_s,
            remarks=(*pattern.remarks, _SUMMED),
        )
    ]


_REMEDY = "Export it from WinXPOW as text (File, Export: .xy or .xyd) and use that."


def _time(text: str) -> datetime | None:
    """Time of a header such as `22-Sep-20 17:18`."""
    try:
        return datetime.strptime(text, "%d-%b-%y %H:%M")
    except ValueError:
        return None
