"""Step `mcr`: curve resolution of a series, beside the fit by standards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import plan
from pipeline.xas.mcr import resolve_series
from pipeline.xas.nexus.series import mcr_result
from pipeline.xas.options import McrOptions
from pipeline.xas.plan import TECHNIQUE, edge_options
from pipeline.xas.records import NormalisedSeries
from pipeline.xas.steps.context import reference_e0_ev


def targets(study: Study) -> tuple[str, ...]:
    """Sample series whose edge has a `mcr` block."""
    return plan.resolved(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The normalised series, then the normalised standards in their order."""
    names = (target, *_mcr(study, target).standards)
    return tuple(study.result(TECHNIQUE, name, "normalise") for name in names)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Options, with the reference energy as used and the standards' labels."""
    dataset = study.dataset(target)
    used = _mcr(study, target)
    titles = {name: study.dataset(name).title for name in used.standards}
    e0_ev = reference_e0_ev(dataset, edge_options(study, dataset))
    return used.model_dump() | {"e0_ev": e0_ev, "titles": titles}


def run(study: Study, target: str) -> None:
    """Resolve and write."""
    dataset = study.dataset(target)
    used = _mcr(study, target)
    sample, *standards = (
        read_record(study.home / path, NormalisedSeries) for path in inputs(study, target)
    )
    named = [
        (name, study.dataset(name).title, series)
        for name, series in zip(used.standards, standards, strict=True)
    ]
    result = resolve_series(
        sample, named, used, reference_e0_ev(dataset, edge_options(study, dataset))
    )
    record = provenance(study, options(study, target), target, *used.standards)
    path = study.home / study.result(TECHNIQUE, target, "mcr")
    write_result(path, mcr_result(result, dataset, record))


def _mcr(study: Study, target: str) -> McrOptions:
    used = edge_options(study, study.dataset(target)).mcr
    if used is None:
        raise KeyError(target)
    return used
