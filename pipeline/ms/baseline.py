"""The background of a trace: a robust straight line through what is no release.

Where no windows are given the part before the release is found by growing: a line is fitted to the first
part, and the next chunk is added to it unless it rises, both above the line and above the level just before. A
drift that falls, or falls less than it did, is so taken in, since a release raises the signal. When the signal
comes back after the peak, the part after it is added.

Fits are iteratively reweighted with Huber's weights, so that single spikes count little: P. Huber, Ann. Math.
Statist. 35 (1964) 73, doi:10.1214/aoms/1177703732.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.residuals import MAD_TO_SIGMA, correlation_inflation

HUBER = 1.345  # in sigma; 95 % efficient for normal noise
ITERATIONS = 8
CLIP_SIGMA = 4.0  # points farther off do not count for the scatter
RISE_SIGMA = 4.0  # a chunk this far up is no longer background
CHUNKS = 40
FIRST_SHARE = 0.1
FEWEST = 20
MEDIAN_VARIANCE = np.pi / 2  # of a median of normal numbers, over that of their mean
TAIL_SHARE = 0.6  # of the way from the peak to where the signal is lost in noise: left out as well
RETURNED_SHARE = 0.02  # of the height: the signal has come back


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """A fitted background: linear in the trace, so that `values(y) = design (hat y)`.

    `used` `(p,)`, `hat` `(k, p)`, `design` `(p, k)`, `value` and `sigma` `(p,)`; `noise` is the sigma of one
    point, `correlation` the integrated autocorrelation time in points.
    """

    used: BoolArray
    hat: FloatArray
    design: FloatArray
    value: FloatArray
    sigma: FloatArray
    noise: float
    correlation: float

    def of(self, rows: FloatArray) -> FloatArray:
        """Background of other traces `(m, p)` with the same windows and weights."""
        found: FloatArray = (rows @ self.hat.T) @ self.design.T
        return found


def fit(time_s: FloatArray, y: FloatArray, used: BoolArray, degree: int) -> Baseline:
    """Fit the background through some points.

    Args:
        time_s: `(p,)`, ascending.
        y: `(p,)`, finite.
        used: points that are background `(p,)`, more than `degree + 1` of them.
        degree: 0 or 1.
    """
    t = time_s[used]
    middle, half = (t[0] + t[-1]) / 2, max((t[-1] - t[0]) / 2, 1e-12)
    design = np.vander((time_s - middle) / half, degree + 1, increasing=True)
    own, target = design[used], y[used]
    weight = np.ones(t.size)
    for _ in range(ITERATIONS):
        root = np.sqrt(weight)[:, None]
        beta = np.linalg.lstsq(own * root, target * root[:, 0], rcond=None)[0]
        residual = target - own @ beta
        scale = MAD_TO_SIGMA * float(np.median(np.abs(residual)))
        if scale == 0:
            break
        weight = np.minimum(1.0, HUBER * scale / np.maximum(np.abs(residual), 1e-300))
    near = np.abs(residual) <= CLIP_SIGMA * scale if scale > 0 else np.ones(t.size, dtype=bool)
    correlation = float(
        correlation_inflation(np.where(near, residual, np.nan)[None], degree + 1)[0]
    )
    free = max(float(near.sum()) - (degree + 1) * correlation, 1.0)
    noise = float(np.sqrt((residual[near] ** 2).sum() / free))
    inverse = np.linalg.inv((own * weight[:, None]).T @ own)
    hat = np.zeros((degree + 1, time_s.size))
    hat[:, used] = inverse @ (own * weight[:, None]).T
    covariance = noise**2 * correlation * inverse
    sigma = np.sqrt(np.einsum("pi,ij,pj->p", design, covariance, design))
    return Baseline(used, hat, design, design @ (hat @ y), sigma, noise, correlation)


def chunk_size(points: int, n: int) -> int:
    """Points of a chunk: a fortieth of the trace, and no fewer than are asked to agree."""
    return max(points, 5, n // CHUNKS)


def before_release(
    time_s: FloatArray, y: FloatArray, degree: int, settle_s: float, points: int
) -> BoolArray:
    """Find the part of a trace before anything comes up.

    Args:
        time_s: `(p,)`, ascending.
        y: `(p,)`, finite.
        degree: of the background.
        settle_s: time at the start that is left out.
        points: fewest points of a chunk.

    Returns:
        The part `(p,)`; all of the settled trace where nothing comes up.
    """
    p = y.size
    size = chunk_size(points, p)
    start = int(np.searchsorted(time_s, time_s[0] + settle_s))
    start = min(start, p // 4)
    shortest = min(p, start + max(FEWEST, 2 * size, int(FIRST_SHARE * p)))
    end = shortest
    used = np.zeros(p, dtype=np.bool_)
    variance = np.inf
    while end + size <= p:
        used[:] = False
        used[start:end] = True
        line = fit(time_s, y, used, degree)
        # A beginning release that was taken in makes the scatter larger and longer, never smaller.
        variance = min(variance, _chunk_variance(line, size))
        if _rises(y, line, end, size, variance):
            # One chunk is left free, for what rose too little to be seen.
            end = max(end - size, shortest)
            break
        end += size
    else:
        end = p
    used[:] = False
    used[start:end] = True
    return used


def _chunk_variance(line: Baseline, size: int) -> float:
    """Variance of the median of a chunk."""
    return line.noise**2 * MEDIAN_VARIANCE * min(line.correlation, size) / size


def _rises(y: FloatArray, line: Baseline, end: int, size: int, variance: float) -> bool:
    """Say whether the next chunk lies above the line, and above the level a chunk or two before it."""
    chunk = float(np.median(y[end : end + size]))
    recent = float(np.median(y[max(end - 3 * size, 0) : end - size]))
    middle = end + size // 2
    above_line = chunk - line.value[middle]
    above_recent = chunk - recent
    return bool(
        above_line > RISE_SIGMA * np.sqrt(variance + line.sigma[middle] ** 2)
        and above_recent > RISE_SIGMA * np.sqrt(2 * variance)
    )


def after_release(y: FloatArray, line: Baseline, peak: int, height: float, points: int) -> int:
    """Find from where on the signal has come back to the background.

    Args:
        y: `(p,)`.
        line: background from before the release.
        peak: index of the peak.
        height: of the peak above the background.
        points: fewest points of a chunk.

    Returns:
        Index of the first point that is background again; `p` where it never is.
    """
    p = y.size
    size = chunk_size(points, p)
    edges = np.arange(p, peak, -size)[::-1]
    back = p
    for first, last in zip(edges[:-1][::-1], edges[1:][::-1], strict=True):
        middle = (first + last) // 2
        variance = _chunk_variance(line, size)
        limit = max(RETURNED_SHARE * height, 3 * np.sqrt(variance + line.sigma[middle] ** 2))
        if float(np.median(y[first:last] - line.value[first:last])) > limit:
            break
        back = int(first)
    # What is left of the tail there is less than can be seen, and would bend the baseline.
    back += max(size, int(TAIL_SHARE * (back - peak)))
    return back if back + size <= p else p


def in_windows(x: FloatArray, windows: list[tuple[float, float]]) -> BoolArray:
    """Points `(p,)` of an axis that lie in any of some windows; NaN lies in none."""
    inside = np.zeros(x.shape, dtype=np.bool_)
    for low, high in windows:
        inside |= (x >= low) & (x <= high)
    return inside
