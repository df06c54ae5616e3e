"""Edge position by the maximum of the derivative, within a window.

The slope at each point is that of a cubic through the points around (a Savitzky-Golay filter that
does not ask for even steps), and its maximum that of the parabola through the steepest point and
its neighbours. It jumps between the features of an edge as their heights change, so the slope of
the next steepest inflection over that of the steepest is given with it: near one, the position is
an accident.

Reference: A. Savitzky, M. Golay, Anal. Chem. 36 (1964) 1627, doi:10.1021/ac60214a047.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.core.options import Window
from pipeline.xas.edge_position import FEWEST_POINTS_ASIDE, EdgePositions

BESIDE = np.array([-1, 0, 1])
SAME_GRID_EV = 1e-6  # axes that differ by less, once their shifts are taken out, are one


def slopes(energy_ev: FloatArray, spectra: FloatArray, aside: int) -> tuple[FloatArray, FloatArray]:
    """Slope of each spectrum at each of its inner points, from local cubics.

    Args:
        energy_ev: `(n, p)`, ascending, NaN at the end of short scans.
        spectra: `(n, p)`.
        aside: how many points on either side a cubic takes.

    Returns:
        Energies and slopes per eV, both `(n, p - 2 aside)`; NaN where one of the points is missing.
    """
    width = 2 * aside + 1
    if energy_ev.shape[1] < width:
        nothing = np.full((len(energy_ev), 0), np.nan)
        return nothing, nothing
    points = sliding_window_view(spectra, width, axis=1)
    values = (_filters(energy_ev, aside) * points).sum(axis=-1)
    known = np.isfinite(energy_ev[:, width - 1 :])
    return energy_ev[:, aside : energy_ev.shape[1] - aside], np.where(known, values, np.nan)


def _filters(energy_ev: FloatArray, aside: int) -> FloatArray:
    """What to multiply the points around each point with to get its slope, `(n or 1, m, 2 aside + 1)`.

    The slope of a fitted cubic is a fixed combination of its points: the second row of
    `(D^T D)^-1 D^T` with the design matrix D.
    """
    # Scans of one series differ by their shift alone: then one set of filters serves them all.
    relative = energy_ev - energy_ev[:, :1]
    if np.isfinite(relative).all() and np.ptp(relative, axis=0).max() < SAME_GRID_EV:
        relative = relative[:1]
    around = sliding_window_view(relative, 2 * aside + 1, axis=1)
    t = around - around[..., aside : aside + 1]
    reach = np.abs(t).max(axis=-1)
    reach = np.where(np.isfinite(reach), reach, 1.0)
    design = np.nan_to_num(t / reach[..., None])[..., None] ** np.arange(4)
    gram = np.swapaxes(design, -1, -2) @ design
    gram[~np.isfinite(t).all(axis=-1)] = np.eye(4)
    second = np.broadcast_to(np.eye(4)[1][:, None], (*gram.shape[:2], 4, 1))
    filters: FloatArray = (design @ np.linalg.solve(gram, second))[..., 0] / reach[..., None]
    return filters


def maximum(
    energy_ev: FloatArray,
    spectra: FloatArray,
    window_ev: Window,
    half_width_ev: float,
    *,
    noise: FloatArray,
    shift_sigma_ev: FloatArray,
) -> tuple[EdgePositions, FloatArray]:
    """Find the steepest inflection of each spectrum within a window.

    Args:
        energy_ev: calibrated energies `(n, p)`.
        spectra: flattened spectra, of the same shape.
        window_ev: energies between which it is looked for.
        half_width_ev: half width of the local cubics.
        noise: sigma of one point `(n,)`.
        shift_sigma_ev: sigma of the calibration shift `(n,)`; NaN adds nothing.

    Returns:
        Positions, with the noise of the points and the shift as sigma (a scale error of the
        spectrum does not move its inflection), NaN where the slope has no maximum inside the
        window; and the slope of the next steepest inflection over that of the steepest `(n,)`,
        0 where there is no other.
    """
    n = len(spectra)
    nowhere = np.full(n, np.nan)
    columns = np.flatnonzero(
        ((energy_ev >= window_ev[0]) & (energy_ev <= window_ev[1])).any(axis=0)
    )
    if columns.size < 2 * FEWEST_POINTS_ASIDE:
        return EdgePositions(nowhere, nowhere), nowhere
    aside = points_aside(energy_ev[:, columns], half_width_ev)
    part = slice(max(columns[0] - aside, 0), columns[-1] + aside + 1)
    x, slope = slopes(energy_ev[:, part], spectra[:, part], aside)
    inside = (x >= window_ev[0]) & (x <= window_ev[1]) & np.isfinite(slope)
    peak = _local_maxima(np.where(inside, slope, -np.inf))
    if not peak.any():
        return EdgePositions(nowhere, nowhere), nowhere
    row = np.arange(n)
    height = np.where(peak, slope, 0.0)
    best = height.argmax(axis=1)
    found = peak.any(axis=1) & (height[row, best] > 0)
    best = np.where(found, best, 1)
    apart = np.abs(x - x[row, best][:, None]) > 2 * half_width_ev  # no point in common
    ratio = np.where(apart, height, 0.0).max(axis=1) / np.where(found, height[row, best], np.nan)

    position, gain = _vertex(
        np.take_along_axis(x, best[:, None] + BESIDE, axis=1),
        np.take_along_axis(slope, best[:, None] + BESIDE, axis=1),
        _filters(energy_ev[:, part], aside),
        best,
    )
    sigma = np.hypot(noise * gain, np.nan_to_num(shift_sigma_ev))
    return (
        EdgePositions(np.where(found, position, np.nan), np.where(found, sigma, np.nan)),
        np.where(found, ratio, np.nan),
    )


def _vertex(
    x: FloatArray, slope: FloatArray, filters: FloatArray, best: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Top of the parabola through three slopes, and its sigma for unit noise of a point of the spectrum.

    With the divided differences `a = [x0, x1]`, `b = [x1, x2]`, `q = (b - a) / (x2 - x0)` the top is at
    `(x0 + x1) / 2 - a / (2 q)`. All three are combinations of points of the spectrum, so is the change
    of the top to first order: `-da / (2 q) + a dq / (2 q^2)`.

    Args:
        x: energies `(n, 3)`.
        slope: slopes `(n, 3)`.
        filters: which points make each slope, `(n or 1, m, w)`.
        best: index of the middle one, `(n,)`.
    """
    width = filters.shape[-1]
    row = np.arange(len(x)) if len(filters) > 1 else np.zeros(len(x), dtype=np.int64)
    points = np.zeros((len(x), 3, width + 2))
    for j in range(3):
        points[:, j, j : j + width] = filters[row, best + j - 1]
    x0, x1, x2 = x.T
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (slope[:, 1] - slope[:, 0]) / (x1 - x0), (slope[:, 2] - slope[:, 1]) / (x2 - x1)
        q = (b - a) / (x2 - x0)
        da = (points[:, 1] - points[:, 0]) / (x1 - x0)[:, None]
        db = (points[:, 2] - points[:, 1]) / (x2 - x1)[:, None]
        dq = (db - da) / (x2 - x0)[:, None]
        change = -da / (2 * q)[:, None] + dq * (a / (2 * q**2))[:, None]
        top = (x0 + x1) / 2 - a / (2 * q)
    return top, np.sqrt((change**2).sum(axis=1))


def points_aside(energy_ev: FloatArray, half_width_ev: float) -> int:
    """How many points span a half width on a typical stretch of some axes `(n, p)`; three at least."""
    spacing = np.diff(energy_ev, axis=1)
    known = spacing[np.isfinite(spacing)]
    typical = float(np.median(known)) if known.size else half_width_ev
    return max(FEWEST_POINTS_ASIDE, round(half_width_ev / typical))


def _local_maxima(values: FloatArray) -> BoolArray:
    """Where a value is above its neighbours, the ends left out, `(n, m)`; -inf is no neighbour."""
    peak = np.zeros(values.shape, dtype=np.bool_)
    middle, left, right = values[:, 1:-1], values[:, :-2], values[:, 2:]
    peak[:, 1:-1] = (middle > left) & (middle >= right) & np.isfinite(left) & np.isfinite(right)
    return peak
