"""Words in the plot of a refined pattern: who refined it, how well it fits, what came out, or why it is no answer."""

from __future__ import annotations

from textwrap import fill, shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.style import COLOURS, GREY
from pipeline.rietveld.figures.fitted import FittedPattern

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FONT_POINTS = 6.5

_REASON_LETTERS, _REASON_LINES = 46, 5
_PANEL_POINTS = (280.0, 118.0)  # width and height of the panel on its page
_LETTER_POINTS, _LINE_POINTS = 3.6, 8.4
_MARGIN_POINTS = 10.0
_HIGHEST = 1.7  # the panel grows by no more than this


def no_answer(pattern: FittedPattern) -> str:
    """Why a refinement is refused, in lines; '' where it stands."""
    if not pattern.refused:
        return ""
    letters = _REASON_LETTERS * _REASON_LINES
    return fill(
        shorten(f"refused: {pattern.refused}", letters, placeholder=" ..."), _REASON_LETTERS
    )


def draw_words(ax: Axes, pattern: FittedPattern) -> None:
    """Engine, R factors and results at the upper right, where patterns are low; below them why it is refused.

    The panel is made higher where lines of the pattern would reach into the words.
    """
    why = no_answer(pattern)
    _make_room(ax, pattern, [*pattern.said, *why.splitlines()])
    beside: Any = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "ha": "right",
        "va": "top",
        "fontsize": FONT_POINTS,
        "bbox": {"color": "white", "alpha": 0.6, "lw": 0, "pad": 0.5},  # over lines that reach up
    }
    text = "\n".join(pattern.said)
    ax.annotate(text, (1, 1), xytext=(-7, -4), color=GREY if why else "black", **beside)
    if why:
        down = -6 - 1.25 * FONT_POINTS * len(pattern.said)
        ax.annotate(why, (1, 1), xytext=(-7, down), color=COLOURS[1], **beside)


def _make_room(ax: Axes, pattern: FittedPattern, lines: list[str]) -> None:
    letters = max(len(line) for line in lines)
    width = (letters * _LETTER_POINTS + _MARGIN_POINTS) / _PANEL_POINTS[0]
    share = min((len(lines) * _LINE_POINTS + _MARGIN_POINTS) / _PANEL_POINTS[1], 0.8)
    left, right = ax.get_xlim()
    near = pattern.two_theta_deg >= right - width * (right - left)
    heights = np.r_[pattern.observed_counts[near], pattern.calculated_counts[near]]
    if not np.isfinite(heights).any():
        return
    bottom, top = ax.get_ylim()
    needed = (float(np.nanmax(heights)) - share * bottom) / (1 - share)
    ax.set_ylim(top=max(top, min(needed, bottom + _HIGHEST * (top - bottom))))
