"""Patterns, one above the other, with the reflections of each phase; enlarged windows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.style import COLOURS, colour_map, nothing_to_show
from pipeline.xrd.figures.axis import angle_label
from pipeline.xrd.figures.marks import FONT_POINTS, Marks, draw_marks, mark_colour, size_points
from pipeline.xrd.records import ConvertedSeries

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEP = 0.72  # between two patterns, of the height of one; lines may reach into the next
_LABEL_LETTERS = 18  # of a line of a label beside the axes
_ROW_POINTS = 8.0  # height of a row of reflections' marks
_FLOOR_PERCENT = 5.0  # of a pattern, taken for its background
WITHOUT_PATTERN = "no pattern could be read"


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One pattern on the target's axis `(n_points,)`, and its label.

    `scale_counts` is what intensities are divided by where patterns are compared; NaN: their largest.
    """

    label: str
    two_theta_deg: FloatArray
    counts: FloatArray
    scale_counts: float = np.nan


def shown_axis(series: ConvertedSeries) -> tuple[FloatArray, FloatArray]:
    """Angles and intensities as they are shown `(n_frames, n_points)`: on the common grid where one was asked for."""
    if series.rebinned_deg is not None and series.rebinned_counts is not None:
        grid = np.broadcast_to(series.rebinned_deg, series.rebinned_counts.shape)
        return grid, series.rebinned_counts
    return series.two_theta_target_deg, series.measured.intensity_counts


def curve_of(series: ConvertedSeries, frame: int, label: str) -> Curve:
    """One frame of a series."""
    angles, counts = shown_axis(series)
    kept = np.isfinite(angles[frame]) & np.isfinite(counts[frame])
    return Curve(label, angles[frame][kept], counts[frame][kept])


def some_frames(series: ConvertedSeries, most: int) -> list[int]:
    """Good frames, evenly over the series, the first and the last among them."""
    good = np.flatnonzero([np.isfinite(row).any() for row in shown_axis(series)[1]])
    if good.size <= most:
        return [int(i) for i in good]
    return [int(good[i]) for i in np.linspace(0, good.size - 1, most).round().astype(int)]


def draw_stack(
    ax: Axes,
    curves: Sequence[Curve],
    target_angstrom: float,
    phases: Sequence[Marks] = (),
    *,
    in_order: bool = False,
) -> None:
    """Roots of the intensities, each pattern over its largest, the first at the bottom; reflections below and above.

    Args:
        ax: where to draw.
        curves: the patterns.
        target_angstrom: wavelength of their angles.
        phases: reflections of each phase.
        in_order: whether they are one series, coloured from dark to light.
    """
    drawn = [c for c in curves if c.counts.size and np.nanmax(c.counts) > 0]
    if not drawn:
        nothing_to_show(ax, WITHOUT_PATTERN)
        return
    colours = colour_map(len(drawn)) if in_order else COLOURS
    low = min(float(c.two_theta_deg[0]) for c in drawn)
    high = max(float(c.two_theta_deg[-1]) for c in drawn)
    for i, curve in enumerate(drawn):
        colour = colours[i % len(colours)]
        roots = _roots(curve.counts)
        ax.plot(curve.two_theta_deg, roots + _STEP * i, color=colour, lw=0.6)
        _beside(
            ax,
            fill(curve.label, _LABEL_LETTERS),
            _STEP * i + float(np.median(roots)),
            colour,
            "bottom",
        )
    ax.set_xlim(low, high)
    top = _STEP * (len(drawn) - 1) + 1.08
    share = _ROW_POINTS / size_points(ax)[1]
    row = share * top / (1 - share * (len(phases) + 0.8))
    for rank, marks in enumerate(phases):
        middle, colour = -row * (rank + 0.8), mark_colour(rank, len(phases))
        ax.vlines(marks.two_theta_deg, middle - 0.3 * row, middle + 0.3 * row, color=colour, lw=0.7)
        _beside(ax, marks.phase, middle, colour, "center")
    ax.set_ylim(-row * (len(phases) + 0.8), top)
    ax.set_yticks([])
    ax.set_xlabel(angle_label(target_angstrom))
    ax.set_ylabel("intensity, root scale, over largest")
    draw_marks(ax, phases)


def _beside(ax: Axes, text: str, height: float, colour: Any, side: str) -> None:
    """Name a row to the right of the axes, where no line is in the way."""
    ax.annotate(
        text,
        (1.0, height),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        va=side,
        fontsize=FONT_POINTS + 0.5,
        color=colour,
        annotation_clip=False,
    )


def _roots(counts: FloatArray) -> FloatArray:
    """Roots of intensities above zero, over the largest; the background keeps a third of the height at most."""
    roots = np.sqrt(np.maximum(counts, 0.0))
    floor = float(np.percentile(roots, _FLOOR_PERCENT))
    height = float(roots.max()) - floor
    return np.asarray((roots - floor) / (height or 1.0))


def draw_window(
    ax: Axes,
    curves: Sequence[Curve],
    window_deg: tuple[float, float],
    phases: Sequence[Marks] = (),
) -> None:
    """One part of several patterns, laid over each other, above their background and over their scale.

    Args:
        ax: where to draw.
        curves: the patterns; each is divided by its `scale_counts`, or by its largest in the window.
        window_deg: the part, on the target's axis.
        phases: reflections to mark above.
    """
    low, high = window_deg
    drawn = 0
    for i, curve in enumerate(curves):
        inside = (curve.two_theta_deg >= low) & (curve.two_theta_deg <= high)
        if inside.sum() < 3:
            continue
        counts = curve.counts[inside] - np.percentile(curve.counts[inside], _FLOOR_PERCENT)
        scale = curve.scale_counts if curve.scale_counts > 0 else float(counts.max())
        ax.plot(
            curve.two_theta_deg[inside],
            counts / (scale or 1.0),
            color=COLOURS[i % len(COLOURS)],
            lw=0.8,
            label=curve.label,
        )
        drawn += 1
    if not drawn:
        nothing_to_show(ax, "no pattern\nreaches here")
        return
    ax.set_xlim(low, high)
    ax.locator_params(axis="x", nbins=4)
    draw_marks(ax, phases)
