"""A pattern on its way into a series, or why it did not get there."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.formats.powder import Pattern
from pipeline.physics.radiation import Radiation
from pipeline.xrd.records import Flags, FrameStatus


@dataclass(frozen=True, slots=True)
class Failed:
    """A frame without numbers."""

    source_file: str
    label: str
    format: str
    status: FrameStatus
    reason: str
    time_iso: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A good pattern, its radiation, and the variance of its intensities over their mean (NaN: unknown)."""

    pattern: Pattern
    radiation: Radiation
    gain_ratio: float
    remarks: tuple[str, ...]
    flags: Flags
