"""The door that every pattern passes, whatever file it came from: are these numbers a measurement?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.formats.powder import Pattern
from pipeline.xrd.options import SourceOptions
from pipeline.xrd.records import FrameStatus

MIN_POINTS = 20
MANY_BAD = 0.1  # more points than this without a usable esd, and the esds are not to be trusted

Problem = tuple[FrameStatus, str]


def checked(pattern: Pattern, source: SourceOptions) -> Pattern | Problem:
    """Check the numbers of a pattern.

    Esds that are zero throughout are no esds and are dropped. Single points with a zero, negative or
    missing esd are taken out, each with a remark, but for points of zero counts: their esd is unknown
    (NaN), and the counts say enough.

    Args:
        pattern: as read.
        source: whether the user says that intensities are counts.

    Returns:
        The pattern, perhaps with fewer points and more remarks; or a status and its reason.
    """
    problem = _problem(pattern, source)
    if problem is not None:
        return problem
    if pattern.sigma_counts is None:
        return pattern
    return _with_usable_esds(pattern)


def _problem(pattern: Pattern, source: SourceOptions) -> Problem | None:
    intensity = pattern.intensity_counts
    if intensity.size < MIN_POINTS:
        return FrameStatus.TOO_SHORT, f"{intensity.size} points; at least {MIN_POINTS} are needed."
    bad = ~np.isfinite(intensity)
    if bad.any():
        at = float(pattern.two_theta_deg[int(np.argmax(bad))])
        return FrameStatus.NOT_FINITE, (
            f"{np.count_nonzero(bad)} of {bad.size} intensities are NaN or infinite, first at {at:.6g} deg. "
            "Remove those lines, or mask and integrate again."
        )
    if not intensity.any():
        return FrameStatus.NO_COUNTS, f"all {intensity.size} intensities are zero: shutter closed?"
    negative = intensity < 0
    if negative.any() and _meant_as_counts(pattern, source):
        at = float(pattern.two_theta_deg[int(np.argmax(negative))])
        return FrameStatus.BAD_COUNTS, (
            f"{np.count_nonzero(negative)} of {negative.size} counts are negative, first "
            f"{intensity[negative][0]:.6g} at {at:.6g} deg: no counter does that. Was a background taken off, "
            "or did the counter overflow? Use the raw file, or say `source: {counts: no}`."
        )
    return None


def _meant_as_counts(pattern: Pattern, source: SourceOptions) -> bool:
    if source.counts != "auto":
        return source.counts == "yes"
    whole = bool((pattern.intensity_counts == np.rint(pattern.intensity_counts)).all())
    return pattern.is_counts or (whole and pattern.sigma_counts is None)


def _with_usable_esds(pattern: Pattern) -> Pattern | Problem:
    intensity, sigma = pattern.intensity_counts, pattern.sigma_counts
    assert sigma is not None  # noqa: S101  (the caller looked)
    usable = np.isfinite(sigma) & (sigma > 0)
    if usable.all():
        return pattern
    if not usable.any():
        remark = "no esd of the file is above zero; taken as if it stated none"
        return replace(pattern, sigma_counts=None, remarks=(*pattern.remarks, remark))
    empty = ~usable & (intensity == 0) & ~(sigma < 0)
    bad = ~usable & ~empty
    at = float(pattern.two_theta_deg[int(np.argmax(bad))]) if bad.any() else np.nan
    if np.count_nonzero(bad) > MANY_BAD * bad.size:
        return FrameStatus.BAD_SIGMA, (
            f"{np.count_nonzero(bad)} of {bad.size} points have an esd that is zero, negative or no number, "
            f"first at {at:.6g} deg. Correct the column of esds, or read the file without it."
        )
    sigma = np.where(empty, np.nan, sigma)
    if not bad.any():
        return replace(pattern, sigma_counts=sigma)
    remark = f"{np.count_nonzero(bad)} points with an esd of zero or less left out, first at {at:.6g} deg"
    return replace(
        pattern,
        two_theta_deg=pattern.two_theta_deg[~bad],
        intensity_counts=intensity[~bad],
        sigma_counts=sigma[~bad],
        remarks=(*pattern.remarks, remark),
    )
