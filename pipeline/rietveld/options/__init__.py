"""The `rietveld` part of a study file."""

from pipeline.rietveld.options.checks import check
from pipeline.rietveld.options.engine import EngineChoice, EngineName, Gsas2Options
from pipeline.rietveld.options.phases import ConstraintOptions, PhaseOptions, VariableOptions
from pipeline.rietveld.options.refine import (
    GateOptions,
    Group,
    InstrumentOptions,
    RefinementOptions,
    StageOptions,
    StandardOptions,
)
from pipeline.rietveld.options.root import RietveldOptions, SampleOptions

ROLES: tuple[str, ...] = ()
MODES: tuple[str, ...] = ()
REQUIRED_COLUMNS: tuple[str, ...] = ()
OPTIONS = RietveldOptions
WHERE_FROM = (
    "a pattern is a data set of technique `xrd`; name it in `rietveld.datasets` of the study file."
)

__all__ = [
    "MODES",
    "OPTIONS",
    "REQUIRED_COLUMNS",
    "ROLES",
    "WHERE_FROM",
    "ConstraintOptions",
    "EngineChoice",
    "EngineName",
    "GateOptions",
    "Group",
    "Gsas2Options",
    "InstrumentOptions",
    "PhaseOptions",
    "RefinementOptions",
    "RietveldOptions",
    "SampleOptions",
    "StageOptions",
    "StandardOptions",
    "VariableOptions",
    "check",
]
