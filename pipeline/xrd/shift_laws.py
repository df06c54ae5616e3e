"""How a displaced sample shifts lines, by geometry.

With `x = s / R`, the displacement over the radius from sample to detector, observed minus true:

- Bragg-Brentano: `-2 x cos(theta)`, `s` positive where the surface lies below the goniometer's axis
  (A. J. C. Wilson, Mathematical Theory of X-ray Powder Diffractometry (1963); V. K. Pecharsky,
  P. Y. Zavalij, doi:10.1007/978-0-387-09579-0, section 8.4).
- Debye-Scherrer: `-x cos(2 theta)`, `s` across the beam in the scattering plane. A displacement along the beam,
  `x sin(2 theta)`, changes angles as another cell would up to third order in theta, so that lines at small
  angles cannot tell it from the cell; it belongs into the calibration of the distance.
- Grazing incidence at a fixed angle: a film that lies lower by `h` is hit further along the beam,
  by `s = h / sin(alpha)`, and a ray that leaves at 2theta from there meets the circle of radius `R`
  at an angle lower by `x sin(2 theta)`. Behind a parallel-plate collimator there is no such shift: ask for `zero`.

Each is that of the true angle, which makes it right to second order in `x` (at a degree's worth of displacement
the observed angle would be 0.01 degree off). A `zero` error is the same for all lines.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray

LEAST_LAW = 0.1  # a line that the law moves by less says nothing about the displacement


def displacement_law(geometry: str, two_theta_deg: FloatArray) -> FloatArray:
    """Shift of lines for a displacement of one degree's worth of the radius, `x = pi / 180`.

    Args:
        geometry: `bragg-brentano`, `debye-scherrer` or `grazing-incidence`.
        two_theta_deg: where lines belong, any shape.

    Returns:
        Observed minus true position in degrees, of that shape.

    Raises:
        ValueError: no such geometry.
    """
    angle = np.radians(two_theta_deg)
    if geometry == "bragg-brentano":
        return np.asarray(-2 * np.cos(angle / 2))
    if geometry == "debye-scherrer":
        return np.asarray(-np.cos(angle))
    if geometry == "grazing-incidence":
        return np.asarray(-np.sin(angle))
    raise ValueError(f"no shift of lines is known for the geometry '{geometry}'")


def zero_law(two_theta_deg: FloatArray) -> FloatArray:
    """Shift of lines for a zero error of one degree: one degree everywhere."""
    return np.ones_like(two_theta_deg)
