"""How wide lines are: a start for a profile from the pattern itself, and whether a refined one can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import Profile

STRONG_SHARE = 0.1  # lines above this share of the strongest are measured
MOST_LINES = 12
GAUSSIAN_SHARE = 0.6  # of a line that is half Gaussian, half Lorentzian
LORENTZIAN_SHARE = 0.5
NARROWEST_STEPS = 2.0
FAR_BELOW = 0.5  # of the Lorentzian width: nearer to 0 a Gaussian part below it is noise of lines that have none


def start_profile(two_theta_deg: FloatArray, counts: FloatArray, usual: Profile) -> Profile:
    """A profile whose lines are as wide as the strong ones of a pattern, half Gaussian and half Lorentzian.

    Args:
        two_theta_deg: angles `(n_points,)`.
        counts: intensities `(n_points,)`.
        usual: what is taken where no line can be measured, and for the axial divergence.
    """
    widths = line_widths_deg(two_theta_deg, counts)
    if not widths.size:
        return usual
    width = float(np.median(widths))
    return replace(
        usual,
        u_deg2=0.0,
        v_deg2=0.0,
        w_deg2=(GAUSSIAN_SHARE * width) ** 2,
        x_deg=LORENTZIAN_SHARE * width / 2,
        y_deg=LORENTZIAN_SHARE * width / 2,
    )


def line_widths_deg(two_theta_deg: FloatArray, counts: FloatArray) -> FloatArray:
    """Full widths at half maximum of the strongest lines, from where the curve crosses half of each.

    Returns:
        At most `MOST_LINES` widths; a line whose half height meets a neighbour is left out.
    """
    level = float(np.quantile(counts, 0.1))
    height = counts - level
    order = np.argsort(height)[::-1]
    taken = np.zeros(counts.size, dtype=bool)
    found: list[float] = []
    strongest = float(height[order[0]])
    if not strongest > 0:
        return np.empty(0)
    for top in order:
        if height[top] < STRONG_SHARE * strongest or len(found) == MOST_LINES:
            break
        if taken[top]:
            continue
        low, high = _crossing(height, top, -1), _crossing(height, top, 1)
        if low is None or high is None:
            continue
        left, right = int(np.floor(low)), int(np.ceil(high))
        span = max(right - left, 1)
        overlaps = taken[left : right + 1].any()
        taken[max(left - 2 * span, 0) : right + 2 * span + 1] = True
        if overlaps:
            continue
        place = np.interp((low, high), np.arange(counts.size), two_theta_deg)
        step = two_theta_deg[min(top + 1, counts.size - 1)] - two_theta_deg[max(top - 1, 0)]
        width = float(place[1] - place[0])
        if width >= NARROWEST_STEPS * step / 2:
            found.append(width)
    return np.array(found)


def _crossing(height: FloatArray, top: int, way: int) -> float | None:
    """Where the curve falls to half of its height at `top`, between points; None at the end of the pattern."""
    half, k = height[top] / 2, top
    while 0 <= k + way < height.size:
        if height[k + way] <= half:
            return float(k + way * (height[k] - half) / (height[k] - height[k + way]))
        k += way
    return None


def width_problem(profile: Profile, two_theta_deg: FloatArray) -> str:
    """Why a profile can be none: a width below 0 within the measured angles, or a Gaussian part far below it; '' where it can.

    An engine that takes a negative FWHM^2 for a narrow line sees no slope there, and stops beside the minimum. Gaussian FWHM^2 = u tan^2 + v tan + w, Lorentzian FWHM = x / cos + y tan, theta half the angle.
    """
    theta = np.radians(two_theta_deg) / 2
    tangent = np.tan(theta)
    gauss2 = profile.u_deg2 * tangent**2 + profile.v_deg2 * tangent + profile.w_deg2
    lorentz = profile.x_deg / np.cos(theta) + profile.y_deg * tangent
    total = np.sqrt(np.maximum(gauss2, 0.0)) + lorentz
    if not np.isfinite(total).all() or total.min() <= 0:
        where = two_theta_deg[int(np.argmin(np.where(np.isfinite(total), total, -np.inf)))]
        return f"lines have no width at {where:.1f} deg: this profile is none. Use a wider range, or a stronger pattern."
    middle = float(np.median(gauss2))
    if middle < -((FAR_BELOW * float(np.median(lorentz))) ** 2):
        return (
            f"the Gaussian FWHM^2 of the profile is {middle:.2g} deg^2, below 0: this profile is none, and what was refined "
            "with it is beside the minimum. Measure a standard (`instrument.standard`), or try other starts."
        )
    return ""
