"""Lines that were lost in a neighbour while they passed it, looked for where they must be.

A path that goes behind a stronger line may come out late, and the stronger line, broadened, takes the counts of both.
Where a line is known before and after, its place between is known too, and the neighbour's poor fit says that
something is there.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.track_data import Frames
from pipeline.xrd.track_fit import fit_lines
from pipeline.xrd.track_path import HIDDEN_WIDTHS
from pipeline.xrd.track_state import Fitted, Role
from pipeline.xrd.track_status import TOUCHING_WIDTHS, too_weak

WORSE = 1.15  # times the reduced chi2 that the neighbour has where both lines are fitted
NUMBERS = ("position_deg", "area", "fwhm_deg", "lorentz", "asymmetry")


def find_passing(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    lost: BoolArray,
) -> tuple[BoolArray, BoolArray]:
    """Fit lines between frames in which they are known, together with the neighbours that took their counts.

    Args:
        frames: the good frames.
        state: numbers so far; where a line is found they are changed.
        phases: phase of each line.
        options: windows and thresholds.
        lost: lines without numbers whose place was measured `(L, n)`.

    Returns:
        Lines that were found `(L, n)`: two explain the data better than one by `present_sigma` squared in chi2 over
        reduced chi2. And lines that must be in their neighbour, but cannot be told from it `(L, n)`.
    """
    found, inside = np.zeros_like(lost), np.zeros_like(lost)
    for line in np.flatnonzero(lost.any(axis=1)):
        for other in range(len(phases)):
            rows = lost[line] & ~found[line]
            if other != line and rows.any():
                better, near = _beside(frames, state, phases, options, (int(line), other), rows)
                found[line] |= better
                inside[line] |= near
    return found, inside & ~found


def _beside(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    pair: tuple[int, int],
    lost: BoolArray,
) -> tuple[BoolArray, BoolArray]:
    """The same for one line and one neighbour `(n,)`."""
    line, other = pair
    there = state.converged & (state.role > Role.AREA_ONLY)
    both = np.flatnonzero(there[list(pair)].all(axis=0))
    nothing = np.zeros_like(lost)
    if both.size < 2:
        return nothing, nothing
    frame = np.arange(lost.size)
    usual = np.interp(frame, both, np.maximum(state.reduced_chi2[other, both], 1.0))
    place = np.interp(frame, both, state.position_deg[line, both])
    asked = lost & there[other] & (frame > both[0]) & (frame < both[-1])
    with np.errstate(invalid="ignore"):
        asked &= np.abs(state.position_deg[other] - place) < 2 * options.window_deg
        asked &= state.reduced_chi2[other] > WORSE * usual
    if not asked.any():
        return nothing, nothing
    tried = state.copy()
    for which in pair:
        for name in NUMBERS:
            values = getattr(tried, name)
            values[which, asked] = np.interp(frame, both, values[which, both])[asked]
    tried.role[line, asked] = Role.SHAPE_HELD
    rows = np.zeros_like(tried.at_bound)
    rows[line] = asked
    gap = np.abs(tried.position_deg[line] - tried.position_deg[other])  # as they come and go
    wide = np.fmax(tried.fwhm_deg[line], tried.fwhm_deg[other])
    fit_lines(frames, tried, phases, options, rows)
    better = asked & (gap > HIDDEN_WIDTHS * wide)
    better &= _is_better(frames, state, tried, options, pair)
    same_group = tried.left_deg == tried.left_deg[line]
    state.take(tried, same_group & better & (tried.role > Role.AREA_ONLY))
    return np.asarray(better), np.asarray(asked & ~better & (gap < TOUCHING_WIDTHS * wide))


def _is_better(
    frames: Frames, one: Fitted, two: Fitted, options: TrackOptions, pair: tuple[int, int]
) -> BoolArray:
    line, other = pair
    with np.errstate(invalid="ignore"):
        points = (one.right_deg[other] - one.left_deg[other]) / frames.step_deg
        gained: FloatArray = (one.reduced_chi2[other] - two.reduced_chi2[line]) * points
        better = gained > (options.present_sigma * two.scatter[line]) ** 2
    holds = (two.converged & ~too_weak(two, options))[[line, other]].all(axis=0)
    return np.asarray(better & holds)
