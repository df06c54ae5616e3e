"""Line shapes of powder lines, normalised to unit area, with analytic derivatives.

The pseudo-Voigt function is `f = eta L + (1 - eta) G`, a Lorentzian and a Gaussian of one full width at half
maximum `w`; with `u = 2 (x - x0) / w` it is `(2 / w) s(u)`,

    s(u) = eta / (pi (1 + u^2)) + (1 - eta) sqrt(ln 2 / pi) exp(-u^2 ln 2)

(G. K. Wertheim et al., Rev. Sci. Instrum. 45 (1974) 1369, doi:10.1063/1.1686503). The split one has the
width `w (1 + a)` below its maximum and `w (1 - a)` above; `w` is still its full width, the factor `2 / w` still
normalises it, and value and first derivative are continuous (A. Brown, J. W. Edmonds, Adv. X-ray
Anal. 23 (1980) 361, doi:10.1154/S0376030800007308).

With a doublet each line has a partner at the angle where Bragg's law puts Kalpha2, with Kalpha1's shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray

LN2 = math.log(2.0)
LORENTZ = 1.0 / math.pi
GAUSS = math.sqrt(LN2 / math.pi)


@dataclass(slots=True, eq=False)
class Profile:
    """A line of unit area `(n, m)` in 1/deg, and its derivatives by its parameters.

    `by_asymmetry` is None for the symmetric shape.
    """

    value: FloatArray
    by_position: FloatArray
    by_fwhm: FloatArray
    by_lorentz: FloatArray
    by_asymmetry: FloatArray | None


def pseudo_voigt(
    x_deg: FloatArray,
    position_deg: FloatArray,
    fwhm_deg: FloatArray,
    lorentz_fraction: FloatArray,
    asymmetry: FloatArray | None = None,
) -> Profile:
    """Pseudo-Voigt lines of unit area.

    Args:
        x_deg: angles `(n, m)`, one row a line.
        position_deg: places of the maxima `(n,)`.
        fwhm_deg: full widths at half maximum `(n,)`, above zero.
        lorentz_fraction: Lorentzian share `eta` `(n,)`.
        asymmetry: `a` `(n,)` between -1 and 1: half widths `w (1 + a) / 2` below the maximum and
            `w (1 - a) / 2` above; None for the symmetric shape.

    Returns:
        Values and derivatives `(n, m)`.
    """
    height = (2.0 / fwhm_deg)[:, None]
    eta = lorentz_fraction[:, None]
    away = x_deg - position_deg[:, None]
    if asymmetry is None:
        per_deg: FloatArray = height
    else:
        below = away < 0
        part = np.where(below, 1.0 + asymmetry[:, None], 1.0 - asymmetry[:, None])
        per_deg = height / part
    u = away * per_deg
    u2 = u * u
    bell = 1.0 / (1.0 + u2)
    lorentz = LORENTZ * bell
    gauss = GAUSS * np.exp(-LN2 * u2)
    by_lorentz = lorentz - gauss
    value = gauss + eta * by_lorentz
    # ds/du = -2 u (eta L / (1 + u^2) + (1 - eta) ln2 G); everything else follows from it.
    lorentz *= bell
    lorentz *= eta
    gauss *= LN2 * (1.0 - eta)
    slope = lorentz
    slope += gauss
    slope *= u
    slope *= -2.0
    value *= height
    by_lorentz *= height
    slope *= height
    by_position = slope * per_deg
    np.negative(by_position, out=by_position)
    slope *= u
    by_asymmetry = None
    if asymmetry is not None:
        by_asymmetry = np.where(below, -slope, slope) / part
    slope += value
    slope *= -0.5 * height  # -1 / w
    return Profile(value, by_position, slope, by_lorentz, by_asymmetry)


def partner_position(
    position_deg: FloatArray, wavelength_ratio: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Where the same planes reflect another wavelength, `sin(theta') = r sin(theta)`.

    Args:
        position_deg: 2theta at the first wavelength.
        wavelength_ratio: the other wavelength over the first, `r`.

    Returns:
        2theta at the other, and its derivative by the first, `r cos(theta) / cos(theta')`; NaN
        where that angle does not exist.
    """
    half = np.radians(position_deg) / 2
    sine = wavelength_ratio * np.sin(half)
    sine = np.where(np.abs(sine) < 1.0, sine, np.nan)
    other = np.arcsin(sine)
    return np.degrees(2 * other), wavelength_ratio * np.cos(half) / np.cos(other)


def doublet(
    x_deg: FloatArray,
    position_deg: FloatArray,
    fwhm_deg: FloatArray,
    lorentz_fraction: FloatArray,
    asymmetry: FloatArray | None,
    wavelength_ratio: FloatArray,
    intensity_ratio: FloatArray,
) -> Profile:
    """Lines with their Kalpha2 partners: `(f1 + q f2) / (1 + q)`, of unit area together.

    Args:
        x_deg: angles `(n, m)`.
        position_deg: places of Kalpha1 `(n,)`.
        fwhm_deg: full widths `(n,)`, of both.
        lorentz_fraction: Lorentzian shares `(n,)`, of both.
        asymmetry: as in `pseudo_voigt`, of both, or None.
        wavelength_ratio: Kalpha2 over Kalpha1 `(n,)`.
        intensity_ratio: `q` `(n,)`; 0 or NaN for a line without a partner.

    Returns:
        Values and derivatives `(n, m)`, by the place of Kalpha1. A partner whose angle does not
        exist is left out.
    """
    first = pseudo_voigt(x_deg, position_deg, fwhm_deg, lorentz_fraction, asymmetry)
    place, moves = partner_position(position_deg, wavelength_ratio)
    there = np.isfinite(place) & (intensity_ratio > 0)
    if not there.any():
        return first
    place = np.where(there, place, position_deg)
    share = np.where(there, intensity_ratio / (1 + intensity_ratio), 0.0)[:, None]
    moves = np.where(there, moves, 0.0)[:, None]
    second = pseudo_voigt(x_deg, place, fwhm_deg, lorentz_fraction, asymmetry)
    second.by_position *= moves
    for name in ("value", "by_position", "by_fwhm", "by_lorentz", "by_asymmetry"):
        one, two = getattr(first, name), getattr(second, name)
        if one is not None:
            one *= 1.0 - share
            two *= share
            one += two
    return first
