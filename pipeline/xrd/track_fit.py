"""Fits of groups of lines in batches of frames, from starts to numbers."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.physics.batchfit import BatchFit, FitStatus, fit
from pipeline.physics.peaks import Layout, Windows, evaluate, line
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.track_data import Frames
from pipeline.xrd.track_groups import Group, groups_of, window_of
from pipeline.xrd.track_state import Fitted, Role

MOST_ASYMMETRY = 0.9
EDGE = 0.8  # of the way from the middle of a window to its end
STAY_WIDTHS = 3.0  # a fit takes a line no farther than this from its start, in widths


def fit_lines(
    frames: Frames,
    state: Fitted,
    phases: tuple[str, ...],
    options: TrackOptions,
    asked: BoolArray,
) -> None:
    """Fit the groups of all lines that are asked for `(L, n)`, and write the numbers into `state`."""
    kind = frames.kind
    for group in list(groups_of(state, phases, options.window_deg, asked)):
        for one in np.unique(kind[group.rows]):
            rows = group.rows[kind[group.rows] == one]
            _fit_group(frames, state, options, Group(group.lines, group.width_of, rows), int(one))


def _fit_group(
    frames: Frames, state: Fitted, options: TrackOptions, group: Group, kind: int
) -> None:
    rows = group.rows
    lines = np.array(group.lines)
    layout = Layout(
        group.width_of, options.background_degree, options.profile == "split-pseudo-voigt"
    )
    left, right = window_of(state.position_deg[np.ix_(lines, rows)], options.window_deg)
    columns = frames.columns(left, right, rows)
    x, y = frames.x_deg[rows[:, None], columns], frames.y[rows[:, None], columns]
    used = frames.usable(x, y) & (x >= left[:, None]) & (x <= right[:, None])
    used[:, 1:] &= columns[:, 1:] != columns[:, :-1]
    centre, half = (left + right) / 2, (right - left) / 2
    x = np.where(used, x, centre[:, None])
    share = frames.intensity_ratio[rows]
    doublet = bool((share > 0).any())
    windows = Windows(
        x,
        (x - centre[:, None]) / half[:, None],
        frames.wavelength_ratio[rows] if doublet else None,
        share if doublet else None,
    )
    y = np.where(used, y, 0.0)
    theta, free = _start(state, layout, lines, rows)
    theta[:, layout.background] = _background(layout, windows, y, used)
    lower, upper = _bounds(frames, state, options, layout, lines, rows)
    found = fit(
        lambda theta, own: evaluate(layout, windows, theta, own),
        y,
        frames.noise(rows, columns, used, kind),
        theta,
        lower,
        upper,
        free,
    )
    _write(state, layout, windows, lines, rows, found)
    state.left_deg[np.ix_(lines, rows)], state.right_deg[np.ix_(lines, rows)] = left, right


def _start(
    state: Fitted, layout: Layout, lines: IntArray, rows: IntArray
) -> tuple[FloatArray, BoolArray]:
    """Start parameters `(n, p)`, and which of them are fitted."""
    at = np.ix_(lines, rows)
    role = state.role[at]
    theta = np.zeros((len(rows), layout.size))
    free = np.ones((len(rows), layout.size), dtype=bool)
    theta[:, layout.position] = state.position_deg[at].T
    free[:, layout.position] = (role > Role.AREA_ONLY).T
    theta[:, layout.area] = np.where(role == Role.EMPTY, 0.0, state.area[at]).T
    free[:, layout.area] = (role != Role.EMPTY).T
    whole = role > Role.AREA_ONLY
    area = np.where(whole, np.maximum(state.area[at], 0.0), 0.0) + 1e-12
    for which in range(layout.fwhm.stop - layout.fwhm.start):
        own = layout.fwhm_of_line == layout.fwhm.start + which
        weight = area[own]
        theta[:, layout.fwhm.start + which] = (state.fwhm_deg[at][own] * weight).sum(
            axis=0
        ) / weight.sum(axis=0)
        free[:, layout.fwhm.start + which] = whole[own].any(axis=0)
    weight = area / area.sum(axis=0)
    shaped = (role == Role.FREE).any(axis=0)
    theta[:, layout.lorentz] = (state.lorentz[at] * weight).sum(axis=0)
    free[:, layout.lorentz] = shaped
    if layout.asymmetry is not None:
        theta[:, layout.asymmetry] = (state.asymmetry[at] * weight).sum(axis=0)
        free[:, layout.asymmetry] = shaped
    return theta, free


def _background(layout: Layout, windows: Windows, y: FloatArray, used: BoolArray) -> FloatArray:
    """A start for the background: a straight line through the ends of the window."""
    ends = []
    for side in (windows.t < 0, windows.t > 0):
        edge = used & side & (np.abs(windows.t) > EDGE)
        count = edge.sum(axis=1)
        total = np.einsum("nm,nm->n", edge, y)
        ends.append(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    low, high = ends
    low, high = np.where(np.isfinite(low), low, high), np.where(np.isfinite(high), high, low)
    made = np.zeros((len(y), layout.background_degree + 1))
    floor = 0.02 * np.einsum("nm,nm->n", used, np.abs(y)) / np.maximum(used.sum(axis=1), 1)
    made[:, 0] = np.maximum(np.nan_to_num((low + high) / 2), floor)
    if layout.background_degree:
        most = 0.9 * made[:, 0]
        made[:, 1] = np.clip(np.nan_to_num((high - low) / (1 + EDGE)), -most, most)
    return made


def _bounds(
    frames: Frames,
    state: Fitted,
    options: TrackOptions,
    layout: Layout,
    lines: IntArray,
    rows: IntArray,
) -> tuple[FloatArray, FloatArray]:
    lower = np.full((len(rows), layout.size), -np.inf)
    upper = -lower
    at = np.ix_(lines, rows)
    place = state.position_deg[at].T
    reach = np.minimum(STAY_WIDTHS * state.fwhm_deg[at].T, frames.search_deg[lines])
    reach = np.minimum(np.maximum(reach, 2 * frames.step_deg), options.window_deg)
    lower[:, layout.position], upper[:, layout.position] = place - reach, place + reach
    lower[:, layout.fwhm], upper[:, layout.fwhm] = options.fwhm_deg
    lower[:, layout.lorentz], upper[:, layout.lorentz] = 0.0, 1.0
    if layout.asymmetry is not None:
        lower[:, layout.asymmetry], upper[:, layout.asymmetry] = -MOST_ASYMMETRY, MOST_ASYMMETRY
    return lower, upper


def _write(
    state: Fitted,
    layout: Layout,
    windows: Windows,
    lines: IntArray,
    rows: IntArray,
    found: BatchFit,
) -> None:
    theta = found.parameters
    with np.errstate(invalid="ignore"):
        sigma = np.sqrt(np.einsum("npp->np", found.covariance))
    sigma = np.where(sigma > 0, sigma, np.nan)
    lost = found.at_bound[:, layout.position]
    everyone = np.arange(len(rows))
    for which, number in enumerate(lines):
        at = number, rows
        place, area = layout.position.start + which, layout.area.start + which
        width = layout.fwhm_of_line[which]
        state.position_deg[at], state.position_sigma_deg[at] = theta[:, place], sigma[:, place]
        state.area[at], state.area_sigma[at] = theta[:, area], sigma[:, area]
        state.fwhm_deg[at], state.fwhm_sigma_deg[at] = theta[:, width], sigma[:, width]
        state.lorentz[at] = theta[:, layout.lorentz]
        state.lorentz_sigma[at] = sigma[:, layout.lorentz]
        shared = found.covariance[:, width, layout.lorentz]
        state.width_shape_correlation[at] = shared / (sigma[:, width] * sigma[:, layout.lorentz])
        if layout.asymmetry is not None:
            state.asymmetry[at] = theta[:, layout.asymmetry]
            state.asymmetry_sigma[at] = sigma[:, layout.asymmetry]
        top = Windows(
            theta[:, place, None],
            windows.t[:, :1],
            windows.wavelength_ratio,
            windows.intensity_ratio,
        )
        state.height[at] = theta[:, area] * line(layout, top, theta, everyone, which).value[:, 0]
        t = _scaled(windows, theta[:, place])
        state.background[at] = sum(
            theta[:, power] * t**power for power in range(layout.background_degree + 1)
        )
        state.deviance[at], state.reduced_chi2[at] = found.deviance, found.reduced_chi2
        # A line that its fit would take out of reach was not found where it was looked for.
        state.fit_status[at] = np.where(
            lost[:, which] & (found.status == 0), FitStatus.STUCK, found.status
        )
        state.at_bound[at] = found.at_bound[:, width]


def _scaled(windows: Windows, position_deg: FloatArray) -> FloatArray:
    """A place on the scale from -1 to 1 of its window."""
    first = np.argmin(windows.t, axis=1)
    last = np.argmax(windows.t, axis=1)
    rows = np.arange(len(first))
    x, t = windows.x_deg, windows.t
    slope = (t[rows, last] - t[rows, first]) / np.maximum(x[rows, last] - x[rows, first], 1e-12)
    scaled: FloatArray = t[rows, first] + slope * (position_deg - x[rows, first])
    return scaled
