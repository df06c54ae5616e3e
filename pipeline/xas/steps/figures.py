"""Step `figures`: which figures a study gets, and which results each shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core import style
from pipeline.core.inventory import read_inventory
from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.xas import figures as draw
from pipeline.xas.combinations import supported
from pipeline.xas.options import edge_key
from pipeline.xas.plan import (
    TECHNIQUE,
    combined,
    edge_options,
    fitted,
    may_be_series,
    of_study,
    valence_methods,
    valued,
    xas_options,
)
from pipeline.xas.records import (
    CalibratedSeries,
    LcfCombinations,
    LcfResult,
    NormalisedSeries,
    Valences,
)
from pipeline.xas.steps import edge_figures, series_figures
from pipeline.xas.steps.context import reference_e0_ev

FEW_SCANS = 4  # repeats of one measurement; more are a series


def targets(study: Study) -> tuple[str, ...]:
    """Names of the figures: `xas_<edge>_<kind>` and `xas_<data set>_<kind>`."""
    return tuple(_plan(study))


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """Results that the figure shows."""
    _, datasets, step = _plan(study)[target]
    if step == "line":
        return edge_figures.line_inputs(study, datasets)
    return tuple(study.result(TECHNIQUE, d.name, step) for d in datasets)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Labels in the figure, and the energy that its window is relative to."""
    _, datasets, _ = _plan(study)[target]
    first = datasets[0]
    e0_ev = reference_e0_ev(first, edge_options(study, first))
    shown = (
        edge_options(study, first).position.model_dump() if target.endswith("derivative") else {}
    )
    titles = {d.name: [d.sample, d.state, d.role] for d in datasets}
    return {"titles": titles, "e0_ev": e0_ev} | shown


def run(study: Study, target: str) -> None:
    """Draw and write the figure as PDF and PNG."""
    make, datasets, _ = _plan(study)[target]
    stem = study.home / study.results / "figures" / target
    make(study, datasets, [study.home / path for path in inputs(study, target)], stem)


_Maker = Callable[[Study, list[Dataset], list[Path], Path], None]


@of_study
def _plan(study: Study) -> dict[str, tuple[_Maker, list[Dataset], str]]:
    """Every figure: how it is made, from which data sets, and from which step's results."""
    mine = study.of(TECHNIQUE)
    fits, values, sets = set(fitted(study)), set(valued(study)), set(combined(study))
    plan: dict[str, tuple[_Maker, list[Dataset], str]] = {}
    for key in dict.fromkeys(edge_key(d) for d in mine):
        own = [d for d in mine if edge_key(d) == key]
        spectra = _in_overview(study, key, own)
        samples = [d for d in own if d.role == "sample"]
        with_fit = [d for d in own if d.name in fits]
        with_valence = [d for d in own if d.name in values]
        with_line = [d for d in own if "edge" in valence_methods(study, d)]
        stem = f"{TECHNIQUE}_{key.replace('-', '_')}"
        for kind, make, datasets, step in (
            ("normalised", _spectra, spectra, "normalise"),
            ("edge", _edges, samples or spectra, "normalise"),
            ("fraction", _fractions, with_fit, "lcf"),
            ("valence", _valences, with_valence, "valence"),
            ("calibration", _shifts, own, "calibrate"),
            ("derivative", edge_figures.derivatives, spectra, "normalise"),
            ("line", edge_figures.edge_line, with_line, "line"),
        ):
            if datasets:
                plan[f"{stem}_{kind}"] = (make, datasets, step)
        for dataset in (d for d in samples if _is_series(study, d)):
            used = edge_options(study, dataset).lcf
            names = [] if used is None else used.standards
            beside = [study.dataset(name) for name in names if name != dataset.name]
            plan[f"{TECHNIQUE}_{dataset.name}_series"] = (
                *(_series, [dataset, *beside], "normalise"),
            )
        for dataset in with_fit:
            plan[f"{TECHNIQUE}_{dataset.name}_lcf"] = (_fit, [dataset], "lcf")
        for dataset in (d for d in own if d.name in sets):
            plan[f"{TECHNIQUE}_{dataset.name}_sets"] = (_sets, [dataset], "combinations")
    return plan | series_figures.plan(study)


def _is_series(study: Study, dataset: Dataset) -> bool:
    """Say whether a data set has more scans than a few repeats, by its inventory where there is one yet."""
    if not may_be_series(dataset):
        return False
    if any(sign in dataset.select for sign in "*?[;|"):
        return True  # how many groups a file holds is known only once it was read
    if not (study.home / study.inventory(dataset.name)).is_file():
        return False
    return len(read_inventory(study, dataset.name).scans) > FEW_SCANS


