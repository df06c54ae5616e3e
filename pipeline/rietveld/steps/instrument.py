"""Step `instrument`: the instrument's line profile from a standard of known cell, by each engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.rietveld import plan
from pipeline.rietveld.calibration import profiles
from pipeline.rietveld.engines import opened
from pipeline.rietveld.nexus import profiles_result
from pipeline.rietveld.plan import DIFFRACTION, TECHNIQUE, rietveld_options
from pipeline.rietveld.read import extra_files, read_patterns
from pipeline.rietveld.steps import context

# Besides the standard's own; `background_terms` and the range are the standard's, starts and phases the samples'.
COMMON = {"position", "scattering_factors", "dispersion", "gates"}


def targets(study: Study) -> tuple[str, ...]:
    """Data sets that `rietveld.standards` names."""
    return plan.calibrated(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file: the pattern was read by powder diffraction."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The standard's pattern."""
    return (study.result(DIFFRACTION, target, "read"),)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """The standard, its phase, and the common choices.

    Raises:
        StudyError: the CIF of its phase is missing, or makes none.
    """
    context.model_of_standard(study, target)
    everything = rietveld_options(study)
    standard = everything.standards[target]
    return {
        "standard": standard.model_dump(),
        "phase": everything.phases[standard.phase].model_dump(),
        "instrument": everything.instrument.model_dump(include={"polarisation_ratio"}),
        **everything.model_dump(include=COMMON),
        "engine": everything.engine,
        "gsas2": {"time_limit_s": everything.gsas2.time_limit_s},
        "files": {f.path: f.sha256 for f in extra_files(study, plan.files(study, target))},
        "title": study.dataset(target).title,
    }


def run(study: Study, target: str) -> None:
    """Refine the profile with the cell held, write."""
    everything = rietveld_options(study)
    standard = everything.standards[target]
    model = context.model_of_standard(study, target)
    patterns = read_patterns(study.home / inputs(study, target)[0])
    keep = context.keep_folder(study, target, "instrument")
    with opened(everything.engine, everything.gsas2, keep) as engines:
        found = profiles(patterns, model, standard, everything, engines)
    made = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "instrument")
    write_result(path, profiles_result(found, study.dataset(target), made))
