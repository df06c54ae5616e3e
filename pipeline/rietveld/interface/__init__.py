"""What goes to an engine and what comes back, in no engine's own terms."""

from pipeline.rietveld.interface.as_json import dumped, loaded
from pipeline.rietveld.interface.fit import Failure, Fit, Reflections, Stages
from pipeline.rietveld.interface.job import (
    Affine,
    Atom,
    Job,
    PhaseModel,
    Profile,
    Stage,
    Variable,
)

__all__ = [
    "Affine",
    "Atom",
    "Failure",
    "Fit",
    "Job",
    "PhaseModel",
    "Profile",
    "Reflections",
    "Stage",
    "Stages",
    "Variable",
    "dumped",
    "loaded",
]
