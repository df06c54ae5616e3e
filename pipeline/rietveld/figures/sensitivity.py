"""The sensitivity table as a plot: the mixing under each choice."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.esd import with_esd
from pipeline.core.style import COLOURS, GREY, MARKERS
from pipeline.rietveld.figures.fitted import CROSS, engine_label
from pipeline.rietveld.records import FitStatus, Sensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Choice = tuple[str, bool, bool]

_BESIDE = 0.44  # between engines at one choice
_REASON_LETTERS = 90
_LEFT_POINTS = (100.0, 62.0, 25.0)  # from the axes to the middle of each column
_RIGHT_POINTS = (24.0, 62.0)
_FONT_POINTS = 6.5
_YES, _NO = "yes", "no"
_QUANTITIES = (
    ("mixing_percent", "cation mixing of {phase} (%)", "mixing (%)"),
    ("z_o", "$z$ of O in {phase}", "$z$ of O"),
    ("c_angstrom", "c of {phase} (Å)", "c (Å)"),
    ("a_angstrom", "a of {phase} (Å)", "a (Å)"),
)


def choices_of(found: Sensitivity) -> tuple[Choice, ...]:
    """Choices, each once, in order of appearance."""
    return tuple(dict.fromkeys(_rows(found)))


def shown_quantity(found: Sensitivity) -> tuple[str, str, str]:
    """What is drawn: the mixing; where that was refined in no row, the first other number that was.

    Returns:
        Name of the column, label of the axis, label of the column of numbers.
    """
    for name, label, short in _QUANTITIES:
        _, sigma = found.derived.column(name)
        if np.isfinite(sigma).any():
            return name, label, short
    return _QUANTITIES[0]


def draw_sensitivity(ax: Axes, found: Sensitivity) -> None:
    """The mixing with its sigma under each choice, a row each; the study's own choice on a band of its one sigma.

    A choice whose refinement is no answer stands with its reason in place of a point. Of a phase without mixing, the
    oxygen height or the cell is shown.

    Args:
        ax: where to draw; the choices are named to its left, numbers and R factors to its right.
        found: the table.
    """
    from matplotlib.patches import Patch

    choices = choices_of(found)
    engines = tuple(dict.fromkeys(found.engine))
    name, label, short = shown_quantity(found)
    for rank, engine in enumerate(engines):
        shift = _BESIDE * (rank - (len(engines) - 1) / 2)
        _draw_engine(ax, found, engine, name, rank, shift)
    for row, asked in zip(_rows(found), found.as_asked, strict=True):
        if asked:
            place = choices.index(row)
            ax.axhspan(place - 0.5, place + 0.5, color=GREY, alpha=0.15, lw=0, zorder=0)
            break
    ax.set_ylim(len(choices) - 0.5, -0.5)
    ax.set_yticks([])
    if not any(s is FitStatus.OK for s in found.status):
        ax.set_xticks([])
    ax.set_xlabel(label.format(phase=found.phase))
    for i, choice in enumerate(choices):
        _left(ax, i, (choice[0], *(_YES if c else _NO for c in choice[1:])))
    _left(ax, -0.9, ("factors", "f\u2032, f\u2033", "pref. or."))
    _right(ax, -0.9, (short, "$R_{wp}$ (%)"))
    handles, _ = ax.get_legend_handles_labels()
    own = Patch(color=GREY, alpha=0.3, lw=0, label="as the study asks")
    handles = [*handles, *([own] if any(found.as_asked) else [])]
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(handles))


def _rows(found: Sensitivity) -> list[Choice]:
    return list(zip(found.scattering_factors, found.dispersion, found.orientation, strict=True))


def _draw_engine(
    ax: Axes, found: Sensitivity, engine: str, name: str, rank: int, shift: float
) -> None:
    """Points of one engine, the band of the study's choice, numbers and reasons."""
    value, sigma = found.derived.column(name)
    choices, rows = choices_of(found), _rows(found)
    mine = [i for i, e in enumerate(found.engine) if e == engine]
    at = np.array([choices.index(rows[i]) + shift for i in mine])
    good = np.array([found.status[i] is FitStatus.OK for i in mine], dtype=bool)
    colour = COLOURS[rank % len(COLOURS)]
    ax.errorbar(
        np.where(good, value[mine], np.nan),
        at,
        xerr=np.where(good, sigma[mine], np.nan),
        ls="none",
        marker=MARKERS[rank % len(MARKERS)],
        mew=0,
        elinewidth=0.7,
        color=colour,
        label=engine_label(engine),
    )
    for i, place, stands in zip(mine, at, good, strict=True):
        if not stands:
            _refuse(ax, found.reason[i] or found.status[i].value, float(place))
            continue
        number = with_esd(float(value[i]), float(sigma[i]))
        _right(ax, float(place), (number, f"{found.rwp_percent[i]:.2f}"))
        if found.as_asked[i] and np.isfinite(sigma[i]):
            ends = value[i] - sigma[i], value[i] + sigma[i]
            ax.axvspan(*ends, color=colour, alpha=0.12, lw=0, zorder=0)


def _left(ax: Axes, place: float, words: Sequence[str]) -> None:
    """Columns of words to the left of a row."""
    for word, shift in zip(words, _LEFT_POINTS, strict=True):
        _beside(ax, place, word, 0.0, -shift)


def _right(ax: Axes, place: float, words: Sequence[str]) -> None:
    """Columns of words to the right of a row."""
    for word, shift in zip(words, _RIGHT_POINTS, strict=True):
        _beside(ax, place, word, 1.0, shift)


def _beside(ax: Axes, place: float, word: str, side: float, shift_points: float) -> None:
    ax.annotate(
        word,
        (side, place),
        xycoords=("axes fraction", "data"),
        xytext=(shift_points, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=_FONT_POINTS,
        annotation_clip=False,
    )


def _refuse(ax: Axes, reason: str, place: float) -> None:
    """The reason in place of a point."""
    ax.annotate(
        f"{CROSS} refused: " + shorten(reason, _REASON_LETTERS, placeholder=" ..."),
        (0.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=_FONT_POINTS - 1,
        color=GREY,
    )
