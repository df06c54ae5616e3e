"""Step `figures`: which figures a study gets, and which results each shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.study import Study
from pipeline.xrd.plan import of_study, options_of
from pipeline.xrd.steps import joint_figures, series_figures
from pipeline.xrd.steps.planned import Planned
from pipeline.xrd.steps.shown import paths_of


def targets(study: Study) -> tuple[str, ...]:
    """Names of the figures: `xrd_<data set>_<kind>`, and `xrd_<kind>` of several, by phase where there are several."""
    return tuple(_plan(study))


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """Results that the figure shows, and those of the gas measured beside."""
    planned = _plan(study)[target]
    return (*paths_of(study, planned.datasets, planned.steps), *planned.beside)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Labels in the figure, and the options that it needs beside the results."""
    planned = _plan(study)[target]
    shown: dict[str, Any] = {
        "titles": {d.name: [d.sample, d.state, d.role] for d in planned.datasets}
    }
    for dataset in planned.datasets:
        used = options_of(study, dataset.name).model_dump()
        shown[dataset.name] = {block: used[block] for block in planned.blocks}
    return shown


def run(study: Study, target: str) -> None:
    """Draw and write the figure as PDF and PNG."""
    planned = _plan(study)[target]
    stem = study.home / study.results / "figures" / target
    planned.make(study, planned, stem)


@of_study
def _plan(study: Study) -> dict[str, Planned]:
    """Every figure: how it is made, from which data sets and steps."""
    return series_figures.plan(study) | joint_figures.plan(study)
