"""Changes over series: quantities scaled to their levels, the fitted curves, and where they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.covariates import shown
from pipeline.core.style import COLOURS, GREY, MARKERS
from pipeline.xrd.figures.axis import axis_title
from pipeline.xrd.figures.maps import with_sigma
from pipeline.xrd.figures.trends import Row, draw_row
from pipeline.xrd.records import Transitions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEQUENCE, EXPANSION = "sequence", "expansion"
_MARGIN = 0.03
_LETTERS = 60  # of a line of words in a panel
_MILLION = 1e6
_PER_UNIT = {
    "temperature_c": " / K",
    "voltage_v": " / V",
    "time_s": " / s",
    "charge_mah": " / mA h",
}


@dataclass(frozen=True, slots=True, eq=False)
class NamedChanges:
    """Changes of a data set, and its label."""

    label: str
    changes: Transitions


def change_names(named: Sequence[NamedChanges]) -> tuple[str, ...]:
    """Names of all changes, each once, in the order in which they were asked for."""
    return tuple(dict.fromkeys(name for one in named for name in one.changes.names))


def draw_changes_of(axes: Sequence[Axes], named: Sequence[NamedChanges]) -> None:
    """A panel for each change: 0 before and 1 after, points and curve of every sample, its onset as a band.

    Args:
        axes: as many as there are `change_names`, one above the other.
        named: data sets whose changes have one covariate.
    """
    for ax, name in zip(axes, change_names(named), strict=True):
        drawn = 0
        for rank, one in enumerate(named):
            if name in one.changes.names:
                drawn += _draw(ax, one, one.changes.names.index(name), rank)
        if drawn:
            _numbers(ax)
        else:  # not `nothing_to_show`, which would take the ticks of the panels that share the axis
            _say(ax, _why(named, name), (0.5, 0.5), GREY)
            ax.set_yticks([])
        ax.set_title(name.replace("_", " ") + _unit(named, name), loc="left", pad=2)
        ax.set_ylabel("before → after")
        if ax is not axes[-1]:
            ax.tick_params(labelbottom=False)
    _limits(axes, named)
    axes[-1].set_xlabel(axis_title(named[0].changes.covariate))
    _samples(axes[0].figure, named)


def _draw(ax: Axes, one: NamedChanges, i: int, rank: int) -> int:
    """Draw a change of a data set; say whether there was anything to draw."""
    c = one.changes
    if not np.isfinite(c.scaled_ratio[i]).any():
        return 0
    colour, marker = COLOURS[rank % len(COLOURS)], MARKERS[rank % len(MARKERS)]
    at = shown(c.covariate, c.at_of_covariate)
    onset, sigma = (
        float(shown(c.covariate, values[i]))
        for values in (c.onset_of_covariate, c.onset_sigma_of_covariate)
    )
    label = _number(c, i, onset, sigma)
    order = np.argsort(at, kind="stable")
    points = Row(label, at, c.scaled_ratio[i], c.scaled_sigma_ratio[i])
    draw_row(ax, points, colour, marker, joined=False)
    ax.plot(at[order], c.fitted_ratio[i][order], color=colour, lw=0.9)
    if np.isfinite(onset):
        ax.axvline(onset, color=colour, ls="--", lw=0.6)
        if np.isfinite(sigma):
            ax.axvspan(onset - sigma, onset + sigma, color=colour, alpha=0.2, lw=0)
    if c.models[i] == SEQUENCE and c.verdict[i]:
        _say(ax, c.verdict[i], (0.5, 0.08 + 0.1 * rank), colour)
    for level in (0.0, 1.0):
        ax.axhline(level, color=GREY, lw=0.3, zorder=0)
    return 1


def _number(c: Transitions, i: int, onset: float, sigma: float) -> str:
    """Onset of a change, slope of an expansion, else what became of it."""
    if np.isfinite(onset):
        return with_sigma(onset, sigma)
    slope, slope_sigma = c.slope_per_covariate[i], c.slope_sigma_per_covariate[i]
    if np.isfinite(slope):
        return with_sigma(slope * _MILLION, slope_sigma * _MILLION)
    return c.status[i].replace("_", " ")


def _unit(named: Sequence[NamedChanges], name: str) -> str:
    """Unit of a panel's numbers where it is not that of the axis: of the slope of an expansion."""
    for one in named:
        c = one.changes
        if name in c.names and c.models[c.names.index(name)] == EXPANSION:
            return rf" (10$^{{-6}}${_PER_UNIT.get(c.covariate, '')})"
    return ""


def _limits(axes: Sequence[Axes], named: Sequence[NamedChanges]) -> None:
    """All of the covariate in every panel, also where nothing changed."""
    every = np.concatenate([shown(n.changes.covariate, n.changes.at_of_covariate) for n in named])
    known = every[np.isfinite(every)]
    if known.size and np.ptp(known) > 0:
        margin = _MARGIN * float(np.ptp(known))
        for ax in axes:
            ax.set_xlim(float(known.min()) - margin, float(known.max()) + margin)


def _say(ax: Axes, text: str, place: tuple[float, float], colour: str) -> None:
    """Words in a panel, in lines that fit into it."""
    words = "\n".join(fill(line, _LETTERS) for line in text.splitlines())
    said = ax.text(
        *(*place, words), ha="center", va="center", transform=ax.transAxes, color=colour, fontsize=6
    )
    said.set_in_layout(False)


def _numbers(ax: Axes) -> None:
    """The onsets, above the panel, each behind its symbol."""
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.99),
        borderaxespad=0.0,
        borderpad=0.1,
        ncols=4,
        handlelength=0.8,
        handletextpad=0.3,
        columnspacing=0.8,
    )


def _samples(figure: Any, named: Sequence[NamedChanges]) -> None:
    """Which symbol is which sample, above everything."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            *([], []),
            ls="none",
            marker=MARKERS[i % len(MARKERS)],
            color=COLOURS[i % len(COLOURS)],
            label=one.label,
        )
        for i, one in enumerate(named)
    ]
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=3 if sum(len(n.label) for n in named) < _LETTERS - 15 else 1,
        title=r"onset ± 1 $\sigma$ of",
        title_fontsize=6.5,
    )


def _why(named: Sequence[NamedChanges], name: str) -> str:
    """Why a change is shown of no data set."""
    reasons = [
        f"{one.label}: {one.changes.reason[i] or one.changes.status[i]}"
        for one in named
        for i, other in enumerate(one.changes.names)
        if other == name
    ]
    return "\n".join(reasons)
