"""Step `valence`: the average valence of each scan, from its fractions of standards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.study import Study
from pipeline.xas import plan
from pipeline.xas.nexus import valence_result
from pipeline.xas.plan import TECHNIQUE, edge_options
from pipeline.xas.records import LcfCombinations, LcfResult
from pipeline.xas.steps.context import provenance
from pipeline.xas.valence import from_lcf

SEQUENCE = 6


def targets(study: Study) -> tuple[str, ...]:
    """Samples that are fitted and whose edge has a `valence` block."""
    return plan.valued(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The fit, and the fits by all sets of standards where they were asked for."""
    steps = ("lcf", "combinations") if target in plan.combined(study) else ("lcf",)
    return tuple(study.result(TECHNIQUE, target, step) for step in steps)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Methods, and the valence of each standard."""
    used = edge_options(study, study.dataset(target)).valence
    methods = [] if used is None else list(used.methods)
    return {"methods": methods, "standards": _valences(study, target)}


def run(study: Study, target: str) -> None:
    """Sum fractions times valences and write."""
    fit, *others = (study.home / path for path in inputs(study, target))
    sets = read_record(others[0], LcfCombinations) if others else None
    result = from_lcf(read_record(fit, LcfResult), _valences(study, target), sets)
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "valence")
    write_result(path, valence_result(result, study.dataset(target), record))


def _valences(study: Study, target: str) -> dict[str, float]:
    fitted = edge_options(study, study.dataset(target)).lcf
    names = [] if fitted is None else list(fitted.standards)
    if fitted is not None and fitted.combinations is not None:
        names += fitted.combinations.candidates
    known = {name: study.dataset(name).valence for name in names}
    return {name: value for name, value in known.items() if value is not None}
