"""Figures of what refinements say: samples side by side, series, other choices, weights of phases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.core import style
from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.rietveld import figures as draw
from pipeline.rietveld.plan import TECHNIQUE, present, refined, rietveld_options, varied
from pipeline.rietveld.records import Refinements, Sensitivity
from pipeline.rietveld.steps.pattern_figures import WIDTH
from pipeline.rietveld.steps.planned import Make, Planned

_MANY_SIGNS = "*?[;|"
_CONTAINERS = (".h5", ".hdf5", ".nxs", ".zip")
_CHOICES_HEIGHT = 0.42  # of the figure's width
_BAR, _FRAME = 0.045, 0.13


def is_series(dataset: Dataset) -> bool:
    """Say whether a data set may hold many frames, as far as its row of the table tells."""
    if any(sign in dataset.path + dataset.select for sign in _MANY_SIGNS):
        return True
    return dataset.path.endswith(_CONTAINERS) and not dataset.select


def plan(study: Study) -> dict[str, Planned]:
    """A figure of the samples of each main phase, of each series, of each sensitivity table, and of the weights."""
    made: dict[str, Planned] = {}
    every = [study.dataset(name) for name in refined(study)]
    for dataset in (d for d in every if is_series(d)):
        made[f"{TECHNIQUE}_{dataset.name}_series"] = _planned(study, _series, (dataset,))
    for name in varied(study):
        own = (study.result(TECHNIQUE, name, "sensitivity"),)
        made[f"{TECHNIQUE}_{name}_sensitivity"] = Planned(_choices, (study.dataset(name),), own)
    alone = [d for d in every if not is_series(d) and present(study, d.name)]
    groups: dict[str, list[Dataset]] = {}
    for dataset in alone:
        groups.setdefault(present(study, dataset.name)[0], []).append(dataset)
    several_engines = rietveld_options(study).engine == "both"
    for phase, own_sets in groups.items():
        if len(own_sets) > 1 or several_engines:
            ending = f"_{_name(phase)}" if len(groups) > 1 else ""
            made[f"{TECHNIQUE}_samples{ending}"] = _planned(study, _samples, own_sets)
    mixtures = [d for d in alone if len(present(study, d.name)) > 1]
    if mixtures:
        made[f"{TECHNIQUE}_weights"] = _planned(study, _weights, mixtures)
    return made


def _planned(study: Study, make: Make, datasets: Sequence[Dataset]) -> Planned:
    paths = tuple(study.result(TECHNIQUE, d.name, "refine") for d in datasets)
    return Planned(make, tuple(datasets), paths)


def _name(phase: str) -> str:
    """A phase's name as part of a file's."""
    return re.sub(r"[^A-Za-z0-9]+", "_", phase).strip("_")


def _named(study: Study, planned: Planned) -> list[draw.NamedRefinements]:
    """Refinements under their titles; the name too where titles are not enough to tell them apart."""
    titles = [d.title for d in planned.datasets]
    return [
        draw.NamedRefinements(
            title if titles.count(title) == 1 else f"{title} ({dataset.name})",
            read_record(study.home / path, Refinements),
        )
        for title, dataset, path in zip(titles, planned.datasets, planned.inputs, strict=True)
    ]


def _samples(study: Study, planned: Planned, stem: Path) -> None:
    named = _named(study, planned)
    with style.figure(draw.numbers_height(named), WIDTH) as made:
        draw.draw_numbers(made, named)
        style.save(made, stem)


def _series(study: Study, planned: Planned, stem: Path) -> None:
    named = _named(study, planned)
    with style.figure(draw.numbers_height(named), WIDTH) as made:
        draw.draw_numbers(made, named, series=True)
        made.suptitle(f"{named[0].label}: {named[0].found.main_phase}", fontsize=7.5)
        style.save(made, stem)


def _choices(study: Study, planned: Planned, stem: Path) -> None:
    found = read_record(study.home / planned.inputs[0], Sensitivity)
    with style.figure(_CHOICES_HEIGHT, WIDTH) as made:
        draw.draw_sensitivity(made.subplots(), found)
        made.suptitle(planned.datasets[0].title, fontsize=7.5)
        style.save(made, stem)


def _weights(study: Study, planned: Planned, stem: Path) -> None:
    named = _named(study, planned)
    with style.figure(_FRAME + _BAR * len(draw.bars_of(named)), WIDTH) as made:
        draw.draw_weights(made.subplots(), named)
        style.save(made, stem)
