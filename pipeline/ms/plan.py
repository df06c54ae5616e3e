"""Which data sets each step is for, and with which options: pure functions of the study."""

from __future__ import annotations

from functools import lru_cache

from pipeline.core.study import Dataset, Study
from pipeline.ms.options import GasOptions, MsOptions

TECHNIQUE = "ms"
TOGETHER_STEP = ("xrd", "read")
"""Whose results hold the temperature of what was measured together: technique and step."""

# A DAG asks the same of a study for every job, and a study does not change.
of_study = lru_cache(maxsize=4096)


@of_study
def options_of(study: Study, dataset: str) -> GasOptions:
    """Options of a data set, its overrides included."""
    options: MsOptions = study.options[TECHNIQUE]
    return options.for_dataset(dataset)


@of_study
def everything(study: Study) -> tuple[str, ...]:
    """Every data set."""
    return tuple(d.name for d in study.of(TECHNIQUE))


def may_weigh(dataset: Dataset) -> bool:
    """Say whether a data set may have a mass: Quadera's files alone have none."""
    return bool(dataset.sidecar) or not dataset.path.lower().endswith(".asc")


def beside(study: Study, dataset: str) -> str:
    """Name of the diffraction data set that was measured together with this one; '' where none was."""
    return study.dataset(dataset).together
