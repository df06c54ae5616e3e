"""Coefficients of expansion: relative slopes, with the sigma that they scatter by."""

import numpy as np
import pytest

from pipeline.physics.expansion import relative_slope

AT = np.linspace(25.0, 180.0, 40)


def lengths(slope, sigma, seed=0):
    y = 2.87 * (1 + slope * (AT - 25)) + sigma * np.random.default_rng(seed).normal(size=40)
    return relative_slope(AT, y, np.full(40, sigma))


def test_the_length_at_the_lowest_temperature_is_the_reference():
    """2.87 A that grows by 3.444e-5 A a degree has 12e-6 per degree, not what it would be of another length."""
    found = lengths(12e-6, 1e-9)
    assert found.slope == pytest.approx(12e-6, rel=1e-5)
    assert found.start == pytest.approx(2.87, abs=1e-8)
    assert found.progress[[0, -1]].tolist() == [0.0, 1.0]


def test_numpy_agrees_on_the_slope_and_its_sigma():
    y = 2.87 + 3e-5 * AT + 1e-4 * np.random.default_rng(3).normal(size=40)
    found = relative_slope(AT, y, np.full(40, 1e-4))
    slope, covariance = np.polyfit(AT, y, 1, w=np.full(40, 1e4), cov="unscaled")
    assert found.slope * found.start == pytest.approx(slope[0], rel=1e-9)
    scale = max(1.0, found.reduced_chi2) ** 0.5
    assert found.slope_sigma * found.start == pytest.approx(
        scale * covariance[0, 0] ** 0.5, rel=0.01
    )


def test_the_sigma_is_what_scatters():
    made = [lengths(12e-6, 1e-4, seed) for seed in range(400)]
    pulls = np.array([(f.slope - 12e-6) / f.slope_sigma for f in made])
    assert abs(pulls.mean()) < 0.2
    assert 0.9 < pulls.std() < 1.1


def test_a_curve_is_no_straight_line():
    y = 2.87 * (1 + 1e-7 * (AT - 25) ** 2)
    y = y + 1e-5 * np.random.default_rng(0).normal(size=40)
    assert relative_slope(AT, y, np.full(40, 1e-5)).poor
    assert not lengths(12e-6, 1e-5).poor


def test_two_points_or_one_temperature_give_nothing():
    assert np.isnan(relative_slope(AT[:2], AT[:2], np.ones(2)).slope)
    assert np.isnan(relative_slope(np.full(5, 25.0), AT[:5], np.ones(5)).slope)
