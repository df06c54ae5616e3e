"""Releases of gas: for each channel whether there is one, where it begins and peaks, how wide and how much.

Sigmas come from repetitions: fresh noise of the size and correlation that the baseline shows, larger
under the release where the trace scatters more there, is added to the trace, and everything is measured again
through the same windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from pipeline.core.arrays import FloatArray
from pipeline.ms.baseline import Baseline, chunk_size
from pipeline.ms.detect import Detection, area_limit, detect
from pipeline.ms.options import GasOptions
from pipeline.ms.records import (
    MEASURED,
    ChannelStatus,
    Flag,
    GasReleases,
    GasTraces,
    MassLosses,
    Outcome,
    sigma_name,
)
from pipeline.ms.shape import SHAPE_SHARE, Windows, integral, measure, smoothed, windows
from pipeline.ms.sharpness import share_near_peak
from pipeline.physics.residuals import point_noise

CORRELATED = 1.5  # autocorrelation time, in points, from which a flag says so
NUMBERS_AT_A_TIME = 4_000_000
DEFAULT_WIDTH_S = 120.0  # of a release that was not seen, where no temperature is known
NOISE_POINTS = 12
ROUNDING = 1e-12  # scatter below this share of the trace is that of its arithmetic
_QUANTILES = (0.1586553, 0.5, 0.8413447)
SHARP, GRADUAL = "sharp", "gradual"


@dataclass(slots=True)
class _Row:
    """What is found of one channel, while it is being found."""

    numbers: dict[str, float] = field(default_factory=dict)
    baseline: FloatArray | None = None
    verdict: str = ""
    outcome: Outcome = Outcome.UNKNOWN
    status: ChannelStatus = ChannelStatus.OK
    reason: str = ""
    flags: tuple[Flag, ...] = ()


def releases(found: GasTraces, options: GasOptions, mass: MassLosses | None = None) -> GasReleases:
    """Measure the release in each channel.

    Args:
        found: traces on the shared clock.
        options: baseline, threshold, what is sharp; and the sigma of the transfer delay.
        mass: steps of the mass beside them, kept in the record.

    Returns:
        One row a channel. No release is an outcome, with an upper limit; a channel that cannot be
        looked at is a status.
    """
    rows = [_channel(found, i, options) for i in range(len(found.channel))]
    names = (
        *(*MEASURED, *map(sigma_name, MEASURED), "noise_normalised", "correlation_ratio"),
        *("seen_s", "seen_c", "limit_s", "limit_width_s"),
    )
    numbers = {name: np.array([r.numbers.get(name, np.nan) for r in rows]) for name in names}
    background = np.full(found.time_s.shape, np.nan)
    for i, row in enumerate(rows):
        if row.baseline is not None:
            background[i, : row.baseline.size] = row.baseline
    return GasReleases(
        traces=found,
        mass=mass,
        baseline_normalised=background,
        verdict=tuple(r.verdict for r in rows),
        outcome=tuple(r.outcome for r in rows),
        status=tuple(r.status for r in rows),
        reason=tuple(r.reason for r in rows),
        flags=tuple(r.flags for r in rows),
        **numbers,
    )


def _channel(found: GasTraces, i: int, options: GasOptions) -> _Row:
    row = _Row(status=found.status[i], reason=found.reason[i], flags=found.flags[i])
    if row.status is not ChannelStatus.OK:
        return row
    good = np.isfinite(found.intensity_normalised[i])
    t, y = found.time_s[i][good], found.intensity_normalised[i][good]
    hot = found.temperature_c[i][good]
    seen = detect(t, hot, y, options.baseline, options.release)
    if isinstance(seen, str):
        row.status, row.reason = ChannelStatus.NO_BASELINE, seen
        return row
    line = seen.baseline
    row.baseline = line.value
    if not line.noise > ROUNDING * float(np.abs(y).max()):
        row.status = ChannelStatus.NO_NOISE
        row.reason = (
            f"the baseline's {int(line.used.sum())} points do not scatter: nothing was recorded"
        )
        return row
    row.numbers = {"noise_normalised": line.noise, "correlation_ratio": line.correlation}
    if line.correlation > CORRELATED:
        row.flags = (*row.flags, Flag.NOISE_CORRELATED)
    if seen.seen is None:
        row.outcome = Outcome.NO_RELEASE
        width_s = _width_s(t, hot, options)
        limit = area_limit(t, y, line, width_s, options.release.limit_level)
        row.numbers |= {"limit_s": limit, "limit_width_s": width_s}
        return row
    _measure(row, t, hot, y, seen, options, i)
    return row


def _measure(
    row: _Row,
    t: FloatArray,
    hot: FloatArray,
    y: FloatArray,
    seen: Detection,
    options: GasOptions,
    channel: int,
) -> None:
    line, at = seen.baseline, seen.seen or 0
    smooth = smoothed(y - line.value, line.noise, line.correlation)[0]
    if not smooth[seen.first : seen.last].max(initial=-np.inf) > 0:
        row.status = ChannelStatus.NOT_RESOLVED
        row.reason = f"the signal is up at {t[at]:.0f} s, and there is no peak after it"
        return
    used = windows(smooth, seen.first, seen.last, line.noise, line.correlation)
    row.outcome = Outcome.RELEASE
    row.flags = (*row.flags, *_remarks(y, line, smooth, used, options))
    itself = _numbers(t, hot, y[None], line, used, options)
    sigma_y = _noise(y, line, smooth, used)
    many = [
        _numbers(t, hot, y + part, line, used, options)
        for part in _fresh_noise(sigma_y, line.correlation, options, channel)
    ]
    row.numbers |= {"seen_s": float(t[at]), "seen_c": float(hot[at])}
    for name, value in itself.items():
        low, middle, high = np.quantile(np.concatenate([m[name] for m in many]), _QUANTILES)
        # Fresh noise moves a number as the first one did: what it adds on the mean is taken off.
        row.numbers[name] = float(2 * value[0] - middle)
        row.numbers[sigma_name(name)] = float(high - low) / 2
    # Where noise hides the shape of the edge, another shape would give another tangent.
    part = SHAPE_SHARE[used.degree]
    for name, of in (
        *(("onset_s", "rise_s"), ("rise_s", "rise_s")),
        *(("onset_c", "rise_c"), ("rise_c", "rise_c")),
    ):
        _widen(row, name, part * row.numbers[of])
    late_s = options.clock.transfer_delay_sigma_s
    rate = abs(_slope_at(t, hot, row.numbers["onset_s"]))
    for name, late in (
        *(("onset_s", late_s), ("peak_s", late_s)),
        *(("onset_c", late_s * rate), ("peak_c", late_s * rate)),
    ):
        if late_s:
            _widen(row, name, late)
    share, sigma = row.numbers["share_ratio"], row.numbers["share_sigma_ratio"]
    if np.isfinite(share):
        row.verdict = SHARP if share >= options.release.sharp_ratio else GRADUAL
        if abs(share - options.release.sharp_ratio) < 2 * sigma:
            row.flags = (*row.flags, Flag.VERDICT_CLOSE)


def _widen(row: _Row, name: str, more: float) -> None:
    """Add another part to a sigma, in squares."""
    key = sigma_name(name)
    row.numbers[key] = float(np.hypot(row.numbers[key], more))


def _remarks(
    y: FloatArray, line: Baseline, smooth: FloatArray, used: Windows, options: GasOptions
) -> tuple[Flag, ...]:
    told = []
    if used.last == y.size:
        size = chunk_size(options.release.points, y.size)
        ends = float(np.median((y - line.value)[-size:]))
        spread = line.noise * np.sqrt(min(line.correlation, size) / size) + line.sigma[-1]
        still_up = ends > max(0.1 * smooth[used.peak], 3 * spread)
        told.append(Flag.RELEASE_NOT_COMPLETE if still_up else Flag.BASELINE_EXTRAPOLATED)
    if used.several:
        told.append(Flag.SEVERAL_PEAKS)
    if used.few:
        told.append(Flag.FEW_POINTS)
    return tuple(told)


def _numbers(
    t: FloatArray,
    hot: FloatArray,
    rows: FloatArray,
    line: Baseline,
    used: Windows,
    options: GasOptions,
) -> dict[str, FloatArray]:
    """Everything that is measured, in time and temperature, for each row `(m,)`."""
    in_time = measure(t, rows, line, used)
    onset, peak, left, right = (in_time[k] for k in ("onset_s", "peak_s", "left_s", "right_s"))
    above = rows - line.of(rows)
    found = {
        "onset_s": onset,
        "peak_s": peak,
        "fwhm_s": right - left,
        "rise_s": in_time["rise_s"],
        "area_s": in_time["area_s"],
        "height_normalised": in_time["height_normalised"],
        "share_ratio": share_near_peak(t, hot, above, peak, used, options.release),
    }
    known = np.isfinite(hot)
    nothing = np.full(len(rows), np.nan)
    if known.sum() < 2:
        return found | dict.fromkeys((n for n in MEASURED if n.endswith("_c")), nothing)

    def at(time_s: FloatArray) -> FloatArray:
        value: FloatArray = np.interp(time_s, t[known], hot[known], left=np.nan, right=np.nan)
        value[~np.isfinite(time_s)] = np.nan
        return value

    return found | {
        "onset_c": at(onset),
        "peak_c": at(peak),
        "fwhm_c": np.abs(at(right) - at(left)),
        "rise_c": np.abs(at(onset + in_time["rise_s"]) - at(onset)),
        "area_c": integral(hot, above, used) if known[used.first : used.last].all() else nothing,
    }


def _noise(y: FloatArray, line: Baseline, smooth: FloatArray, used: Windows) -> FloatArray:
    """Sigma of each point `(p,)`: the baseline's, larger in proportion to the signal where that scatters more."""
    high = np.flatnonzero(smooth > 0.5 * smooth[used.peak])
    high = high[(high >= used.first) & (high < used.last)]
    own = np.flatnonzero(line.used)
    if high.size < NOISE_POINTS or own.size < NOISE_POINTS:
        return np.full(y.size, line.noise)
    index = np.arange(y.size, dtype=np.float64)
    there, here = (float(point_noise(index[k], y[k][None])[0]) for k in (high, own))
    ratio = there / here if here > 0 else 1.0
    if ratio < 1.0 + 2.0 / np.sqrt(high.size):
        return np.full(y.size, line.noise)
    slope = (ratio**2 - 1.0) * line.noise**2 / float(smooth[high].mean())
    sigma: FloatArray = np.sqrt(line.noise**2 + slope * np.maximum(smooth, 0.0))
    return sigma


