"""Breadths of Voigt lines: from a pseudo-Voigt's width and mixing, and one line freed of another.

The Gauss and Lorentz parts of a pseudo-Voigt of width w (FWHM) and Lorentz fraction eta are, after P. Thompson,
D. E. Cox, J. B. Hastings, J. Appl. Cryst. 20 (1987) 79, doi:10.1107/S0021889887087090,

    w_L / w = 0.72928 eta + 0.19289 eta^2 + 0.07783 eta^3
    w_G / w = sqrt(1 - 0.74417 eta - 0.24781 eta^2 - 0.00810 eta^3)

with integral breadths `beta_L = pi w_L / 2` and `beta_G = sqrt(pi / ln 2) w_G / 2`. Under convolution Lorentz
breadths add and Gauss breadths add in squares, and the integral breadth of the Voigt line is
`beta_G / erfcx(k)`, `k = beta_L / (sqrt(pi) beta_G)` (J. I. Langford, J. Appl. Cryst. 11 (1978) 10,
doi:10.1107/S0021889878012601).
"""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx

from pipeline.core.arrays import FloatArray

LORENTZ_TERMS = (0.72928, 0.19289, 0.07783)
GAUSS_TERMS = (-0.74417, -0.24781, -0.00810)
LORENTZ_BREADTH = np.pi / 2  # integral breadth over FWHM
GAUSS_BREADTH = np.sqrt(np.pi / np.log(2)) / 2


def voigt_parts(fwhm: FloatArray, lorentz_fraction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Integral breadths of the Lorentz and the Gauss part of pseudo-Voigt lines.

    Args:
        fwhm: full widths at half maximum, any unit and shape.
        lorentz_fraction: eta, 0 (Gauss) to 1 (Lorentz).

    Returns:
        `beta_L` and `beta_G` in the unit of `fwhm`.
    """
    eta = np.clip(lorentz_fraction, 0.0, 1.0)
    powers = np.stack([eta, eta**2, eta**3], axis=-1)
    lorentz = fwhm * LORENTZ_BREADTH * (powers @ np.array(LORENTZ_TERMS))
    gauss = fwhm * GAUSS_BREADTH * np.sqrt(np.maximum(1 + powers @ np.array(GAUSS_TERMS), 0.0))
    return lorentz, gauss


def voigt_breadth(lorentz: FloatArray, gauss: FloatArray) -> FloatArray:
    """Integral breadth of the Voigt line of a Lorentz and a Gauss part, given by theirs; 0 where both are."""
    safe = np.where(gauss > 0, gauss, 1.0)
    # Beyond k = 1e3 the line is a Lorentzian to 1e-6, and a Gauss part of 1e-300 would overflow.
    k = np.minimum(lorentz / (np.sqrt(np.pi) * safe), 1e3)
    is_lorentz = (gauss <= 0) | (k >= 1e3)
    breadth: FloatArray = np.where(is_lorentz, lorentz, safe / erfcx(np.where(is_lorentz, 0.0, k)))
    return breadth


def freed_breadth(
    lorentz: FloatArray,
    gauss: FloatArray,
    lorentz_instrument: FloatArray,
    gauss_instrument: FloatArray,
) -> FloatArray:
    """Integral breadth that the sample adds to the instrument's.

    `beta_L` of the sample is the difference, `beta_G` that of the squares. A part that would come out
    below zero is zero; NaN where the whole line is no broader than the instrument's. So noise broadens a line
    whose one part is small, on average: a Lorentzian one of 2/3 of the instrument's Gauss breadth by 6 % where the
    observed Gauss breadth is known to 3 %. Its median stays.

    Args:
        lorentz: `beta_L` as observed.
        gauss: `beta_G` as observed.
        lorentz_instrument: `beta_L` of the instrument there.
        gauss_instrument: `beta_G` of the instrument there.
    """
    own_lorentz = np.maximum(lorentz - lorentz_instrument, 0.0)
    own_gauss = np.sqrt(np.maximum(gauss**2 - gauss_instrument**2, 0.0))
    observed, instrument = (
        voigt_breadth(part, other)
        for part, other in ((lorentz, gauss), (lorentz_instrument, gauss_instrument))
    )
    breadth = voigt_breadth(own_lorentz, own_gauss)
    return np.where((observed > instrument) & (breadth > 0), breadth, np.nan)
