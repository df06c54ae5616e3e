"""Pages of several panels: refined patterns one below the other, numbers of samples and series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.style import GREY
from pipeline.rietveld.figures.fitted import FittedPattern
from pipeline.rietveld.figures.numbers import NamedRefinements, panels_of
from pipeline.rietveld.figures.pattern import (
    BACKGROUND,
    CALCULATED,
    DIFFERENCE,
    OBSERVED,
    PHASES,
    draw_refinement,
)
from pipeline.rietveld.figures.trends import draw_samples, draw_series, refusals

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_ROW, _LEGEND = 0.37, 0.05  # of the figure's width
_PANEL = 0.19
_NOTE_POINTS = 6.0


def page_height(count: int) -> float:
    """Height over width of a page of refined patterns, two journal columns wide."""
    return _LEGEND + _ROW * count


def draw_refinements(
    made: Figure, patterns: Sequence[FittedPattern], wavelength_angstrom: float
) -> None:
    """Refined patterns, one below the other.

    Args:
        made: an empty figure, two journal columns wide and `page_height` high.
        patterns: at least one.
        wavelength_angstrom: for the label of the angles; NaN where it is unknown.
    """
    grid = made.subplots(
        2 * len(patterns),
        2,
        sharex=False,
        squeeze=False,
        width_ratios=(1.75, 1),
        height_ratios=[5, 1] * len(patterns),
    )
    for i, pattern in enumerate(patterns):
        above, below = grid[2 * i], grid[2 * i + 1]
        draw_refinement(above[0], below[0], above[1], below[1], pattern)
        above[1].set_ylabel("")
    at = f" at {wavelength_angstrom:.5g} Å" if np.isfinite(wavelength_angstrom) else ""
    for ax in grid[-1]:
        ax.set_xlabel(f"2θ (°){at}")
    made.align_ylabels(grid[:, 0])
    handles = legend_handles(patterns)
    made.legend(
        handles=handles,
        loc="outside upper center",
        ncols=len(handles),
        handlelength=1.4,
        columnspacing=1.4,
    )


def numbers_height(named: Sequence[NamedRefinements]) -> float:
    """Height over width of a page of numbers, two journal columns wide."""
    return 0.12 + _PANEL * -(-len(panels_of(named)) // 2)


def draw_numbers(made: Figure, named: Sequence[NamedRefinements], *, series: bool = False) -> None:
    """Mixing, coordinates and cell, two panels in a row; below them why refinements are no answers.

    Args:
        made: an empty figure, two journal columns wide and `numbers_height` high.
        named: samples; of a series the one.
        series: draw against what changed, not side by side.
    """
    panels = panels_of(named)
    columns = min(2, len(panels))
    grid = made.subplots(-(-len(panels) // columns), columns, squeeze=False, sharex=True)
    axes = list(grid.flat)
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    if series:
        draw_series(axes[: len(panels)], panels, named[0])
    else:
        draw_samples(axes[: len(panels)], panels, named)
    for i, ax in enumerate(axes[: len(panels)]):
        below = i + columns < len(panels)
        ax.tick_params(labelbottom=not below)
        if below:
            ax.set_xlabel("")
    for k in range(columns):
        made.align_ylabels(grid[:, k])
    handles, labels = axes[0].get_legend_handles_labels()
    if handles:
        made.legend(handles, labels, loc="outside upper center", ncols=len(handles))
    note = refusals(named)
    if note:
        made.supxlabel(note, x=0.02, ha="left", fontsize=_NOTE_POINTS, color=GREY)


def legend_handles(patterns: Sequence[FittedPattern]) -> list[Line2D]:
    """What stands for what, in the usual order; the phases are those of all patterns."""
    from matplotlib.lines import Line2D

    made = [Line2D([], [], ls="none", marker=".", ms=4, mew=0, color=OBSERVED, label="observed")]
    made += [
        Line2D([], [], color=colour, lw=1.0, label=name)
        for name, colour in (
            ("calculated", CALCULATED),
            ("background", BACKGROUND),
            ("difference", DIFFERENCE),
        )
    ]
    phases = dict.fromkeys(t.phase for p in patterns for t in p.ticks)
    made += [
        Line2D([], [], ls="none", marker="|", ms=5, color=PHASES[i % len(PHASES)], label=phase)
        for i, phase in enumerate(phases)
    ]
    return made
