"""Rigaku .rasx: a zip file with `Data*/Profile*.txt` and `Data*/MesurementConditions*.xml` (so spelt) a scan."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import rigaku
from pipeline.formats.powder.archive import Archive, open_archive
from pipeline.formats.powder.counts import checked
from pipeline.formats.powder.pattern import Pattern, Unread
from pipeline.formats.powder.several import read_each
from pipeline.formats.powder.xml_safe import children, descend, number_of, parse_xml, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMAT = "Rigaku RASX"
_PROFILE = re.compile(r"^Data(\d+)/Profile\1\.txt$")


def matches_archive(names: Sequence[str]) -> bool:
    """Whether the files of an archive are those of a .rasx file."""
    return any(_PROFILE.match(name) for name in names) and "root.xml" in names


def read(path: Path, source_file: str) -> list[Pattern | Unread]:
    """Read every scan over 2theta of a file.

    Args:
        path: the file.
        source_file: its path relative to the raw folder, for records and messages.

    Returns:
        The scans by their number; those over another axis are passed over with a remark, a damaged one of
        several is its reason.

    Raises:
        RawDataError: a damaged or dangerous archive, fewer points than stated, or no scan over 2theta.
    """
    with open_archive(path, source_file) as archive:
        numbers = sorted(int(m[1]) for m in map(_PROFILE.match, archive.names) if m)
        scans = [(n, _conditions(archive, n, source_file)) for n in numbers]
        over = [(n, c) for n, c in scans if rigaku.is_two_theta(_axis(c))]
        if not over:
            axes = ", ".join(sorted({_axis(c) or "unnamed" for _, c in scans})) or "no scan at all"
            raise RawDataError(
                f"{source_file}: no scan of this file is over 2theta (it holds: {axes}). It is no "
                "powder pattern; leave it out."
            )
        others = len(scans) - len(over)
        remarks = (f"{others} scans of the file over another axis passed over",) if others else ()

        def read_one(scan: tuple[int, Element], label: str) -> Pattern:
            number, conditions = scan
            text = archive.read(f"Data{number}/Profile{number}.txt").decode("utf-8-sig", "replace")
            return _pattern(conditions, text.splitlines(), source_file, label, remarks)

        return read_each(over, "scan", read_one, source_file)


def _conditions(archive: Archive, number: int, source_file: str) -> Element:
    name = f"Data{number}/MesurementConditions{number}.xml"
    return parse_xml(archive.read(name), f"{source_file}: {name}")


def _axis(conditions: Element) -> str:
    return text_of(descend(conditions, "ScanInformation", "AxisName"))


def _pattern(
    conditions: Element,
    lines: list[str],
    source_file: str,
    label: str,
    remarks: tuple[str, ...],
) -> Pattern:
    source = f"{source_file}, {label}" if label else source_file

    def text(*names: str) -> str:
        return text_of(descend(conditions, *names))

    def number(*names: str) -> float:
        return number_of(descend(conditions, *names), source)

    if text("ScanInformation", "PositionUnit") not in {"deg", ""}:
        raise RawDataError(
            f"{source}: angles are in '{text('ScanInformation', 'PositionUnit')}', deg was expected. "
            "Export the scan again."
        )
    rows = rigaku.rows_of(lines, number("ScanInformation", "DataCount"), source)
    time_s = rigaku.counting_time_s(
        number("ScanInformation", "Step"),
        number("ScanInformation", "Speed"),
        text("ScanInformation", "SpeedUnit"),
    )
    got = rigaku.counted_rows(rows, text("ScanInformation", "IntensityUnit"), time_s, source)
    tube = ("HWConfigurations", "XrayGenerator")
    radiation, said = rigaku.radiation_of(
        text(*tube, "WaveType"),
        number(*tube, "WavelengthKalpha1"),
        number(*tube, "WavelengthKalpha2"),
    )
    start = text("ScanInformation", "StartTime")
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
        scan_axis=_axis(conditions),
        time_iso=start,
        duration_s=rigaku.seconds_between(start, text("ScanInformation", "EndTime")),
        temperature_c=_temperature(conditions),
        radius_mm=_radius(conditions),
        remarks=(*remarks, *got.remarks, *((said,) if said else ())),
    )
    return checked(pattern, source)


def _temperature(conditions: Element) -> float:
    """Position of the axis `Temp`, the sample's heater; other temperatures are those of the machine."""
    axes = descend(conditions, "Axes")
    for axis in children(axes, "Axis") if axes is not None else ():
        if axis.get("Name") == "Temp" and axis.get("Unit") == "C":
            first = axis.get("Position", "")
            try:
                return (float(first) + float(axis.get("EndPosition", first))) / 2
            except ValueError:
                return math.nan
    return math.nan


def _radius(conditions: Element) -> float:
    """Distance from tube to sample in mm."""
    distances = descend(conditions, "HWConfigurations", "Distances")
    for entry in children(distances, "Distance") if distances is not None else ():
        ends = entry.get("From"), entry.get("To"), entry.get("Unit")
        if ends == ("XrayGenerator", "AttachmentStage", "mm"):
            try:
                return float(entry.get("Value", ""))
            except ValueError:
                return math.nan
    return math.nan
