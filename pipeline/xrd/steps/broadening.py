"""Step `broadening`: size and strain from the widths of the lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xrd import plan
from pipeline.xrd.broadening import broadening
from pipeline.xrd.nexus import broadening_result
from pipeline.xrd.options import BroadeningOptions
from pipeline.xrd.plan import TECHNIQUE, cell_phase, options_of
from pipeline.xrd.records import PeakTracks
from pipeline.xrd.steps.context import labels


def targets(study: Study) -> tuple[str, ...]:
    """Data sets with a `broadening` block, but the instrument's own."""
    return plan.with_broadening(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The followed lines, and those of the standard that tells the instrument's widths."""
    names = [target]
    instrument = _broadening(study, target).instrument
    if instrument in plan.tracked(study):
        names.append(str(instrument))
    return tuple(study.result(TECHNIQUE, name, "track") for name in names)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """The block `broadening`, and the phase."""
    return {
        "broadening": _broadening(study, target).model_dump(),
        "phase": cell_phase(study, target),
        "row": labels(study.dataset(target)),
    }


def run(study: Study, target: str) -> None:
    """Fit and write."""
    dataset = study.dataset(target)
    paths = [study.home / path for path in inputs(study, target)]
    found = broadening(
        read_record(paths[0], PeakTracks),
        cell_phase(study, target),
        _broadening(study, target),
        read_record(paths[1], PeakTracks) if len(paths) > 1 else None,
    )
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "broadening")
    write_result(path, broadening_result(found, dataset, record))


def _broadening(study: Study, target: str) -> BroadeningOptions:
    return options_of(study, target).broadening or BroadeningOptions()
