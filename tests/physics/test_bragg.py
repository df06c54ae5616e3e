"""Bragg's law: textbook angles, spacings kept by conversion, sigmas against finite differences."""

import numpy as np
import pytest

from pipeline.physics import bragg
from pipeline.physics.radiation import KALPHA_ANGSTROM

CU, MO = KALPHA_ANGSTROM["Cu"][0], KALPHA_ANGSTROM["Mo"][0]


def test_silicon_111_at_cu_kalpha1():
    """NIST SRM 640c, a = 5.4311946 angstrom: 28.441 deg on its certificate's axis (1.5405929)."""
    d = 5.4311946 / np.sqrt(3)
    assert bragg.two_theta_deg(d, CU) == pytest.approx(28.441, abs=5e-4)
    assert bragg.spacing_angstrom(28.441, CU) == pytest.approx(d, abs=1e-4)


def test_the_angle_of_the_issue():
    assert bragg.convert_two_theta(5.9879, 0.4959, 1.5406) == pytest.approx(18.677, abs=1e-3)


def test_conversion_keeps_spacings_and_comes_back():
    rng = np.random.default_rng(0)
    n = 1000
    before, after = rng.uniform(0.2, 2.5, n), rng.uniform(0.2, 2.5, n)
    # Angles whose spacing exists at both wavelengths, down to small and up to nearly 180.
    largest = 2 * np.degrees(np.arcsin(np.minimum(before / after, 1.0)))
    angle = np.maximum(rng.uniform(0, 1, n) * largest * (1 - 1e-9), 0.01)
    there = bragg.convert_two_theta(angle, before, after)
    assert np.isfinite(there).all()
    d = bragg.spacing_angstrom(angle, before)
    np.testing.assert_allclose(bragg.spacing_angstrom(there, after), d, rtol=1e-12)
    back = bragg.convert_two_theta(there, after, before)
    np.testing.assert_allclose(bragg.spacing_angstrom(back, before), d, rtol=1e-12)


def test_angles_that_do_not_exist_are_nan():
    assert np.isnan(bragg.convert_two_theta(100.0, MO, CU))
    assert np.isnan(bragg.two_theta_deg(0.7, CU))
    np.testing.assert_array_equal(
        np.isnan(bragg.spacing_angstrom([-1.0, 0.0, 180.0, 181.0], CU)), [True, True, False, True]
    )
    assert bragg.convert_two_theta(0.0, MO, CU) == 0.0


def test_momentum_transfer_is_two_pi_over_spacing():
    angle = np.array([5.0, 45.0, 120.0])
    q = bragg.q_inv_angstrom(angle, CU)
    np.testing.assert_allclose(q * bragg.spacing_angstrom(angle, CU), 2 * np.pi, rtol=1e-14)
    np.testing.assert_allclose(bragg.two_theta_of_q_deg(q, CU), angle, rtol=1e-13)


@pytest.mark.parametrize("angle", [8.0, 40.0, 75.0])
def test_sigmas_are_the_derivatives(angle):
    h = 1e-4
    there = [bragg.convert_two_theta(angle + s * h, 1.2, CU) for s in (-1, 1)]
    assert bragg.converted_sigma_deg(angle, h, 1.2, CU) == pytest.approx(
        (there[1] - there[0]) / 2, rel=1e-6
    )
    spacing = [bragg.spacing_angstrom(angle + s * h, CU) for s in (-1, 1)]
    sigma = bragg.spacing_sigma_angstrom(angle, h, CU)
    assert sigma == pytest.approx((spacing[0] - spacing[1]) / 2, rel=1e-6)
    d = bragg.spacing_angstrom(angle, CU)
    assert bragg.two_theta_sigma_deg(d, sigma, CU) == pytest.approx(h, rel=1e-12)
