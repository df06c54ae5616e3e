"""Frozen records of Rietveld refinement."""

from pipeline.rietveld.records.instrument import InstrumentProfiles
from pipeline.rietveld.records.patterns import Patterns
from pipeline.rietveld.records.refinements import (
    AtomTable,
    BondTable,
    Refinements,
    ReflectionTable,
    StageTable,
    StartTable,
)
from pipeline.rietveld.records.sensitivity import Sensitivity
from pipeline.rietveld.records.status import FitStatus, Flag, Flags, Gate

__all__ = [
    "AtomTable",
    "BondTable",
    "FitStatus",
    "Flag",
    "Flags",
    "Gate",
    "InstrumentProfiles",
    "Patterns",
    "Refinements",
    "ReflectionTable",
    "Sensitivity",
    "StageTable",
    "StartTable",
]
