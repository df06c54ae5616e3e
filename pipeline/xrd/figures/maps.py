"""The map of a series, angle against temperature, beside the gas that it gave off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import shown
from pipeline.core.style import COLOURS, GREY, nothing_to_show
from pipeline.xrd.figures.axis import FRAME, angle_label, axis_title, goes_one_way, places
from pipeline.xrd.figures.heat_map import HeatMap, heat_map
from pipeline.xrd.figures.marks import Marks, draw_marks, size_points, spread
from pipeline.xrd.figures.stack import shown_axis
from pipeline.xrd.records import ConvertedSeries, Transitions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DARKEST_PERCENT, _BRIGHTEST_PERCENT = 2.0, 99.7
_ROOT = 0.5
_ON_MAP = "white"
_NAME_POINTS = 7.0  # a line of type on the map
_COLUMNS_PER_POINT = 300 / 72  # one column of the image a dot of the printed page


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One channel of a gas: its label and signal against the axis of the map `(n,)`."""

    label: str
    at_of_covariate: FloatArray
    signal: FloatArray


def map_axis(series: ConvertedSeries, name: str) -> str:
    """Axis of the map: the covariate where it goes one way, else the frame's number."""
    return name if goes_one_way(places(series.measured.covariates, name)) else FRAME


def draw_map(
    ax: Axes,
    series: ConvertedSeries,
    name: str,
    phases: Sequence[Marks] = (),
    changes: Transitions | None = None,
) -> None:
    """Intensities of a series over angle and covariate, on a root scale so that weak lines show.

    Args:
        ax: where to draw.
        series: the patterns.
        name: the covariate, or `frame`.
        phases: reflections to mark above.
        changes: changes whose onsets are drawn as lines, with a band of one sigma.
    """
    from matplotlib.colors import PowerNorm

    angles, counts = shown_axis(series)
    columns = round(size_points(ax)[0] * _COLUMNS_PER_POINT)
    image = heat_map(angles, counts, places(series.measured.covariates, name), columns)
    if image is None:
        nothing_to_show(ax, "fewer than two patterns could be shown")
        return
    low, high = _levels(image)
    drawn = ax.imshow(
        image.counts,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(*image.two_theta_deg, *image.at_of_covariate),
        norm=PowerNorm(_ROOT, vmin=low, vmax=high),
        cmap="viridis",
    )
    ax.set_ylim(image.at_of_covariate)
    ax.set_facecolor("#dddddd")  # nothing was measured
    ax.grid(visible=False)
    ax.tick_params(color="white")
    ax.set_xlabel(angle_label(series.target_angstrom))
    ax.set_ylabel(axis_title(name))
    bar = ax.figure.colorbar(drawn, ax=ax, location="bottom", aspect=40, pad=0.02, extend="both")
    bar.set_label("intensity, root scale" + (" (counts)" if _are_counts(series) else ""))
    bar.ax.tick_params(labelsize=6)
    bar.ax.locator_params(nbins=5)
    draw_marks(ax, phases)
    if changes is not None and changes.covariate == name:
        draw_onsets(ax, changes, named=True)


def _levels(image: HeatMap) -> tuple[float, float]:
    """Ends of the colours: the background, and the strongest lines."""
    there = image.counts[np.isfinite(image.counts)]
    low, high = np.percentile(there, [_DARKEST_PERCENT, _BRIGHTEST_PERCENT])
    return float(low), float(max(high, low + 1e-9 * max(abs(low), 1.0)))


def _are_counts(series: ConvertedSeries) -> bool:
    return bool((series.measured.gain_ratio == 1).any())


