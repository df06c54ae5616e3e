"""Step `pca`: principal components of a series, and standards tested against them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import plan
from pipeline.xas.nexus.series import pca_result
from pipeline.xas.options import PcaOptions
from pipeline.xas.pca import components
from pipeline.xas.plan import TECHNIQUE, edge_options
from pipeline.xas.records import NormalisedSeries
from pipeline.xas.steps.context import reference_e0_ev


def targets(study: Study) -> tuple[str, ...]:
    """Sample series whose edge has a `pca` block."""
    return plan.decomposed(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The normalised series, then the normalised standards in their order."""
    names = (target, *_pca(study, target).standards)
    return tuple(study.result(TECHNIQUE, name, "normalise") for name in names)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Options, with the reference energy as used and the standards' labels."""
    dataset = study.dataset(target)
    used = _pca(study, target)
    titles = {name: study.dataset(name).title for name in used.standards}
    e0_ev = reference_e0_ev(dataset, edge_options(study, dataset))
    return used.model_dump() | {"e0_ev": e0_ev, "titles": titles}


def run(study: Study, target: str) -> None:
    """Decompose and write."""
    dataset = study.dataset(target)
    used = _pca(study, target)
    sample, *standards = (
        read_record(study.home / path, NormalisedSeries) for path in inputs(study, target)
    )
    named = [
        (name, study.dataset(name).title, series)
        for name, series in zip(used.standards, standards, strict=True)
    ]
    result = components(sample, named, used, reference_e0_ev(dataset, edge_options(study, dataset)))
    record = provenance(study, options(study, target), target, *used.standards)
    path = study.home / study.result(TECHNIQUE, target, "pca")
    write_result(path, pca_result(result, dataset, record))


def _pca(study: Study, target: str) -> PcaOptions:
    used = edge_options(study, study.dataset(target)).pca
    if used is None:
        raise KeyError(target)
    return used
