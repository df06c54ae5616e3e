"""Frozen records of powder diffraction, one for each state of the data."""

from pipeline.core.covariates import Covariates
from pipeline.xrd.records.cells import Broadening, CellSeries
from pipeline.xrd.records.patterns import ConvertedSeries, PatternSeries
from pipeline.xrd.records.status import LINE_FLAGS, Flag, Flags, FrameStatus, LineStatus
from pipeline.xrd.records.tracks import Lines, PeakTracks
from pipeline.xrd.records.transitions import Transitions

__all__ = [
    "LINE_FLAGS",
    "Broadening",
    "CellSeries",
    "ConvertedSeries",
    "Covariates",
    "Flag",
    "Flags",
    "FrameStatus",
    "LineStatus",
    "Lines",
    "PatternSeries",
    "PeakTracks",
    "Transitions",
]
