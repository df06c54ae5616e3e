"""Step `combinations`: fit each scan by all sets of candidate standards, and rank them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import plan
from pipeline.xas.combinations import rank
from pipeline.xas.nexus import combinations_result
from pipeline.xas.options import CombinationOptions, LcfOptions
from pipeline.xas.plan import TECHNIQUE, edge_options
from pipeline.xas.records import NormalisedSeries
from pipeline.xas.steps.context import reference_e0_ev


def targets(study: Study) -> tuple[str, ...]:
    """Samples whose `lcf` block has `combinations`."""
    return plan.combined(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The normalised sample, then the normalised candidates in their order."""
    names = (target, *_candidates(study, target))
    return tuple(study.result(TECHNIQUE, name, "normalise") for name in names)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Options of the sets and of the fit, with the reference energy as used."""
    fit, asked = _asked(study, target)
    dataset = study.dataset(target)
    return asked.model_dump() | {
        "range_ev": fit.range_ev,
        "signal": fit.signal,
        "sum": fit.sum,
        "e0_ev": reference_e0_ev(dataset, edge_options(study, dataset)),
    }


def run(study: Study, target: str) -> None:
    """Fit, rank and write."""
    dataset = study.dataset(target)
    fit, asked = _asked(study, target)
    names = _candidates(study, target)
    sample, *series = (
        read_record(study.home / path, NormalisedSeries) for path in inputs(study, target)
    )
    named = [(name, study.dataset(name).title, s) for name, s in zip(names, series, strict=True)]
    e0_ev = reference_e0_ev(dataset, edge_options(study, dataset))
    result = rank(sample, named, fit, asked, e0_ev)
    record = provenance(study, options(study, target), target, *names)
    path = study.home / study.result(TECHNIQUE, target, "combinations")
    write_result(path, combinations_result(result, dataset, record))


def _candidates(study: Study, target: str) -> list[str]:
    """Candidates other than the sample itself, which would fit itself perfectly."""
    return [name for name in _asked(study, target)[1].candidates if name != target]


def _asked(study: Study, target: str) -> tuple[LcfOptions, CombinationOptions]:
    used = edge_options(study, study.dataset(target)).lcf
    if used is None or used.combinations is None:
        raise KeyError(target)
    return used, used.combinations
