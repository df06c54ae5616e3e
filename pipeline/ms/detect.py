"""Whether gas came: the trace above its baseline, by many sigmas, at several points one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.ms.baseline import (
    FEWEST,
    TAIL_SHARE,
    Baseline,
    after_release,
    before_release,
    chunk_size,
    fit,
    in_windows,
)
from pipeline.ms.options import BaselineOptions, ReleaseOptions
from pipeline.ms.shape import smoothed

WITHIN_FWHM = 0.7609  # share of a Gaussian's area within its full width at half maximum
MOST_SIGMA = 7.0  # rarer than that is nothing that a distribution says
_PASSES = 6
PARTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A baseline, and the first point of a release; None where there is none.

    The release lies between the points `first` and `last` (exclusive; the trace's length where it does not end).
    """

    baseline: Baseline
    seen: int | None
    first: int
    last: int


def detect(
    time_s: FloatArray,
    temperature_c: FloatArray,
    y: FloatArray,
    background: BaselineOptions,
    asked: ReleaseOptions,
) -> Detection | str:
    """Look for a release.

    Args:
        time_s: `(p,)`, ascending.
        temperature_c: `(p,)`, NaN where not known.
        y: trace `(p,)`, finite.
        background: degree and windows of the baseline.
        asked: threshold and number of points.

    Returns:
        What was found, or why there is no baseline.
    """
    windows = background.windows_c if background.windows_c is not None else background.windows_s
    if windows is None:
        return _automatic(time_s, y, background, asked)
    axis = temperature_c if background.windows_c is not None else time_s
    used = in_windows(axis, windows)
    if used.sum() < FEWEST:
        unit = "C" if background.windows_c is not None else "s"
        return (
            f"{int(used.sum())} points in the baseline's windows, {FEWEST} are the fewest; the run "
            f"goes from {_low(axis)} to {_high(axis)} {unit}"
        )
    line = fit(time_s, y, used, background.degree)
    above = y - line.value > _threshold(line, asked) * np.hypot(line.noise, line.sigma)
    seen = first_run(above & ~used, asked.points)
    if seen is None:
        return Detection(line, None, 0, y.size)
    at = np.flatnonzero(used)
    top = seen + int(np.argmax(smoothed(y - line.value, line.noise, line.correlation)[0][seen:]))
    before, after = at[at < seen], at[at > top]
    first = int(before[-1]) + 1 if before.size else 0
    return Detection(line, seen, first, int(after[0]) if after.size else y.size)


def first_run(mask: BoolArray, points: int) -> int | None:
    """Index of the first of `points` True one after the other, or None."""
    total = np.concatenate([[0], np.cumsum(mask)])
    if mask.size < points:
        return None
    full = np.flatnonzero(total[points:] - total[:-points] == points)
    return int(full[0]) if full.size else None


def _automatic(
    time_s: FloatArray, y: FloatArray, background: BaselineOptions, asked: ReleaseOptions
) -> Detection | str:
    degree, size = background.degree, chunk_size(asked.points, y.size)
    used = before_release(time_s, y, degree, background.settle_s, asked.points)
    start = int(np.argmax(used))
    longest = _usual_correlation(time_s, y, used, degree)
    line = fit(time_s, y, used, degree)
    threshold = _threshold(line, asked, longest)
    seen = _rise(y, line, threshold, asked.points, start, size)
    end = int(np.flatnonzero(used)[-1]) + 1
    if seen is None:
        return Detection(line, None, 0, y.size)
    if seen < end:
        return _taken_in(time_s, y, degree, asked, Detection(line, seen, start, y.size), longest)
    last, shortest = y.size, start + FEWEST
    for passed in range(3):
        smooth = smoothed(y - line.value, line.noise, line.correlation)[0]
        peak = end + int(np.argmax(smooth[end:last]))
        if passed == 0:
            # The foot of a slow release is lost in noise before it ends, and would bend the baseline.
            end = max(end - int(TAIL_SHARE * (peak - end)), min(shortest, end))
            used[end:] = False
        last = after_release(y, line, peak, float(smooth[peak]), asked.points)
        both = used.copy()
        both[last:] = True
        line = fit(time_s, y, both, degree)
    return Detection(line, seen, end, last)


def _usual_correlation(time_s: FloatArray, y: FloatArray, used: BoolArray, degree: int) -> float:
    """Autocorrelation time of the noise, in points: the median over parts of the trace.

    In the part where it lies, a release that is no part of the line looks like correlated noise.
    """
    parts = np.array_split(np.flatnonzero(used), PARTS)
    found = []
    for part in parts:
        if part.size >= FEWEST:
            only = np.zeros(y.size, dtype=np.bool_)
            only[part] = True
            found.append(fit(time_s, y, only, degree).correlation)
    return float(np.median(found)) if found else np.inf


