"""What the figures of diffraction show: results that a data set has, its marks, its labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from pipeline.core.inventory import read_inventory
from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.physics.bragg import two_theta_deg
from pipeline.xrd import plan
from pipeline.xrd.figures import Marks
from pipeline.xrd.plan import TECHNIQUE, followed_phases, of_study, options_of
from pipeline.xrd.records import (
    ConvertedSeries,
    Lines,
    PeakTracks,
    Transitions,
)
from pipeline.xrd.reflections import expected_lines

Record = TypeVar("Record")

FEW_FRAMES = 4  # repeats of one measurement; more are a series
_CONTAINERS = (".h5", ".hdf5", ".nxs", ".zip")
_MADE_FOR = {
    "read": plan.everything,
    "track": plan.tracked,
    "cell": plan.with_cell,
    "broadening": plan.with_broadening,
    "transition": plan.with_transitions,
}


def paths_of(study: Study, datasets: Sequence[Dataset], steps: Sequence[str]) -> tuple[Path, ...]:
    """Results of data sets, those steps that each of them has."""
    return tuple(
        study.result(TECHNIQUE, d.name, step)
        for d in datasets
        for step in steps
        if d.name in _MADE_FOR[step](study)
    )


def load(study: Study, dataset: Dataset, step: str, record: type[Record]) -> Record | None:
    """Result of a step, None where the data set does not get one."""
    if dataset.name not in _MADE_FOR[step](study):
        return None
    return read_record(study.home / study.result(TECHNIQUE, dataset.name, step), record)


def patterns(study: Study, dataset: Dataset) -> ConvertedSeries:
    """The patterns, which every data set has."""
    return read_record(study.home / study.result(TECHNIQUE, dataset.name, "read"), ConvertedSeries)


def tracks(study: Study, dataset: Dataset) -> PeakTracks | None:
    """The followed lines."""
    return load(study, dataset, "track", PeakTracks)


def changes(study: Study, dataset: Dataset) -> Transitions | None:
    """The changes over a series."""
    return load(study, dataset, "transition", Transitions)


def against(study: Study, dataset: Dataset) -> str:
    """Covariate that the study asks for; '' where it does not say."""
    asked = options_of(study, dataset.name).transitions
    return asked.against if asked else ""


@of_study
def phase_of(study: Study, name: str) -> str:
    """Phase whose cell a data set gets, else its first; '' where there is none."""
    used = options_of(study, name)
    if not used.phases:
        return ""
    return plan.cell_phase(study, name) if used.track else next(iter(used.phases))


def frame_count(study: Study, dataset: Dataset) -> int:
    """Files of a data set by its inventory; 0 where how many frames there are shows only on reading."""
    if any(sign in dataset.select for sign in "*?[;|") or dataset.path.endswith(_CONTAINERS):
        return 0
    if not any(sign in dataset.path for sign in "*?[;|"):
        return 1
    if not (study.home / study.inventory(dataset.name)).is_file():
        return 0
    return len(read_inventory(study, dataset.name).scans)


def is_series(study: Study, dataset: Dataset) -> bool:
    """Say whether a data set is more than a few repeats, as far as the study and its inventories tell."""
    asked = options_of(study, dataset.name).transitions is not None
    count = frame_count(study, dataset)
    return asked or count == 0 or count > FEW_FRAMES


def titles(datasets: Sequence[Dataset]) -> list[str]:
    """Labels of data sets: sample and state; the name too where these are not enough to tell them apart."""
    plain = [d.title for d in datasets]
    return [
        t if plain.count(t) == 1 else f"{t} ({d.name})"
        for t, d in zip(plain, datasets, strict=True)
    ]


def marks(
    study: Study, dataset: Dataset, target_angstrom: float, found: PeakTracks | None
) -> list[Marks]:
    """Reflections of each phase on the target's axis: where they were found, else where the start cell puts them."""
    lines = found.lines if found is not None else _expected(study, dataset)
    at = two_theta_deg(lines.spacing_angstrom, target_angstrom)
    if found is not None:
        seen = np.isfinite(found.position_target_deg)
        middle = [
            float(np.median(column[there])) if there.any() else np.nan
            for column, there in zip(found.position_target_deg.T, seen.T, strict=True)
        ]
        at = np.where(np.isfinite(middle), middle, at)
    return [
        Marks(
            phase or "standard",
            tuple(h for h, p in zip(lines.hkl, lines.phase, strict=True) if p == phase),
            at[[p == phase for p in lines.phase]],
        )
        for phase in dict.fromkeys(lines.phase)
    ]


def _expected(study: Study, dataset: Dataset) -> Lines:
    used = options_of(study, dataset.name)
    phases = followed_phases(study, dataset.name) if used.track else used.phases
    return expected_lines(phases, None, np.nan)
