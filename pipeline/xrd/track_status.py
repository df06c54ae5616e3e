"""Verdicts on lines: which are there, which hide in another, and how much of a line that is not seen there may be."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.records import LineStatus
from pipeline.xrd.track_data import Frames
from pipeline.xrd.track_fit import fit_lines
from pipeline.xrd.track_path import Paths
from pipeline.xrd.track_shapes import nearest
from pipeline.xrd.track_state import Fitted, Role

CODES = tuple(LineStatus)
FITTED, ABSENT, TOO_WEAK = (CODES.index(s) for s in (LineStatus.FITTED, LineStatus.ABSENT, LineStatus.TOO_WEAK))
MERGED, LEFT = (CODES.index(s) for s in (LineStatus.MERGED, LineStatus.LEFT_WINDOW))
OUTSIDE, FAILED = (CODES.index(s) for s in (LineStatus.OUT_OF_RANGE, LineStatus.NOT_CONVERGED))
TOUCHING_WIDTHS = 1.5  # pairs closer than this are asked whether one line would do
ONE_LINE_WIDTHS = 0.35  # closer than this, two lines are a statement about the shape of one
HIDDEN_WIDTHS = 1.0
BROAD_SIGMAS = 10.0


def out_of_range(frames: Frames, position_deg: FloatArray, fwhm_deg: FloatArray) -> BoolArray:
    """Places `(L, n)` without data within a width on both sides, or that are excluded."""
    ends = frames.x_deg if not frames.shared else frames.x_deg[:1]
    first = np.nanmin(ends, axis=1)
    last = np.nanmax(ends, axis=1)
    reach = np.maximum(fwhm_deg, 2 * frames.step_deg)
    with np.errstate(invalid="ignore"):
        inside = (position_deg - reach >= first) & (position_deg + reach <= last)
        for low, high in frames.exclude_deg:
            inside &= (position_deg < low) | (position_deg > high)
    return ~inside


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


def too_weak(state: Fitted, options: TrackOptions) -> BoolArray:
    """Fitted lines `(L, n)` whose numbers do not hold: too little area, or no place."""
    with np.errstate(invalid="ignore"):
        sigmas = state.area / (state.area_sigma * state.scatter)
        weak = ~(sigmas >= options.present_sigma)
        weak |= ~(state.position_sigma_deg < state.fwhm_deg / 2)
        # As broad as is allowed, and little of it: a hump of the background
        weak |= state.at_bound & (sigmas < BROAD_SIGMAS)
        weak |= state.at_bound & (state.fwhm_deg >= options.fwhm_deg[1]) & (
            state.height < state.background
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
            merged[weaker[accept], rows[accept]] = True
            state.role[weaker[accept], rows[accept]] = Role.OUT
    return merged


def limits(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    missing: BoolArray,
) -> FloatArray:
    """Upper limits of the areas of lines that are not seen `(L, n)`, NaN elsewhere.

    The area is fitted with place, width and shape held. With an estimate `A` of `sigma` and areas
    not below zero, `limit = A + sigma z((1 - (1 - level) Phi(A / sigma)))`, z the normal quantile
    (G. Cowan, Statistical Data Analysis (1998), section 9.8): it is never below zero and covers at least `level`.
    """
    found = np.full(state.area.shape, np.nan)
    if not missing.any():
        return found
    asked = state.copy()
    asked.role[missing] = Role.AREA_ONLY
    asked.area[missing] = 0.0
    fit_lines(frames, asked, phases, options, missing)
    good = missing & asked.converged
    area, sigma = asked.area[good], asked.area_sigma[good] * asked.scatter[good]
    share = (1.0 - options.limit_level) * ndtr(area / sigma)
    found[good] = area - sigma * ndtri(share)
    return found


def verdicts(
    frames: Frames,
    state: Fitted,
    options: TrackOptions,
    paths: Paths,
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
    code[outside] = OUTSIDE
    del paths
    return code
