"""Cells: of a series against its covariate, or of several samples side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.style import COLOURS, GREY, MARKERS, nothing_to_show
from pipeline.xrd.figures.axis import FRAME, axis_title, choose_axis, places
from pipeline.xrd.figures.trends import Row, draw_changes, draw_row
from pipeline.xrd.records import CellSeries, Transitions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LENGTHS = {
    "cubic": "a",
    "tetragonal": "ac",
    "hexagonal": "ac",
}  # of the others, all three
_FEWEST_PLACES = 3  # fewer single patterns are told apart by their names
_NOTHING = "no cell could be fitted"


@dataclass(frozen=True, slots=True, eq=False)
class NamedCell:
    """Cells of a data set, and its label."""

    label: str
    cells: CellSeries


@dataclass(frozen=True, slots=True, eq=False)
class _Quantity:
    """What one panel shows: the label of its axis, numbers of a data set, and how a change of it is called."""

    title: str
    values: FloatArray
    sigma: FloatArray
    model_sigma: FloatArray | None
    called: tuple[str, ...]
    name: str = ""


def panel_count(cells: CellSeries) -> int:
    """Panels that a cell takes: its free lengths, the volume, and each ratio and splitting."""
    return len(_quantities(cells))


def draw_cells(
    axes: Sequence[Axes],
    named: Sequence[NamedCell],
    against: str = "",
    changes: Transitions | None = None,
) -> None:
    """Lengths, volume, ratios and splittings, a panel each; bars are one sigma, the pale band is the model sigma.

    The model sigma is common to a whole series: it moves all points together. Data sets
    with one frame each and nothing to order them by stand side by side under their names.

    Args:
        axes: as many as `panel_count` says for the first, one above the other.
        named: data sets.
        against: covariate that the study asks for, '' for any.
        changes: changes whose onsets are drawn.
    """
    known = [n for n in named if np.isfinite(n.cells.a_angstrom).any()]
    if not known:
        for ax in axes:
            nothing_to_show(ax, _NOTHING if ax is axes[0] else "")
        return
    name = choose_axis([n.cells.covariates for n in known], against)
    single = all(n.cells.a_angstrom.size == 1 for n in known)
    different = {float(places(n.cells.covariates, name)[0]) for n in known} if single else set()
    side_by_side = single and (name == FRAME or len(different) < _FEWEST_PLACES)
    titles = [q.name or q.title for q in _quantities(known[0].cells)]
    for ax, title in zip(axes, titles, strict=False):
        for i, one in enumerate(known):
            mine = [q for q in _quantities(one.cells) if (q.name or q.title) == title]
            if not mine:
                continue
            quantity = mine[0]
            at = np.array([float(i)]) if side_by_side else places(one.cells.covariates, name)
            colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
            draw_row(ax, Row(one.label, at, quantity.values, quantity.sigma), colour, marker)
            _band(ax, at, quantity, colour, alone=side_by_side)
            ax.set_ylabel(quantity.title)
            draw_changes(ax, changes, name, quantity.called)
        if not any(np.isfinite(line.get_ydata()).any() for line in ax.lines):
            ax.text(0.5, 0.5, "not found", ha="center", transform=ax.transAxes, color=GREY)
            ax.set_yticks([])
    _frame(axes, known, name, side_by_side=side_by_side)


def _quantities(cells: CellSeries) -> list[_Quantity]:
    made = [
        _Quantity(
            f"{length} (Å)",
            getattr(cells, f"{length}_angstrom"),
            getattr(cells, f"{length}_sigma_angstrom"),
            getattr(cells, f"{length}_model_sigma_angstrom"),
            (length,),
        )
        for length in _LENGTHS.get(cells.system, "abc")
    ]
    made.append(
        _Quantity(
            "V (Å³)",
            cells.volume_angstrom3,
            cells.volume_sigma_angstrom3,
            cells.volume_model_sigma_angstrom3,
            ("volume",),
        )
    )
    for names, values, sigma, title, called in (
        (cells.ratio_names, cells.intensity_ratio, cells.intensity_sigma_ratio, "{}", "ratio"),
        (
            cells.splitting_names,
            cells.splitting_deg,
            cells.splitting_sigma_deg,
            "{} (°)",
            "splitting",
        ),
    ):
        for k, one in enumerate(names):
            label = title.format(one)
            made.append(_Quantity(label, values[:, k], sigma[:, k], None, (called,), one))
    return made


def _band(ax: Axes, at: FloatArray, quantity: _Quantity, colour: str, *, alone: bool) -> None:
    """The model sigma about the numbers; it does not widen the axes, whose range the numbers set."""
    if quantity.model_sigma is None or not np.isfinite(quantity.model_sigma).any():
        return
    limits = ax.get_ylim()
    low, high = quantity.values - quantity.model_sigma, quantity.values + quantity.model_sigma
    if alone:
        ax.errorbar(
            at,
            quantity.values,
            yerr=quantity.model_sigma,
            ls="none",
            color=colour,
            alpha=0.3,
            lw=3,
            capsize=0,
        )
        return
    ax.fill_between(at, low, high, color=colour, alpha=0.15, lw=0)
    ax.set_ylim(limits)


def _frame(
    axes: Sequence[Axes], known: Sequence[NamedCell], name: str, *, side_by_side: bool
) -> None:
    """Ticks, labels and legend of all panels."""
    for ax in axes:
        ax.locator_params(axis="y", nbins=5)
        if ax is not axes[-1]:
            ax.tick_params(labelbottom=False)
    axes[0].figure.align_ylabels(list(axes))
    axes[0].set_title(r"bars 1 $\sigma$, pale: model $\sigma$", loc="right", fontsize=5.5, pad=2)
    if side_by_side:
        axes[-1].set_xticks(range(len(known)), [n.label for n in known], rotation=25, ha="right")
        axes[-1].set_xlim(-0.6, len(known) - 0.4)
        return
    axes[-1].set_xlabel(axis_title(name))
    if len(known) > 1:
        axes[0].legend(loc="best", handlelength=1.2)
