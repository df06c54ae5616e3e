"""Steps of mass loss on a thermobalance.

The rate of loss is the slope of straight lines over a moving window. Where it exceeds the run's usual rate by many
sigmas, mass is lost: the loss is the distance at the steepest point between the lines before and after the step, and
the step begins and ends where the tangent there meets them (extrapolated onset and end, S. Vyazovkin et
al., Thermochim. Acta 520 (2011) 1, doi:10.1016/j.tca.2011.03.034). A slow drift, as buoyancy makes it, is the usual
rate and no step.

Sigmas come from repetitions with fresh noise, of the size and correlation that the lines before and after leave.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.ms.options import MassOptions
from pipeline.ms.records import Flag, Flags, MassCurve, MassLosses
from pipeline.physics.residuals import MAD_TO_SIGMA, correlation_inflation

REPLICATES = 400
SEED = 5
FEWEST = 9  # points of a window
LEAST_SIGMA = 3.0  # a loss below this many of its sigmas is none
TAIL_SHARE = 0.4  # of a flank, left out beyond it
BACK = 2.0  # in sigmas of the rate: where it comes back to this, the step is over


@dataclass(frozen=True, slots=True)
class _Step:
    before: IntArray
    steep: IntArray
    after: IntArray
    top: int
    is_cut: bool


def mass_losses(curve: MassCurve, time_s: FloatArray, options: MassOptions) -> MassLosses | None:
    """Find the steps of a mass curve.

    Args:
        curve: the curve `(n,)`.
        time_s: its times on the shared clock `(n,)`.
        options: window of the rate, threshold, smallest step.

    Returns:
        One row a step, none where nothing is lost at once; None where the file has no mass, or fewer than four
        windows of points.
    """
    good = np.isfinite(curve.mass_mg)
    if not good.any():
        return None
    t, hot, mass = time_s[good], curve.temperature_c[good], curve.mass_mg[good]
    width = max(
        FEWEST, int(options.rate_window_s / float(np.median(np.diff(t)))) if t.size > 1 else 0
    )
    if t.size < 4 * width:
        return None
    start_mg = float(np.median(mass[:width]))
    percent = 100.0 * mass / start_mg
    rate = -slopes(t, percent, width)
    usual = float(np.median(rate))
    spread = MAD_TO_SIGMA * float(np.median(np.abs(rate - usual)))
    steps = _steps(rate - usual, spread, width, options.threshold_sigma)
    rows = [_row(t, hot, percent, step, k) for k, step in enumerate(steps)]
    kept = [
        (numbers, flags)
        for numbers, flags in rows
        if numbers["loss_percent"] >= options.least_percent
        and numbers["loss_percent"] >= LEAST_SIGMA * numbers["loss_sigma_percent"]
    ]
    ends = [float(np.std(p[:width] - np.median(p[:width]))) for p in (percent, percent[::-1])]
    columns = {name: np.array([n[name] for n, _ in kept]) for name in _COLUMNS}
    return MassLosses(
        source_file=curve.source_file,
        time_s=t,
        temperature_c=hot,
        mass_percent=percent,
        start_mg=start_mg,
        total_percent=100.0 - float(np.median(percent[-width:])),
        total_sigma_percent=float(np.hypot(ends[0], ends[1])),
        flags=tuple(flags for _, flags in kept),
        **columns,
    )


_COLUMNS = (
    *("onset_s", "onset_c", "onset_sigma_c", "steepest_c", "end_s", "end_c", "end_sigma_c"),
    *("loss_percent", "loss_sigma_percent"),
)


def slopes(x: FloatArray, y: FloatArray, width: int) -> FloatArray:
    """Slopes of straight lines through the `width` points around each point `(n,)`; at the ends, of the last whole window."""
    n = x.size

    def summed(values: FloatArray) -> FloatArray:
        total = np.concatenate([[0.0], np.cumsum(values)])
        part: FloatArray = total[width:] - total[:-width]
        return part

    u, v = x - x.mean(), y - y.mean()
    sx, sy, sxx, sxy = summed(u), summed(v), summed(u * u), summed(u * v)
    slope = (width * sxy - sx * sy) / (width * sxx - sx * sx)
    left = width // 2
    found: FloatArray = np.pad(slope, (left, n - slope.size - left), mode="edge")
    return found


def _steps(excess: FloatArray, spread: float, width: int, threshold: float) -> list[_Step]:
    """Stretches whose rate is far above the usual one, with the windows before, in and after them."""
    n = excess.size
    spread = max(spread, 1e-12 * float(np.abs(excess).max(initial=1.0)))
    high = np.concatenate([[False], excess > threshold * spread, [False]])
    edges = np.flatnonzero(np.diff(high.astype(np.int8)))
    found: list[_Step] = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        top = int(first) + int(np.argmax(excess[first:last]))
        quiet = excess < max(BACK * spread, 0.02 * excess[top])
        left, right = np.flatnonzero(quiet[:top]), np.flatnonzero(quiet[top:])
        begin = int(left[-1]) + 1 if left.size else 0
        end = top + int(right[0]) if right.size else n
        # What is left of a step there is less than can be seen, and would bend the lines.
        begin -= int(TAIL_SHARE * (top - begin))
        end += int(TAIL_SHARE * (end - top))
        begin, end = max(begin, 0), min(end, n)
        if last - first < width // 2 or (found and begin < found[-1].after[0]):
            continue
        before = np.arange(max(begin - width - width // 2, 0), max(begin - width // 2, FEWEST))
        after = np.arange(min(end + width // 2, n - FEWEST), min(end + width + width // 2, n))
        half = max(min(width // 4, (end - begin) // 16), 2)
        steep = np.arange(max(top - half, 0), min(top + half + 1, n))
        is_cut = begin < width or end + width > n
        found.append(_Step(before, steep, after, top, is_cut))
    return found


def _row(
    t: FloatArray, hot: FloatArray, percent: FloatArray, step: _Step, place: int
) -> tuple[dict[str, float], Flags]:
    itself = _measure(t, percent[None], step)
    left_over = [
        percent[k] - np.polyval(np.polyfit(t[k] - t[k[0]], percent[k], 1), t[k] - t[k[0]])
        for k in (step.before, step.after)
    ]
    noise = float(np.sqrt(np.mean(np.concatenate(left_over) ** 2)))
    correlation = max(float(correlation_inflation(r[None], 2)[0]) for r in left_over)
    rng = np.random.default_rng([SEED, place])
    low, high = step.before[0], step.after[-1] + 1
    white = rng.standard_normal((REPLICATES, high - low))
    rho = (correlation - 1.0) / (correlation + 1.0)
    if rho > 0:
        white[:, 1:] *= np.sqrt(1.0 - rho**2)
        white = lfilter([1.0], [1.0, -rho], white, axis=1)
    many = np.broadcast_to(percent, (REPLICATES, percent.size)).copy()
    many[:, low:high] += noise * white
    again = _measure(t, many, step)
    onset_s, end_s, loss = (float(v[0]) for v in itself)
    known = np.isfinite(hot)

    def at(moment: FloatArray | float) -> FloatArray:
        if not known.any():
            return np.full(np.shape(moment), np.nan)
        return np.asarray(np.interp(moment, t[known], hot[known]), dtype=np.float64)

    numbers = {
        "onset_s": onset_s,
        "onset_c": float(at(onset_s)),
        "onset_sigma_c": float(np.std(at(again[0]), ddof=1)),
        "steepest_c": float(at(t[step.top])),
        "end_s": end_s,
        "end_c": float(at(end_s)),
        "end_sigma_c": float(np.std(at(again[1]), ddof=1)),
        "loss_percent": loss,
        "loss_sigma_percent": float(np.std(again[2], ddof=1)),
    }
    return numbers, (Flag.RELEASE_NOT_COMPLETE,) if step.is_cut else ()


def _measure(
    t: FloatArray, rows: FloatArray, step: _Step
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Onset and end in time, and loss, of each row `(m,)`."""
    middle = t[step.top]

    def line(points: IntArray) -> tuple[FloatArray, FloatArray]:
        """Value at the steepest point and slope of the straight line through some points."""
        design = np.vander(t[points] - middle, 2, increasing=True)
        value, slope = np.linalg.pinv(design) @ rows[:, points].T
        return value, slope

    (v0, s0), (v1, s1), (v2, s2) = line(step.before), line(step.steep), line(step.after)
    return middle + (v0 - v1) / (s1 - s0), middle + (v2 - v1) / (s1 - s2), v0 - v2
