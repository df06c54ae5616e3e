"""Weight fractions of mixtures: a stacked bar for each sample and engine."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.esd import with_esd
from pipeline.core.style import GREY
from pipeline.rietveld.figures.fitted import CROSS, engine_label
from pipeline.rietveld.figures.numbers import NamedRefinements, engines_of, phase_colour, quantity
from pipeline.rietveld.records import FitStatus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WRITTEN_PERCENT = 9.0  # narrower parts are not labelled
_FONT_POINTS = 6.0
_THICK = 0.72
_LABEL_LETTERS = 32
QUANTITIES = (("weight_percent", ""), ("weight_brindley_percent", "corrected"))
"""What a bar shows: as refined, and corrected for microabsorption where that was asked for."""


def bars_of(named: Sequence[NamedRefinements]) -> list[tuple[NamedRefinements, int, str, str]]:
    """Bars from above to below: data set, row, quantity, and its label.

    Returns:
        A bar for each frame and engine, one more where the weights were corrected.
    """
    made = []
    alone = len(engines_of(named)) == 1
    for one in named:
        for i, engine in enumerate(one.found.engine):
            frame = f" {one.found.frame[i]:.0f}" if one.frame_count > 1 else ""
            who = "" if alone else engine_label(engine)
            for name, what in QUANTITIES:
                known = any(
                    np.isfinite(quantity(one.found, name, p)[0][i]) for p in one.found.phases
                )
                if known or not what:
                    said = ", ".join(part for part in (f"{one.label}{frame}", who, what) if part)
                    made.append((one, i, name, fill(said, _LABEL_LETTERS)))
    return made


def draw_weights(ax: Axes, named: Sequence[NamedRefinements]) -> None:
    """Weight fractions as refined, one bar below the other; each part ends in the error bar of its own sigma.

    A refinement that is no answer has no bar, but its reason.

    Args:
        ax: where to draw; as high as `bars_of` gives bars.
        named: data sets of several phases.
    """
    bars = bars_of(named)
    phases = list(dict.fromkeys(p for one in named for p in one.found.phases))
    labelled: set[str] = set()
    for place, (one, row, name, _) in enumerate(bars):
        left = 0.0
        if one.found.status[row] is not FitStatus.OK:
            why = f"{CROSS} refused: {one.found.reason[row]}"
            ax.text(1, place, why, va="center", fontsize=_FONT_POINTS, color=GREY, clip_on=True)
            continue
        for phase in one.found.phases:
            value, sigma = (float(v[row]) for v in quantity(one.found, name, phase))
            if not np.isfinite(value):
                continue
            colour = phase_colour(phases.index(phase))
            ax.barh(
                place,
                value,
                _THICK,
                left,
                color=colour,
                alpha=0.55,
                lw=0,
                label=f"_{phase}" if phase in labelled else phase,
            )
            labelled.add(phase)
            left += value
            ax.errorbar(left, place, xerr=sigma, ls="none", color="black", elinewidth=0.8)
            if value > _WRITTEN_PERCENT:
                text = with_esd(value, sigma)
                middle = left - value / 2
                ax.text(middle, place, text, ha="center", va="center", fontsize=_FONT_POINTS)
    ax.set_yticks(range(len(bars)), [label for *_, label in bars])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(bars) - 0.5, -0.5)
    ax.set_xlim(0, 102)
    ax.set_xlabel("weight (%)")
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        ax.figure.legend(handles, labels, loc="outside upper center", ncols=4)
