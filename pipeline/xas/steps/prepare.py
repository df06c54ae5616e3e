"""Step `prepare`: glitches, windows taken out, repeated scans merged, rebinning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import plan
from pipeline.xas.nexus import prepared_result
from pipeline.xas.plan import TECHNIQUE, edge_options
from pipeline.xas.prepare import prepare
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
    """The calibrated series."""
    return (study.result(TECHNIQUE, target, "calibrate"),)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Options of the preparation, with the energy that its windows are relative to."""
    dataset = study.dataset(target)
    used = edge_options(study, dataset)
    return used.prepare.model_dump() | {"e0_ev": reference_e0_ev(dataset, used)}


def run(study: Study, target: str) -> None:
    """Prepare and write."""
    dataset = study.dataset(target)
    used = edge_options(study, dataset)
    series = read_record(study.home / inputs(study, target)[0], CalibratedSeries)
    result = prepare(series, reference_e0_ev(dataset, used), used.prepare)
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "prepare")
    write_result(path, prepared_result(result, dataset, record))
