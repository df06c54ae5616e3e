"""Figures of one data set: map, patterns, followed lines, cell, worst fit."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import numpy as np

from pipeline.core import style
from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import shown
from pipeline.core.nexus import Plot, plot_names, read_plot
from pipeline.core.study import Dataset, Study
from pipeline.xrd import figures as draw
from pipeline.xrd import plan as steps
from pipeline.xrd.fit_curve import fit_curve, worst_fit
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.plan import TECHNIQUE, options_of
from pipeline.xrd.records import CellSeries, ConvertedSeries, PeakTracks
from pipeline.xrd.steps.planned import Planned
from pipeline.xrd.steps.shown import (
    against,
    changes,
    frame_count,
    is_series,
    load,
    marks,
    patterns,
    tracks,
)

SHOWN_ONE_BY_ONE = 12  # a series of no more frames is shown as patterns, not as a map
GASES = {"mz_32": "O$_2$ (m/z 32)", "mz_44": "CO$_2$ (m/z 44)"}
_TITLE_LETTERS = 60
_PANEL = 0.3  # height of one panel of several, over the figure's width


def plan(study: Study) -> dict[str, Planned]:
    """Figures of each data set: of series by what they have, and the worst fit wherever lines were followed."""
    made: dict[str, Planned] = {}
    for dataset in study.of(TECHNIQUE):
        own = (dataset,)
        stem = f"{TECHNIQUE}_{dataset.name}"
        if is_series(study, dataset):
            beside = tuple(
                study.result("ms", d.name, "release")
                for d in steps.together(study, dataset.name)
                if d.technique == "ms"
            )
            few = 0 < frame_count(study, dataset) <= SHOWN_ONE_BY_ONE and not beside
            seen = ("read", "track"), ("phases", "track", "transitions")
            if few:
                made[f"{stem}_patterns"] = Planned(_patterns, own, *seen)
            else:
                all_seen = ("read", "track", "transition")
                made[f"{stem}_map"] = Planned(_map, own, all_seen, seen[1], beside)
            if dataset.name in steps.tracked(study):
                made[f"{stem}_lines"] = Planned(_lines, own, ("track", "transition"), seen[1])
            if dataset.name in steps.with_cell(study):
                made[f"{stem}_cell"] = Planned(_cell, own, ("cell", "transition"), seen[1])
        if dataset.name in steps.tracked(study):
            made[f"{stem}_fit"] = Planned(_fit, own, ("read", "track"), ("track",))
    return made


def _map(study: Study, planned: Planned, stem: Path) -> None:
    dataset = planned.datasets[0]
    series = patterns(study, dataset)
    beside = series.measured.covariates
    name = draw.map_axis(series, draw.choose_axis([beside], against(study, dataset)))
    found, changed = tracks(study, dataset), changes(study, dataset)
    phases = marks(study, dataset, series.target_angstrom, found)
    traces = [t for path in planned.beside for t in _traces(study.home / path, series, name)]
    with style.figure(1.0) as made:
        if planned.beside:
            ax, gas = made.subplots(1, 2, sharey=True, width_ratios=(3.4, 1))
        else:
            ax, gas = made.subplots(), None
        draw.draw_map(ax, series, name, phases, changed)
        if gas is not None:
            draw.draw_traces(gas, traces)
            if changed is not None and changed.covariate == name and traces:
                draw.draw_onsets(gas, changed, named=False)
        made.suptitle(dataset.title, fontsize=7.5)
        style.save(made, stem)


def _traces(path: Path, series: ConvertedSeries, name: str) -> list[draw.Trace]:
    """The gases of a mass spectrum on the axis of the map."""
    made = []
    there = plot_names(path)
    for channel, label in GASES.items():
        if channel in there:
            plot = read_plot(path, channel)
            made.append(draw.Trace(label, _at(plot, series, name), _above_baseline(plot)))
    return made


def _above_baseline(plot: Plot) -> FloatArray:
    """Signal of a trace without its baseline, where there is one beside it."""
    signal = plot.fields[plot.signal]
    baseline = [plot.fields[n] for n in plot.auxiliary if n.startswith("baseline")]
    return np.asarray(signal - baseline[0] if baseline else signal, dtype=np.float64)


def _at(plot: Plot, series: ConvertedSeries, name: str) -> FloatArray:
    """Places of a trace's points on an axis: as it states them, else through the clock that it shares."""
    if name in plot.fields:
        return shown(name, plot.fields[name])
    nowhere = np.full(plot.fields[plot.signal].shape, np.nan)
    covariates = series.measured.covariates
    at = draw.places(covariates, name)
    known = np.isfinite(covariates.time_s) & np.isfinite(at)
    if "time_s" not in plot.fields or known.sum() < 2:
        return nowhere
    order = np.argsort(covariates.time_s[known], kind="stable")
    clock, at = covariates.time_s[known][order], at[known][order]
    return np.asarray(np.interp(plot.fields["time_s"], clock, at, left=np.nan, right=np.nan))


