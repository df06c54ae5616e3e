"""Step `refine`: refine every frame of a data set, from displaced starts, and judge what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import write_result
from pipeline.core.study import Study
from pipeline.rietveld import plan
from pipeline.rietveld.engines import opened
from pipeline.rietveld.nexus import refinements_result
from pipeline.rietveld.plan import TECHNIQUE, options_of, rietveld_options
from pipeline.rietveld.read import read_patterns
from pipeline.rietveld.refinement import refinements
from pipeline.rietveld.steps import context


def targets(study: Study) -> tuple[str, ...]:
    """Data sets that `rietveld.datasets` names."""
    return plan.refined(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file: the patterns were read by powder diffraction."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The patterns, and the profile of the standard."""
    return context.pattern_inputs(study, target)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """All that a refinement is asked."""
    return context.asked(study, target)


def run(study: Study, target: str) -> None:
    """Refine, judge, write."""
    everything = rietveld_options(study)
    patterns = read_patterns(study.home / inputs(study, target)[0])
    keep = context.keep_folder(study, target, "refine")
    with opened(everything.engine, everything.gsas2, keep) as engines:
        found = refinements(
            patterns,
            options_of(study, target),
            context.models_of(study, target),
            context.instrument_of(study, target),
            engines,
        )
    record = context.record_of(study, target, context.asked(study, target))
    path = study.home / study.result(TECHNIQUE, target, "refine")
    write_result(path, refinements_result(found, study.dataset(target), record))
