"""PANalytical XRDML, schemas 1.0 to 2.3.

After the schemas that the maker publishes: `intensities` (1.x) are counts multiplied by the beam
attenuation, `counts` (2.x) are as the detector gave them. Positions are `startPosition` and
`endPosition` (equal steps between), `listPositions`, or one `commonPosition`.

`usedWavelength intended` is the line that d values are computed with, not what reached the
sample: patterns marked `K-Alpha 1` from Bragg-Brentano HD optics show Kalpha2 at 0.43 to 0.45 of Kalpha1.
So a doublet stays one unless a monochromator that is not graphite stands in the incident beam.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.counts import checked, counted, is_rate
from pipeline.formats.powder.pattern import Pattern, Unread
from pipeline.formats.powder.several import read_each
from pipeline.formats.powder.xml_safe import (
    children,
    descend,
    every,
    number_of,
    numbers_of,
    parse_xml,
    text_of,
)
from pipeline.physics.radiation import Radiation

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMAT = "PANalytical XRDML"
_KELVIN = 273.15
_ROOT = re.compile(rb"<(\w+:)?xrdMeasurements\b")
_SCHEMA = re.compile(r"XRDMeasurement/([\d.]+)")
_INTENDED = "the file intends Kalpha1, but no monochromator takes Kalpha2 away: a doublet"
_MOVING = ("startPosition", "listPositions")


def matches(head: bytes) -> bool:
    """Whether the first bytes of a file are XRDML, in UTF-8 or UTF-16."""
    return bool(_ROOT.search(head.replace(b"\0", b"")))


def read(path: Path, source_file: str) -> list[Pattern | Unread]:
    """Read every scan over 2theta of a file.

    Args:
        path: the file.
        source_file: its path relative to the raw folder, for records and messages.

    Returns:
        The scans in the file's order; those over another axis are passed over with a remark, a damaged
        one of several is its reason.

    Raises:
        RawDataError: damaged XML, no scan over 2theta, or a scan that contradicts itself.
    """
    root = parse_xml(path.read_bytes(), source_file)
    schema = _SCHEMA.search(str(root.tag))
    kind = f"{FORMAT} {schema[1]}" if schema else FORMAT
    scans = [(m, s) for m in children(root, "xrdMeasurement") for s in children(m, "scan")]
    over = [(m, s, p) for m, s in scans if (p := _two_theta(s)) is not None]
    if not over:
        axes = sorted({s.get("scanAxis", "unnamed") for _, s in scans}) or ["no scan at all"]
        raise RawDataError(
            f"{source_file}: an XRDML file without a scan over 2theta (it holds: {', '.join(axes)}). "
            "It is no powder pattern; leave it out."
        )
    others = len(scans) - len(over)
    remarks = (f"{others} scans of the file over another axis passed over",) if others else ()

    def read_one(found: tuple[Element, Element, Element], label: str) -> Pattern:
        return _pattern(found, source_file, label, kind, remarks)

    return read_each(over, "scan", read_one, source_file)


def _two_theta(scan: Element) -> Element | None:
    """Positions of 2theta where they move, else None."""
    for positions in (p for d in children(scan, "dataPoints") for p in children(d, "positions")):
        if positions.get("axis") == "2Theta" and any(children(positions, n) for n in _MOVING):
            return positions
    return None


def _pattern(
    scan_found: tuple[Element, Element, Element],
    source_file: str,
    label: str,
    kind: str,
    remarks: tuple[str, ...],
) -> Pattern:
    measurement, scan, positions = scan_found
    source = f"{source_file}, {label}" if label else source_file
    points = children(scan, "dataPoints")[0]
    raw = descend(points, "counts")
    found = raw if raw is not None else descend(points, "intensities")
    values = numbers_of(found, source)
    time_s = _counting_time(points, values.size, source)
    got = counted(
        values,
        source,
        attenuation=_attenuation(points, values.size, source),
        applied=raw is None,
        per_second=found is not None and is_rate(found.get("unit", "counts")),
        counting_time_s=time_s,
    )
    header = descend(scan, "header")
    start = text_of(descend(header, "startTimeStamp")) if header is not None else ""
    end = text_of(descend(header, "endTimeStamp")) if header is not None else ""
    radiation, said = _radiation(measurement, source)
    status = scan.get("status", "Completed")
    remarks += got.remarks + said
    if status != "Completed":
        remarks += (f"the file calls this scan '{status}': its last angle may be the planned one",)
    if any(True for _ in every(points, "divergenceCorrections")):
        remarks += ("divergence corrections of the file are not applied",)
    pattern = Pattern(
        source_file,
        label,
        kind,
        _angles(positions, values.size, source),
        got.intensity_counts,
        got.sigma_counts,
        got.is_counts,
        got.is_rate,
        counting_time_s=float(time_s[0] if np.ptp(time_s) == 0 else np.mean(time_s)),
        radiation=radiation,
        scan_axis=scan.get("scanAxis", "2Theta"),
        time_iso=start,
        duration_s=_seconds_between(start, end, source),
        temperature_c=_temperature(scan, source),
        radius_mm=number_of(descend(measurement, "incidentBeamPath", "radius"), source),
        remarks=remarks,
    )
    return checked(pattern, source)


def _angles(positions: Element, n_points: int, source: str) -> FloatArray:
    if positions.get("unit", "deg") != "deg":
        raise RawDataError(
            f"{source}: 2theta is in '{positions.get('unit')}', deg was expected. Export it again."
        )
    listed = descend(positions, "listPositions")
    if listed is not None:
        return _one_each(numbers_of(listed, source), n_points, "2theta positions", source)
    start = number_of(descend(positions, "startPosition"), source)
    end = number_of(descend(positions, "endPosition"), source)
    return np.linspace(start, end, n_points)


def _one_each(values: FloatArray, n_points: int, what: str, source: str) -> FloatArray:
    if values.size != n_points:
        raise RawDataError(
            f"{source}: {values.size} {what} for {n_points} intensities. The file is damaged; "
            "export it again."
        )
    return values


def _counting_time(points: Element, n_points: int, source: str) -> FloatArray:
    listed = descend(points, "countingTimes")
    if listed is not None:
        return _one_each(numbers_of(listed, source), n_points, "counting times", source)
    return np.full(n_points, number_of(descend(points, "commonCountingTime"), source))


def _attenuation(points: Element, n_points: int, source: str) -> FloatArray | float:
    listed = descend(points, "beamAttenuationFactors")
    if listed is not None:
        return _one_each(numbers_of(listed, source), n_points, "attenuation factors", source)
    common = number_of(descend(points, "commonBeamAttenuationFactor"), source)
    return 1.0 if math.isnan(common) else common


def _radiation(measurement: Element, source: str) -> tuple[Radiation | None, tuple[str, ...]]:
    """Radiation that reached the sample, and a remark where that is not what the file intends."""
    used = descend(measurement, "usedWavelength")
    if used is None:
        return None, ()
    kalpha1, kalpha2, kbeta, ratio = (
        number_of(descend(used, name), source)
        for name in ("kAlpha1", "kAlpha2", "kBeta", "ratioKAlpha2KAlpha1")
    )
    intended = used.get("intended", "")
    if intended in {"K-Beta", "K-Alpha 2"}:
        line = kbeta if intended == "K-Beta" else kalpha2
        return (Radiation(line) if line > 0 else None), (f"measured with {intended}",)
    if not kalpha1 > 0:
        return None, ()
    if _monochromator(measurement) or not (kalpha2 > 0 and ratio > 0):
        return Radiation(kalpha1), ()
    doublet = Radiation(kalpha1, kalpha2, ratio)
    return doublet, (_INTENDED,) if intended == "K-Alpha 1" else ()


def _monochromator(measurement: Element) -> bool:
    """Whether a crystal that parts Kalpha1 from Kalpha2 stands before the sample."""
    incident = descend(measurement, "incidentBeamPath")
    if incident is None:
        return False
    found = list(every(incident, "monochromator"))
    texts = (" ".join((m.get("name", ""), *(t for t in m.itertext()))) for m in found)
    return any("graphite" not in text.lower() for text in texts)


def _temperature(scan: Element, source: str) -> float:
    """Mean temperature of a non-ambient scan; the schema gives K."""
    for block in every(scan, "nonAmbientPoints"):
        for values in every(block, "nonAmbientValues"):
            what = values.get("type") or block.get("type") or "Temperature"
            unit = values.get("unit") or block.get("unit") or "K"
            if what == "Temperature":
                mean = float(np.mean(numbers_of(values, source)))
                return mean if "C" in unit else mean - _KELVIN
    return math.nan


def _seconds_between(start: str, end: str, source: str) -> float:
    if not start or not end:
        return math.nan
    try:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except (ValueError, TypeError) as error:
        raise RawDataError(
            f"{source}: the time stamps '{start}' and '{end}' are no times ({error}). Correct "
            "them, or export the file again."
        ) from error
