"""Step `exafs`: chi(k) and chi(R) of each scan and of their mean, through larch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import plan
from pipeline.xas.exafs import exafs
from pipeline.xas.nexus.series import exafs_result
from pipeline.xas.options import ExafsOptions
from pipeline.xas.plan import TECHNIQUE, edge_options
from pipeline.xas.records import NormalisedSeries
from pipeline.xas.steps.context import reference_e0_ev


def targets(study: Study) -> tuple[str, ...]:
    """Every data set whose edge, or override, has an `exafs` block."""
    return plan.with_exafs(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The normalised series."""
    return (study.result(TECHNIQUE, target, "normalise"),)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Options, with E0 as used."""
    used = _exafs(study, target)
    return used.model_dump() | {"e0_ev": _e0_ev(study, target)}


def run(study: Study, target: str) -> None:
    """Take off the background, transform, write."""
    series = read_record(study.home / inputs(study, target)[0], NormalisedSeries)
    result = exafs(series, _exafs(study, target), _e0_ev(study, target))
    record = provenance(study, options(study, target), target)
    libraries = {**record.libraries, "xraylarch": metadata.version("xraylarch")}
    record = replace(record, libraries=libraries)
    path = study.home / study.result(TECHNIQUE, target, "exafs")
    write_result(path, exafs_result(result, study.dataset(target), record))


def _exafs(study: Study, target: str) -> ExafsOptions:
    used = edge_options(study, study.dataset(target)).exafs
    if used is None:
        raise KeyError(target)
    return used


def _e0_ev(study: Study, target: str) -> float:
    dataset = study.dataset(target)
    return _exafs(study, target).e0_ev or reference_e0_ev(dataset, edge_options(study, dataset))
