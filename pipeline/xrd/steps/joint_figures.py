"""Figures of several data sets: patterns, enlarged windows, cells, widths and changes side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.core import style
from pipeline.core.study import Dataset, Study
from pipeline.xrd import figures as draw
from pipeline.xrd import plan as steps
from pipeline.xrd.plan import TECHNIQUE, options_of
from pipeline.xrd.records import Broadening, CellSeries, ConvertedSeries, FrameStatus, PeakTracks
from pipeline.xrd.steps.planned import Planned
from pipeline.xrd.steps.shown import (
    against,
    changes,
    is_series,
    load,
    marks,
    patterns,
    phase_of,
    titles,
    tracks,
)
from pipeline.xrd.steps.windows import enlarged, reference_line

MOST_CURVES = 8
_PANEL = 0.3  # height of one panel of several, over the figure's width
_SEEN = ("phases", "track", "cell", "transitions")


def plan(study: Study) -> dict[str, Planned]:
    """Figures of the data sets that share a phase; of the changes, of those that share a covariate."""
    made: dict[str, Planned] = {}
    every = study.of(TECHNIQUE)
    phases = _groups(study, every, phase_of)
    for phase, own in phases.items():
        after = f"_{_name(phase)}" if len(phases) > 1 and phase else ""
        alone = tuple(d for d in own if not is_series(study, d))
        with_cell = tuple(d for d in alone if d.name in steps.with_cell(study))
        made[f"{TECHNIQUE}_patterns{after}"] = Planned(_patterns, own, ("read", "track"), _SEEN)
        if len(alone) > 1 and phase:
            made[f"{TECHNIQUE}_windows{after}"] = Planned(_windows, alone, ("read", "track"), _SEEN)
        if len(with_cell) > 1:
            made[f"{TECHNIQUE}_cell{after}"] = Planned(_cells, with_cell, ("cell",), _SEEN)
    widths = tuple(study.dataset(n) for n in steps.with_broadening(study))
    if widths:
        made[f"{TECHNIQUE}_broadening"] = Planned(_widths, widths, ("broadening",))
    changing = [study.dataset(n) for n in steps.with_transitions(study)]
    for name, own in _groups(study, changing, _against).items():
        target = f"{TECHNIQUE}_transitions_{name.partition('_')[0]}"
        made[target] = Planned(_transitions, own, ("transition",), ("transitions",))
    return made


def _groups(
    study: Study, datasets: Sequence[Dataset], key: Callable[[Study, str], str]
) -> dict[str, tuple[Dataset, ...]]:
    """Data sets by what they share, in the order of the table."""
    keys = [key(study, d.name) for d in datasets]
    return {
        one: tuple(d for d, own in zip(datasets, keys, strict=True) if own == one)
        for one in dict.fromkeys(keys)
    }


def _against(study: Study, name: str) -> str:
    return against(study, study.dataset(name))


def _name(phase: str) -> str:
    """A phase's name as part of a file's."""
    return re.sub(r"[^A-Za-z0-9]+", "_", phase).strip("_")


def _patterns(study: Study, planned: Planned, stem: Path) -> None:
    curves: list[draw.Curve] = []
    phases: list[draw.Marks] = []
    target = np.nan
    for dataset, title in zip(planned.datasets, titles(planned.datasets), strict=True):
        series = patterns(study, dataset)
        known = {m.phase for m in phases}
        found = tracks(study, dataset)
        target = target if np.isfinite(target) else series.target_angstrom
        phases += [
            m for m in marks(study, dataset, series.target_angstrom, found) if m.phase not in known
        ]
        curves += _ends(study, dataset, title, series)
    shown = curves[:MOST_CURVES]
    more = (
        "" if len(shown) == len(curves) else f", the first {len(shown)} of {len(curves)} patterns"
    )
    with style.figure(0.45 + 0.08 * len(shown)) as made:
        draw.draw_stack(made.subplots(), shown, target, phases)
        if more:
            made.suptitle(more.removeprefix(", "), fontsize=6.5)
        style.save(made, stem)


def _ends(study: Study, dataset: Dataset, title: str, series: ConvertedSeries) -> list[draw.Curve]:
    """The pattern of a data set; of a series, the first and the last."""
    beside = series.measured.covariates
    name = draw.choose_axis([beside], against(study, dataset))
    frames = draw.some_frames(series, 2)
    if len(frames) < 2:
        return [draw.curve_of(series, i, title) for i in frames]
    return [
        draw.curve_of(series, i, f"{title}, {draw.place_text(beside, name, i)}") for i in frames
    ]


def _windows(study: Study, planned: Planned, stem: Path) -> None:
    datasets = planned.datasets
    series = [patterns(study, d) for d in datasets]
    found = [tracks(study, d) for d in datasets]
    target = series[0].target_angstrom
    known = [one for one in found if one is not None]
    phases = [
        m
        for m in marks(study, datasets[0], target, found[0])
        if m.phase == phase_of(study, datasets[0].name)
    ]
    cell = options_of(study, datasets[0].name).cell
    windows = enlarged(phases[0], known, cell.splittings.values() if cell else ())
    over = reference_line(known, windows) if len(known) == len(datasets) else None
    curves = []
    for one, track, title in zip(series, found, titles(datasets), strict=True):
        for frame in draw.some_frames(one, 1):
            curve = draw.curve_of(one, frame, title)
            if over is not None and track is not None:
                curve = replace(curve, scale_counts=_height(track, frame, over))
            curves.append(curve)
    with style.figure(0.62) as made:
        axes = np.atleast_1d(made.subplots(1, len(windows)))
        for ax, window in zip(axes, windows, strict=True):
            draw.draw_window(ax, curves, window, phases)
        axes[0].set_ylabel(
            "intensity over largest" if over is None else f"intensity over height of ({over})"
        )
        made.supxlabel(draw.angle_label(target), fontsize=7.5)
        handles, labels = axes[0].get_legend_handles_labels()
        made.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 3))
        style.save(made, stem)


def _height(track: PeakTracks, frame: int, hkl: str) -> float:
    """Height of a line in a frame, NaN where it was not found."""
    place = track.lines.hkl.index(hkl)
    return float(track.height_counts[frame, place])


def _cells(study: Study, planned: Planned, stem: Path) -> None:
    named = []
    for dataset, title in zip(planned.datasets, titles(planned.datasets), strict=True):
        found = load(study, dataset, "cell", CellSeries)
        if found is not None:
            named.append(draw.NamedCell(title, found))
    count = draw.panel_count(named[0].cells)
    with style.figure(0.25 + _PANEL * count) as made:
        draw.draw_cells(list(np.atleast_1d(made.subplots(count, 1, sharex=True))), named)
        style.save(made, stem)


def _widths(study: Study, planned: Planned, stem: Path) -> None:
    named = []
    for dataset, title in zip(planned.datasets, titles(planned.datasets), strict=True):
        found = load(study, dataset, "broadening", Broadening)
        if found is None:
            continue
        good = [i for i, s in enumerate(found.status) if s is FrameStatus.OK]
        named.append(draw.NamedBroadening(title, found, good[0] if good else 0))
    with style.figure(0.75 + 0.05 * len(named)) as made:
        draw.draw_williamson_hall(made.subplots(), named)
        style.save(made, stem)


def _transitions(study: Study, planned: Planned, stem: Path) -> None:
    named = []
    for dataset, title in zip(planned.datasets, titles(planned.datasets), strict=True):
        found = changes(study, dataset)
        if found is not None:
            named.append(draw.NamedChanges(title, found))
    count = len(draw.change_names(named))
    with style.figure(0.4 + 0.36 * count) as made:
        draw.draw_changes_of(list(np.atleast_1d(made.subplots(count, 1, sharex=True))), named)
        style.save(made, stem)
