"""Step `normalise`: pre-edge, edge step, flattening, edge positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import edge_methods, plan
from pipeline.xas.nexus import normalised_result
from pipeline.xas.normalise import normalise
from pipeline.xas.plan import TECHNIQUE, edge_options
from pipeline.xas.records import CalibratedSeries
from pipeline.xas.steps.context import reference_e0_ev


def targets(study: Study) -> tuple[str, ...]:
    """Every data set."""
    return plan.everything(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The prepared series."""
    return (study.result(TECHNIQUE, target, "prepare"),)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Normalisation options, with the reference energy as used."""
    dataset = study.dataset(target)
    used = edge_options(study, dataset)
    return used.normalise.model_dump() | {
        "e0_ev": reference_e0_ev(dataset, used),
        "position": used.position.model_dump(),
    }


def run(study: Study, target: str) -> None:
    """Normalise and write."""
    dataset = study.dataset(target)
    used = edge_options(study, dataset)
    series = read_record(study.home / inputs(study, target)[0], CalibratedSeries)
    result = normalise(series, reference_e0_ev(dataset, used), used.normalise)
    result = replace(result, edges=edge_methods.positions(result, used.normalise, used.position))
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "normalise")
    write_result(path, normalised_result(result, dataset, record))
