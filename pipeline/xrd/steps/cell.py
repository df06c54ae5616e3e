"""Step `cell`: the cell of each frame from its lines, intensity ratios, splittings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xrd import plan
from pipeline.xrd.cell import cells
from pipeline.xrd.nexus import cells_result
from pipeline.xrd.options import CellOptions
from pipeline.xrd.plan import TECHNIQUE, cell_phase, followed_phases, options_of
from pipeline.xrd.records import CellSeries, PeakTracks
from pipeline.xrd.steps.context import labels


def targets(study: Study) -> tuple[str, ...]:
    """Data sets with a `cell` block."""
    return plan.with_cell(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The followed lines, and the cell of the reference."""
    own = study.result(TECHNIQUE, target, "track")
    reference = _cell(study, target).reference
    if reference in (None, target) or reference not in plan.with_cell(study):
        return (own,)
    return own, study.result(TECHNIQUE, str(reference), "cell")


def options(study: Study, target: str) -> Mapping[str, Any]:
    """The block `cell`, the phase, and the geometry."""
    dataset = study.dataset(target)
    phase = cell_phase(study, target)
    return {
        "cell": _cell(study, target).model_dump(),
        "phase": {phase: followed_phases(study, target)[phase].model_dump()},
        "row": labels(dataset),
    }


def run(study: Study, target: str) -> None:
    """Fit the cells and write them."""
    dataset = study.dataset(target)
    paths = [study.home / path for path in inputs(study, target)]
    phase = cell_phase(study, target)
    found = cells(
        read_record(paths[0], PeakTracks),
        phase,
        followed_phases(study, target)[phase],
        _cell(study, target),
        read_record(paths[1], CellSeries) if len(paths) > 1 else None,
    )
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "cell")
    write_result(path, cells_result(found, dataset, record))


def _cell(study: Study, target: str) -> CellOptions:
    return options_of(study, target).cell or CellOptions()
