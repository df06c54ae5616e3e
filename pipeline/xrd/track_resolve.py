"""Lines that were taken for merged too early, told apart again from the frame beside them.

A path that has run into its neighbour's where the two meet may have done so frames before: one broad line then lies
over two that anyone can see. From the last frame that tells them apart, or the first, they are carried on frame by
frame for as long as two lines explain the data far better than one.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.track_data import Frames
from pipeline.xrd.track_fit import fit_lines
from pipeline.xrd.track_state import Fitted, Role

POOR_CHI2 = 1.5  # of the line that stands for two: below it nothing speaks against one line
LESS_CHI2 = 0.8  # times the chi2 of one line
LEAST_GAP_WIDTHS = 0.5
WHAT_STARTS = ("position_deg", "area", "fwhm_deg", "lorentz", "asymmetry")


def resolve_merged(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    unseen: BoolArray,
) -> BoolArray:
    """Carry pairs on from frames that tell them apart; `state` takes over what fits better.

    Args:
        frames: the data.
        state: numbers of all lines, one broad line where two are taken for merged.
        phases: of the lines.
        options: windows and thresholds.
        unseen: lines that were not found or are taken for merged, `(L, n)`.

    Returns:
        Those that still are.
    """
    left = unseen.copy()
    for step in (1, -1):
        tried = np.zeros_like(unseen)
        while (asked := _beside_a_known_one(state, left & ~tried, step)).any():
            tried |= asked
            for line in np.flatnonzero(asked.any(axis=1)):
                rows = np.flatnonzero(asked[line])
                found = _told_apart(frames, state, phases, options, int(line), rows, step)
                left[line, found] = False
    return left


def _beside_a_known_one(state: Fitted, wanted: BoolArray, step: int) -> BoolArray:
    """Wanted places `(L, n)` whose neighbouring frame, `step` before it, has the line."""
    known = state.converged & (state.role > Role.AREA_ONLY)
    before = np.roll(known, step, axis=1)
    before[:, 0 if step > 0 else -1] = False
    beside: BoolArray = wanted & before
    return beside


def _told_apart(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    line: int,
    rows: IntArray,
    step: int,
) -> IntArray:
    """Frames among `rows` where a line stands by itself again; their numbers go into `state`."""
    partner, poor = _hidden_in(state, line, rows, rows - step, 2 * options.window_deg)
    rows, partner = rows[poor], partner[poor]
    if not rows.size:
        return rows
    other = state.copy()
    asked = np.zeros(state.role.shape, dtype=bool)
    for who in (np.full(rows.size, line), partner):
        for name in WHAT_STARTS:
            values = getattr(other, name)
            values[who, rows] = getattr(state, name)[who, rows - step]
        other.position_deg[who, rows] += _drift(state, who, rows - step, step)
        other.role[who, rows] = state.role[who, rows - step]
        asked[who, rows] = True
    fit_lines(frames, other, phases, options, asked)
    with np.errstate(invalid="ignore"):
        gap = np.abs(other.position_deg[line, rows] - other.position_deg[partner, rows])
        width = np.fmax(other.fwhm_deg[line, rows], other.fwhm_deg[partner, rows])
        better = other.reduced_chi2[partner, rows] < LESS_CHI2 * state.reduced_chi2[partner, rows]
        better &= gap > LEAST_GAP_WIDTHS * width
        for who in (np.full(rows.size, line), partner):
            better &= other.converged[who, rows] & ~other.at_bound[who, rows]
            sigma = other.area_sigma[who, rows] * other.scatter[who, rows]
            better &= other.area[who, rows] >= options.present_sigma * sigma
    taken = np.zeros_like(asked)
    taken[line, rows[better]] = taken[partner[better], rows[better]] = True
    state.take(other, taken)
    return rows[better]


def _hidden_in(
    state: Fitted, line: int, rows: IntArray, before: IntArray, reach_deg: float
) -> tuple[IntArray, BoolArray]:
    """The line that is fitted in an unseen one's place, and whether it fits poorly.

    It is the one next to where the unseen line was in the frame `before`, and was there itself.
    """
    there = state.converged & (state.role > Role.AREA_ONLY)
    both = there[:, rows] & there[:, before]
    both[line] = False
    with np.errstate(invalid="ignore"):
        gap = np.abs(state.position_deg[:, before] - state.position_deg[line, before])
        gap = np.where(both & (gap < reach_deg), gap, np.inf)
        partner = gap.argmin(axis=0)
        poor = state.reduced_chi2[partner, rows] > POOR_CHI2
    return partner, poor & np.isfinite(gap.min(axis=0))


def _drift(state: Fitted, who: IntArray, at: IntArray, step: int) -> FloatArray:
    """How far each line went in the frame before, zero where nobody knows."""
    last = state.position_deg.shape[1] - 1
    earlier = np.clip(at - step, 0, last)
    known = state.converged & (state.role > Role.AREA_ONLY)
    moved = state.position_deg[who, at] - state.position_deg[who, earlier]
    return np.where(known[who, earlier] & (earlier == at - step), np.nan_to_num(moved), 0.0)
