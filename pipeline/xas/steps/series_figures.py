"""Figures of whole series: components, resolutions, extended fine structure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipeline.core import style
from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.xas import figures as draw
from pipeline.xas import plan as steps
from pipeline.xas.options import edge_key
from pipeline.xas.plan import TECHNIQUE
from pipeline.xas.records import ExafsSeries, McrResult, PcaResult

Maker = Callable[[Study, list[Dataset], list[Path], Path], None]
Planned = dict[str, tuple[Maker, list[Dataset], str]]


def plan(study: Study) -> Planned:
    """Every figure of a series: how it is made, from which data set, from which step."""
    made: Planned = {}
    for names, step, makers in (
        (
            steps.decomposed(study),
            "pca",
            {"scree": _scree, "components": _components, "scores": _scores},
        ),
        (
            steps.resolved(study),
            "mcr",
            {"resolved": _resolved, "concentrations": _concentrations},
        ),
        (_alone(study), "exafs", {"k_space": _k_space, "r_space": _r_space}),
    ):
        for name in names:
            dataset = study.dataset(name)
            for kind, make in makers.items():
                made[f"{TECHNIQUE}_{name}_{kind}"] = (make, [dataset], step)
            used = steps.edge_options(study, dataset).pca
            if step == "pca" and used is not None and used.standards:
                made[f"{TECHNIQUE}_{name}_targets"] = (_targets, [dataset], step)
    shared = [study.dataset(name) for name in steps.with_exafs(study)]
    for key in dict.fromkeys(edge_key(d) for d in shared):
        own = [d for d in shared if edge_key(d) == key]
        if len(own) > 1:
            stem = f"{TECHNIQUE}_{key.replace('-', '_')}"
            made[f"{stem}_k_space"] = (_k_space, own, "exafs")
            made[f"{stem}_r_space"] = (_r_space, own, "exafs")
    return made


def _alone(study: Study) -> tuple[str, ...]:
    """Fine structures with figures of their own: series; single scans stand together by edge."""
    names = steps.with_exafs(study)
    single = len(names) == 1
    return tuple(n for n in names if single or steps.may_be_series(study.dataset(n)))


def _one(drawing: Callable[..., None], record: type, height_ratio: float) -> Maker:
    """A figure with one drawing of one record."""

    def make(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
        del study, datasets
        with style.figure(height_ratio) as made:
            drawing(made.subplots(), read_record(paths[0], record))
            style.save(made, stem)

    return make


_scree = _one(draw.draw_scree, PcaResult, 0.8)
_components = _one(draw.draw_components, PcaResult, 0.9)
_scores = _one(draw.draw_scores, PcaResult, 0.75)
_resolved = _one(draw.draw_resolved, McrResult, 0.85)
_concentrations = _one(draw.draw_concentrations, McrResult, 0.75)


def _targets(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study, datasets
    result = read_record(paths[0], PcaResult)
    count = len(result.standards)
    with style.figure(0.8 * count) as made:
        axes = np.atleast_2d(made.subplots(2 * count, 1, height_ratios=(3, 1) * count, sharex=True))
        for i in range(count):
            draw.draw_target(axes.flat[2 * i], axes.flat[2 * i + 1], result, i)
        style.save(made, stem)


def _named(datasets: list[Dataset], paths: list[Path]) -> list[tuple[str, ExafsSeries]]:
    return [(d.title, read_record(p, ExafsSeries)) for d, p in zip(datasets, paths, strict=True)]


def _k_space(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study
    with style.figure(0.75) as made:
        draw.draw_k_space(made.subplots(), _named(datasets, paths))
        style.save(made, stem)


def _r_space(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study
    with style.figure(0.75) as made:
        draw.draw_r_space(made.subplots(), _named(datasets, paths))
        style.save(made, stem)
