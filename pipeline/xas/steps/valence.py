"""Step `valence`: the average valence of each scan, from its fractions and from its edge energy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import plan
from pipeline.xas.nexus import valences_result
from pipeline.xas.plan import TECHNIQUE, edge_options, template_key
from pipeline.xas.records import EdgeLine, LcfCombinations, LcfResult, NormalisedSeries
from pipeline.xas.valence import from_lcf, together
from pipeline.xas.valence_by_line import from_line


def targets(study: Study) -> tuple[str, ...]:
    """Samples whose edge has a `valence` block, with what its methods need."""
    return plan.valued(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The fit, for the method `lcf`; the normalised sample and the line, for the method `edge`."""
    return tuple(_inputs(study, target).values())


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Methods, the valence of each standard of the fit, and the sample's family."""
    dataset = study.dataset(target)
    methods = list(plan.valence_methods(study, dataset))
    asked: dict[str, Any] = {"methods": methods, "standards": _valences(study, target)}
    if "edge" in methods:
        used = plan.line_options(study, template_key(dataset))
        asked |= {"family": dataset.family, "family_sigma_ev": used.family_sigma_ev}
    return asked


def run(study: Study, target: str) -> None:
    """Sum fractions times valences, read off the line, and write both."""
    dataset = study.dataset(target)
    paths = {step: study.home / path for step, path in _inputs(study, target).items()}
    by_fit = by_line = None
    if "lcf" in paths:
        sets = (
            read_record(paths["combinations"], LcfCombinations) if "combinations" in paths else None
        )
        by_fit = from_lcf(read_record(paths["lcf"], LcfResult), _valences(study, target), sets)
    if "line" in paths:
        by_line = from_line(
            read_record(paths["normalise"], NormalisedSeries),
            read_record(paths["line"], EdgeLine),
            dataset.family,
            plan.line_options(study, template_key(dataset)),
        )
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "valence")
    write_result(path, valences_result(together(by_fit, by_line), dataset, record))


def _inputs(study: Study, target: str) -> dict[str, Path]:
    """Results that the methods need, by their step."""
    dataset = study.dataset(target)
    methods = plan.valence_methods(study, dataset)
    found: dict[str, Path] = {}
    if "lcf" in methods:
        found["lcf"] = study.result(TECHNIQUE, target, "lcf")
        if target in plan.combined(study):
            found["combinations"] = study.result(TECHNIQUE, target, "combinations")
    if "edge" in methods:
        found["normalise"] = study.result(TECHNIQUE, target, "normalise")
        found["line"] = study.result(TECHNIQUE, template_key(dataset), "line")
    return found


def _valences(study: Study, target: str) -> dict[str, float]:
    fitted = edge_options(study, study.dataset(target)).lcf
    names = [] if fitted is None else list(fitted.standards)
    if fitted is not None and fitted.combinations is not None:
        names += fitted.combinations.candidates
    known = {name: study.dataset(name).valence for name in names}
    return {name: value for name, value in known.items() if value is not None}
