"""Sharp or gradual, as a number: the share of a release that lies near its peak."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.ms.options import ReleaseOptions
from pipeline.ms.shape import Windows


def share_near_peak(
    time_s: FloatArray,
    temperature_c: FloatArray,
    above: FloatArray,
    peak_s: FloatArray,
    used: Windows,
    asked: ReleaseOptions,
) -> FloatArray:
    """Share of the area within some degrees, or seconds, of the peak.

    Args:
        time_s: `(p,)`, ascending.
        temperature_c: `(p,)`; NaN where not known.
        above: traces above their baseline `(m, p)`.
        peak_s: their peaks `(m,)`.
        used: windows.
        asked: how near; in time where `sharp_within_s` is given, else in temperature.

    Returns:
        Shares `(m,)`; NaN where there is no temperature, or the run is not longer than the nearness.
    """
    part = slice(used.first, used.last)
    t, hot = time_s[part], temperature_c[part]
    if asked.sharp_within_s is not None:
        low, high = peak_s - asked.sharp_within_s, peak_s + asked.sharp_within_s
    else:
        whole = temperature_c[np.isfinite(temperature_c)]
        within = asked.sharp_within_c
        known = np.isfinite(hot)
        if known.sum() < 2 or np.ptp(whole) < 4 * within or not known[used.peak - used.first]:
            return np.full(len(above), np.nan)
        hot = np.interp(t, t[known], hot[known])
        # A programme that heats hardly ever steps back; where it cools, the axis is turned round.
        rising = np.maximum.accumulate(hot if hot[-1] >= hot[0] else -hot)
        peak = np.interp(peak_s, t, rising)
        low, high = np.interp(peak - within, rising, t), np.interp(peak + within, rising, t)
    y = above[:, part]
    step = np.diff(t)
    pieces = (y[:, 1:] + y[:, :-1]) / 2 * step
    total = np.concatenate([np.zeros((len(y), 1)), np.cumsum(pieces, axis=1)], axis=1)
    inside = [
        np.interp(b, t, row) - np.interp(a, t, row)
        for a, b, row in zip(low, high, total, strict=True)
    ]
    share: FloatArray = np.array(inside) / total[:, -1]
    return share
