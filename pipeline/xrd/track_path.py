"""The way of each line through a series: the best path through its matched-filter map.

Dynamic programming finds the path of greatest summed score whose steps from frame to frame stay within
`search_deg` (R. Bellman, Bull. Am. Math. Soc. 60 (1954) 503, doi:10.1090/S0002-9904-1954-09848-8). A path moves only
to where something is seen and pays for the distance, so that it waits where a line vanished and does not follow
noise. Lines are taken strongest first; each that is found is taken out of the maps of those near it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import maximum_filter1d

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.track_data import Frames, out_of_range
from pipeline.xrd.track_fit import fit_lines
from pipeline.xrd.track_search import Map, score_map, strip, without
from pipeline.xrd.track_state import POOR_SCATTER, Fitted, Role

SOME_FRAMES = 64  # enough of a series to choose a template's width
BINS_A_WIDTH = 4.0
SEEN = 3.0  # score beyond which a path gains, and may move there
PLENTY = 5.0  # the most that a path gains: a stronger neighbour is not a better choice
PER_WIDTH, MOST_TO_PAY = 0.5, 6.0
GHOST = 0.6  # of the score of a line, the most that its Kalpha2 alone has
AT_EDGE = 0.6  # share of its gain that a start at the end of the search range loses
DOUBT = 0.1  # of a neighbour that was taken out, which is not exactly its model
FARTHEST_WIDTH = 4.0  # times what other lines have, or over it
ALIKE = 1.02  # ratio of scores below which the narrower template is taken
MOST_BROADER = 3.0  # or narrower than its template, which is known to a factor of two
HALF, DIP_SIGMAS = (
    0.5,
    3.0,
)  # scores of one line over widths have one maximum, those of two lines two
HIDDEN_WIDTHS = 0.6  # closer to a stronger line than this, nothing is found


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Place and score of each line in each frame `(L, n)`, the width of its template `(L,)`, and first fits."""

    position_deg: FloatArray
    score: FloatArray
    fwhm_deg: FloatArray
    state: Fitted


def find_paths(frames: Frames, phases: tuple[str, ...], options: TrackOptions) -> Paths:
    """Follow every line through all frames, roughly: to a fraction of its width.

    Args:
        frames: the good frames.
        phases: phase of each line.
        options: windows, widths, thresholds.

    Returns:
        The paths. In `state` are first fits of the lines where they score `present_sigma`: a line is
        fitted before its neighbours are looked for, without it.
    """
    n_lines, n = frames.expected_deg.shape
    empty = np.full((n_lines, n), np.nan)
    state = Fitted.empty(n_lines, n)
    paths = Paths(empty, np.zeros((n_lines, n)), np.full(n_lines, np.nan), state)
    claims = np.array([_claim(frames, line, options) for line in range(n_lines)])
    order = np.argsort(-claims, kind="stable")
    for line in order:
        _follow(frames, int(line), options, paths)
        before = state.copy()
        _fit(frames, int(line), phases, options, state)
        state.take(before, np.broadcast_to(_astray(paths, int(line)), (n_lines, n)))
    fit_lines(frames, state, phases, options, (state.role == Role.FREE) & ~state.converged)
    return paths


def _astray(paths: Paths, line: int) -> BoolArray:
    """Frames `(n,)` in which the fit of a line left what was found, and is poor.

    A neighbour that is not in the fit yet draws it: until that one is found, the template stands for the line.
    """
    state, template = paths.state, paths.fwhm_deg[line]
    with np.errstate(invalid="ignore"):
        broader = state.fwhm_deg[line] / template
        moved = np.abs(state.position_deg[line] - paths.position_deg[line]) / template
    away = (broader > MOST_BROADER) | (broader < 1 / MOST_BROADER) | (moved > 1)
    poor = ~state.converged[line] | (away & (state.scatter[line] > POOR_SCATTER))
    return np.asarray((state.role[line] == Role.FREE) & poor)


def _fit(
    frames: Frames, line: int, phases: tuple[str, ...], options: TrackOptions, state: Fitted
) -> None:
    """Fit a line that was found, and those in its groups that were found before.

    Some of the frames are fitted first, from the template; the others start from them.
    """
    found = state.role[line] == Role.FREE
    rows = np.flatnonzero(found)
    asked = np.zeros(state.role.shape, dtype=bool)
    if rows.size > SOME_FRAMES:
        some = rows[np.linspace(0, rows.size - 1, SOME_FRAMES).astype(int)]
        asked[line, some] = True
        template = state.area[line].copy()
        fit_lines(frames, state, phases, options, asked)
        some = some[state.converged[line, some]]
        rest = np.setdiff1d(rows, some)
        if some.size:
            state.area[line, rest] *= np.interp(rest, some, state.area[line, some] / template[some])
            for values in (state.fwhm_deg, state.lorentz, state.asymmetry):
                values[line, rest] = np.interp(rest, some, values[line, some])
        asked[:] = False
        asked[line, rest] = True
    else:
        asked[line] = found
    fit_lines(frames, state, phases, options, asked)


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


