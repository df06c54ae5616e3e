"""Onset, peak, width and area of a release, for one trace or for many repetitions of it at once.

Where the trace is looked at is settled once, from the trace itself; with the windows fixed, each number is
a smooth function of a few straight fits, and repetitions with fresh noise show its sigma.

- onset: where the tangent at the steepest rise meets the baseline (extrapolated onset, S. Vyazovkin
  et al., Thermochim. Acta 520 (2011) 1, doi:10.1016/j.tca.2011.03.034); the leading edge between two
  levels is fitted by a quartic, whose steepest point gives the tangent (a cubic or a straight line where it is noisy). The rise is the time from there to the peak's height
  along the tangent;
- peak: vertex of a parabola through the top; half heights: straight lines through the flanks;
- area: trapezoids from the end of the baseline before to the baseline after, or to the end of the trace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.ms.baseline import Baseline

TOP_LEVEL = 0.8
FLANK_LEVELS = (0.3, 0.7)
EDGE_LEVELS = (0.2, 0.92)
LINE_LEVELS = (0.3, 0.88)
FEWEST_TOP, FEWEST_FLANK, FEWEST_EDGE = 5, 4, 8
FEWEST_CURVED, FEWEST_BLUNT = 6, 9
SMOOTH = (1, 3, 5, 7, 9, 13, 17, 25, 35, 49, 69, 99)
SMOOTH_SHARE = 0.01  # of the height: noise of the smoothed trace that places windows
IN_TIME = ("onset_s", "peak_s", "left_s", "right_s", "height_normalised", "rise_s", "area_s")
_SLOPES = np.linspace(-1.0, 1.0, 41)
# Which polynomial is laid through the leading edge, by how well noise leaves its slope known: each with the largest share
# of the slope that its sigma may be. What a cubic or a straight line misses is put back as for shapes between a
# cosine, a Gaussian and sech^2: of these the tangent's rise is 0.94, 0.95 and 0.92 of the line's and meets the baseline 0.031, 0.032
# and 0.054 rises later (the cubic's: 0.001, 0.006, 0.020); how far they differ is a part of the sigma.
EDGE_DEGREES = ((4, 0.04), (3, 0.06), (1, np.inf))
LATER = {4: 0.0, 3: 0.009, 1: 0.042}
SHORTER = {4: 1.0, 3: 1.0, 1: 0.935}
SHAPE_SHARE = {4: 0.002, 3: 0.010, 1: 0.015}
_EDGE_HALF = (EDGE_LEVELS[1] - EDGE_LEVELS[0]) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Indices of the points that each number is taken from; `right` is empty where the trace ends before."""

    top: IntArray
    left: IntArray
    right: IntArray
    edge: IntArray
    first: int
    last: int
    peak: int
    several: bool
    few: bool
    degree: int


def smoothed(residual: FloatArray, noise: float, correlation: float) -> tuple[FloatArray, int]:
    """Running mean of a trace, as wide as its noise asks for and its peak allows.

    Args:
        residual: trace above its baseline `(p,)`.
        noise: sigma of one point.
        correlation: autocorrelation time of the noise, in points.

    Returns:
        The smoothed trace `(p,)` and the points of the mean.
    """
    best, used = residual, 1
    for width in SMOOTH:
        if width >= residual.size:
            break
        best, used = _running_mean(residual, width), width
        height = float(best.max())
        above = int((best > height / 2).sum())
        left_over = noise * np.sqrt(min(correlation, width) / width)
        if left_over < SMOOTH_SHARE * height or 4 * width > above:
            break
    return best, used


def _running_mean(values: FloatArray, width: int) -> FloatArray:
    half = width // 2
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(values.size)
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, values.size)
    mean: FloatArray = (total[high] - total[low]) / (high - low)
    return mean


