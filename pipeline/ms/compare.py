"""One sample beside another: how much later, wider, larger its release is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.ms.records import ChannelStatus, GasReleases, Outcome, sigma_name


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second sample's release in a channel less, or over, the first's.

    NaN where either has none. Widths and rises are in temperature where it is known for both, else in time.
    """

    onset_difference_c: float
    onset_difference_sigma_c: float
    peak_difference_c: float
    peak_difference_sigma_c: float
    fwhm_ratio: float
    fwhm_sigma_ratio: float
    rise_ratio: float
    rise_sigma_ratio: float
    area_ratio: float
    area_sigma_ratio: float
    share_difference_ratio: float
    share_difference_sigma_ratio: float


def compare(first: GasReleases, second: GasReleases, channel: str) -> Comparison | None:
    """Compare the release of one channel in two samples.

    `sigma(b - a)^2 = sigma_a^2 + sigma_b^2`, and `sigma(b/a) = (b/a) sqrt((sigma_a/a)^2 + (sigma_b/b)^2)`; a
    transfer delay that both share cancels in the differences, but is in the sigmas where its own was given.

    Args:
        first: releases of one sample.
        second: of the other.
        channel: name such as `mz_32`.

    Returns:
        The comparison; None where the channel was not measured in both.
    """
    if not (has(first, channel) and has(second, channel)):
        return None
    i, k = first.traces.channel.index(channel), second.traces.channel.index(channel)

    def pair(name: str) -> tuple[float, float, float, float]:
        return (
            float(getattr(first, name)[i]),
            float(getattr(first, sigma_name(name))[i]),
            float(getattr(second, name)[k]),
            float(getattr(second, sigma_name(name))[k]),
        )

    def difference(name: str) -> tuple[float, float]:
        a, sigma_a, b, sigma_b = pair(name)
        return b - a, float(np.hypot(sigma_a, sigma_b))

    def ratio(name: str) -> tuple[float, float]:
        a, sigma_a, b, sigma_b = pair(name)
        if not a > 0 or not b > 0:
            return np.nan, np.nan
        return b / a, b / a * float(np.hypot(sigma_a / a, sigma_b / b))

    fwhm = "fwhm_c" if np.isfinite(pair("fwhm_c")[::2]).all() else "fwhm_s"
    rise = "rise_c" if np.isfinite(pair("rise_c")[::2]).all() else "rise_s"
    return Comparison(
        *difference("onset_c"),
        *difference("peak_c"),
        *ratio(fwhm),
        *ratio(rise),
        *ratio("area_s"),
        *difference("share_ratio"),
    )


def has(found: GasReleases, channel: str) -> bool:
    """Say whether a channel was measured, with a release or without."""
    if channel not in found.traces.channel:
        return False
    return found.status[found.traces.channel.index(channel)] is ChannelStatus.OK


def both_release(first: GasReleases, second: GasReleases, channel: str) -> bool:
    """Say whether gas came in a channel of both."""
    return all(
        found.outcome[found.traces.channel.index(channel)] is Outcome.RELEASE
        for found in (first, second)
    )
