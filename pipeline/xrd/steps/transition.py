"""Step `transition`: onset, midpoint, end and width of changes over a series."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xrd import plan
from pipeline.xrd.nexus import transitions_result
from pipeline.xrd.options import Hkl, TransitionOptions
from pipeline.xrd.plan import TECHNIQUE, cell_phase, options_of
from pipeline.xrd.records import CellSeries, PeakTracks
from pipeline.xrd.steps.context import labels
from pipeline.xrd.transitions import transitions


def targets(study: Study) -> tuple[str, ...]:
    """Data sets with a `transitions` block."""
    return plan.with_transitions(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The followed lines, and the cells where there are any."""
    own = study.result(TECHNIQUE, target, "track")
    if target not in plan.with_cell(study):
        return (own,)
    return own, study.result(TECHNIQUE, target, "cell")


def options(study: Study, target: str) -> Mapping[str, Any]:
    """The block `transitions`, and whose lines are meant where it does not say."""
    asked = _transitions(study, target)
    return {
        "transitions": asked.model_dump() if asked else None,
        "phase": cell_phase(study, target),
        "splittings": _splittings(study, target),
        "row": labels(study.dataset(target)),
    }


def run(study: Study, target: str) -> None:
    """Fit the changes and write them."""
    dataset = study.dataset(target)
    asked = _transitions(study, target)
    if asked is None:
        return
    paths = [study.home / path for path in inputs(study, target)]
    found = transitions(
        read_record(paths[0], PeakTracks),
        read_record(paths[1], CellSeries) if len(paths) > 1 else None,
        cell_phase(study, target),
        asked,
        _splittings(study, target),
    )
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "transition")
    write_result(path, transitions_result(found, dataset, record))


def _splittings(study: Study, target: str) -> dict[str, tuple[Hkl, Hkl]]:
    cell = options_of(study, target).cell
    return cell.splittings if cell else {}


def _transitions(study: Study, target: str) -> TransitionOptions | None:
    return options_of(study, target).transitions
