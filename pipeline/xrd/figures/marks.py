"""Marks of reflections: a tick where each belongs, its indices above without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from pipeline.core.arrays import FloatArray
from pipeline.core.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FONT_POINTS = 5.5
_LEADER_POINTS = 5.0
_LINE_SPACING = 1.25  # of the type's size, between labels that stand side by side


@dataclass(frozen=True, slots=True)
class Marks:
    """Reflections of one phase: labels such as `003`, and angles on the axis drawn `(n_lines,)`; NaN is left out."""

    phase: str
    hkl: tuple[str, ...]
    two_theta_deg: FloatArray


def spread(places: FloatArray, apart: float, low: float, high: float) -> FloatArray:
    """Move places as little as it takes for each two to be `apart`, within `low` to `high`.

    Least squares under `y[i+1] - y[i] >= apart`: isotonic regression of `places - i apart`
    (R. E. Barlow et al., Statistical Inference under Order Restrictions, 1972).

    Args:
        places: `(n,)`, ascending.
        apart: least distance; less where there is no room for it.
        low: least place.
        high: greatest place.

    Returns:
        New places `(n,)`, ascending.
    """
    count = places.size
    if count == 0:
        return places
    apart = min(apart, (high - low) / max(count - 1, 1))
    steps = apart * np.arange(count)
    level = isotonic_regression(places - steps).x
    return np.asarray(np.clip(level, low, high - steps[-1]) + steps)


def draw_marks(ax: Axes, phases: Sequence[Marks]) -> None:
    """Indices above the axes, a thin line from each to its angle; one colour a phase.

    The limits of the angles must be set before.
    """
    low, high = ax.get_xlim()
    inside = [
        (angle, hkl, rank)
        for rank, marks in enumerate(phases)
        for angle, hkl in zip(marks.two_theta_deg, marks.hkl, strict=True)
        if low <= angle <= high
    ]
    inside.sort(key=lambda item: item[0])
    if inside:
        ax.figure.get_figure(root=True).draw_without_rendering()  # the layout decides the room
    width, height = size_points(ax)
    apart = _LINE_SPACING * FONT_POINTS * (high - low) / width
    at = spread(np.array([angle for angle, _, _ in inside]), apart, low, high)
    for (angle, hkl, rank), place in zip(inside, at, strict=True):
        ax.annotate(
            hkl,
            xy=(angle, 1.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(place, 1 + _LEADER_POINTS / height),
            textcoords=("data", "axes fraction"),
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=FONT_POINTS,
            color=mark_colour(rank, len(phases)),
            arrowprops={
                "arrowstyle": "-",
                "lw": 0.4,
                "color": mark_colour(rank, len(phases)),
                "shrinkA": 0,
                "shrinkB": 0,
                "relpos": (0.5, 0.0),
            },
            annotation_clip=False,
        )


def mark_colour(rank: int, count: int) -> str:
    """Colour of a phase: black where it is the only one."""
    return "black" if count == 1 else COLOURS[rank % len(COLOURS)]


def size_points(ax: Axes) -> tuple[float, float]:
    """Size of the axes as last laid out."""
    place, figure = ax.get_position(), ax.figure
    points = 72 / figure.dpi
    return place.width * figure.bbox.width * points, place.height * figure.bbox.height * points
