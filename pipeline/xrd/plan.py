"""Which data sets each step is for, and with which options: pure functions of the study."""

from __future__ import annotations

from functools import lru_cache

from pipeline.core.study import Dataset, Study
from pipeline.xrd.options import DiffractionOptions, PhaseOptions, XrdOptions

TECHNIQUE = "xrd"

# A DAG asks the same of a study for every job, and a study does not change.
of_study = lru_cache(maxsize=4096)


def xrd_options(study: Study) -> XrdOptions:
    """The study's `xrd` block."""
    options: XrdOptions = study.options[TECHNIQUE]
    return options


@of_study
def options_of(study: Study, dataset: str) -> DiffractionOptions:
    """Options of a data set, its overrides included."""
    return xrd_options(study).for_dataset(dataset)


@of_study
def everything(study: Study) -> tuple[str, ...]:
    """Every data set: all are read."""
    return tuple(d.name for d in study.of(TECHNIQUE))


@of_study
def tracked(study: Study) -> tuple[str, ...]:
    """Data sets whose lines are followed."""
    return tuple(n for n in everything(study) if options_of(study, n).track is not None)


@of_study
def with_cell(study: Study) -> tuple[str, ...]:
    """Data sets that get a cell."""
    return tuple(n for n in tracked(study) if options_of(study, n).cell is not None)


@of_study
def with_broadening(study: Study) -> tuple[str, ...]:
    """Data sets that get size and strain; the instrument's own standard gets none."""
    asking = [n for n in tracked(study) if options_of(study, n).broadening is not None]
    instruments = {getattr(options_of(study, n).broadening, "instrument", None) for n in asking}
    return tuple(n for n in asking if n not in instruments)


@of_study
def with_transitions(study: Study) -> tuple[str, ...]:
    """Series whose changes are asked for."""
    return tuple(n for n in tracked(study) if options_of(study, n).transitions is not None)


@of_study
def followed_phases(study: Study, dataset: str) -> dict[str, PhaseOptions]:
    """Phases of a data set whose lines are followed, by name."""
    used = options_of(study, dataset)
    if used.track is None:
        return {}
    return {name: used.phases[name] for name in used.track.phases or used.phases}


def cell_phase(study: Study, dataset: str) -> str:
    """Phase whose cell a data set gets, or whose lines give size and strain."""
    cell = options_of(study, dataset).cell
    return (cell.phase if cell else None) or next(iter(followed_phases(study, dataset)))


@of_study
def together(study: Study, dataset: str) -> tuple[Dataset, ...]:
    """Data sets of other techniques that were measured at the same time as this one."""
    others = (d for d in study.datasets if d.technique != TECHNIQUE)
    return tuple(d for d in others if d.together == dataset)
