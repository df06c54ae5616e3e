"""Verdicts on lines: which are there, which hide in another, and how much of a line that is not seen there may be."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.records import LineStatus
from pipeline.xrd.track_data import Frames, out_of_range
from pipeline.xrd.track_fit import fit_lines
from pipeline.xrd.track_shapes import nearest
from pipeline.xrd.track_state import POOR_SCATTER, Fitted, Role

CODES = tuple(LineStatus)
FITTED, ABSENT, TOO_WEAK = (
    CODES.index(s) for s in (LineStatus.FITTED, LineStatus.ABSENT, LineStatus.TOO_WEAK)
)
MERGED, LEFT = (CODES.index(s) for s in (LineStatus.MERGED, LineStatus.LEFT_WINDOW))
OUTSIDE, FAILED = (CODES.index(s) for s in (LineStatus.OUT_OF_RANGE, LineStatus.NOT_CONVERGED))
TOUCHING_WIDTHS = 1.5  # pairs closer than this are asked whether one line would do
ONE_LINE_WIDTHS = 0.35  # closer than this, two lines are a statement about the shape of one
HIDDEN_WIDTHS = 1.0
BROAD_SIGMAS = 10.0


def hidden(state: Fitted, missing: BoolArray, fitted: BoolArray) -> BoolArray:
    """Missing lines `(L, n)` whose place is that of a fitted one: nothing can be said of them."""
    found = np.zeros_like(missing)
    for line in np.flatnonzero(missing.any(axis=1)):
        with np.errstate(invalid="ignore"):
            gap = np.abs(state.position_deg - state.position_deg[line])
            near = fitted & (gap < HIDDEN_WIDTHS * state.fwhm_deg)
        near[line] = False
        found[line] = missing[line] & near.any(axis=0)
    return found


def drop_weak(
    frames: Frames, state: Fitted, phases: tuple[str, ...], options: TrackOptions
) -> BoolArray:
    """Take lines out whose numbers do not hold, the weakest of each neighbourhood first.

    What is left of a neighbourhood is fitted again before it is judged: two lines that share what one
    would explain both look weak.

    Returns:
        Lines `(L, n)` that were taken out.
    """
    dropped = np.zeros(state.role.shape, dtype=bool)
    for _ in phases:
        weak = too_weak(state, options)
        weak &= ~_stands_alone(frames, state, phases, options, weak)
        if not weak.any():
            break
        with np.errstate(invalid="ignore"):
            sigmas = np.where(weak, np.nan_to_num(state.area / state.area_sigma), np.inf)
        near = np.zeros_like(weak)
        for line in np.flatnonzero(weak.any(axis=1)):
            with np.errstate(invalid="ignore"):
                close = np.abs(state.position_deg - state.position_deg[line])
                close = close < 2 * options.window_deg
            first = (sigmas[line] <= np.where(close, sigmas, np.inf).min(axis=0)) & weak[line]
            dropped[line] |= first
            near |= close & first
        state.role[dropped] = Role.OUT
        fit_lines(frames, state, phases, options, near & (state.role > Role.AREA_ONLY))
    return dropped


def _stands_alone(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    weak: BoolArray,
) -> BoolArray:
    """Lines that look weak `(L, n)` only because a poor fit blows up their sigma.

    A strong line whose shape is not that of the model has a scatter of ten or more. Where no other line is near, so
    that it can be nothing else, its area with everything else held decides.
    """
    part = state.role > Role.AREA_ONLY
    asked = weak & (state.scatter > POOR_SCATTER)
    for line in np.flatnonzero(asked.any(axis=1)):
        with np.errstate(invalid="ignore"):
            close = np.abs(state.position_deg - state.position_deg[line]) < 2 * options.window_deg
        asked[line] &= (close & part).sum(axis=0) == 1
    area, sigma = areas_of_missing(frames, state, phases, options, asked)
    with np.errstate(invalid="ignore"):
        return asked & (area >= options.present_sigma * sigma)


def too_weak(state: Fitted, options: TrackOptions) -> BoolArray:
    """Fitted lines `(L, n)` with too little area, or no place."""
    with np.errstate(invalid="ignore"):
        sigmas = state.area / (state.area_sigma * state.scatter)
        weak = ~(sigmas >= options.present_sigma)
        weak |= ~(state.position_sigma_deg < state.fwhm_deg / 2)
        # As broad as is allowed, and little of it: a hump of the background
        weak |= state.at_bound & (sigmas < BROAD_SIGMAS)
        weak |= (
            state.at_bound
            & (state.fwhm_deg >= options.fwhm_deg[1])
            & (state.height < state.background)
        )
    return state.converged & (state.role > Role.AREA_ONLY) & weak


def merge_lines(
    frames: Frames, state: Fitted, phases: tuple[str, ...], options: TrackOptions
) -> BoolArray:
    """Ask of lines that touch whether one would do, and leave one where it does.

    Two lines stay two where they explain the data better than one, by `present_sigma` squared in deviance over
    reduced chi2, and are not so close that they only mend the shape of one.

    Returns:
        Lines `(L, n)` that hide in a stronger one, whose numbers are now those of both.
    """
    merged = np.zeros(state.role.shape, dtype=bool)
    n_lines = len(phases)
    for one in range(n_lines):
        for two in range(one + 1, n_lines):
            there = (state.role[[one, two]] > Role.AREA_ONLY).all(axis=0)
            there &= state.converged[[one, two]].all(axis=0)
            with np.errstate(invalid="ignore"):
                gap = np.abs(state.position_deg[one] - state.position_deg[two])
                wide = np.fmax(state.fwhm_deg[one], state.fwhm_deg[two])
                there &= gap < TOUCHING_WIDTHS * wide
            rows = np.flatnonzero(there)
            if not rows.size:
                continue
            weaker = np.where(state.area[one, rows] < state.area[two, rows], one, two)
            alone = state.copy()
            alone.role[weaker, rows] = Role.EMPTY
            stronger = one + two - weaker
            alone.area[stronger, rows] = state.area[one, rows] + state.area[two, rows]
            asked = np.zeros_like(merged)
            asked[stronger, rows] = True
            fit_lines(frames, alone, phases, options, asked)
            gain = alone.deviance[stronger, rows] - state.deviance[stronger, rows]
            needed = (options.present_sigma * state.scatter[stronger, rows]) ** 2
            ok = alone.converged[stronger, rows]
            close = gap[rows] < ONE_LINE_WIDTHS * wide[rows]
            accept = ok & (close | ~(gain >= needed))
            taken = np.zeros_like(merged)
            taken[stronger[accept], rows[accept]] = True
            state.take(alone, taken)
            merged[weaker[accept], rows[accept]] = True
            state.role[weaker[accept], rows[accept]] = Role.OUT
    return merged


def areas_of_missing(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    missing: BoolArray,
) -> tuple[FloatArray, FloatArray]:
    """Areas of lines that are not seen, and their sigmas scaled to the scatter `(L, n)`, NaN elsewhere.

    Place, width and shape are held, so that the fit is one of areas and backgrounds.
    """
    area, sigma = np.full(state.area.shape, np.nan), np.full(state.area.shape, np.nan)
    if missing.any():
        asked = state.copy()
        asked.role[missing] = Role.AREA_ONLY
        asked.area[missing] = 0.0
        fit_lines(frames, asked, phases, options, missing)
        good = missing & asked.converged
        area[good] = asked.area[good]
        sigma[good] = (asked.area_sigma * asked.scatter)[good]
    return area, sigma


def upper_limit(area: FloatArray, sigma: FloatArray, level: float) -> FloatArray:
    """Upper limit of an area that cannot be negative, from an estimate and its sigma.

    `A + sigma z(1 - (1 - level) Phi(A / sigma))`, z the normal quantile (G. Cowan, Statistical Data Analysis
    (1998), section 9.8): above zero whatever the estimate, it covers at least `level`.
    """
    limit: FloatArray = area - sigma * ndtri((1.0 - level) * ndtr(area / sigma))
    return limit


def verdicts(
    frames: Frames,
    state: Fitted,
    merged: BoolArray,
    weak: BoolArray,
    outside: BoolArray,
) -> IntArray:
    """One word a line and frame `(L, n)`, as the number of a `LineStatus`."""
    code = np.full(state.role.shape, ABSENT)
    taking_part = state.role > Role.AREA_ONLY
    code[taking_part] = np.where(state.converged, FITTED, FAILED)[taking_part]
    code[weak] = TOO_WEAK
    fitted = code == FITTED
    with np.errstate(invalid="ignore"):
        away = np.abs(state.position_deg - frames.expected_deg)
        roam = frames.roam_deg[:, None]
        code[fitted & (away > roam)] = LEFT
        last = nearest(np.where(fitted, away, np.nan), fitted & (away <= roam))
        gone = ((code == ABSENT) | (code == TOO_WEAK)) & (last > roam - state.fwhm_deg)
    code[gone] = LEFT
    code[merged] = MERGED
    unseen = (code == ABSENT) | (code == TOO_WEAK)
    code[unseen & _touched_when_last_seen(state, code == FITTED)] = MERGED
    code[(code == ABSENT) & _since_merged(code)] = MERGED
    code[outside] = OUTSIDE
    unseen = out_of_range(frames, frames.expected_deg, np.zeros_like(state.fwhm_deg))
    code[unseen & (code != FITTED)] = OUTSIDE
    return code


def _touched_when_last_seen(state: Fitted, fitted: BoolArray) -> BoolArray:
    """Lines `(L, n)` that touched another when they were last seen, or will when they next are, where that other is seen.

    Two lines that run together are one from there on: neither vanishes.
    """
    frame = np.arange(fitted.shape[1])
    last = np.maximum.accumulate(np.where(fitted, frame, -1), axis=1)
    after = np.minimum.accumulate(np.where(fitted, frame, frame.size)[:, ::-1], axis=1)[:, ::-1]
    known = np.where(last >= 0, last, after)
    found = np.zeros_like(fitted)
    for line, at in enumerate(known):
        inside = at < frame.size
        there = np.where(inside, at, 0)
        with np.errstate(invalid="ignore"):
            gap = np.abs(state.position_deg[:, there] - state.position_deg[line, there])
            touch = gap < TOUCHING_WIDTHS * np.fmax(
                state.fwhm_deg[:, there], state.fwhm_deg[line, there]
            )
        touch &= fitted[:, there] & fitted
        touch[line] = False
        found[line] = touch.any(axis=0) & inside & ~fitted[line]
    return found


def _since_merged(code: IntArray) -> BoolArray:
    """Frames in which a line was last seen to merge `(L, n)`: nobody knows when it vanished, if it did."""
    frame = np.arange(code.shape[1])
    last = np.maximum.accumulate(np.where(code != ABSENT, frame, -1), axis=1)
    next_ = np.minimum.accumulate(np.where(code != ABSENT, frame, frame.size)[:, ::-1], axis=1)[
        :, ::-1
    ]
    lines = np.arange(len(code))[:, None]
    before = (last >= 0) & (code[lines, np.maximum(last, 0)] == MERGED)
    after = next_.clip(max=frame.size - 1)
    never = (last < 0) & (next_ < frame.size) & (code[lines, after] == MERGED)
    return np.asarray(before | never)