def _patterns(study: Study, planned: Planned, stem: Path) -> None:
    dataset = planned.datasets[0]
    series = patterns(study, dataset)
    beside = series.measured.covariates
    name = draw.choose_axis([beside], against(study, dataset))
    curves = [
        draw.curve_of(series, i, draw.place_text(beside, name, i))
        for i in draw.some_frames(series, SHOWN_ONE_BY_ONE)
    ]
    phases = marks(study, dataset, series.target_angstrom, tracks(study, dataset))
    with style.figure(0.45 + 0.06 * len(curves)) as made:
        ax = made.subplots()
        draw.draw_stack(ax, curves, series.target_angstrom, phases, in_order=True)
        made.suptitle(dataset.title, fontsize=7.5)
        style.save(made, stem)


def _lines(study: Study, planned: Planned, stem: Path) -> None:
    dataset = planned.datasets[0]
    found = load(study, dataset, "track", PeakTracks)
    assert found is not None  # noqa: S101  (planned only where lines are followed)
    name = draw.choose_axis([found.covariates], against(study, dataset))
    rows = -(-len(found.lines.hkl) // 3)
    with style.figure(1.1 + 0.05 * rows) as made:
        axes = made.subplots(3, 1, sharex=True)
        draw.draw_tracks(axes, found, name, changes(study, dataset))
        axes[0].set_title(f"{dataset.title}: {found.lines.phase[0]}")
        style.save(made, stem)


def _cell(study: Study, planned: Planned, stem: Path) -> None:
    dataset = planned.datasets[0]
    found = load(study, dataset, "cell", CellSeries)
    assert found is not None  # noqa: S101  (planned only where there is a cell)
    count = draw.panel_count(found)
    with style.figure(0.15 + _PANEL * count) as made:
        draw.draw_cells(
            list(np.atleast_1d(made.subplots(count, 1, sharex=True))),
            [draw.NamedCell(dataset.title, found)],
            against(study, dataset),
            changes(study, dataset),
        )
        made.suptitle(f"{dataset.title}: {found.phase}", fontsize=7.5)
        style.save(made, stem)


def _fit(study: Study, planned: Planned, stem: Path) -> None:
    dataset = planned.datasets[0]
    series, found = patterns(study, dataset), load(study, dataset, "track", PeakTracks)
    assert found is not None  # noqa: S101  (planned only where lines are followed)
    used = options_of(study, dataset.name).track or TrackOptions()
    worst = worst_fit(found)  # it hides nothing
    curve = None if worst is None else fit_curve(series, found, *worst, used)
    with style.figure(0.9) as made:
        ax, rest = made.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        draw.draw_fit(ax, rest, curve, found)
        ax.set_title(_fit_title(dataset, found, worst), fontsize=6.5)
        style.save(made, stem)


def _fit_title(dataset: Dataset, found: PeakTracks, worst: tuple[int, int] | None) -> str:
    if worst is None:
        return dataset.title
    frame, line = worst
    fitted = int(np.isfinite(found.area_counts_deg).sum())
    which = f"frame {frame}, " if found.n_frames > 1 else ""
    chi2 = found.reduced_chi2[frame, line]
    return (
        f"{fill(dataset.title, _TITLE_LETTERS)}\n{which}{found.lines.label[line]}: "
        f"worst fit of {fitted}, reduced χ² {chi2:.3g}"
    )
