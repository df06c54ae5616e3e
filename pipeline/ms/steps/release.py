"""Step `release`: read the run, put it on the shared clock, find what was released."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.errors import RawDataError
from pipeline.core.inventory import raw_paths, read_inventory
from pipeline.core.nexus import read_plot, write_result
from pipeline.core.nexus.read import read_words
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.ms import plan
from pipeline.ms.clock import place
from pipeline.ms.mass import mass_losses
from pipeline.ms.nexus import release_result
from pipeline.ms.options import GasOptions
from pipeline.ms.plan import TECHNIQUE, TOGETHER_STEP, options_of
from pipeline.ms.read import read_beside, read_run
from pipeline.ms.records import Frames, GasReleases, GasRun, MassCurve
from pipeline.ms.release import releases
from pipeline.ms.traces import traces, unreadable

FRAMES_PLOT = "frames"
FRAMES_START = "measured/time_iso"
"""Plot of the diffraction result that holds times and temperatures, and text of the frames' wall clocks."""

_LOG = logging.getLogger(__name__)


def targets(study: Study) -> tuple[str, ...]:
    """Every data set."""
    return plan.everything(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """The data set's own raw files."""
    del study
    return (target,)


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The patterns that were measured together with it, for their clock and temperature."""
    name = plan.beside(study, target)
    technique, step = TOGETHER_STEP
    return (study.result(technique, name, step),) if name else ()


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Options of the data set, and its row of the table."""
    row = study.dataset(target)
    labels = {"sample": row.sample, "state": row.state}
    beside = {"sidecar": row.sidecar, "together": row.together}
    return options_of(study, target).model_dump() | {"row": labels | beside}


def run(study: Study, target: str) -> None:
    """Read, place, measure, write."""
    used = options_of(study, target)
    listed = read_inventory(study, target)
    paths = [path for path, _ in raw_paths(study, listed.scans)]
    curve = read_beside([path for path, _ in raw_paths(study, listed.sidecars)])
    frames = [_frames(study.home / path) for path in inputs(study, target)]
    found = _analysed(target, paths, curve, frames[0] if frames else None, used)
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "release")
    write_result(path, release_result(found, study.dataset(target), record))


def _analysed(
    dataset: str,
    paths: list[Path],
    curve: MassCurve | None,
    frames: Frames | None,
    used: GasOptions,
) -> GasReleases:
    """Releases of one file; one that cannot be read is a status, so that the study goes on."""
    try:
        raw = _read(paths, curve, used)
    except RawDataError as error:
        _LOG.warning("%s: %s", dataset, error)
        return releases(unreadable(dataset, paths[0].name, used.channels, str(error)), used)
    placed = place(raw, curve, frames, used.clock)
    weighed = raw.mass or curve
    mass = mass_losses(weighed, placed.mass_s, used.mass) if weighed is not None else None
    return releases(traces(dataset, raw, placed, used.channels, used.normalise_by), used, mass)


def _read(paths: list[Path], curve: MassCurve | None, used: GasOptions) -> GasRun:
    if len(paths) != 1:
        names = ", ".join(p.name for p in paths[:3])
        raise RawDataError(
            f"{len(paths)} files ({names}, ...): a gas analysis is one file. Give each a row of its own."
        )
    raw = read_run(paths[0], used.clock.date_order)
    if curve is not None and raw.mass is not None:
        raise RawDataError(
            f"{paths[0].name} has a temperature or mass of its own, and there is a sidecar "
            f"({curve.source_file}); give one of the two."
        )
    return raw


def _frames(path: Path) -> Frames:
    """Times and temperatures of the frames of a diffraction result, read from what it plots."""
    fields = read_plot(path, FRAMES_PLOT).fields
    starts = read_words(path, FRAMES_START)
    return Frames(starts[0] if starts else "", fields["time_s"], fields["temperature_c"])
