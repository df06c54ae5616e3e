"""Bruker .brml: a zip file with one `RawData*.xml` a measurement, and in it the route of the measured data.

What the columns of a `Datum` are, is told by the route's `DataViews`, in files of 2013 as in those of today; nothing is
counted off. Counts are multiplied by the factor of the absorber (8.3 and 25735 counts stand as
213600.5). `MeasuredTime` of a line detector is the sum over its strips.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.archive import open_archive
from pipeline.formats.powder.counts import checked, counted
from pipeline.formats.powder.pattern import Pattern, Unread
from pipeline.formats.powder.rigaku import seconds_between
from pipeline.formats.powder.several import read_each
from pipeline.formats.powder.xml_safe import children, descend, every, parse_xml, text_of
from pipeline.physics.radiation import Radiation

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMAT = "Bruker BRML"
_KELVIN = 273.15
_RAW = re.compile(r"^Experiment(\d+)/RawData(\d+)\.xml$")
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_CRYSTAL = re.compile(r"channelcut|monochromator|johansson", re.IGNORECASE)
_TEMPERATURE = re.compile(r"temp", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a `Datum` a quantity stands, counted from 0; -1 where it is not recorded."""

    two_theta: int
    counts: int
    time: int = -1
    absorption: int = -1
    temperature: int = -1
    kelvin: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Points `(n, m)` that run one way over 2theta, and the measurement that they are of."""

    root: Element
    table: FloatArray
    columns: _Columns
    remarks: tuple[str, ...]


def matches_archive(names: Sequence[str]) -> bool:
    """Whether the files of an archive are those of a .brml file."""
    return any(_RAW.match(name) for name in names)


def read(path: Path, source_file: str) -> list[Pattern | Unread]:
    """Read every scan over 2theta of a file.

    Args:
        path: the file.
        source_file: its path relative to the raw folder, for records and messages.

    Returns:
        The scans by experiment and number; those over another axis are passed over with a remark, a
        damaged one of several is its reason.

    Raises:
        RawDataError: a damaged or dangerous archive, columns without a description, an area
            detector, a still, or no scan over 2theta.
    """
    with open_archive(path, source_file) as archive:
        found = [m for m in map(_RAW.match, archive.names) if m]
        names = [m[0] for m in sorted(found, key=lambda m: (int(m[1]), int(m[2])))]
        roots = [(name, parse_xml(archive.read(name), f"{source_file}: {name}")) for name in names]
    over = [(n, r) for n, r in roots if _is_over_two_theta(_route(r, f"{source_file}: {n}"))]
    if not over and any(list(every(r, "ScaleAxisInfo")) for _, r in roots):
        raise RawDataError(
            f"{source_file}: a still of a line detector, whose layout is not known here. Export it as "
            "text (.xy) from the maker's program."
        )
    if not over:
        raise RawDataError(
            f"{source_file}: no scan of this file is over 2theta ({len(roots)} over other axes). It is "
            "no powder pattern; leave it out."
        )
    others = len(roots) - len(over)
    remarks = (f"{others} scans of the file over another axis passed over",) if others else ()
    parts = [part for name, root in over for part in _parts(root, f"{source_file}: {name}")]

    def read_one(part: _Part, label: str) -> Pattern:
        return _pattern(part, source_file, label, remarks)

    return read_each(parts, "scan", read_one, source_file)


def _route(root: Element, source: str) -> Element:
    """The data as measured: other routes of a file are made from it."""
    routes = [r for block in children(root, "DataRoutes") for r in children(block, "DataRoute")]
    measured = [r for r in routes if r.get("RouteFlag") == "Measured"] or routes
    if len(measured) != 1:
        raise RawDataError(
            f"{source}: {len(measured)} routes of measured data, 1 was expected. Export the scan as "
            "text (.xy) from the maker's program."
        )
    return measured[0]


def _is_over_two_theta(route: Element) -> bool:
    """Whether 2theta is among the axes that the scan moves; where it names none, its column tells."""
    axes = descend(route, "ScanInformation", "ScanAxes")
    if axes is None:
        return True
    return "TwoTheta" in {info.get("AxisId", "") for info in children(axes, "ScanAxisInfo")}


def _whole(text: str, source: str) -> int:
    if not text.isdigit():
        raise RawDataError(
            f"{source}: '{text}' stands where the place of a column is stated. The file is damaged; copy "
            "it again."
        )
    return int(text)


def _columns(route: Element, source: str) -> _Columns:
    place: dict[str, int] = {}
    kelvin = False
    for view in every(route, "RawDataView"):
        start, kind = _whole(view.get("Start", ""), source), view.get(_TYPE, "")
        name = view.get("LogicName")
        if name in {"MeasuredTime", "AbsorptionFactor"}:
            place[name] = start
        for i, field in enumerate(every(view, "FieldDefinitions")):
            if field.get("AxisId") == "TwoTheta" or field.get("FieldName") == "TwoTheta":
                place["TwoTheta"] = start + i
        for recording in every(view, "Recording"):
            logic, unit = recording.get("LogicName", ""), descend(recording, "Unit")
            base = unit.get("Base", "") if unit is not None else ""
            if base == "Counts" or logic.startswith(("ScanCounter", "Counter")):
                if "Counts" not in place and view.get("Length", "1") != "1":
                    raise RawDataError(
                        f"{source}: the detector '{logic}' gave {view.get('Length')} numbers a point. "
                        "Integrate the images in the maker's program and export the pattern as text (.xy)."
                    )
                place.setdefault("Counts", start)
            elif _TEMPERATURE.search(logic):
                place["Temperature"], kelvin = start, base.startswith("K")
        if kind.endswith("RecordedRawDataView") and not list(every(view, "Recording")):
            place.setdefault("Counts", start)
    if not {"TwoTheta", "Counts"} <= place.keys():
        missing = ", ".join(sorted({"TwoTheta", "Counts"} - place.keys()))
        raise RawDataError(
            f"{source}: the file does not say which column is {missing}. Its images may lie outside, or its "
            "layout is not known here; export the scan as text (.xy) from the maker's program."
        )
    return _Columns(
        place["TwoTheta"],
        place["Counts"],
        place.get("MeasuredTime", -1),
        place.get("AbsorptionFactor", -1),
        place.get("Temperature", -1),
        kelvin,
    )


def _table(route: Element, columns: _Columns, source: str) -> FloatArray:
    """All `Datum` rows `(n, m)`."""
    texts = [text_of(d) for d in children(route, "Datum")]
    rows = [text.split(",") for text in texts]
    stated = text_of(descend(route, "ScanInformation", "MeasurementPoints"))
    if not rows:  # a range that was planned and not measured; refused where it becomes a pattern
        return np.empty((0, 1 + max(astuple(columns))))
    if len({len(row) for row in rows}) != 1:
        raise RawDataError(f"{source}: rows of unequal length. The file is damaged; copy it again.")
    if max(columns.two_theta, columns.counts, columns.time, columns.absorption) >= len(rows[0]):
        raise RawDataError(
            f"{source}: a row holds {len(rows[0])} numbers, fewer than its description names. "
            "The file is damaged; copy it again."
        )
    if stated.isdigit() and len(rows) > int(stated):
        raise RawDataError(
            f"{source}: {len(rows)} points, {stated} stated. The file is damaged; copy it again."
        )
    try:
        return np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise RawDataError(
            f"{source}: a row holds something else than numbers ({error}). Copy the file again."
        ) from error


def _parts(root: Element, source: str) -> list[_Part]:
    """The scan; in parts where its sub-scans run over the same angles again."""
    route = _route(root, source)
    columns = _columns(route, source)
    table = _table(route, columns, source)
    stated = text_of(descend(route, "ScanInformation", "MeasurementPoints"))
    remarks: tuple[str, ...] = ()
    if stated.isdigit() and len(table) < int(stated):
        remarks += (f"{len(table)} of {stated} points were measured",)
    step = np.diff(table[:, columns.two_theta])
    starts = [_whole(s.get("StartStepNo", "0"), source) for s in every(route, "SubScanInfo")]
    if (step > 0).all() or (step < 0).all() or len(starts) < 2:
        return [_Part(root, table, columns, remarks)]
    return [_Part(root, part, columns, remarks) for part in np.split(table, starts[1:])]


def _pattern(part: _Part, source_file: str, label: str, remarks: tuple[str, ...]) -> Pattern:
    root, table, columns = part.root, part.table, part.columns
    source = f"{source_file}, {label}" if label else source_file
    time_s: FloatArray | float = table[:, columns.time] if columns.time >= 0 else math.nan
    got = counted(
        table[:, columns.counts],
        source,
        attenuation=table[:, columns.absorption] if columns.absorption >= 0 else 1.0,
        counting_time_s=time_s,
    )
    start = text_of(descend(root, "TimeStampStarted"))
    temperature = table[:, columns.temperature].mean() if columns.temperature >= 0 else math.nan
    pattern = Pattern(
        source_file,
        label,
        FORMAT,
        table[:, columns.two_theta],
        got.intensity_counts,
        got.sigma_counts,
        got.is_counts,
        counting_time_s=float(np.median(time_s)),
        radiation=_radiation(root),
        scan_axis=_scan_name(root, source),
        time_iso=start,
        duration_s=seconds_between(start, text_of(descend(root, "TimeStampFinished"))),
        temperature_c=temperature - (_KELVIN if columns.kelvin else 0.0),
        radius_mm=_value(next(every(root, "Radius"), None)),
        remarks=(*remarks, *part.remarks, *got.remarks),
    )
    return checked(pattern, source)


def _scan_name(root: Element, source: str) -> str:
    scan = descend(_route(root, source), "ScanInformation")
    return (scan.get("ScanName") or "2Theta") if scan is not None else "2Theta"


def _value(element: Element | None) -> float:
    """Number of an attribute `Value`, NaN where it is missing."""
    try:
        return math.nan if element is None else float(element.get("Value", "nan"))
    except ValueError:
        return math.nan


def _radiation(root: Element) -> Radiation | None:
    """Doublet of the tube, or Kalpha1 alone behind a crystal in the primary beam."""
    kalpha1, kalpha2, ratio = (
        _value(next(every(root, f"WaveLength{name}"), None))
        for name in ("Alpha1", "Alpha2", "Ratio")
    )
    if not kalpha1 > 0:
        return None
    optics = [b for track in every(root, "PrimaryTracks") for b in every(track, "BeringInfo")]
    alone = any(_CRYSTAL.search(b.get("ClassPath", "")) for b in optics)
    if alone or not (kalpha2 > 0 and ratio > 0):
        return Radiation(kalpha1)
    return Radiation(kalpha1, kalpha2, ratio)
