"""Lorentz and polarisation factors of powder lines, and what another radiation would make of them.

Integrated intensities of a powder in a geometry whose illuminated volume does not change with the angle
(thick flat sample in Bragg-Brentano geometry, thin capillary, thin film at a fixed small incidence):
`L = 1 / (sin(theta)^2 cos(theta))`, `P = f + (1 - f) cos(2 theta)^2`, where `f` is the share of the
incident intensity whose electric field stands at right angles to the scattering plane: 1/2 of a tube
without monochromator, about 0.95 of a synchrotron that scatters in the vertical plane (an area detector
integrated with correction for polarisation gives `f = 1`, by which I003/I104 differs by 0.2 %).
Absorption and anomalous scattering are not in it. (V. K. Pecharsky, P. Y. Zavalij, Fundamentals of Powder Diffraction (2009),
section 8.6, doi:10.1007/978-0-387-09579-0.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pipeline.core.arrays import FloatArray
from pipeline.physics.bragg import convert_two_theta
from pipeline.physics.radiation import KALPHA_ANGSTROM, anode_of

UNPOLARISED = 0.5
SYNCHROTRON = 0.95
CU_ANGSTROM = KALPHA_ANGSTROM["Cu"][0]


def lorentz_polarisation(
    two_theta_deg: ArrayLike, perpendicular_fraction: ArrayLike = UNPOLARISED
) -> FloatArray:
    """Lorentz-polarisation factor `(f + (1 - f) cos^2 2theta) / (sin^2 theta cos theta)`.

    Args:
        two_theta_deg: scattering angles in degrees, `0 < 2theta < 180`.
        perpendicular_fraction: `f`, share of the intensity polarised at right angles to the
            scattering plane.

    Returns:
        The factor, of the shape that the arguments broadcast to; NaN at other angles.
    """
    given = np.asarray(two_theta_deg, dtype=np.float64)
    angle = np.radians(np.where((given > 0) & (given < 180), given, np.nan))
    share = np.asarray(perpendicular_fraction, dtype=np.float64)
    factor: FloatArray = (share + (1 - share) * np.cos(angle) ** 2) / (
        np.sin(angle / 2) ** 2 * np.cos(angle / 2)
    )
    return factor


def perpendicular_fraction(wavelength_angstrom: ArrayLike) -> FloatArray:
    """Polarisation to be expected of a wavelength: of a tube where it is a Kalpha line, else of a synchrotron."""
    values = np.asarray(wavelength_angstrom, dtype=np.float64)
    known = {float(v): anode_of(float(v)) != "" for v in np.unique(values[np.isfinite(values)])}
    tube = np.array([known.get(float(v), False) for v in values.ravel()], dtype=np.bool_)
    return np.where(tube.reshape(values.shape), UNPOLARISED, SYNCHROTRON)


def to_cu_ratio(two_theta_deg: ArrayLike, wavelength_angstrom: ArrayLike) -> FloatArray:
    """Factor from intensities as measured to those of unpolarised Cu Kalpha1 in Bragg-Brentano geometry.

    The ratio of the Lorentz-polarisation factors of one spacing at the two wavelengths; only ratios of it
    between lines mean anything, the scale of the whole does not.

    Args:
        two_theta_deg: angles as measured, in degrees.
        wavelength_angstrom: measured wavelength; its polarisation is that of `perpendicular_fraction`.

    Returns:
        The factor, NaN where the line does not exist at Cu Kalpha1.
    """
    share = perpendicular_fraction(wavelength_angstrom)
    at_cu = convert_two_theta(two_theta_deg, wavelength_angstrom, CU_ANGSTROM)
    ratio: FloatArray = lorentz_polarisation(at_cu) / lorentz_polarisation(two_theta_deg, share)
    return ratio
