"""A powder pattern as its file holds it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.physics.radiation import Radiation


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """One scan of a file, nothing changed but units.

    `two_theta_deg` `(n,)` ascends strictly: a file that descends is turned round, with a remark.
    `intensity_counts` `(n,)` is what the detector counted where the file says so or lets it be
    computed exactly (`is_counts`; counts per second times the counting time come back as integers), else
    the numbers of the file, on a scale of its own; `is_rate` says that they are counts per second. `sigma_counts` is the esd that the file states, or None.
    `radiation` is None where the file is silent. `time_iso` is the start of the scan and
    `duration_s` its length; NaN and '' where the file is silent. `remarks` say in words what is
    unusual (`axis is Q, converted`, `repeated angle at 20.02 deg averaged`).
    """

    source_file: str
    label: str
    format: str
    two_theta_deg: FloatArray
    intensity_counts: FloatArray
    sigma_counts: FloatArray | None = None
    is_counts: bool = False
    is_rate: bool = False
    counting_time_s: float = math.nan
    radiation: Radiation | None = None
    scan_axis: str = ""
    time_iso: str = ""
    duration_s: float = math.nan
    temperature_c: float = math.nan
    radius_mm: float = math.nan
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze_fields(self, ("two_theta_deg", "intensity_counts", "sigma_counts"), ndim=1)
        if self.two_theta_deg.shape != self.intensity_counts.shape:
            raise ValueError("angles and intensities of a pattern must have one length")
        if self.sigma_counts is not None and self.sigma_counts.shape != self.two_theta_deg.shape:
            raise ValueError("angles and esds of a pattern must have one length")


@dataclass(frozen=True, slots=True)
class Unread:
    """A pattern of a file that could not be read, and why; `bad_angles` where its angles are to blame."""

    source_file: str
    label: str
    reason: str
    bad_angles: bool = False