def _widths(frames: Frames, options: TrackOptions, usual_deg: FloatArray) -> FloatArray:
    """Widths of templates, in factors of two; not far from what lines are found to have."""
    lowest = max(options.fwhm_deg[0], 2.0 * frames.step_deg)
    highest = max(min(options.fwhm_deg[1], options.window_deg), 1.01 * lowest)
    if np.isfinite(usual_deg).any():
        usual = float(np.nanmedian(usual_deg))
        lowest = min(max(lowest, usual / FARTHEST_WIDTH), highest / 1.01)
        highest = max(min(highest, usual * FARTHEST_WIDTH), 1.01 * lowest)
    return np.geomspace(lowest, highest, 1 + int(np.ceil(np.log2(highest / lowest))))


def _map(
    frames: Frames,
    line: int,
    rows: IntArray,
    fwhm: float,
    reach: float,
    options: TrackOptions,
    paths: Paths | None,
    *,
    white: bool = False,
) -> Map:
    """The map of a line without the lines of `paths`, cut to the places that may be its own.

    With `white` the noise is the same everywhere: only then is the score highest at the line's own width.
    """
    ratios = ratios_of(frames)
    found = strip(frames, line, rows, _bin(frames, fwhm), reach + options.window_deg)
    if white:
        level = np.median(found.variance, axis=1, keepdims=True)
        found = replace(found, variance=np.broadcast_to(level, found.mean.shape))
    hidden = np.zeros(found.mean.shape, dtype=bool)
    expected = frames.expected_deg[line, rows]
    state = Fitted.empty(0, 0) if paths is None else paths.state
    for other in range(len(state.role)):
        place, width = state.position_deg[other, rows], state.fwhm_deg[other, rows]
        with np.errstate(invalid="ignore"):
            ahead = np.abs(place - expected) < reach + options.window_deg + 5 * width
        ahead &= state.role[other, rows] == Role.FREE
        if other == line or not ahead.any():
            continue
        at = other, rows
        found = without(found, state, at, ahead, expected, ratios, frames.step_deg, DOUBT)
        with np.errstate(invalid="ignore"):
            gap = np.abs(expected[:, None] + found.offset_deg - place[:, None])
            hidden |= ahead[:, None] & (gap < HIDDEN_WIDTHS * width[:, None])
    whole = score_map(found, _place(frames, line), fwhm, options.window_deg, ratios)
    whole.score[hidden] = 0.0
    inside = np.abs(found.offset_deg) <= reach
    return Map(
        found.offset_deg[inside],
        whole.score[:, inside],
        whole.area[:, inside],
        fwhm,
        hidden[:, inside],
        whole.partner_deg,
    )


def _best_width(
    frames: Frames, line: int, options: TrackOptions, paths: Paths | None, rows: IntArray
) -> tuple[float, Map]:
    """The width at which some of the frames, taken together, score highest near the expected place."""
    search = float(frames.search_deg[line])
    usual = np.full(1, np.nan) if paths is None else paths.fwhm_deg
    # Farther off, lines that nobody follows would have their say.
    tried = [
        _map(frames, line, rows, float(fwhm), search, options, paths, white=True)
        for fwhm in _widths(frames, options, usual)
    ]
    scores = np.array([found.score.max(axis=1).sum() for found in tried])
    best = tried[_narrowest(scores, DIP_SIGMAS * np.sqrt(rows.size))]
    return best.fwhm_deg, best


def _narrowest(scores: FloatArray, dip: float) -> int:
    """The narrowest of the widths that score alike, or before a dip: a broad one takes in what is beside the line."""
    best = int(np.argmax(scores >= scores.max() / ALIKE))
    for k in range(best):
        is_top = scores[k] >= scores[max(k - 1, 0)] and scores[k] > scores[k + 1]
        is_apart = scores[k : best + 1].min() < scores[k] - dip
        if is_top and is_apart and scores[k] > HALF * scores.max():
            return k
    return best


def _claim(frames: Frames, line: int, options: TrackOptions) -> float:
    """How well something in the first frames fits what is expected of a line: who may choose first."""
    rows = np.flatnonzero(np.isfinite(frames.expected_deg[line]))[:3]
    if not rows.size:
        return -np.inf
    _, found = _best_width(frames, line, options, None, rows)
    discount = 1 - AT_EDGE * (found.offset_deg / frames.search_deg[line]) ** 2
    gain = _reward(found) * discount
    best = gain.argmax(axis=1)
    every = np.arange(len(best))
    # Among places that all are good enough, the strength decides who goes first.
    strength = np.log1p(np.maximum(found.score[every, best], 0.0))
    return float((gain[every, best] + 0.1 * strength).mean())


