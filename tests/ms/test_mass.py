"""Steps of mass loss: known answers."""

import numpy as np
import pytest
from scipy.special import ndtr

from pipeline.ms.mass import mass_losses, slopes
from pipeline.ms.options import MassOptions
from pipeline.ms.records import MassCurve

TIME_S = np.arange(0, 4000.0)
TEMPERATURE_C = 25 + TIME_S / 6
HALF_C = np.sqrt(2 * np.pi) / 2
"""A step `Phi((T - m) / s)`: its steepest tangent meets both levels this many `s` from the middle."""


def curve(steps, noise=0.0, seed=1, drift=1e-6):
    mass = 1 - drift * TEMPERATURE_C
    for middle_c, sigma_c, loss in steps:
        mass = mass - loss * ndtr((TEMPERATURE_C - middle_c) / sigma_c)
    rng = np.random.default_rng(seed)
    return MassCurve(
        "tga.txt", "", TIME_S, TEMPERATURE_C, 10 * mass + noise * rng.normal(size=4000)
    )


def losses(given, **changes):
    return mass_losses(given, given.time_s, MassOptions(**changes))


def test_two_steps_are_those_that_were_made():
    found = losses(curve([(300, 15, 0.05), (500, 20, 0.02)], noise=1e-4))
    np.testing.assert_allclose(found.loss_percent, [5.0, 2.0], atol=0.02)
    np.testing.assert_allclose(found.onset_c, [300 - 15 * HALF_C, 500 - 20 * HALF_C], atol=0.3)
    np.testing.assert_allclose(found.end_c, [300 + 15 * HALF_C, 500 + 20 * HALF_C], atol=0.3)
    assert found.total_percent == pytest.approx(7.07, abs=0.05)


def test_a_drift_is_no_step():
    assert losses(curve([], noise=1e-4, drift=5e-5)).loss_percent.size == 0


def test_noise_is_no_step():
    for seed in range(20):
        assert losses(curve([], noise=3e-3, seed=seed)).loss_percent.size == 0


def test_steps_below_the_least_are_passed_over():
    small = curve([(300, 10, 0.001)], noise=1e-5)
    assert losses(small).loss_percent.size == 0
    assert losses(small, least_percent=0.05).loss_percent.size == 1


def test_one_sigma_of_a_loss_covers_two_thirds():
    """Losses are the difference of two lines, and so have the sigma of a straight-line fit."""
    inside = []
    for seed in range(150):
        found = losses(curve([(300, 15, 0.05)], noise=2e-3, seed=seed))
        inside.append(abs(found.loss_percent[0] - 5.0) < found.loss_sigma_percent[0])
    assert np.mean(inside) == pytest.approx(0.683, abs=0.08)


def test_slopes_are_those_of_straight_lines():
    y = np.cumsum(np.random.default_rng(3).normal(size=60))
    x = np.sort(np.random.default_rng(4).uniform(0, 10, 60))
    expected = np.polyfit(x[20:29], y[20:29], 1)[0]
    assert slopes(x, y, 9)[24] == pytest.approx(expected, rel=1e-9)


def test_a_file_without_mass_has_no_losses():
    nothing = MassCurve("oven.csv", "", TIME_S, TEMPERATURE_C, np.full(4000, np.nan))
    assert losses(nothing) is None
    short = MassCurve("tga.txt", "", TIME_S[:20], TEMPERATURE_C[:20], np.ones(20))
    assert losses(short) is None
