"""The way of each line through a series: the best path through its matched-filter map.

Dynamic programming finds the path of greatest summed score whose steps from frame to frame stay within
`search_deg` (R. Bellman, Bull. Am. Math. Soc. 60 (1954) 503, doi:10.1090/S0002-9904-1954-09848-8). A path moves only
to where something is seen and pays for the distance, so that it waits where a line vanished and does not follow
noise. Lines are taken strongest first; each that is found is taken out of the maps of those near it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.track_data import Frames
from pipeline.xrd.track_search import Map, Strip, score_map, strip, without

SOME_FRAMES = 64  # enough of a series to choose a template's width
BINS_A_WIDTH = 4.0
SEEN = 3.0  # score to which a path may move
PLENTY = 20.0  # score beyond which more hardly counts: a stronger neighbour is not a better choice
PER_WIDTH, MOST_TO_PAY = 0.5, 6.0
AT_EDGE = 10.0  # paid for a start at the end of the search range
DOUBT = 0.15
HIDDEN_WIDTHS = 0.6  # closer to a stronger line than this, nothing is found


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Place, score and area of each line in each frame `(L, n)`, and the width of its template `(L,)`."""

    position_deg: FloatArray
    score: FloatArray
    area: FloatArray
    fwhm_deg: FloatArray


def find_paths(frames: Frames, options: TrackOptions) -> Paths:
    """Follow every line through all frames, roughly: to a fraction of its width."""
    n_lines, n = frames.expected_deg.shape
    empty = np.full((n_lines, n), np.nan)
    paths = Paths(empty, np.zeros((n_lines, n)), np.zeros((n_lines, n)), np.full(n_lines, np.nan))
    widths = [_template_width(frames, line, options) for line in range(n_lines)]
    first = [_claim(frames, line, widths[line], options) for line in range(n_lines)]
    for line in np.argsort(-np.array(first), kind="stable"):
        if np.isfinite(widths[line]):
            _follow(frames, int(line), widths[line], options, paths)
    return paths


def ratios_of(frames: Frames) -> FloatArray:
    """Wavelength and intensity of Kalpha2 over Kalpha1 in the first frame, 1 and 0 without one."""
    share = float(frames.intensity_ratio[0])
    return np.array([frames.wavelength_ratio[0] if share > 0 else 1.0, share])


def _place(frames: Frames, line: int) -> float:
    return float(np.nanmedian(frames.expected_deg[line]))


def _bin(frames: Frames, fwhm_deg: float) -> float:
    """A bin of a whole number of steps."""
    step = frames.step_deg
    return step * max(1, int(fwhm_deg / BINS_A_WIDTH / step))


def _template_width(frames: Frames, line: int, options: TrackOptions) -> float:
    """The width at which some of the frames, taken together, score highest; NaN where none has points."""
    rows = np.flatnonzero(np.isfinite(frames.expected_deg[line]))
    if not rows.size:
        return np.nan
    rows = rows[np.unique(np.linspace(0, rows.size - 1, SOME_FRAMES).astype(int))]
    lowest = max(options.fwhm_deg[0], 2.0 * frames.step_deg)
    highest = max(min(options.fwhm_deg[1], options.window_deg), 1.01 * lowest)
    best, chosen = -1.0, lowest
    for fwhm in np.geomspace(lowest, highest, 1 + int(np.ceil(np.log2(highest / lowest)))):
        # Only near the expected place: farther off, a stronger neighbour would have its say.
        found = _scored(frames, line, rows, float(fwhm), options, float(frames.search_deg[line]))
        score = float(found.score.max(axis=1).sum())
        if score > best * 1.02:
            best, chosen = score, float(fwhm)
    return chosen


def _scored(
    frames: Frames, line: int, rows: IntArray, fwhm: float, options: TrackOptions, reach: float
) -> Map:
    """The map of a line, cut to the places that may be its own."""
    wide = reach + options.window_deg
    found = strip(frames, line, rows, _bin(frames, fwhm), wide)
    return _cut(
        score_map(found, _place(frames, line), fwhm, options.window_deg, ratios_of(frames)), reach
    )


def _cut(found: Map, reach: float) -> Map:
    inside = np.abs(found.offset_deg) <= reach
    return Map(
        found.offset_deg[inside], found.score[:, inside], found.area[:, inside], found.fwhm_deg
    )