def _in_overview(study: Study, key: str, own: list[Dataset]) -> list[Dataset]:
    """Samples, and the standards of the fit; all standards where there is no fit."""
    fit = xas_options(study).edge(key).lcf
    shown = [d.name for d in own if d.role == "standard"] if fit is None else fit.standards
    return [d for d in own if d.role == "sample" or d.name in shown]


def _e0_ev(study: Study, dataset: Dataset) -> float:
    return reference_e0_ev(dataset, edge_options(study, dataset))


def _spectra(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    curves = [
        draw.Curve(d.title, read_record(p, NormalisedSeries), d.role == "standard")
        for d, p in zip(datasets, paths, strict=True)
    ]
    with style.figure(0.85) as made:
        draw.draw_spectra(made.subplots(), curves, _e0_ev(study, datasets[0]))
        style.save(made, stem)


def _series(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    sample, *standards = (
        draw.Curve(d.title, read_record(p, NormalisedSeries), i > 0)
        for i, (d, p) in enumerate(zip(datasets, paths, strict=True))
    )
    with style.figure(0.8) as made:
        draw.draw_series(made.subplots(), sample, standards, _e0_ev(study, datasets[0]))
        style.save(made, stem)


def _edges(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study
    points = []
    for dataset, path in zip(datasets, paths, strict=True):
        s = read_record(path, NormalisedSeries)
        label = dataset.sample or dataset.name
        points.append(draw.Points(label, s.half_step_ev, s.half_step_sigma_ev, s.covariates))
    with style.figure() as made:
        draw.draw_against(made.subplots(), points, "energy at half step (eV)")
        style.save(made, stem)


def _fractions(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study
    results = [read_record(p, LcfResult) for p in paths]
    shown = _shown_components(results[0])
    with style.figure(0.62 * len(shown) + 0.1) as made:
        rows = np.atleast_1d(made.subplots(len(shown), 1, sharex=True))
        for ax, k in zip(rows, shown, strict=True):
            points = [
                draw.Points(
                    d.sample or d.name,
                    r.fraction[:, k],
                    r.fraction_sigma[:, k],
                    r.covariates,
                    r.fraction_low[:, k],
                    r.fraction_high[:, k],
                )
                for d, r in zip(datasets, results, strict=True)
            ]
            draw.draw_against(ax, points, f"fraction of {results[0].standard_titles[k]}")
            if ax is not rows[-1]:
                ax.set_xlabel("")
                ax.tick_params(labelbottom=False)
            if ax is not rows[0] and ax.get_legend() is not None:
                ax.get_legend().remove()
        style.save(made, stem)


def _shown_components(result: LcfResult) -> list[int]:
    """All components, or only the first of two: the second is then one minus it."""
    count = len(result.standards)
    return [0] if count == 2 else list(range(count))


def _valences(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study
    names = {"lcf": "fit", "edge": "edge line"}
    every = [read_record(p, Valences).by_method for p in paths]
    several = len({one.method for methods in every for one in methods}) > 1
    points = []
    for dataset, methods in zip(datasets, every, strict=True):
        for v in methods:
            label = dataset.sample or dataset.name
            label = f"{label}, {names[v.method]}" if several else label
            ends = (v.valence_low, v.valence_high) if several else (None, None)
            points.append(draw.Points(label, v.valence, v.valence_sigma, v.covariates, *ends))
    with style.figure() as made:
        draw.draw_against(made.subplots(), points, f"average {datasets[0].element} valence")
        style.save(made, stem)


def _fit(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study
    result = read_record(paths[0], LcfResult)
    fitted = np.isfinite(result.r_factor)
    scan = int(np.argmax(np.where(fitted, result.r_factor, -1.0)))  # the worst fit hides nothing
    which = f", scan {scan} (worst of {fitted.sum()})" if fitted.sum() > 1 else ""
    with style.figure(0.9) as made:
        ax, rest = made.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        draw.draw_lcf(ax, rest, result, scan)
        ax.set_title(f"{datasets[0].title}{which}")
        style.save(made, stem)


def _sets(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study
    result = read_record(paths[0], LcfCombinations)
    fitted = [bool(row.any()) for row in np.isfinite(result.set_index)]
    scan = int(np.argmax(fitted))
    with style.figure(0.8) as made:
        ax = made.subplots()
        draw.draw_sets(ax, result, scan, supported(result))
        ax.set_title(f"{datasets[0].title}, scan {scan}" if len(fitted) > 1 else datasets[0].title)
        style.save(made, stem)


def _shifts(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    del study
    series = [
        (d.title, read_record(p, CalibratedSeries)) for d, p in zip(datasets, paths, strict=True)
    ]
    with style.figure(0.85) as made:
        draw.draw_shifts(made.subplots(), series)
        style.save(made, stem)