def windows(smooth: FloatArray, first: int, last: int, noise: float, correlation: float) -> Windows:
    """Settle from which points each number is taken.

    Args:
        smooth: smoothed trace above its baseline `(p,)`.
        first: index at which the baseline before ends.
        last: index at which the baseline after begins, or `p`.
        noise: sigma of one point, not smoothed.
        correlation: its autocorrelation time, in points.
    """
    peak = first + int(np.argmax(smooth[first:last]))
    height = smooth[peak]
    level = smooth / height

    def down(limit: float, step: int) -> int | None:
        """Index at which the trace, going away from the peak, first lies below a level."""
        stop = first - 1 if step < 0 else last
        part = level[peak:stop:step] if stop >= 0 else level[peak::step]
        below = np.flatnonzero(part < limit)
        return peak + step * int(below[0]) if below.size else None

    def between(low: int | None, high: int | None, fewest: int) -> IntArray:
        start, stop = (first if low is None else low), (last - 1 if high is None else high)
        missing = max(fewest - (stop - start + 1), 0)
        start = max(start - (missing + 1) // 2, 0)
        stop = min(stop + missing // 2, smooth.size - 1)
        return np.arange(start, stop + 1)

    top = between(down(TOP_LEVEL, -1), down(TOP_LEVEL, 1), FEWEST_TOP)
    edge = between(down(EDGE_LEVELS[0], -1), down(EDGE_LEVELS[1], -1), FEWEST_EDGE)
    left = between(down(FLANK_LEVELS[0], -1), down(FLANK_LEVELS[1], -1), FEWEST_FLANK)
    far = down(FLANK_LEVELS[0], 1)
    right = np.arange(0) if far is None else between(down(FLANK_LEVELS[1], 1), far, FEWEST_FLANK)
    low = down(FLANK_LEVELS[0], -1)
    outside = np.concatenate(
        [
            level[first : first if low is None else low],
            level[far:last] if far is not None else level[:0],
        ]
    )
    # Sigma of a quartic's slope in the middle of n even points over [-1, 1], as of a cubic's: sqrt(75 / 4n).
    slope_sigma = noise * np.sqrt(18.75 * correlation / edge.size) / height
    allowed = EDGE_DEGREES if edge.size >= FEWEST_EDGE else EDGE_DEGREES[-1:]
    degree = next(d for d, limit in allowed if slope_sigma < limit * _EDGE_HALF)
    if degree == 1:
        edge = between(down(LINE_LEVELS[0], -1), down(LINE_LEVELS[1], -1), FEWEST_FLANK)
    return Windows(
        top=top,
        left=left,
        right=right,
        edge=edge,
        first=first,
        last=last,
        peak=peak,
        several=bool((outside > FLANK_LEVELS[1]).any()),
        few=bool((level[first:last] > 0.5).sum() < FEWEST_EDGE),
        degree=degree,
    )


def measure(
    time_s: FloatArray, rows: FloatArray, baseline: Baseline, used: Windows
) -> dict[str, FloatArray]:
    """Measure releases in time.

    Args:
        time_s: `(p,)`.
        rows: traces `(m, p)`: the trace itself, or repetitions of it.
        baseline: whose weights are used for every row.
        used: windows.

    Returns:
        For each name of `IN_TIME` an array `(m,)`; `right_s` is NaN where the trace ends before.
    """
    above = rows - baseline.of(rows)
    peak_s, height = _vertex(time_s[used.top], above[:, used.top], blunt=used.degree > 1)
    onset_s, rise_s = _tangent(time_s[used.edge], above[:, used.edge], height, used.degree)
    right = (
        _crossing(time_s[used.right], above[:, used.right], height / 2)
        if used.right.size
        else np.full(len(rows), np.nan)
    )
    return {
        "onset_s": onset_s,
        "peak_s": peak_s,
        "left_s": _crossing(time_s[used.left], above[:, used.left], height / 2),
        "right_s": right,
        "height_normalised": height,
        "rise_s": rise_s,
        "area_s": integral(time_s, above, used),
    }


def integral(x: FloatArray, above: FloatArray, used: Windows) -> FloatArray:
    """Area of traces `(m, p)` over an axis `(p,)` by trapezoids, from baseline to baseline `(m,)`."""
    part = slice(used.first, used.last)
    area: FloatArray = above[:, part] @ trapezoids(x[part])
    return area


def trapezoids(x: FloatArray) -> FloatArray:
    """Weights `(p,)` with which values add up to their integral over `x` `(p,)`."""
    step = np.diff(x)
    weight = np.zeros(x.size)
    weight[:-1] += step / 2
    weight[1:] += step / 2
    return weight


def _polynomial(t: FloatArray, y: FloatArray, degree: int) -> tuple[FloatArray, float, float]:
    """Coefficients `(m, degree + 1)` in `u = (t - middle) / half`, with middle and half."""
    middle, half = float(t[0] + t[-1]) / 2, float(t[-1] - t[0]) / 2
    design = np.vander((t - middle) / half, degree + 1, increasing=True)
    return (np.linalg.pinv(design) @ y.T).T, middle, half


def _vertex(t: FloatArray, y: FloatArray, *, blunt: bool) -> tuple[FloatArray, FloatArray]:
    """Position of a parabola's vertex, kept within the points, and the height there `(m,)`.

    A peak is blunter or keener than a parabola: where little noise and points enough let it be seen the height is
    that of a quartic.
    """
    c, middle, half = _polynomial(t, y, 2)
    curved = np.minimum(c[:, 2], -1e-300)
    u = np.clip(-c[:, 1] / (2 * curved), -1.0, 1.0)
    if blunt and t.size >= FEWEST_BLUNT:
        c = _polynomial(t, y, 4)[0]
    return middle + half * u, (c * u[:, None] ** np.arange(c.shape[1])).sum(axis=1)


def _tangent(
    t: FloatArray, y: FloatArray, height: FloatArray, degree: int
) -> tuple[FloatArray, FloatArray]:
    """Where the tangent at the steepest point meets zero, and its time up to the height, `(m,)` each."""
    c, middle, half = _polynomial(t, y, degree)
    powers = np.arange(1, degree + 1)
    slopes = (c[:, 1:] * powers) @ np.vander(_SLOPES, degree, increasing=True).T
    # The steepest of some points, and the vertex of the parabola through it and its neighbours.
    best = np.clip(slopes.argmax(axis=1), 1, _SLOPES.size - 2)
    before, at, after = (
        np.take_along_axis(slopes, (best + k)[:, None], 1)[:, 0] for k in (-1, 0, 1)
    )
    bent = np.minimum(before - 2 * at + after, -1e-300)
    u = _SLOPES[best] + np.clip((before - after) / (2 * bent), -1, 1) * (_SLOPES[1] - _SLOPES[0])
    value = (c * u[:, None] ** np.arange(degree + 1)).sum(axis=1)
    slope = (c[:, 1:] * powers * u[:, None] ** (powers - 1)).sum(axis=1)
    rise = half * height / slope
    return middle + half * (u - value / slope) + LATER[degree] * rise, SHORTER[degree] * rise


def _crossing(t: FloatArray, y: FloatArray, level: FloatArray) -> FloatArray:
    """Where the parabola through points of a flank has a level, from the straight line's answer on `(m,)`."""
    c, middle, half = _polynomial(t, y, 1)
    u = np.clip((level - c[:, 0]) / c[:, 1], -1.5, 1.5)
    if t.size >= FEWEST_CURVED:
        c, middle, half = _polynomial(t, y, 2)
        for _ in range(3):
            slope = c[:, 1] + 2 * c[:, 2] * u
            step = (level - c[:, 0] - c[:, 1] * u - c[:, 2] * u**2) / slope
            u = np.clip(u + np.clip(step, -0.5, 0.5), -1.5, 1.5)
    return middle + half * u