def _taken_in(
    time_s: FloatArray,
    y: FloatArray,
    degree: int,
    asked: ReleaseOptions,
    found: Detection,
    longest: float,
) -> Detection | str:
    """Free a baseline from a release that was taken in, too short for its chunks or too early in the run.

    What is left before and after the release is fitted again, until it stays as it is.
    """
    size, start = chunk_size(asked.points, y.size), found.first
    line, seen = found.baseline, found.seen
    edges = (-1, -1)
    for _ in range(_PASSES):
        if seen is None:
            return Detection(line, None, 0, y.size)
        smooth = smoothed(y - line.value, line.noise, line.correlation)[0]
        peak = seen + int(np.argmax(smooth[seen:]))
        foot = max(size, int(TAIL_SHARE * (peak - seen)))
        first = max(seen - foot, start)
        last = after_release(y, line, peak, float(smooth[peak]), asked.points)
        used = np.zeros(y.size, dtype=np.bool_)
        used[start:first] = used[last:] = True
        if used.sum() < FEWEST:
            return (
                f"the signal is up from {time_s[seen]:.0f} s on, and before and after it are "
                f"{int(used.sum())} points for a baseline ({FEWEST} are the fewest); give its windows"
            )
        line = fit(time_s, y, used, degree)
        if edges == (first, last):
            break
        edges = (first, last)
        threshold = _threshold(line, asked, longest)
        seen = _rise(y, line, threshold, asked.points, start, size)
    return Detection(line, seen, *edges)


def _rise(
    y: FloatArray, line: Baseline, threshold: float, points: int, start: int, size: int
) -> int | None:
    """First point of a rise: above the line, and above the level that was there before it.

    A drift that only falls, or falls less and less, leaves its line and is no release.
    """
    sigma = np.hypot(line.noise, line.sigma)
    above = y - line.value > threshold * sigma
    above[:start] = False
    seen = first_run(above, points)
    while seen is not None:
        before = y[max(seen - 2 * size, start) : max(seen - size // 4, start + 1)]
        level = float(np.median(before))
        higher = y[seen:] - level > threshold * line.noise
        if first_run(higher & above[seen:], points) is not None:
            return seen
        left = np.flatnonzero(~above[seen:])
        if not left.size:
            return None
        rest = above.copy()
        rest[: seen + int(left[0])] = False
        seen = first_run(rest, points)
    return None


def area_limit(
    time_s: FloatArray, y: FloatArray, line: Baseline, width_s: float, level: float
) -> float:
    """Upper limit of the area of a release of some width that was not seen.

    The largest mean over that width, plus the quantile of its sigma; for a Gaussian as wide, whose full
    width at half maximum holds 76 % of its area.

    Args:
        time_s: `(p,)`.
        y: trace `(p,)`.
        line: its baseline.
        width_s: full width at half maximum.
        level: confidence.
    """
    step = float(np.median(np.diff(time_s)))
    count = int(np.clip(round(width_s / step), 1, y.size))
    start = int(np.argmax(line.used))
    above = (y - line.value)[start:]
    count = min(count, above.size)
    total = np.concatenate([[0.0], np.cumsum(above)])
    mean = (total[count:] - total[:-count]) / count
    best = int(np.argmax(mean))
    variance = line.noise**2 * min(line.correlation, count) / count
    sigma = float(np.sqrt(variance + line.sigma[start + best + count // 2] ** 2))
    height = max(float(mean[best]), 0.0) + float(ndtri(level)) * sigma
    return height * count * step / WITHIN_FWHM


def _threshold(line: Baseline, asked: ReleaseOptions, longest: float = np.inf) -> float:
    """The threshold in sigmas, as rare with this baseline's noise as the one asked for is with noise well known.

    Few independent points give the noise poorly: Student's t with their number takes the normal's place.
    """
    asked_for = asked.threshold_sigma
    if asked_for > MOST_SIGMA:
        return asked_for
    independent = float(line.used.sum()) / min(line.correlation, longest)
    free = max(independent - line.hat.shape[0], 1.0)
    return float(-stdtrit(free, ndtr(-asked_for)))


def _low(values: FloatArray) -> str:
    known = values[np.isfinite(values)]
    return f"{known.min():.0f}" if known.size else "nowhere"


def _high(values: FloatArray) -> str:
    known = values[np.isfinite(values)]
    return f"{known.max():.0f}" if known.size else "nowhere"