def _fresh_noise(
    sigma: FloatArray, correlation: float, options: GasOptions, channel: int
) -> Iterator[FloatArray]:
    """Noise of repetitions, in parts `(m, p)`: first-order autoregressive with the correlation time asked for."""
    rng = np.random.default_rng([options.release.seed, channel])
    rho = (correlation - 1.0) / (correlation + 1.0)
    at_a_time = max(1, NUMBERS_AT_A_TIME // sigma.size)
    left = options.release.replicates
    while left > 0:
        count = min(left, at_a_time)
        white = rng.standard_normal((count, sigma.size))
        if rho > 0:
            white[:, 1:] *= np.sqrt(1.0 - rho**2)
            white = lfilter([1.0], [1.0, -rho], white, axis=1)
        yield white * sigma
        left -= count


def _width_s(t: FloatArray, hot: FloatArray, options: GasOptions) -> float:
    """Width of a release that would just count as sharp."""
    if options.release.sharp_within_s is not None:
        return 2 * options.release.sharp_within_s
    known = np.isfinite(hot)
    if known.sum() > 1:
        rate = abs(hot[known][-1] - hot[known][0]) / (t[known][-1] - t[known][0])
        if rate > 0:
            return float(min(2 * options.release.sharp_within_c / rate, (t[-1] - t[0]) / 4))
    return DEFAULT_WIDTH_S


def _slope_at(t: FloatArray, hot: FloatArray, moment_s: float) -> float:
    """Heating rate at a moment, in degrees a second; NaN where no temperature is known."""
    known = np.isfinite(hot)
    if known.sum() < 2:
        return float("nan")
    half = (t[-1] - t[0]) / 100
    low, high = np.interp([moment_s - half, moment_s + half], t[known], hot[known])
    return float((high - low) / (2 * half))