def _follow(frames: Frames, line: int, options: TrackOptions, paths: Paths) -> None:
    """Find the path of one line, and write it into `paths`."""
    rows = np.flatnonzero(np.isfinite(frames.expected_deg[line]))
    if not rows.size:
        return
    search = float(frames.search_deg[line])
    some = rows[np.unique(np.linspace(0, rows.size - 1, SOME_FRAMES).astype(int))]
    fwhm, _ = _best_width(frames, line, options, paths, some)
    reach = max(float(frames.roam_deg[line]), search)
    found = _map(frames, line, rows, fwhm, reach, options, paths)
    column = best_path(found, search)
    at = np.arange(rows.size), column
    place = frames.expected_deg[line, rows] + _refined(found, column)
    paths.fwhm_deg[line] = fwhm
    paths.position_deg[line, rows] = place
    paths.score[line, rows] = found.score[at]
    state = paths.state
    state.position_deg[line, rows] = place
    state.area[line, rows] = found.area[at]
    state.fwhm_deg[line], state.lorentz[line], state.asymmetry[line] = fwhm, 0.5, 0.0
    there = ~out_of_range(frames, paths.position_deg, np.full(state.role.shape, fwhm))[line]
    state.role[line, there & (paths.score[line] >= options.present_sigma)] = Role.FREE


def _step(found: Map) -> float:
    return float(found.offset_deg[1] - found.offset_deg[0]) if found.offset_deg.size > 1 else 1.0


def _reward(found: Map) -> FloatArray:
    """What a path gains at each place: something where the score has a maximum, nothing on its slopes.

    Nor where Kalpha2 of the template lies on Kalpha1 of the line, or the other way round.
    """
    score, step = found.score, _step(found)
    top = np.zeros(score.shape, dtype=bool)
    top[:, 1:-1] = (score[:, 1:-1] >= score[:, :-2]) & (score[:, 1:-1] >= score[:, 2:])
    apart, within = round(found.partner_deg / step), round(found.fwhm_deg / step / 2)
    if apart > within:
        highest = maximum_filter1d(score, 2 * within + 1, axis=1)
        padded = np.pad(highest, ((0, 0), (apart, apart)))
        top &= score > GHOST * np.maximum(padded[:, : -2 * apart], padded[:, 2 * apart :])
    gained: FloatArray = np.where(top, np.clip(score - SEEN, 0.0, PLENTY), 0.0)
    return gained


def best_path(found: Map, search_deg: float) -> IntArray:
    """Columns `(n,)` of the best path through a map, by dynamic programming.

    It starts within `search_deg` of offset 0, and no step is longer than that.
    """
    n, size = found.score.shape
    if not n:
        return np.empty(0, dtype=np.int64)
    step = _step(found)
    reach = max(1, int(search_deg / step + 1e-9))
    away = np.arange(-reach, reach + 1)
    price = np.minimum(PER_WIDTH * np.abs(away) * step / found.fwhm_deg, MOST_TO_PAY)
    reward = _reward(found)
    plain = _plain_path(reward, found, search_deg)
    if plain is not None:
        return plain
    inside = np.abs(found.offset_deg) <= search_deg + step / 2
    near = (found.offset_deg / search_deg) ** 2
    # Where nothing is seen, the path starts at the expected place.
    best = np.where(inside, reward[0] * (1 - AT_EDGE * near) - 1e-3 * near, -np.inf)
    came = np.empty((n, size), dtype=np.int32)
    padded = np.full(size + 2 * reach, -np.inf)
    views = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    columns = np.arange(size)
    for frame in range(1, n):
        padded[reach : reach + size] = best
        gain = views - price
        choice = gain.argmax(axis=1)
        # Behind a stronger line a path may move unseen, and come out on its other side.
        choice[(reward[frame] <= 0) & ~found.hidden[frame]] = reach
        best = gain[columns, choice] + reward[frame]
        came[frame] = columns + choice - reach
    path = np.empty(n, dtype=np.int64)
    path[-1] = int(best.argmax())
    for frame in range(n - 1, 0, -1):
        path[frame - 1] = came[frame, path[frame]]
    return path


def _plain_path(reward: FloatArray, found: Map, search_deg: float) -> IntArray | None:
    """The path through the highest places of all frames, where nothing can be better: strong, and hardly moving."""
    column = found.score.argmax(axis=1)
    rows = np.arange(len(column))
    moved = np.abs(np.diff(found.offset_deg[column]))
    strong = bool(reward[rows, column].min() >= PLENTY)
    discount = 1 - AT_EDGE * (found.offset_deg / search_deg) ** 2
    strong &= bool((reward[0] * discount).argmax() == column[0])
    still = not moved.size or moved.max() <= min(search_deg, 0.5 * found.fwhm_deg)
    return column if strong and still else None


def _refined(found: Map, column: IntArray) -> FloatArray:
    """Top of the parabola through the score at a column and its neighbours."""
    rows = np.arange(len(column))
    middle = np.clip(column, 1, max(found.offset_deg.size - 2, 1))
    left, top, right = (found.score[rows, middle + k] for k in (-1, 0, 1))
    bend = left - 2 * top + right
    move = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, 1.0), 0.0)
    step = found.offset_deg[1] - found.offset_deg[0]
    place: FloatArray = found.offset_deg[column] + step * np.where(
        middle == column, np.clip(move, -1, 1), 0.0
    )
    return place
