"""Rigaku .ras: text with a header of `*KEY "value"` lines, one block a scan.

The headers are in the code page of the instrument's computer, often Shift-JIS; numbers are ASCII.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import rigaku
from pipeline.formats.powder.counts import checked
from pipeline.formats.powder.pattern import Pattern, Unread
from pipeline.formats.powder.several import read_each

FORMAT = "Rigaku RAS"
_MAGIC = b"*RAS_DATA_START"
_BLOCK = re.compile(
    r"^\*RAS_HEADER_START\s*$(.*?)^\*RAS_HEADER_END\s*$\s*"
    r"^\*RAS_INT_START\s*$(.*?)^\*RAS_INT_END\s*$",
    re.MULTILINE | re.DOTALL,
)
_KEY = re.compile(r'^\*(\S+)\s+"(.*?)"\s*$', re.MULTILINE)


def matches(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a .ras file."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_MAGIC)


def read(path: Path, source_file: str) -> list[Pattern | Unread]:
    """Read every scan over 2theta of a file.

    Args:
        path: the file.
        source_file: its path relative to the raw folder, for records and messages.

    Returns:
        The scans in the file's order; those over another axis are passed over with a remark, a damaged
        one of several is its reason.

    Raises:
        RawDataError: a block without its end, fewer points than stated, or no scan over 2theta.
    """
    text = _decoded(path.read_bytes()).replace("\r\n", "\n")
    blocks = _BLOCK.findall(text)
    begun = text.count("*RAS_HEADER_START")
    if len(blocks) != begun or not blocks:
        raise RawDataError(
            f"{source_file}: {begun} scans begin and {len(blocks)} are whole. The file was cut short; "
            "copy it again."
        )
    scans = [(dict(_KEY.findall(header)), body.splitlines()) for header, body in blocks]
    over = [(keys, rows) for keys, rows in scans if rigaku.is_two_theta(_axis(keys))]
    if not over:
        axes = ", ".join(sorted({_axis(keys) or "unnamed" for keys, _ in scans}))
        raise RawDataError(
            f"{source_file}: no scan of this file is over 2theta (it holds: {axes}). It is no powder "
            "pattern; leave it out."
        )
    others = len(scans) - len(over)
    remarks = (f"{others} scans of the file over another axis passed over",) if others else ()

    def read_one(scan: tuple[dict[str, str], list[str]], label: str) -> Pattern:
        return _pattern(*scan, source_file, label, remarks)

    return read_each(over, "scan", read_one, source_file)


def _decoded(data: bytes) -> str:
    """Text of the file; of a code page that is neither, only names in headers suffer."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _axis(keys: Mapping[str, str]) -> str:
    return keys.get("MEAS_SCAN_AXIS_X_INTERNAL") or keys.get("MEAS_SCAN_AXIS_X", "")


def _pattern(
    keys: Mapping[str, str],
    lines: list[str],
    source_file: str,
    label: str,
    remarks: tuple[str, ...],
) -> Pattern:
    source = f"{source_file}, {label}" if label else source_file

    def number(key: str) -> float:
        text = keys.get(key, "").strip()
        try:
            return float(text) if text else math.nan
        except ValueError as error:
            raise RawDataError(
                f"{source}: *{key} is '{text}', no number. Export the file again."
            ) from error

    if keys.get("MEAS_SCAN_UNIT_X", "deg") != "deg":
        raise RawDataError(
            f"{source}: angles are in '{keys['MEAS_SCAN_UNIT_X']}', deg was expected. Export again."
        )
    rows = rigaku.rows_of(lines, number("MEAS_DATA_COUNT"), source)
    time_s = rigaku.counting_time_s(
        number("MEAS_SCAN_STEP"), number("MEAS_SCAN_SPEED"), keys.get("MEAS_SCAN_SPEED_UNIT", "")
    )
    got = rigaku.counted_rows(rows, keys.get("MEAS_SCAN_UNIT_Y", "counts"), time_s, source)
    radiation, said = rigaku.radiation_of(
        keys.get("MEAS_COND_XG_WAVE_TYPE", ""),
        number("HW_XG_WAVE_LENGTH_ALPHA1"),
        number("HW_XG_WAVE_LENGTH_ALPHA2"),
    )
    start, unsure = rigaku.time_of(keys.get("MEAS_SCAN_START_TIME", "").strip())
    end, _ = rigaku.time_of(keys.get("MEAS_SCAN_END_TIME", "").strip())
    pattern = Pattern(
        source_file,
        label,
        FORMAT,
        rows[:, 0],
        got.intensity_counts,
        got.sigma_counts,
        got.is_counts,
        got.is_rate,
        counting_time_s=time_s,
        radiation=radiation,
        scan_axis=_axis(keys),
        time_iso=start,
        duration_s=rigaku.seconds_between(start, end),
        temperature_c=_temperature(keys),
        remarks=(*remarks, *got.remarks, *(r for r in (said, unsure) if r)),
    )
    return checked(pattern, source)


def _temperature(keys: Mapping[str, str]) -> float:
    """Position of the axis `Temp` in degrees C, where the sample has a heater."""
    for key, name in keys.items():
        if key.startswith("MEAS_COND_AXIS_NAME_INTERNAL-") and name == "Temp":
            index = key.rpartition("-")[2]
            found = re.match(r"-?\d+(\.\d+)?", keys.get(f"MEAS_COND_AXIS_POSITION-{index}", ""))
            if found and keys.get(f"MEAS_COND_AXIS_UNIT-{index}", "C") in {"C", "degC", "℃"}:
                return float(found[0])
    return math.nan
