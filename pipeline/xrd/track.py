"""Follow named lines through a series of patterns.

1. `track_path`: the way of each line by matched filters and dynamic programming.
2. `track_fit`: groups of overlapping lines fitted in batches of frames, from there.
3. `track_shapes`: shapes that weak lines do not tell are taken from frames that do.
4. Fits that failed or stand out start again from their neighbours; so do lines that were lost in another (`track_resolve`).
5. `track_status`: which lines are there, which hide in others, limits of those that are not seen.

A line that hides in a stronger one is `merged`: it has no numbers, and the stronger one's area is that of both.
Of a split line the position is that of its maximum, which a symmetric line of the same data puts elsewhere (by 0.04
degrees in the (003) of LiCoO2 on a laboratory diffractometer): do not mix the two. Profiles are taken at the points:
counting over a step of a quarter of the width makes widths 1 % larger, and moves neither places nor areas.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.xrd.options import StandardOptions, TrackOptions
from pipeline.xrd.records import ConvertedSeries, Lines, PeakTracks
from pipeline.xrd.track_data import Frames, frames_of, out_of_range
from pipeline.xrd.track_fit import fit_lines
from pipeline.xrd.track_path import Paths, find_paths
from pipeline.xrd.track_record import record_of
from pipeline.xrd.track_resolve import resolve_merged
from pipeline.xrd.track_search import BETWEEN
from pipeline.xrd.track_shapes import around, hold_shapes, nearest, usual_width
from pipeline.xrd.track_state import Fitted, Followed, Role
from pipeline.xrd.track_status import (
    LEFT,
    MERGED,
    OUTSIDE,
    areas_of_missing,
    drop_weak,
    hidden,
    merge_lines,
    upper_limit,
    verdicts,
)

SAME_WAVELENGTH_RATIO = 1e-3  # apart by less, lines stay within their windows
JUMP_SIGMAS, JUMP_WIDTHS, WIDTH_FACTOR = 5.0, 0.5, 2.0


def track(
    series: ConvertedSeries,
    lines: Lines,
    options: TrackOptions,
    standard: StandardOptions | None = None,
) -> PeakTracks:
    """Find and fit every line in every good frame; frames of another wavelength are followed by themselves.

    Args:
        series: the patterns; fits are of the measured counts on the measured axis.
        lines: lines and the spacings where they are expected.
        options: windows, widths, profile, thresholds.
        standard: the internal standard, among the lines as the one of no phase.

    Returns:
        Positions, areas, widths and their sigmas, one word on each line in each frame, and limits of
        the areas of lines that are not there. Frames that failed hold NaN.
    """
    frames = frames_of(series, lines, options, standard)
    if not frames.number.size:
        return record_of(series, lines, options, frames, None)
    groups = _of_one_wavelength(series.measured.wavelength_angstrom[frames.number])
    parts = [
        follow(frames if len(groups) == 1 else frames.only(rows), lines.phase, options)
        for rows in groups
    ]
    return record_of(series, lines, options, frames, Followed.joined(parts, groups))


def _of_one_wavelength(wavelength_angstrom: FloatArray) -> list[IntArray]:
    """Places of frames of one wavelength each: places and widths at another are no start for a fit."""
    order = np.argsort(wavelength_angstrom, kind="stable")
    jumps = np.diff(np.log(wavelength_angstrom[order])) > SAME_WAVELENGTH_RATIO
    return [np.sort(rows) for rows in np.split(order, np.flatnonzero(jumps) + 1)]


def follow(frames: Frames, phases: tuple[str, ...], options: TrackOptions) -> Followed:
    """Find and fit every line in frames that are all good; arguments as for `track`."""
    paths = find_paths(frames, phases, options)
    state = paths.state
    outside = out_of_range(frames, paths.position_deg, np.nan_to_num(paths.fwhm_deg)[:, None])
    seen = state.role > Role.OUT
    merged = hidden(state, ~seen & ~outside, seen)
    again = hold_shapes(state, paths.score, split=options.profile == "split-pseudo-voigt")
    fit_lines(frames, state, phases, options, again)
    _again_from_neighbours(frames, state, phases, options)
    merged |= merge_lines(frames, state, phases, options)
    unseen = (state.role == Role.OUT) & ~outside
    merged &= resolve_merged(frames, state, phases, options, unseen | merged)
    _refit_around(frames, state, phases, options, merged)
    weak = drop_weak(frames, state, phases, options)
    missing = (state.role == Role.OUT) & ~outside & ~merged
    _guess_missing(state, paths, missing)
    found = hidden(state, missing, state.converged & (state.role > Role.AREA_ONLY))
    merged |= found
    missing &= ~found
    area, sigma = areas_of_missing(frames, state, phases, options, missing)
    with np.errstate(invalid="ignore"):
        late = missing & ~weak & (area >= options.present_sigma * sigma)
    if late.any():
        state.role[late], state.area[late] = Role.FREE, area[late]
        fit_lines(frames, state, phases, options, late)
        dropped = drop_weak(frames, state, phases, options)
        weak |= dropped
        missing &= ~late | dropped
        _guess_missing(state, paths, dropped)
        rows = missing & late.any(axis=0)
        anew, anew_sigma = areas_of_missing(frames, state, phases, options, rows)
        area, sigma = np.where(rows, anew, area), np.where(rows, anew_sigma, sigma)
    code = verdicts(frames, state, merged, weak, outside)
    area_limit = upper_limit(area, sigma, options.limit_level)
    area_limit[~missing | np.isin(code, (MERGED, LEFT, OUTSIDE))] = np.nan
    return Followed(state, code, area_limit)


def _again_from_neighbours(
    frames: Frames, state: Fitted, phases: tuple[str, ...], options: TrackOptions
) -> None:
    """Fit again what failed or stands out, from its neighbours' numbers; keep what fits better."""
    part = state.role > Role.AREA_ONLY
    good = part & state.converged
    with np.errstate(invalid="ignore"):
        before = np.roll(state.position_deg, 1, axis=1)
        after = np.roll(state.position_deg, -1, axis=1)
        between = (before + after) / 2
        jump = np.abs(state.position_deg - between)
        jumps = jump > np.fmax(JUMP_SIGMAS * state.position_sigma_deg, JUMP_WIDTHS * state.fwhm_deg)
        jumps[:, [0, -1]] = False
        ratio = state.fwhm_deg / usual_width(state, good)
        odd = (ratio > WIDTH_FACTOR) | (ratio < 1 / WIDTH_FACTOR)
    asked = part & (~state.converged | jumps | odd)
    known = good & ~asked
    if not asked.any() or not known.any():
        return
    other = state.copy()
    for name in ("position_deg", "area", "fwhm_deg", "lorentz", "asymmetry"):
        values = nearest(getattr(state, name), known)
        use = asked & np.isfinite(values)
        getattr(other, name)[use] = values[use]
    fit_lines(frames, other, phases, options, asked)
    with np.errstate(invalid="ignore"):
        better = other.converged & (
            ~state.converged | (other.reduced_chi2 < state.reduced_chi2 - 1e-6)
        )
    state.take(other, asked & better)


def _refit_around(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    touched: BoolArray,
) -> None:
    """Fit again the lines whose neighbours were taken out."""
    near = np.zeros_like(touched)
    for line in np.flatnonzero(touched.any(axis=1)):
        with np.errstate(invalid="ignore"):
            gap = np.abs(state.position_deg - state.position_deg[line])
            near |= touched[line] & (gap < 2 * options.window_deg)
    fit_lines(frames, state, phases, options, near & (state.role > Role.AREA_ONLY))


def _guess_missing(state: Fitted, paths: Paths, missing: BoolArray) -> None:
    """Place, width and shape with which a line that is not seen is looked for: its own in other frames."""
    good = state.converged & (state.role > Role.AREA_ONLY)
    state.position_deg[missing] = paths.position_deg[missing]
    template = np.broadcast_to(paths.fwhm_deg[:, None], missing.shape)
    usual = (
        (state.fwhm_deg, usual_width(state, good), template),
        (state.lorentz, around(state.lorentz, state.lorentz_sigma, good), BETWEEN),
        (state.asymmetry, around(state.asymmetry, state.asymmetry_sigma, good), 0.0),
    )
    for values, found, otherwise in usual:
        values[missing] = np.where(np.isfinite(found), found, otherwise)[missing]
