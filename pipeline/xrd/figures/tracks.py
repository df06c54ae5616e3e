"""Followed lines over a series: where they are, how wide, how strong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.style import COLOURS, GREY, MARKERS, nothing_to_show
from pipeline.xrd.figures.axis import axis_title, places
from pipeline.xrd.figures.trends import MANY, Row, draw_changes, draw_row
from pipeline.xrd.records import PeakTracks, Transitions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = (*COLOURS, GREY)  # lines are many
_NOTHING = "no line was found in any frame"


def line_labels(tracks: PeakTracks) -> tuple[str, ...]:
    """Labels of the lines: the indices, with the phase of those that are not of the first."""
    lines = tracks.lines
    first = lines.phase[:1]
    return tuple(
        hkl if (phase,) == first else label
        for hkl, phase, label in zip(lines.hkl, lines.phase, lines.label, strict=True)
    )


def draw_tracks(
    axes: Sequence[Axes], tracks: PeakTracks, name: str, changes: Transitions | None = None
) -> None:
    """Shift on the target's axis, width and area of every line against the covariate.

    Shifts are from the first frame in which a line was found, whose position the legend gives. Areas are over
    the line's largest; of a line that is not there the upper limit is an arrow.

    Args:
        axes: three, one above the other.
        tracks: the followed lines.
        name: the covariate, or `frame`.
        changes: changes whose onsets are drawn.
    """
    shift, width, area = axes
    found = np.isfinite(tracks.position_target_deg)
    if not found.any():
        for ax in axes:
            nothing_to_show(ax, _NOTHING if ax is shift else "")
        return
    at = places(tracks.covariates, name)
    for j, label in enumerate(line_labels(tracks)):
        limits = tracks.area_limit_counts_deg[:, j]
        if not found[:, j].any() and not np.isfinite(limits).any():
            continue
        colour, marker = _COLOURS[j % len(_COLOURS)], MARKERS[j // len(_COLOURS) % len(MARKERS)]
        start = _first(tracks.position_target_deg[:, j])
        largest = _largest(tracks.area_counts_deg[:, j], limits)
        title = f"{label} ({start:.2f}°)" if np.isfinite(start) else f"{label} (absent)"
        draw_row(
            shift,
            Row(
                title,
                at,
                tracks.position_target_deg[:, j] - start,
                tracks.position_target_sigma_deg[:, j],
            ),
            colour,
            marker,
        )
        draw_row(
            width, Row("", at, tracks.fwhm_deg[:, j], tracks.fwhm_sigma_deg[:, j]), colour, marker
        )
        strength = Row(
            "",
            at,
            tracks.area_counts_deg[:, j] / largest,
            tracks.area_sigma_counts_deg[:, j] / largest,
            limits / largest,
        )
        draw_row(area, strength, colour, marker)
    shift.set_ylabel(f"shift of 2θ (°)\nat {tracks.target_angstrom:.5g} Å")
    width.set_ylabel("FWHM (°)\nas measured")
    area.set_ylabel("area\nover largest")
    for ax, quantities in ((shift, ("position", "spacing")), (width, ("fwhm",)), (area, ("area",))):
        draw_changes(ax, changes, name, quantities)
        ax.margins(x=0.03, y=0.12)
        if ax is not area:
            ax.tick_params(labelbottom=False)
    width.set_ylim(bottom=0)
    area.axhline(0, color=GREY, lw=0.3, zorder=0)
    area.set_xlabel(axis_title(name))
    shift.figure.align_ylabels(list(axes))
    shift.figure.legend(
        *shift.get_legend_handles_labels(),
        loc="outside upper center",
        ncols=3,
        handlelength=1.0,
        columnspacing=1.0,
        handletextpad=0.4,
        markerscale=3.0 if tracks.n_frames > MANY else 1.0,
    )


def _first(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known[0]) if known.size else np.nan


def _largest(areas: FloatArray, limits: FloatArray) -> float:
    """Largest area of a line; its largest limit where it was never there."""
    for values in (areas, limits):
        known = values[np.isfinite(values)]
        if known.size and known.max() > 0:
            return float(known.max())
    return 1.0
