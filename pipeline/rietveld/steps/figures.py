"""Step `figures`: which figures the refinements of a study get, and which results each shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.study import Study
from pipeline.rietveld.plan import of_study
from pipeline.rietveld.steps import number_figures, pattern_figures
from pipeline.rietveld.steps.planned import Planned


def targets(study: Study) -> tuple[str, ...]:
    """Names of the figures: `rietveld_<data set>_<kind>`, and `rietveld_<kind>` of several data sets."""
    return tuple(_plan(study))


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """Results that the figure shows."""
    return _plan(study)[target].inputs


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Labels in the figure, and whose answer it shows."""
    planned = _plan(study)[target]
    titles = {d.name: [d.sample, d.state, d.role] for d in planned.datasets}
    return {"titles": titles, "engine": planned.engine}


def run(study: Study, target: str) -> None:
    """Draw and write the figure as PDF and PNG."""
    planned = _plan(study)[target]
    stem = study.home / study.results / "figures" / target
    planned.make(study, planned, stem)


@of_study
def _plan(study: Study) -> dict[str, Planned]:
    """Every figure: how it is made, from which results."""
    return pattern_figures.plan(study) | number_figures.plan(study)
