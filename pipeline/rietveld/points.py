"""The points of a frame that are refined: range, exclusions, esds; what cannot be refined is refused in words.

Both engines take some of it silently: a NaN becomes 0, an esd of 0 is raised to a floor and the fit looks perfect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, freeze_fields
from pipeline.physics.residuals import LOCAL_POINTS, MAD_TO_SIGMA, cubic_misfit
from pipeline.rietveld.options import RefinementOptions, StandardOptions
from pipeline.rietveld.records import FitStatus, Patterns

FEWEST_POINTS = 100
NEGATIVE_SIGMA = 6.0  # noise of a pattern whose background was subtracted reaches this far
LEAST_SCATTER = 1e-6  # of the intensity: less is rounding
LARGEST_DEG = 180.0


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a frame is not refined."""

    status: FitStatus
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points that are refined, `(n_points,)`."""

    two_theta_deg: FloatArray
    counts: FloatArray
    sigma_counts: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, ("two_theta_deg", "counts", "sigma_counts"), ndim=1)


def points_of(
    patterns: Patterns, frame: int, used: RefinementOptions | StandardOptions
) -> Points | Refused:
    """Take the points of a frame that are refined.

    Esds are the file's own; else `sqrt(gain * intensity)`, at no counts that of one count. Where neither is known they are
    proportional to the root of the intensity, with the factor that the scatter between neighbours shows.

    Args:
        patterns: the series.
        frame: number of the frame.
        used: range and exclusions.

    Returns:
        The points, or why there are none.
    """
    if patterns.status[frame] != "ok":
        reason = patterns.reason[frame] or f"the pattern is `{patterns.status[frame]}`"
        return Refused(FitStatus.FRAME_FAILED, reason)
    angle = patterns.two_theta_deg[frame]
    counts = patterns.intensity_counts[frame]
    stated = patterns.sigma_counts[frame]
    there = _there(angle, counts)
    taken = there & _inside(angle, used)
    problem = _too_few(angle[there], int(taken.sum()), used)
    angle, counts, stated = angle[taken], counts[taken], stated[taken]
    problem = problem or _problem(angle, counts)
    if problem:
        return Refused(FitStatus.BAD_INPUT, problem)
    gain = float(patterns.gain_ratio[frame])
    sigma, problem = _sigma(angle, counts, stated, gain)
    if problem:
        return Refused(FitStatus.BAD_INPUT, problem)
    return Points(angle, counts, sigma)


def _there(angle: FloatArray, counts: FloatArray) -> BoolArray:
    """All but the padding at the end of a frame that is shorter than others."""
    known = np.flatnonzero(np.isfinite(angle) | np.isfinite(counts))
    there = np.zeros(angle.size, dtype=bool)
    if known.size:
        there[: known[-1] + 1] = True
    return there


def _inside(angle: FloatArray, used: RefinementOptions | StandardOptions) -> BoolArray:
    inside = np.ones(angle.size, dtype=bool)
    if used.range_deg is not None:
        low, high = used.range_deg
        # An angle that is no number is kept, so that it is seen and refused.
        inside &= ~((angle < low) | (angle > high))
    for low, high in getattr(used, "excluded_deg", ()):
        inside &= ~((angle >= low) & (angle <= high))
    return inside


def _too_few(angle: FloatArray, n_taken: int, used: RefinementOptions | StandardOptions) -> str:
    if n_taken >= FEWEST_POINTS:
        return ""
    known = angle[np.isfinite(angle)]
    held = f", from {known.min():g} to {known.max():g} deg" if known.size else ""
    if angle.size < FEWEST_POINTS:
        return f"the pattern has {angle.size} points{held}; a refinement needs {FEWEST_POINTS}. Is the file cut off?"
    asked = (
        "" if used.range_deg is None else f" of {used.range_deg[0]:g} to {used.range_deg[1]:g} deg"
    )
    return (
        f"{n_taken} of {angle.size} points are left by `range_deg`{asked} and `excluded_deg`; a refinement needs "
        f"{FEWEST_POINTS}. The pattern goes{held[1:]}: correct the range."
    )


def _problem(angle: FloatArray, counts: FloatArray) -> str:
    bad = ~np.isfinite(angle)
    if bad.any():
        return f"{int(bad.sum())} angles are no numbers, the first at point {int(np.argmax(bad))}; correct the file."
    down = np.diff(angle) <= 0
    if down.any():
        k = int(np.argmax(down))
        return (
            f"angles do not ascend: {angle[k]:.4f} is followed by {angle[k + 1]:.4f} deg; sort the file, and merge "
            "points of the same angle."
        )
    if angle[0] <= 0 or angle[-1] >= LARGEST_DEG:
        return f"angles from {angle[0]:g} to {angle[-1]:g} deg; 2theta lies between 0 and 180."
    bad = ~np.isfinite(counts)
    if bad.any():
        return (
            f"{int(bad.sum())} intensities are no numbers (NaN), the first at {angle[np.argmax(bad)]:.4f} deg; leave these "
            "angles out with `excluded_deg`, or correct the file."
        )
    if not counts.any():
        return "all intensities are 0: there is nothing to refine."
    return ""


def _sigma(
    angle: FloatArray, counts: FloatArray, stated: FloatArray, gain: float
) -> tuple[FloatArray, str]:
    """Esds and '', or why there are none."""
    none = np.empty(0)
    known = np.isfinite(stated)
    if known.any():
        return _stated(angle, counts, stated, gain)
    if np.isfinite(gain) and gain > 0:
        if counts.min() < 0:
            k = int(np.argmin(counts))
            return none, (
                f"intensity {counts[k]:g} at {angle[k]:.4f} deg is below 0, which counts cannot be. If a background was "
                "subtracted give the pattern before that, or with its esds."
            )
        return np.sqrt(gain * np.maximum(counts, gain)), ""
    factor = _scatter(angle, counts)
    if not factor > LEAST_SCATTER * np.sqrt(np.median(_level(counts))):
        return none, (
            "the file states no esds, its intensities are no counts, and they scatter too little to tell their noise "
            "(smoothed or calculated?). Give a file with esds."
        )
    return factor * np.sqrt(_level(counts)), ""


def _stated(
    angle: FloatArray, counts: FloatArray, stated: FloatArray, gain: float
) -> tuple[FloatArray, str]:
    none = np.empty(0)
    bad = ~np.isfinite(stated) | (stated < 0)
    if bad.any():
        k = int(np.argmax(bad))
        return none, (
            f"{int(bad.sum())} esds are no numbers or below 0, the first {stated[k]:g} at {angle[k]:.4f} deg; correct the "
            "file, or leave these angles out with `excluded_deg`."
        )
    zero = stated == 0
    # The root of no counts is 0, which would weigh the point without limit: it gets the esd of one count.
    of_none = zero & (counts == 0) & (np.isfinite(gain) & (gain > 0))
    if (zero & ~of_none).any():
        k = int(np.argmax(zero & ~of_none))
        return none, (
            f"{int((zero & ~of_none).sum())} esds are 0, the first at {angle[k]:.4f} deg where the intensity is "
            f"{counts[k]:g}: such a point would weigh without limit. Correct the file, or leave these angles out with "
            "`excluded_deg`."
        )
    sigma = np.where(of_none, gain, stated)
    low = counts < -NEGATIVE_SIGMA * sigma
    if low.any():
        k = int(np.argmax(low))
        return none, (
            f"intensity {counts[k]:g} at {angle[k]:.4f} deg is {-counts[k] / sigma[k]:.0f} of its sigma below 0; the noise of "
            f"a pattern whose background was subtracted reaches {NEGATIVE_SIGMA:.0f}. Correct the background, or the esds."
        )
    return sigma, ""


def _level(counts: FloatArray) -> FloatArray:
    """Intensities as they enter a variance: none below a thousandth of the middle one, so that no weight is without limit."""
    floor = max(float(np.median(np.abs(counts))), float(counts.max()) * 1e-3) * 1e-2
    return np.maximum(counts, floor)


def _scatter(angle: FloatArray, counts: FloatArray) -> float:
    """Factor of the root of the intensity that the scatter of points about the cubic through their neighbours shows.

    Points between the lines tell it: a narrow line is no cubic.
    """
    if angle.size < LOCAL_POINTS + 4:
        return 0.0
    error, gain = cubic_misfit(angle, counts[None, :])
    scaled = np.abs(error[0]) / gain[0] / np.sqrt(_level(counts)[2:-2])
    return float(MAD_TO_SIGMA * np.median(scaled[counts[2:-2] <= np.median(counts)]))