def _claim(frames: Frames, line: int, fwhm: float, options: TrackOptions) -> float:
    """How well something in the first frames fits what is expected of a line: who may choose first."""
    rows = np.flatnonzero(np.isfinite(frames.expected_deg[line]))[:3]
    if not rows.size or not np.isfinite(fwhm):
        return -np.inf
    search = float(frames.search_deg[line])
    found = _scored(frames, line, rows, fwhm, options, search)
    price = AT_EDGE * (found.offset_deg / search) ** 2
    return float((_reward(found.score) - price).max(axis=1).mean())


def _follow(
    frames: Frames, line: int, fwhm: float, options: TrackOptions, paths: Paths
) -> None:
    """Find the path of one line, and write it into `paths`."""
    roam, search = float(frames.roam_deg[line]), float(frames.search_deg[line])
    rows = np.flatnonzero(np.isfinite(frames.expected_deg[line]))
    expected = frames.expected_deg[line, rows]
    ratios = ratios_of(frames)
    reach = max(roam, search)
    found = strip(frames, line, rows, _bin(frames, fwhm), reach + options.window_deg)
    hidden = np.zeros(found.mean.shape, dtype=bool)
    for other in range(len(paths.fwhm_deg)):
        width = paths.fwhm_deg[other]
        place = paths.position_deg[other, rows]
        ahead = np.abs(place - expected) < reach + options.window_deg + 5 * width
        present = ahead & (paths.score[other, rows] > SEEN)
        if not present.any():
            continue
        area = np.where(present, np.maximum(paths.area[other, rows], 0.0), 0.0)
        place = np.where(present, place, expected)
        found = without(found, place, area, width, expected, ratios, DOUBT)
        gap = np.abs(expected[:, None] + found.offset_deg - place[:, None])
        hidden |= present[:, None] & (gap < HIDDEN_WIDTHS * max(width, fwhm))
    scored = score_map(_clean(found), _place(frames, line), fwhm, options.window_deg, ratios)
    scored.score[hidden] = 0.0
    scored = _cut(scored, reach)
    column = best_path(scored, search)
    if not column.size:
        return
    at = np.arange(rows.size), column
    paths.fwhm_deg[line] = fwhm
    paths.position_deg[line, rows] = expected + _refined(scored, column)
    paths.score[line, rows] = scored.score[at]
    paths.area[line, rows] = scored.area[at]


def _clean(found: Strip) -> Strip:
    return Strip(found.offset_deg, np.where(found.there, found.mean, 0.0), found.variance, found.there)


def _reward(score: FloatArray) -> FloatArray:
    seen = np.where(score < SEEN, 0.0, np.minimum(score, PLENTY))
    gained: FloatArray = seen + 4.0 * np.log(np.maximum(score, PLENTY) / PLENTY)
    return gained


def best_path(found: Map, search_deg: float) -> IntArray:
    """Columns `(n,)` of the best path through a map, by dynamic programming.

    It starts within `search_deg` of offset 0, and no step is longer than that.
    """
    n, size = found.score.shape
    if not n:
        return np.empty(0, dtype=np.int64)
    step = float(found.offset_deg[1] - found.offset_deg[0]) if size > 1 else 1.0
    reach = max(1, int(search_deg / step + 1e-9))
    away = np.arange(-reach, reach + 1)
    price = np.minimum(PER_WIDTH * np.abs(away) * step / found.fwhm_deg, MOST_TO_PAY)
    reward = _reward(found.score)
    inside = np.abs(found.offset_deg) <= search_deg + step / 2
    start = AT_EDGE * (found.offset_deg / search_deg) ** 2
    best = np.where(inside, reward[0] - start, -np.inf)
    came = np.empty((n, size), dtype=np.int32)
    padded = np.full(size + 2 * reach, -np.inf)
    views = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    columns = np.arange(size)
    for frame in range(1, n):
        padded[reach : reach + size] = best
        gain = views - price
        choice = gain.argmax(axis=1)
        choice[reward[frame] <= 0] = reach
        best = gain[columns, choice] + reward[frame]
        came[frame] = columns + choice - reach
    path = np.empty(n, dtype=np.int64)
    path[-1] = int(best.argmax())
    for frame in range(n - 1, 0, -1):
        path[frame - 1] = came[frame, path[frame]]
    return path


def _refined(found: Map, column: IntArray) -> FloatArray:
    """Top of the parabola through the score at a column and its neighbours."""
    rows = np.arange(len(column))
    middle = np.clip(column, 1, max(found.offset_deg.size - 2, 1))
    left, top, right = (found.score[rows, middle + k] for k in (-1, 0, 1))
    bend = left - 2 * top + right
    move = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, 1.0), 0.0)
    step = found.offset_deg[1] - found.offset_deg[0]
    return found.offset_deg[column] + step * np.where(middle == column, np.clip(move, -1, 1), 0.0)
