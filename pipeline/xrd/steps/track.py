"""Step `track`: follow lines from frame to frame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xrd import plan
from pipeline.xrd.nexus import tracks_result
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.plan import TECHNIQUE, followed_phases, options_of
from pipeline.xrd.records import ConvertedSeries
from pipeline.xrd.reflections import expected_lines
from pipeline.xrd.steps.context import labels
from pipeline.xrd.track import track


def targets(study: Study) -> tuple[str, ...]:
    """Data sets with a `track` block."""
    return plan.tracked(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The patterns."""
    return (study.result(TECHNIQUE, target, "read"),)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """How lines are followed, which, and the internal standard, which is one of them."""
    used = options_of(study, target)
    phases = followed_phases(study, target)
    standard = used.cell.standard if used.cell else None
    return {
        "track": _track(study, target).model_dump(),
        "phases": {name: phase.model_dump() for name, phase in phases.items()},
        "standard": standard.model_dump() if standard else None,
        "row": labels(study.dataset(target)),
    }


def run(study: Study, target: str) -> None:
    """Follow and write."""
    dataset = study.dataset(target)
    used = options_of(study, target)
    series = read_record(study.home / inputs(study, target)[0], ConvertedSeries)
    known = series.measured.wavelength_angstrom[np.isfinite(series.measured.wavelength_angstrom)]
    lines = expected_lines(
        followed_phases(study, target),
        used.cell.standard if used.cell else None,
        float(known[0]) if known.size else np.nan,
    )
    tracks = track(series, lines, _track(study, target), used.cell.standard if used.cell else None)
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "track")
    write_result(path, tracks_result(tracks, dataset, record))


def _track(study: Study, target: str) -> TrackOptions:
    return options_of(study, target).track or TrackOptions()
