"""Files of powder patterns as instruments write them: `.xy` and `.xye` of beamlines, `.xrdml` of a laboratory, and logs beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.demo.files import NOTE
from pipeline.demo.patterns import Instrument

XRDML = "http://www.xrdml.com/XRDMeasurement/1.5"


@dataclass(frozen=True, slots=True)
class Tube:
    """An X-ray tube as a file tells of it; its Kalpha lines are the instrument's."""

    anode: str
    kbeta_angstrom: float
    tension_kv: int


MOLYBDENUM = Tube("Mo", 0.6322880, 60)
COPPER = Tube("Cu", 1.3922180, 40)


def xy(
    instrument: Instrument,
    counts: IntArray,
    title: str,
    start: datetime,
    exposure_s: float,
) -> bytes:
    """Give two columns, angle and counts, below comments."""
    return _columns(
        (*_said(instrument, title, start, exposure_s), "2theta (deg)  intensity (counts)"),
        (
            f"{angle:.2f} {n}"
            for angle, n in zip(instrument.two_theta_deg.tolist(), counts.tolist(), strict=True)
        ),
    )


def xye(
    instrument: Instrument,
    counts: IntArray,
    title: str,
    start: datetime,
    exposure_s: float,
) -> bytes:
    """Give three columns, angle, counts and their esd, below comments; the esd is the root of the counts, of none 1."""
    esd = np.sqrt(np.maximum(counts, 1))
    rows = zip(instrument.two_theta_deg.tolist(), counts.tolist(), esd.tolist(), strict=True)
    return _columns(
        (*_said(instrument, title, start, exposure_s), "2theta (deg)  intensity (counts)  esd"),
        (f"{angle:.2f} {n} {sigma:.3f}" for angle, n, sigma in rows),
    )


def _said(
    instrument: Instrument, title: str, start: datetime, exposure_s: float
) -> tuple[str, ...]:
    return (
        f"{title}, {NOTE}",
        f"wavelength (angstrom) = {instrument.wavelength_angstrom:.5f}",
        f"start time = {start.isoformat()}",
        f"exposure time (s) = {exposure_s:.1f}",
    )


def _columns(header: Iterable[str], rows: Iterable[str]) -> bytes:
    return ("\n".join((*(f"# {line}" for line in header), *rows)) + "\n").encode("ascii")


def xrdml(
    instrument: Instrument,
    counts: IntArray,
    title: str,
    start: datetime,
    counting_time_s: float,
    tube: Tube = MOLYBDENUM,
) -> bytes:
    """Give one scan of a theta-theta diffractometer, XRDML version 1.5, times with their zone (UTC).

    A position-sensitive detector measures many angles at once, so that the scan takes much less than
    the sum of the counting times; here a sixtieth.
    """
    (kalpha1, first), (kalpha2, second) = instrument.wavelengths
    axis = instrument.two_theta_deg
    end = start + timedelta(seconds=scan_duration_s(instrument, counting_time_s))
    positions = "".join(
        f'<positions axis="{name}" unit="deg"><startPosition>{axis[0] / part:.8f}</startPosition>'
        f"<endPosition>{axis[-1] / part:.8f}</endPosition></positions>\n"
        for name, part in (("2Theta", 1.0), ("Omega", 2.0))
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<xrdMeasurements xmlns="{XRDML}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="{XRDML} {XRDML}/XRDMeasurement.xsd" status="Completed">
<comment><entry>{NOTE}</entry></comment>
<sample type="To be analyzed"><id>{title}</id><name>{title}</name></sample>
<xrdMeasurement measurementType="Scan" status="Completed" sampleMode="Reflection">
<usedWavelength intended="K-Alpha">
<kAlpha1 unit="Angstrom">{kalpha1:.7f}</kAlpha1>
<kAlpha2 unit="Angstrom">{kalpha2:.7f}</kAlpha2>
<kBeta unit="Angstrom">{tube.kbeta_angstrom:.7f}</kBeta>
<ratioKAlpha2KAlpha1>{second / first:.4f}</ratioKAlpha2KAlpha1>
</usedWavelength>
<incidentBeamPath><radius unit="mm">{instrument.radius_mm:.2f}</radius>
<xRayTube id="1010041" name="simulated tube"><tension unit="kV">{tube.tension_kv}</tension><current unit="mA">40</current>
<anodeMaterial>{tube.anode}</anodeMaterial></xRayTube></incidentBeamPath>
<diffractedBeamPath><radius unit="mm">{instrument.radius_mm:.2f}</radius></diffractedBeamPath>
<scan appendNumber="0" mode="Continuous" scanAxis="Gonio" status="Completed">
<header><startTimeStamp>{start.isoformat()}+00:00</startTimeStamp>\
<endTimeStamp>{end.isoformat()}+00:00</endTimeStamp>
<author><name>demo</name></author></header>
<dataPoints>
{positions}<commonCountingTime unit="seconds">{counting_time_s:.3f}</commonCountingTime>
<intensities unit="counts">{" ".join(map(str, counts.tolist()))}</intensities>
</dataPoints></scan></xrdMeasurement></xrdMeasurements>
"""
    return text.encode("ascii")


def scan_duration_s(instrument: Instrument, counting_time_s: float) -> float:
    """Length of a scan, whole seconds."""
    return float(round(instrument.two_theta_deg.size * counting_time_s / 60.0))


def log(start: datetime, time_s: FloatArray, columns: Mapping[str, Sequence[str]]) -> bytes:
    """Give a table kept beside a measurement: one row a time, `time_iso` and further columns as text."""
    lines = [f"# {NOTE}", ",".join(("time_iso", *columns))]
    for second, *cells in zip(time_s.tolist(), *columns.values(), strict=True):
        moment = start + timedelta(seconds=second)
        lines.append(",".join((moment.isoformat(), *cells)))
    return ("\n".join(lines) + "\n").encode("ascii")
