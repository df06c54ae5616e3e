"""Isolated points that no smooth curve has: glitches of a monochromator, spikes of a detector.

A point is compared with the cubic through its four neighbours, in units of the curve's own point
noise. Where the curve bends as quickly as its points stand, that cubic itself errs; how much, the
straight line between the two next neighbours tells, for it errs more. So a point is an outlier
only if it stands off by more than both together, `|y - cubic| > level sigma + |cubic - line|`, and further off than
its neighbours do, whose misfit it causes. On a steep rise a small error in energy looks like one in `y`:
there, three times as much is asked.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.ragged import compact, kept_order
from pipeline.physics.residuals import MAD_TO_SIGMA, cubic_misfit, point_noise

MAX_PASSES = 8
LOCAL_HALF_POINTS = 12
STEEP_RATIO = 0.04  # rise from one neighbour to the other, as a part of the whole span
STEEP_FACTOR = 3.0
SMALLEST_RATIO = 1e-3  # of the span; what is less harms nothing


def isolated(x: FloatArray, y: FloatArray, level: float) -> tuple[BoolArray, FloatArray]:
    """Find isolated outliers of a batch of curves; the largest first, then those that it had hidden.

    The first and last two points of a curve are never judged: they have no neighbours on one side.

    Args:
        x: ascending abscissae `(n, p)`, NaN at the end of shorter rows.
        y: curves `(n, p)`.
        level: deviation in sigma from which on a point is an outlier.

    Returns:
        Which points are outliers `(n, p)`, and their deviation in sigma `(n, p)`, NaN elsewhere.
    """
    found = np.zeros(y.shape, dtype=np.bool_)
    deviation = np.full(y.shape, np.nan)
    rows = np.arange(len(y))
    for _ in range(MAX_PASSES):
        keep = np.isfinite(x[rows]) & np.isfinite(y[rows]) & ~found[rows]
        order, is_point = kept_order(keep)
        if order.shape[1] < 5:
            break
        size = _deviations(
            compact(x[rows], order, is_point), compact(y[rows], order, is_point), level
        )
        at, column = np.nonzero(np.isfinite(size))
        if not at.size:
            break
        found[rows[at], order[at, column]] = True
        deviation[rows[at], order[at, column]] = size[at, column]
        rows = rows[np.unique(at)]
    return found, deviation


def _deviations(x: FloatArray, y: FloatArray, level: float) -> FloatArray:
    """Deviation in sigma of each outlier of this pass `(n, p)`, NaN for all other points."""
    out = np.full(y.shape, np.nan)
    error, gain = cubic_misfit(x, y)
    sigma = point_noise(x, y)
    span = np.nanmax(y, axis=1, initial=-np.inf) - np.nanmin(y, axis=1, initial=np.inf)
    scaled = np.abs(error) / gain
    with np.errstate(invalid="ignore"):
        maybe = np.any(scaled > level * sigma[:, None], axis=1) & (span > 0)
    if not maybe.any():
        return out
    x, y, error, scaled = x[maybe], y[maybe], error[maybe], scaled[maybe]
    gain = np.broadcast_to(gain, (len(maybe), gain.shape[1]))[maybe]
    sigma, span = sigma[maybe, None], span[maybe, None]
    noise = np.maximum(sigma, _local_sigma(scaled))
    before, here, after = (slice(1, -3), slice(2, -2), slice(3, -1))
    line = y[:, before] + (y[:, after] - y[:, before]) * (x[:, here] - x[:, before]) / (
        x[:, after] - x[:, before]
    )
    bend = np.abs(y[:, here] - error - line)
    # Both rises leave the point itself out: a glitch must not make its own place look steep.
    rise = np.maximum(np.abs(y[:, after] - y[:, before]), np.abs(y[:, 4:] - y[:, :-4]) / 2)
    factor = np.where(rise > STEEP_RATIO * span, STEEP_FACTOR, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        limit = factor * (level * noise * gain + bend)
        is_outlier = (np.abs(error) > np.maximum(limit, SMALLEST_RATIO * span)) & _is_largest(error)
        size = np.where(is_outlier, np.abs(error) / (gain * noise), np.nan)
    out[maybe, 2:-2] = size
    return out


def _local_sigma(scaled: FloatArray) -> FloatArray:
    """Noise about each point `(n, m)`, from the median of its surroundings: it may change along a scan."""
    half = min(LOCAL_HALF_POINTS, (scaled.shape[1] - 1) // 2)
    padded = np.pad(scaled, ((0, 0), (half, half)), mode="reflect")
    windows = np.sort(sliding_window_view(padded, 2 * half + 1, axis=1), axis=2)
    return MAD_TO_SIGMA * np.nan_to_num(windows[:, :, half])


def _is_largest(error: FloatArray) -> BoolArray:
    """Which points stand off further than the two on either side."""
    size = np.nan_to_num(np.abs(error))
    wide = np.pad(size, ((0, 0), (2, 2)))
    return np.asarray(size >= sliding_window_view(wide, 5, axis=1).max(axis=2))
