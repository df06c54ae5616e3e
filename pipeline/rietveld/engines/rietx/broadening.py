"""Size and strain of the crystallites as Lorentzian widths, and back.

Size: FWHM(2theta) = wavelength / (size cos theta) rad, a Scherrer constant of 1. Strain: FWHM(2theta) = strain tan theta rad,
so that `strain_percent` 0.03 is what GSAS-II calls a microstrain of 300 (doi:10.1107/S0021889813003531).
"""

from __future__ import annotations

import math

LARGEST_SIZE_NM = 1e5
"""A size beyond which no line is broadened that any diffractometer resolves: 0.1 mm is 0.0001 deg with Cu Kalpha."""

DEG = 180.0 / math.pi


def size_constant(wavelength_angstrom: float) -> float:
    """Width times size: `x_deg = size_constant / size_nm` is the FWHM over 1 / cos theta."""
    return DEG * wavelength_angstrom / 10.0


STRAIN_CONSTANT = DEG / 100.0
"""`y_deg = STRAIN_CONSTANT * strain_percent` is the FWHM over tan theta."""
