"""Step `sensitivity`: the mixing under each choice of scattering factors, dispersion, preferred orientation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.study import Study
from pipeline.rietveld import plan
from pipeline.rietveld.engines import opened
from pipeline.rietveld.nexus import sensitivity_result
from pipeline.rietveld.plan import TECHNIQUE, options_of, rietveld_options
from pipeline.rietveld.read import read_patterns
from pipeline.rietveld.records import Refinements
from pipeline.rietveld.sensitivity import varied
from pipeline.rietveld.steps import context


def targets(study: Study) -> tuple[str, ...]:
    """Data sets that `rietveld.sensitivity` names."""
    return plan.varied(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The patterns, the standard's profile, and the refinement as asked, which the others start from."""
    own = study.result(TECHNIQUE, target, "refine")
    return (own, *context.pattern_inputs(study, target))


def options(study: Study, target: str) -> Mapping[str, Any]:
    """As of the step `refine`."""
    return context.asked(study, target)


def run(study: Study, target: str) -> None:
    """Refine under each choice, write."""
    everything = rietveld_options(study)
    paths = [study.home / path for path in inputs(study, target)]
    keep = context.keep_folder(study, target, "sensitivity")
    with opened(everything.engine, everything.gsas2, keep) as engines:
        found = varied(
            read_patterns(paths[1]),
            options_of(study, target),
            context.models_of(study, target),
            context.instrument_of(study, target),
            engines,
            read_record(paths[0], Refinements),
        )
    record = context.record_of(study, target, context.asked(study, target))
    path = study.home / study.result(TECHNIQUE, target, "sensitivity")
    write_result(path, sensitivity_result(found, study.dataset(target), record))
