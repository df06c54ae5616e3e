"""Step `read`: read the patterns, join what is known beside them, give their angles at another wavelength."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.inventory import raw_paths, read_inventory
from pipeline.core.nexus import write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.formats.sidecar import read_sidecar
from pipeline.xrd import plan
from pipeline.xrd.convert import converted
from pipeline.xrd.nexus import patterns_result
from pipeline.xrd.plan import TECHNIQUE, options_of
from pipeline.xrd.read import read_series
from pipeline.xrd.steps.context import row_values


def targets(study: Study) -> tuple[str, ...]:
    """Every data set."""
    return plan.everything(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """The data set's own raw files."""
    del study
    return (target,)


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """No other result."""
    del study, target
    return ()


def options(study: Study, target: str) -> Mapping[str, Any]:
    """What the files do not say, the target wavelength, and the table row."""
    used = options_of(study, target)
    return {
        "source": used.source.model_dump(),
        "sidecar": used.sidecar.model_dump(),
        "target": used.target.model_dump(),
        "row": row_values(study.dataset(target)),
    }


def run(study: Study, target: str) -> None:
    """Read, join, convert, write."""
    dataset = study.dataset(target)
    used = options_of(study, target)
    listed = read_inventory(study, target)
    beside = [path for path, _ in raw_paths(study, listed.sidecars)]
    series = read_series(
        dataset,
        raw_paths(study, listed.scans),
        used.source,
        read_sidecar(beside) if beside else None,
        used.sidecar,
    )
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "read")
    write_result(path, patterns_result(converted(series, used.target), dataset, record))
