"""What .ras and .rasx files of Rigaku share: axes, times, radiation, attenuators."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.counts import WHOLE, Counted, counted, is_rate
from pipeline.physics.radiation import KALPHA2_RATIO, Radiation

_RATIO_REMARK = (
    f"the file states no ratio of Kalpha2 to Kalpha1, {KALPHA2_RATIO:g} taken (statistical weight)"
)


def is_two_theta(axis: str) -> bool:
    """Whether a scan axis moves 2theta: `TwoThetaTheta`, `2theta/omega`; `Omega` and `Phi` do not."""
    plain = re.sub(r"[^a-z0-9]", "", axis.lower().replace("θ", "theta"))
    return plain.startswith(("twotheta", "2theta"))


def radiation_of(line: str, kalpha1: float, kalpha2: float) -> tuple[Radiation | None, str]:
    """Radiation of a line that a file names (`Ka`, `Ka1`, `Kb` ...), and a remark or ''."""
    if not kalpha1 > 0:
        return None, ""
    if line in {"Ka1", "Kalpha1"}:
        return Radiation(kalpha1), ""
    if line in {"Ka", "Kalpha", ""} and kalpha2 > 0:
        return Radiation(kalpha1, kalpha2, KALPHA2_RATIO), _RATIO_REMARK
    return None, f"the line '{line}' is not known here, so no wavelength was taken from the file"


def counting_time_s(step_deg: float, speed: float, unit: str) -> float:
    """Time a point took: a speed in deg/min, or a time in s; NaN where the unit says neither.

    A line detector counts every angle for longer, since its strips pass it one by one; files do not say how long.
    """
    if unit.lower() in {"deg/min", "deg./min"} and speed > 0:
        return step_deg / (speed / 60.0)
    return speed if unit.lower() in {"sec", "sec.", "s"} and speed > 0 else math.nan


def rows_of(lines: Sequence[str], stated: float, source: str) -> FloatArray:
    """Table `(n, 3)` of angle, intensity and attenuation.

    Raises:
        RawDataError: a line is no row of three numbers, or there are more or fewer than `stated`.
    """
    rows = [line.split() for line in lines if line.strip()]
    if math.isfinite(stated) and len(rows) != int(stated):
        raise RawDataError(
            f"{source}: the header states {stated:g} points, {len(rows)} are there. The file was cut "
            "short or changed; copy it again."
        )
    wrong = next((i for i, row in enumerate(rows) if len(row) != 3), None)
    if wrong is not None:
        raise RawDataError(
            f"{source}: row {wrong + 1} of the scan holds {len(rows[wrong])} numbers, 3 were expected "
            "(angle, intensity, attenuation). Export the file again."
        )
    try:
        return np.array(rows, dtype=np.float64).reshape(-1, 3)
    except ValueError as error:
        raise RawDataError(
            f"{source}: a row of the scan holds something else than numbers ({error}). "
            "Export the file again."
        ) from error


def counted_rows(rows: FloatArray, unit: str, time_s: float, source: str) -> Counted:
    """Counts of the rows `(n, 3)`; the numbers themselves tell whether the attenuation is in them.

    Counts are whole before they are multiplied by a factor, so intensities that divide by
    their factors into whole numbers have it, and whole ones that do not divide have it not.

    Raises:
        RawDataError: the attenuation varies and neither is so.
    """
    values, factor = rows[:, 1], rows[:, 2]
    per_second = is_rate(unit)
    applied = True
    if (factor != 1).any() and (factor > 0).all():
        time = time_s if per_second and math.isfinite(time_s) else 1.0
        applied = _whole(values * time / factor)
        if not applied and not _whole(values * time) and np.ptp(factor) > 0:
            raise RawDataError(
                f"{source}: the attenuation goes from {factor.min():g} to {factor.max():g} within the "
                "scan, and the intensities do not tell whether it is in them. Export the scan as "
                "counts with the attenuation corrected (.xy)."
            )
    return counted(
        values,
        source,
        attenuation=factor,
        applied=applied,
        per_second=per_second,
        counting_time_s=time_s,
    )


def _whole(values: FloatArray) -> bool:
    return bool((np.abs(values - np.rint(values)) <= WHOLE).all())


def time_of(text: str) -> tuple[str, str]:
    """ISO time of `month/day/year hour:minute:second`, and a remark; '' where it is no such date."""
    for pattern in ("%m/%d/%y %H:%M:%S", "%m/%d/%Y %H:%M:%S"):
        try:
            return datetime.strptime(text, pattern).isoformat(), ""
        except ValueError:
            continue
    return "", f"the time '{text}' is not month/day/year, so it was not taken" if text else ""


def seconds_between(start_iso: str, end_iso: str) -> float:
    """Seconds from one ISO time to another, NaN where one is missing or no time."""
    try:
        span = datetime.fromisoformat(end_iso) - datetime.fromisoformat(start_iso)
    except (ValueError, TypeError):
        return math.nan
    return span.total_seconds()
