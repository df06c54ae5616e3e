"""Figures of refined patterns: of each data set by each engine, and of the standards."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.core import style
from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.rietveld import figures as draw
from pipeline.rietveld.plan import DIFFRACTION, TECHNIQUE, calibrated, refined, rietveld_options
from pipeline.rietveld.read import read_patterns
from pipeline.rietveld.records import FitStatus, InstrumentProfiles, Refinements
from pipeline.rietveld.steps.planned import Planned

WIDTH = 175.0 / style.COLUMN_MM
"""Two journal columns."""


def plan(study: Study) -> dict[str, Planned]:
    """A figure of each data set by each engine that is asked for, and of each standard."""
    both = rietveld_options(study).engine == "both"
    engines = {"_gsas2": "gsas2", "_rietx": "rietx"} if both else {"": ""}
    made: dict[str, Planned] = {}
    for name in refined(study):
        dataset = study.dataset(name)
        paths = (study.result(TECHNIQUE, name, "refine"), study.result(DIFFRACTION, name, "read"))
        for ending, engine in engines.items():
            target = f"{TECHNIQUE}_{name}_fit{ending}"
            made[target] = Planned(_fits, (dataset,), paths, engine)
    for name in calibrated(study):
        dataset, own = study.dataset(name), (study.result(TECHNIQUE, name, "instrument"),)
        made[f"{TECHNIQUE}_{name}_profile"] = Planned(_profiles, (dataset,), own)
    return made


def shown_rows(found: Refinements, engine: str = "") -> list[int]:
    """Rows of a data set that are drawn: all of three at most, else the first, the worst and the last frame.

    The worst is the first refused one that has a calculated pattern, else the one that fits worst.

    Args:
        found: refinements.
        engine: whose; '' for any.
    """
    own = [i for i, e in enumerate(found.engine) if engine in ("", e)]
    own.sort(key=lambda i: float(found.frame[i]))
    if len(own) <= 3:
        return own
    inner = own[1:-1]
    refused = [
        i
        for i in inner
        if found.status[i] is not FitStatus.OK and np.isfinite(found.calculated_counts[i]).any()
    ]
    gof = np.nan_to_num(found.gof[inner], nan=-1.0)
    return [own[0], refused[0] if refused else inner[int(gof.argmax())], own[-1]]


def _fits(study: Study, planned: Planned, stem: Path) -> None:
    dataset = planned.datasets[0]
    found = read_record(study.home / planned.inputs[0], Refinements)
    wavelengths = read_patterns(study.home / planned.inputs[1]).wavelength_angstrom
    known = wavelengths[np.isfinite(wavelengths)]
    patterns = [
        draw.refined_pattern(found, i, _title(dataset, found, i))
        for i in shown_rows(found, planned.engine)
    ]
    _draw(patterns, float(known[0]) if known.size else np.nan, stem)


def _title(dataset: Dataset, found: Refinements, row: int) -> str:
    frames = np.unique(found.frame)
    return dataset.title if frames.size < 2 else f"{dataset.title}, frame {found.frame[row]:.0f}"


def _profiles(study: Study, planned: Planned, stem: Path) -> None:
    dataset = planned.datasets[0]
    found = read_record(study.home / planned.inputs[0], InstrumentProfiles)
    title = f"{dataset.title}: line profile, cell of {found.phase} held"
    rows = range(len(found.status))
    patterns = [draw.calibrated_pattern(found, i, title) for i in rows]
    _draw(patterns, found.wavelength_angstrom, stem)


def _draw(patterns: list[draw.FittedPattern], wavelength_angstrom: float, stem: Path) -> None:
    with style.figure(draw.page_height(max(len(patterns), 1)), WIDTH) as made:
        if patterns:
            draw.draw_refinements(made, patterns, wavelength_angstrom)
        else:
            style.nothing_to_show(made.subplots(), "no refinement by this engine")
        style.save(made, stem)
