"""Mixing, coordinates and cell of samples side by side, or of a series against its covariate."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill, shorten
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import LABELS, first_that_varies, shown
from pipeline.core.style import COLOURS, MARKERS, nothing_to_show
from pipeline.rietveld.figures.fitted import CROSS, engine_label
from pipeline.rietveld.figures.numbers import (
    WEIGHTS,
    NamedRefinements,
    Panel,
    engines_of,
    phase_colour,
    quantity,
)
from pipeline.rietveld.records import FitStatus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COVARIATE_FREE = "frame"
_BESIDE = 0.13  # between engines at one sample
_REPEATS = 0.05  # between repeats of one sample
_CROSSES = ("x", "+")  # two engines' at one frame are both seen
_LEVEL, _STEEP = 2, 12  # samples; the names of more are slanted, of yet more upright
_LABEL_LETTERS = 24
_MANY = 60  # frames; more are drawn with smaller points
_MOST_REASONS = 4
_NOTE_LETTERS = 130
_REASON_LETTERS = 100
_NOTE_POINTS = 6.0


def draw_samples(
    axes: Sequence[Axes], panels: Sequence[Panel], named: Sequence[NamedRefinements]
) -> None:
    """A panel for each quantity, samples side by side, engines with markers of their own; bars are one sigma.

    A cross on the foot marks a refinement that is no answer.

    Args:
        axes: as many as `panels`, two in a row; the last two carry the names of the samples.
        panels: what is drawn.
        named: the samples.
    """
    engines = engines_of(named)
    for ax, panel in zip(axes, panels, strict=True):
        for rank, engine in enumerate(engines):
            at, value, sigma = [], [], []
            for i, one in enumerate(named):
                rows = one.rows_of(engine)
                middle = i + _BESIDE * (rank - (len(engines) - 1) / 2)
                own, own_sigma = quantity(one.found, panel.quantity)
                at += [middle + _REPEATS * (k - (len(rows) - 1) / 2) for k in range(len(rows))]
                value += own[rows].tolist()
                sigma += own_sigma[rows].tolist()
            _points(ax, np.array(at), np.array(value), np.array(sigma), engine, rank)
            _refused(ax, np.array(at), _no_answers(named, engine), rank)
        ax.set_ylabel(panel.title)
        slope = 0 if len(named) <= _LEVEL else 30 if len(named) <= _STEEP else 90
        ax.set_xticks(
            range(len(named)),
            [fill(one.label, _LABEL_LETTERS) for one in named],
            rotation=slope,
            ha="right" if slope == 30 else "center",
        )
        ax.set_xlim(-0.6, len(named) - 0.4)
        ax.tick_params(axis="x", top=False, bottom=False)
        _empty(ax, [one.found.main_phase for one in named])


def draw_series(axes: Sequence[Axes], panels: Sequence[Panel], one: NamedRefinements) -> None:
    """A panel for each quantity, against what changed; a refinement that is no answer is a gap and a cross.

    Args:
        axes: as many as `panels`.
        panels: what is drawn.
        one: the series.
    """
    found = one.found
    name = first_that_varies([found.covariates]) or COVARIATE_FREE
    at = found.frame if name == COVARIATE_FREE else shown(name, getattr(found.covariates, name))
    for ax, panel in zip(axes, panels, strict=True):
        phases = found.phases if panel is WEIGHTS else (found.main_phase,)
        for rank, engine in enumerate(engines_of([one])):
            rows = one.rows_of(engine)
            for k, phase in enumerate(phases):
                value, sigma = quantity(found, panel.quantity, phase)
                colour = phase_colour(k) if panel is WEIGHTS else ""
                _points(ax, at[rows], value[rows], sigma[rows], engine, rank, colour, joined=True)
                if panel is WEIGHTS and rank == 0:
                    _name_at_end(ax, at[rows], value[rows], phase, colour)
            _refused(ax, at[rows], _no_answers([one], engine), rank)
        ax.set_ylabel(panel.title)
        ax.set_xlabel(LABELS.get(name, COVARIATE_FREE))
        _empty(ax, [found.main_phase])


def _points(
    ax: Axes,
    at: FloatArray,
    value: FloatArray,
    sigma: FloatArray,
    engine: str,
    rank: int,
    colour: str = "",
    *,
    joined: bool = False,
) -> None:
    many = at.size > _MANY
    order = np.argsort(at, kind="stable") if joined else np.arange(at.size)
    ax.errorbar(
        at[order],
        value[order],
        yerr=sigma[order],
        ls="-" if joined else "none",
        lw=0.4,
        marker=MARKERS[rank % len(MARKERS)],
        ms=1.8 if many else 4.5 if rank else 3.2,
        mfc="none" if rank else None,  # the first is seen through those that hit the same place
        mew=0.7 if rank else 0,
        elinewidth=0.6,
        capsize=0,
        color=colour or COLOURS[rank % len(COLOURS)],
        label=engine_label(engine),
    )


def _no_answers(named: Sequence[NamedRefinements], engine: str) -> FloatArray:
    """1 where a row of an engine is no answer, in the order in which points are drawn."""
    return np.array(
        [one.found.status[i] is not FitStatus.OK for one in named for i in one.rows_of(engine)],
        dtype=float,
    )


def _refused(ax: Axes, at: FloatArray, refused: FloatArray, rank: int) -> None:
    """Crosses on the foot of the panel, where no number can be, in the colour of the engine."""
    there = (refused > 0) & np.isfinite(at)
    if there.any():
        ax.plot(
            at[there],
            np.zeros(int(there.sum())),
            transform=ax.get_xaxis_transform(),
            ls="none",
            marker=_CROSSES[rank % len(_CROSSES)],
            ms=4.0,
            mew=0.8,
            color=COLOURS[rank % len(COLOURS)],
            clip_on=False,
            zorder=5,
            label="_refused",
        )


def _name_at_end(ax: Axes, at: FloatArray, value: FloatArray, phase: str, colour: str) -> None:
    known = np.flatnonzero(np.isfinite(at) & np.isfinite(value))
    if known.size:
        last = known[np.argmax(at[known])]
        ax.annotate(
            phase,
            (at[last], value[last]),
            xytext=(0, 4),
            textcoords="offset points",
            ha="right",
            fontsize=_NOTE_POINTS,
            color=colour,
        )


def _empty(ax: Axes, phases: Sequence[str]) -> None:
    """Say so where no refinement stands."""
    if any(np.isfinite(np.asarray(c[0].get_ydata(), dtype=float)).any() for c in ax.containers):
        ax.locator_params(axis="y", nbins=5)
        return
    nothing_to_show(ax, f"no refinement of {phases[0]} gave one")


def refusals(named: Sequence[NamedRefinements]) -> str:
    """Why refinements are no answers, a line each; those of a reason together. '' where all are."""
    reasons: dict[tuple[str, str, str], list[int]] = {}
    for one in named:
        for i, status in enumerate(one.found.status):
            if status is not FitStatus.OK:
                key = (one.label, one.found.engine[i], one.found.reason[i] or status.value)
                reasons.setdefault(key, []).append(int(one.found.frame[i]))
    lines = []
    alone = {one.label for one in named if one.frame_count == 1}
    for (label, engine, reason), frames in list(reasons.items())[:_MOST_REASONS]:
        where = "" if label in alone else f", {_frames(frames)}"
        why = shorten(reason, _REASON_LETTERS, placeholder=" ...")
        lines.append(fill(f"{CROSS} {label}, {engine_label(engine)}{where}: {why}", _NOTE_LETTERS))
    if len(reasons) > _MOST_REASONS:
        lines.append(f"{CROSS} and {len(reasons) - _MOST_REASONS} more: see rietveld.csv")
    return "\n".join(lines)


def _frames(frames: Sequence[int]) -> str:
    first = ", ".join(str(f) for f in frames[:3])
    more = f" and {len(frames) - 3} more" if len(frames) > 3 else ""
    return f"frame{'s' if len(frames) > 1 else ''} {first}{more}"
