"""Numbers of frames against a covariate, with their errors; limits as arrows; where changes begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import shown
from pipeline.core.style import GREY
from pipeline.xrd.records import Transitions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 400  # more points than this are drawn as an image, so that the page stays small
_FEW = 12  # fewer points than this are joined by no line
_MOST_ARROWS = 25
_ARROW_POINTS = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Numbers of one line or data set `(n_frames,)` with sigma, at their places; NaN where there is none."""

    label: str
    at_of_covariate: FloatArray
    values: FloatArray
    sigma: FloatArray
    limits: FloatArray | None = None


def draw_row(ax: Axes, row: Row, colour: Any, marker: str, *, joined: bool = True) -> None:
    """Points with error bars, joined where neighbours are both there; arrows down from upper limits."""
    many = row.values.size > MANY
    ax.errorbar(
        row.at_of_covariate,
        row.values,
        yerr=row.sigma,
        ls="-" if joined and row.values.size >= _FEW and not many else "none",
        lw=0.4,
        marker=marker,
        ms=0.8 if many else 1.8 if row.values.size >= _FEW else 3.5,
        mew=0,
        elinewidth=0.3 if many else 0.5,
        capsize=0,
        color=colour,
        label=row.label,
        rasterized=many,
    )
    if row.limits is not None:
        _arrows(ax, row.at_of_covariate, row.limits, colour)


def _arrows(ax: Axes, at: FloatArray, limits: FloatArray, colour: Any) -> None:
    """An arrow from each upper limit downwards; of a long row of them, some."""
    from matplotlib.path import Path

    there = np.flatnonzero(np.isfinite(limits) & np.isfinite(at))
    there = there[:: max(1, -(-there.size // _MOST_ARROWS))]
    arrow = Path(  # a bar at the limit, a shaft down, two barbs
        [(-0.25, 0), (0.25, 0), (0, 0), (0, -1), (-0.2, -0.65), (0, -1), (0.2, -0.65)],
        [Path.MOVETO, Path.LINETO, *[Path.MOVETO, Path.LINETO] * 2, Path.LINETO],
    )
    style: Any = {"marker": arrow, "ms": _ARROW_POINTS, "mfc": "none", "mew": 0.5}
    if there.size:
        ax.plot(at[there], limits[there], ls="none", color=colour, label="_limits", **style)


def draw_changes(
    ax: Axes, changes: Transitions | None, name: str, quantities: tuple[str, ...]
) -> None:
    """Where changes of these quantities begin: a line at the onset, a band of one sigma.

    Args:
        ax: axes with the covariate to the right.
        changes: the changes of the data set; None for none.
        name: the covariate of the axes; changes with another are not drawn.
        quantities: quantities that the axes show, such as `("position", "spacing")`.
    """
    if changes is None or changes.covariate != name:
        return
    for i, quantity in enumerate(changes.quantity):
        onset, sigma = (
            float(shown(name, values[i]))
            for values in (changes.onset_of_covariate, changes.onset_sigma_of_covariate)
        )
        if quantity.split()[0] not in quantities or not np.isfinite(onset):
            continue
        ax.axvline(onset, color=GREY, ls="--", lw=0.6, zorder=0.5)
        if np.isfinite(sigma):
            ax.axvspan(onset - sigma, onset + sigma, color=GREY, alpha=0.3, lw=0, zorder=0.4)
