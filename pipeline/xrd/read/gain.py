"""How the variance of an intensity follows from the intensity."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.formats.powder import Pattern
from pipeline.xrd.options import SourceOptions

SAME_ESD = 0.05  # spread of sigma over the root of the intensity that rounding and binning explain
PRINTED = 1e-3  # roots printed with few digits are still roots of counts
EXACT, FEWEST_LEVELS = 0.01, 4  # spread of roots that are printed, and intensities that tell a law
MIN_PER_POINT = 9.0  # below, some programs add 1 to the counts before they take the root
WHOLE = (
    0.99  # share of whole numbers among counts: a repeated angle was averaged and may leave a half
)


def gain_ratio(pattern: Pattern, source: SourceOptions) -> tuple[float, str]:
    """Variance over mean of a pattern's intensities, where that is one number.

    In this order: 1 where the user says that they are counts, or the file does; the file's own
    `median(sigma^2 / I)` where its esds are proportional to the root of the intensities within 5 %;
    `1/t` for counts per second of known counting time; 1 where they are whole numbers, unless the
    user says that they are no counts or the file's esds say otherwise.

    Returns:
        The ratio, NaN where nothing tells it, and a remark or ''.
    """
    if source.counts == "yes" or (pattern.is_counts and source.counts == "auto"):
        return 1.0, ""
    stated = _from_esds(pattern)
    if np.isfinite(stated):
        return stated, ""
    if pattern.is_rate and pattern.counting_time_s > 0:
        return 1 / pattern.counting_time_s, ""
    intensity = pattern.intensity_counts
    some = intensity[intensity != 0]
    whole = some.size > 0 and float((some == np.rint(some)).mean()) >= WHOLE
    silent = pattern.sigma_counts is None and not pattern.is_rate
    if source.counts == "auto" and whole and silent and intensity.min() >= 0:
        return 1.0, "all intensities are whole numbers: taken for counts"
    return np.nan, ""


def _is_exact(roots: FloatArray, intensity: FloatArray) -> bool:
    """Whether esds are roots of the intensities at every point, however few counts: then no point need be strong."""
    if np.unique(intensity).size < FEWEST_LEVELS:
        return False
    return bool(np.ptp(roots) < EXACT * np.median(roots))


def _from_esds(pattern: Pattern) -> float:
    if pattern.sigma_counts is None:
        return np.nan
    intensity, variance = pattern.intensity_counts, pattern.sigma_counts**2
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = variance / intensity
        # The number of events behind a point; few of them say little of the law.
        there = np.isfinite(ratio) & (intensity > 0) & (variance > 0)
        strong = there & (intensity / ratio > MIN_PER_POINT)
    if _is_exact(np.sqrt(ratio[there]), intensity[there]):
        strong = there
    if np.count_nonzero(strong) < max(10, 0.1 * intensity.size):
        return np.nan
    roots = np.sqrt(ratio[strong])
    middle = float(np.median(roots))
    low, high = np.percentile(roots, (16, 84))
    if (high - low) / 2 > SAME_ESD * middle:
        return np.nan
    return 1.0 if abs(middle - 1) < PRINTED else middle**2
