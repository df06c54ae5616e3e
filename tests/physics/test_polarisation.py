"""Lorentz-polarisation: limits, and what a crystal's I(003)/I(104) does between radiations."""

import numpy as np
import pytest

from pipeline.physics.bragg import two_theta_deg
from pipeline.physics.lattice import spacing_angstrom
from pipeline.physics.polarisation import lorentz_polarisation, perpendicular_fraction, to_cu_ratio
from pipeline.physics.radiation import KALPHA_ANGSTROM

NMC622 = (2.87, 2.87, 14.2, 90, 90, 120)
MO = KALPHA_ANGSTROM["Mo"][0]


def test_limits():
    """At 90 degrees P is f alone and L is 2 sqrt(2); at small angles LP goes with 1/theta^2."""
    assert lorentz_polarisation(90.0, 0.5) == pytest.approx(0.5 * 2 * np.sqrt(2))
    assert lorentz_polarisation(90.0, 0.0) == pytest.approx(0.0, abs=1e-15)
    assert lorentz_polarisation(0.1) * np.radians(0.05) ** 2 == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize(
    ("wavelength", "lower", "tolerance"), [(MO, 0.12, 0.005), (0.4522, 0.15, 0.006)]
)
def test_i003_i104_is_lower_at_shorter_wavelengths(wavelength, lower, tolerance):
    """12 % lower with Mo Kalpha, 15 % with 0.452 angstrom at a synchrotron, than with Cu (DESIGN section 8)."""
    angle = two_theta_deg(spacing_angstrom([[0, 0, 3], [1, 0, 4]], NMC622), wavelength)
    factor = to_cu_ratio(angle, wavelength)
    assert 1 - factor[1] / factor[0] == pytest.approx(lower, abs=tolerance)


def test_no_factor_outside_the_angles():
    assert np.isnan(lorentz_polarisation([0.0, -1.0, 180.0, np.nan])).all()


def test_cu_stays_as_it_is():
    angle = np.array([18.7, 44.5, 120.0])
    np.testing.assert_allclose(to_cu_ratio(angle, KALPHA_ANGSTROM["Cu"][0]), 1.0, rtol=1e-12)


def test_lines_beyond_cu_are_nan():
    assert np.isnan(to_cu_ratio(60.0, MO))


def test_tubes_are_unpolarised_and_synchrotrons_are_not():
    np.testing.assert_array_equal(
        perpendicular_fraction([1.5406, MO, 0.4522, np.nan]), [0.5, 0.5, 0.95, 0.95]
    )
