"""The Rietveld plot: observed, calculated, background, difference and ticks; an enlarged part with its own scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.style import COLOURS, GREY, nothing_to_show
from pipeline.rietveld.figures.fitted import FittedPattern, Ticks, high_angles
from pipeline.rietveld.figures.thin import kept_points, thinned
from pipeline.rietveld.figures.words import FONT_POINTS, draw_words, no_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

OBSERVED, CALCULATED, BACKGROUND, DIFFERENCE = "black", COLOURS[1], COLOURS[2], COLOURS[0]
PHASES = (COLOURS[6], COLOURS[3], COLOURS[4], COLOURS[5], COLOURS[2])
"""Colours of the ticks of phases, the main one first."""

_COLUMNS = 1100  # pixels of a panel at 300 dpi
_ROW = 0.05  # height of a row of ticks, over that of the pattern
_HEADROOM = 0.06
_KILO = 1e4  # patterns higher than this are labelled in thousands
_LEAST_SIGMAS = 4.5  # the panel of weighted differences shows at least this much
_ROUND = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Heights of a panel: the pattern stands from `base` to `top`, ticks and difference below."""

    base: float
    top: float
    difference: float
    bottom: float

    @property
    def height(self) -> float:
        return self.top - self.base


def draw_refinement(
    main: Axes, rest: Axes, enlarged: Axes, enlarged_rest: Axes, pattern: FittedPattern
) -> None:
    """A refined pattern: all of it, its high angles enlarged, and below each the difference over sigma.

    In the panels of the pattern the difference has the scale of the pattern. A refused refinement is grey, and
    says why.

    Args:
        main: the whole pattern.
        rest: its weighted difference.
        enlarged: the high angles.
        enlarged_rest: their weighted difference.
        pattern: what is drawn.
    """
    if not pattern.has_data:
        nothing_to_show(main, no_answer(pattern) or "no pattern")
        for ax in (rest, enlarged, enlarged_rest):
            ax.set_axis_off()
        main.set_title(pattern.title, loc="left", fontsize=FONT_POINTS)
        return
    angle = pattern.two_theta_deg
    window = high_angles(pattern)
    draw_curves(main, pattern, (float(angle[0]), float(angle[-1])))
    draw_curves(enlarged, pattern, window)
    main.axvspan(*window, color=GREY, alpha=0.12, lw=0, zorder=0)
    main.set_title(pattern.title, loc="left", fontsize=FONT_POINTS)
    enlarged.set_title("high angles, enlarged", loc="left", fontsize=FONT_POINTS, color=GREY)
    for ax, beside in ((rest, main), (enlarged_rest, enlarged)):
        draw_weighted(ax, pattern, beside.get_xlim())
        beside.tick_params(labelbottom=False)
    rest.set_ylabel(r"$\Delta/\sigma$")
    draw_words(main, pattern)


def draw_curves(ax: Axes, pattern: FittedPattern, window_deg: tuple[float, float]) -> None:
    """Observed points, calculated line, background, ticks of each phase, difference, in a range of angles."""
    inside = (pattern.two_theta_deg >= window_deg[0]) & (pattern.two_theta_deg <= window_deg[1])
    angle = pattern.two_theta_deg[inside]
    observed = pattern.observed_counts[inside]
    difference = pattern.difference_counts[inside]
    grey = bool(pattern.refused)
    kept = kept_points(observed, _COLUMNS)
    ax.plot(
        angle[kept],
        observed[kept],
        ls="none",
        marker=".",
        ms=2.0,
        mew=0,
        color=GREY if grey else OBSERVED,
        label="observed",
    )
    scale = _scale(pattern, inside)
    pale: Any = {"alpha": 0.45} if grey else {}
    for name, curve, colour, width in (
        ("background", pattern.background_counts[inside], BACKGROUND, 0.7),
        ("calculated", pattern.calculated_counts[inside], CALCULATED, 0.6),
        ("difference", scale.difference + difference, DIFFERENCE, 0.5),
    ):
        if np.isfinite(curve).any():
            ax.plot(
                *thinned(angle, curve, _COLUMNS),
                color=GREY if grey else colour,
                lw=width,
                label=name,
                **pale,
            )
    _draw_ticks(ax, pattern.ticks, scale, grey=grey)
    ax.set_xlim(window_deg)
    ax.set_ylim(scale.bottom, scale.top + _HEADROOM * scale.height)
    _label_counts(ax, scale)


def _scale(pattern: FittedPattern, inside: Any) -> _Scale:
    observed = pattern.observed_counts[inside]
    curves = np.concatenate([observed, pattern.calculated_counts[inside]])
    low, top = float(np.nanmin(curves)), float(np.nanmax(curves))
    base = 0.0 if 0 <= low < 0.4 * top else low
    height = (top - base) or 1.0
    under = base - _ROW * height * (len(pattern.ticks) + 0.6)
    difference = pattern.difference_counts[inside]
    if not np.isfinite(difference).any():
        return _Scale(base, base + height, under, under)
    place = under - max(float(np.nanmax(difference)), 0.0)
    bottom = place + min(float(np.nanmin(difference)), 0.0) - 0.03 * height
    return _Scale(base, base + height, place, bottom)


def _draw_ticks(ax: Axes, phases: Sequence[Ticks], scale: _Scale, *, grey: bool) -> None:
    for i, one in enumerate(phases):
        middle = scale.base - _ROW * scale.height * (i + 0.8)
        half = 0.36 * _ROW * scale.height
        colour = GREY if grey else PHASES[i % len(PHASES)]
        ax.vlines(one.two_theta_deg, middle - half, middle + half, color=colour, lw=0.5)


def _label_counts(ax: Axes, scale: _Scale) -> None:
    """Ticks where the pattern is; the rows below have no height to be read."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

    places = np.asarray(MaxNLocator(5).tick_values(scale.base, scale.top))
    inside = (places >= scale.base) & (places <= scale.top * (1 + 1e-9))
    ax.yaxis.set_major_locator(FixedLocator(places[inside].tolist()))
    if scale.top >= _KILO:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e3:g}"))
        ax.set_ylabel("intensity (10³ counts)")
    else:
        ax.set_ylabel("intensity (counts)")


def draw_weighted(ax: Axes, pattern: FittedPattern, window_deg: tuple[float, float]) -> None:
    """Difference over its sigma, in a range of angles."""
    inside = (pattern.two_theta_deg >= window_deg[0]) & (pattern.two_theta_deg <= window_deg[1])
    ratio = pattern.difference_counts[inside] / pattern.sigma_counts[inside]
    ax.set_xlim(window_deg)
    if not np.isfinite(ratio).any():
        ax.set_yticks([])
        why = "no calculated pattern"
        ax.text(0.5, 0.5, why, ha="center", va="center", transform=ax.transAxes, color=GREY)
        return
    colour = GREY if pattern.refused else DIFFERENCE
    ax.axhline(0, color=GREY, lw=0.4)
    ax.plot(*thinned(pattern.two_theta_deg[inside], ratio, _COLUMNS), color=colour, lw=0.35)
    limit = max(_LEAST_SIGMAS, 1.08 * float(np.nanmax(np.abs(ratio))))
    ax.set_ylim(-limit, limit)
    tick = _round_down(0.9 * limit)
    ax.set_yticks([-tick, 0.0, tick])


def _round_down(value: float) -> float:
    """The largest round number, such as 4 or 20, that is no larger."""
    power = float(10.0 ** np.floor(np.log10(value)))
    return max(m * power for m in _ROUND if m * power <= value)
