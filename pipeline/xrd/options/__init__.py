"""The `xrd` part of a study file."""

from pipeline.xrd.options.cell import (
    BroadeningOptions,
    CellOptions,
    RatioOptions,
    StandardOptions,
)
from pipeline.xrd.options.checks import check
from pipeline.xrd.options.phases import Hkl, PhaseOptions, hkl_label
from pipeline.xrd.options.radiation import SourceOptions, TargetOptions
from pipeline.xrd.options.root import DiffractionOptions, XrdOptions
from pipeline.xrd.options.track import TrackOptions
from pipeline.xrd.options.transitions import ChangeOptions, TransitionOptions

ROLES = ("sample", "standard")
MODES = ("bragg-brentano", "debye-scherrer", "grazing-incidence")
REQUIRED_COLUMNS = ("mode",)
OPTIONS = XrdOptions

__all__ = [
    "MODES",
    "OPTIONS",
    "REQUIRED_COLUMNS",
    "ROLES",
    "BroadeningOptions",
    "CellOptions",
    "ChangeOptions",
    "DiffractionOptions",
    "Hkl",
    "PhaseOptions",
    "RatioOptions",
    "SourceOptions",
    "StandardOptions",
    "TargetOptions",
    "TrackOptions",
    "TransitionOptions",
    "XrdOptions",
    "check",
    "hkl_label",
]