def draw_onsets(ax: Axes, changes: Transitions, *, named: bool) -> None:
    """A line at each onset with its band of one sigma, named at the right end where asked.

    Args:
        ax: axes with the covariate upwards; its limits must be set before.
        changes: the changes; those without an onset in sight are left out.
        named: whether to write name, onset and sigma.
    """
    low, high = sorted(ax.get_ylim())
    onset, sigma = _onsets(changes)
    known = [int(i) for i in np.argsort(onset, kind="stable") if low <= onset[i] <= high]
    colour = _ON_MAP if named else GREY
    for i in known:
        ax.axhline(onset[i], color=colour, ls="--", lw=0.6)
        if np.isfinite(sigma[i]):
            ends = onset[i] - sigma[i], onset[i] + sigma[i]
            ax.axhspan(*ends, color=colour, alpha=0.35, lw=0)
    if named:
        _name_onsets(ax, changes, known)


def _onsets(changes: Transitions) -> tuple[FloatArray, FloatArray]:
    """Onsets and sigmas in the unit of the axis."""
    name = changes.covariate
    return shown(name, changes.onset_of_covariate), shown(name, changes.onset_sigma_of_covariate)


def _name_onsets(ax: Axes, changes: Transitions, known: list[int]) -> None:
    """Name and number of each onset, above one another without overlaps, dark behind the letters."""
    from matplotlib.patheffects import withStroke

    low, high = sorted(ax.get_ylim())
    apart = _NAME_POINTS * (high - low) / size_points(ax)[1]
    onset, sigma = _onsets(changes)
    at = spread(_above(onset[known], apart), apart, low + apart / 2, high - apart / 2)
    for i, place in zip(known, at, strict=True):
        ax.annotate(
            f"{changes.names[i].replace('_', ' ')} {with_sigma(onset[i], sigma[i])}",
            (0.985, place),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="center",
            fontsize=5.5,
            color=_ON_MAP,
            path_effects=[withStroke(linewidth=1.5, foreground="#333333")],
        )


def _above(onset: FloatArray, apart: float) -> FloatArray:
    """Places of the names of ascending onsets: those of near ones stand above the last, where no line crosses them."""
    places = np.empty(onset.size)
    far = np.flatnonzero(np.diff(onset) > 1.5 * apart) + 1
    for part in np.split(np.arange(onset.size), far):
        if part.size:
            places[part] = onset[part[-1]] + apart * (0.6 + np.arange(part.size))
    return places


def with_sigma(value: float, sigma: float) -> str:
    """A value and its sigma, with the digits that the sigma leaves: `190.2 ± 1.1`."""
    if not np.isfinite(sigma) or sigma <= 0:
        return f"{value:.4g}"
    digits = max(0, 1 - int(np.floor(np.log10(sigma))))
    return f"{value:.{digits}f} ± {sigma:.{digits}f}"


def draw_traces(ax: Axes, traces: Sequence[Trace]) -> None:
    """Signals of gases from left to right, each over its largest, along the map's axis upwards."""
    known = [
        t for t in traces if np.isfinite(t.signal).any() and np.isfinite(t.at_of_covariate).any()
    ]
    if not known:
        nothing_to_show(ax, "no gas\nwas measured")
        return
    for trace, colour in zip(known, COLOURS, strict=False):
        largest = float(np.nanmax(np.abs(trace.signal)))
        ax.plot(trace.signal / (largest or 1.0), trace.at_of_covariate, color=colour, lw=0.8)
    _name_traces(ax, [t.label for t in known])
    ax.set_xlim(right=1.08)
    ax.set_xlabel("over largest")
    ax.set_xticks([0, 1])
    ax.tick_params(labelleft=False)


def _name_traces(ax: Axes, labels: Sequence[str]) -> None:
    """Names of the gases above their panel, in their colours."""
    for i, (label, colour) in enumerate(
        zip(reversed(labels), reversed(COLOURS[: len(labels)]), strict=True)
    ):
        ax.annotate(
            label,
            (0.0, 1.0),
            xycoords="axes fraction",
            xytext=(0, 3 + 8 * i),
            textcoords="offset points",
            fontsize=6.5,
            color=colour,
        )
