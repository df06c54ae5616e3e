"""Bragg's law between scattering angle, spacing and momentum transfer, at any wavelength.

`lambda = 2 d sin(theta)` and `Q = 2 pi / d = 4 pi sin(theta) / lambda`
(W. L. Bragg, Proc. Camb. Phil. Soc. 17 (1913) 43). Arguments broadcast against each other. A reflection
that does not exist at a wavelength, `lambda > 2 d`, has NaN for an angle. Sigmas are
carried by the analytic derivative, the wavelength being taken as exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pipeline.core.arrays import FloatArray


def two_theta_deg(spacing_angstrom: ArrayLike, wavelength_angstrom: ArrayLike) -> FloatArray:
    """Scattering angle of a spacing, `2 arcsin(lambda / 2 d)` in degrees; NaN where there is none."""
    sine = np.asarray(wavelength_angstrom) / (2 * np.asarray(spacing_angstrom))
    return _two_theta(sine)


def two_theta_sigma_deg(
    spacing_angstrom: ArrayLike, spacing_sigma_angstrom: ArrayLike, wavelength_angstrom: ArrayLike
) -> FloatArray:
    """Sigma of `two_theta_deg`, `2 tan(theta) sigma_d / d`, in degrees."""
    theta = np.radians(two_theta_deg(spacing_angstrom, wavelength_angstrom) / 2)
    relative = np.asarray(spacing_sigma_angstrom) / np.asarray(spacing_angstrom)
    sigma: FloatArray = np.degrees(2 * np.tan(theta) * relative)
    return sigma


def spacing_angstrom(two_theta_deg: ArrayLike, wavelength_angstrom: ArrayLike) -> FloatArray:
    """Spacing of a scattering angle in degrees, `lambda / (2 sin(theta))`; NaN outside 0 to 180."""
    sine = _sine(two_theta_deg)
    spacing: FloatArray = np.asarray(wavelength_angstrom) / (2 * np.where(sine > 0, sine, np.nan))
    return spacing


def spacing_sigma_angstrom(
    two_theta_deg: ArrayLike, two_theta_sigma_deg: ArrayLike, wavelength_angstrom: ArrayLike
) -> FloatArray:
    """Sigma of `spacing_angstrom`, `d cot(theta) sigma_theta`, from a sigma of 2theta in degrees."""
    spacing = spacing_angstrom(two_theta_deg, wavelength_angstrom)
    half_sigma = np.radians(np.asarray(two_theta_sigma_deg) / 2)
    sigma: FloatArray = spacing / np.tan(np.radians(np.asarray(two_theta_deg) / 2)) * half_sigma
    return sigma


def q_inv_angstrom(two_theta_deg: ArrayLike, wavelength_angstrom: ArrayLike) -> FloatArray:
    """Momentum transfer of a scattering angle in degrees, `4 pi sin(theta) / lambda`."""
    q: FloatArray = 4 * np.pi * _sine(two_theta_deg) / np.asarray(wavelength_angstrom)
    return q


def two_theta_of_q_deg(q_inv_angstrom: ArrayLike, wavelength_angstrom: ArrayLike) -> FloatArray:
    """Scattering angle in degrees of a momentum transfer; NaN where there is none."""
    return _two_theta(np.asarray(q_inv_angstrom) * np.asarray(wavelength_angstrom) / (4 * np.pi))


def convert_two_theta(
    two_theta_deg: ArrayLike, from_angstrom: ArrayLike, to_angstrom: ArrayLike
) -> FloatArray:
    """Angle at which the same spacing stands at another wavelength.

    `sin(theta') = (lambda' / lambda) sin(theta)`.

    Args:
        two_theta_deg: angles as measured, degrees.
        from_angstrom: wavelength they were measured with.
        to_angstrom: wavelength they are wanted at.

    Returns:
        Angles in degrees, NaN where there is none at the new wavelength.
    """
    return _two_theta(_sine(two_theta_deg) * (np.asarray(to_angstrom) / np.asarray(from_angstrom)))


def converted_sigma_deg(
    two_theta_deg: ArrayLike,
    two_theta_sigma_deg: ArrayLike,
    from_angstrom: ArrayLike,
    to_angstrom: ArrayLike,
) -> FloatArray:
    """Sigma of `convert_two_theta`, `(lambda' cos(theta)) / (lambda cos(theta')) sigma`, degrees.

    It grows without limit towards 180 degrees, where spacings pile up.
    """
    before = np.radians(np.asarray(two_theta_deg, dtype=np.float64) / 2)
    after = np.radians(convert_two_theta(two_theta_deg, from_angstrom, to_angstrom) / 2)
    ratio = np.asarray(to_angstrom) / np.asarray(from_angstrom)
    sigma: FloatArray = ratio * np.cos(before) / np.cos(after) * np.asarray(two_theta_sigma_deg)
    return sigma


def _sine(two_theta_deg: ArrayLike) -> FloatArray:
    """Sine of half the angle; NaN outside 0 <= 2theta <= 180."""
    angle = np.asarray(two_theta_deg, dtype=np.float64)
    inside = (angle >= 0) & (angle <= 180)
    sine: FloatArray = np.sin(np.radians(np.where(inside, angle, np.nan)) / 2)
    return sine


def _two_theta(sine: FloatArray) -> FloatArray:
    reached = (sine >= 0) & (sine <= 1)
    angle: FloatArray = 2 * np.degrees(np.arcsin(np.where(reached, sine, np.nan)))
    return angle
