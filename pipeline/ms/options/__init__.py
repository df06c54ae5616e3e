"""The `ms` part of a study file."""

from pipeline.ms.options.blocks import BaselineOptions, ClockOptions, MassOptions, ReleaseOptions
from pipeline.ms.options.checks import check
from pipeline.ms.options.root import GasOptions, MsOptions

ROLES = ("sample",)
MODES: tuple[str, ...] = ()
REQUIRED_COLUMNS: tuple[str, ...] = ()
OPTIONS = MsOptions

__all__ = [
    "MODES",
    "OPTIONS",
    "REQUIRED_COLUMNS",
    "ROLES",
    "BaselineOptions",
    "ClockOptions",
    "GasOptions",
    "MassOptions",
    "MsOptions",
    "ReleaseOptions",
    "check",
]
