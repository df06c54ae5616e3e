"""Calibration lines: exact, weighted, inverted, and honest about few points."""

import numpy as np
import pytest

from pipeline.physics import calibration_line

VALENCES = np.array([2.0, 2, 2, 4, 4])


def fit(x, y, sigma, used=None, scatter=None):
    y = np.atleast_2d(y)
    used = np.ones(y.shape, dtype=bool) if used is None else used
    return calibration_line.fit(np.asarray(x), y, np.broadcast_to(sigma, y.shape), used, scatter)


def test_exact_points_give_the_line_and_no_scatter():
    line = fit([2, 3, 4], 6540 + 2.65 * np.array([2.0, 3, 4]), 0.1)
    assert line.slope[0] == pytest.approx(2.65, abs=1e-9)
    assert line.scatter[0] == 0.0
    assert line.interval[0] == 1.0
    found, _ = line.invert(np.array([6540 + 2.65 * 3.4]), np.array([0.0]))
    assert found[0] == pytest.approx(3.4, abs=1e-9)


def test_sigma_of_slope_and_centre_are_the_textbooks():
    """Four points of sigma 0.1 at 2 and 4: sigma_b = 0.1 / sqrt(sum (x - x0)^2) = 0.05."""
    line = fit([2, 2, 4, 4], [0.0, 0, 5, 5], 0.1)
    assert line.slope_sigma[0] == pytest.approx(0.05)
    assert line.centre_y_sigma[0] == pytest.approx(0.05)
    assert line.centre_x[0] == pytest.approx(3.0)
    value, sigma = line.invert(np.array([2.5]), np.array([0.2]))
    assert value[0] == pytest.approx(3.0)
    assert sigma[0] == pytest.approx(np.hypot(0.2, 0.05) / 2.5)


def test_a_precise_point_weighs_more():
    sigma = np.array([[0.01, 1.0, 0.01]])
    line = fit([2, 3, 4], [0.0, 1.0, 0.0], sigma, scatter=0.0)
    assert line.at(np.array([3.0]))[0] == pytest.approx(0.0, abs=1e-3)


def test_scatter_makes_the_sum_of_squares_what_it_should_be():
    rng = np.random.default_rng(0)
    y = 2.65 * VALENCES + 0.3 * rng.normal(size=(50, 5))
    line = fit(VALENCES, y, 0.05)
    model = line.centre_y[:, None] + line.slope[:, None] * (VALENCES - line.centre_x[:, None])
    chi2 = ((y - model) ** 2 / (0.05**2 + line.scatter[:, None] ** 2)).sum(axis=1)
    estimated = line.scatter > 0
    assert estimated.sum() > 40
    np.testing.assert_allclose(chi2[estimated], 3.0, rtol=1e-6)
    assert (chi2[~estimated] <= 3.0).all()


@pytest.mark.parametrize(("x", "scatter"), [([2, 4], None), ([3, 3, 3], None), ([3, 3], 0.1)])
def test_too_few_points_give_no_line(x, scatter):
    line = fit(x, np.arange(len(x), dtype=float), 0.1, scatter=scatter)
    assert np.isnan(line.slope[0])
    assert np.isnan(line.invert(np.array([1.0]), np.array([0.1]))).all()


def test_two_points_and_a_known_scatter_give_one():
    line = fit([2, 4], [0.0, 5.0], 0.1, scatter=0.3)
    assert line.slope[0] == pytest.approx(2.5)
    assert line.scatter[0] == 0.3
    assert line.interval[0] == 1.0


def test_points_that_are_not_used_may_be_anything():
    used = np.array([[True, True, True, False]])
    line = fit([2, 3, 4, np.nan], [0.0, 2.5, 5.0, np.nan], 0.1, used)
    assert line.slope[0] == pytest.approx(2.5)


@pytest.mark.stats
@pytest.mark.parametrize("x", [VALENCES, np.array([2.0, 3, 4]), np.array([2.0, 2, 2, 3, 3, 4, 4])])
@pytest.mark.parametrize("scatter", [0.15, 0.1, 0.0])
def test_the_interval_covers_two_thirds(x, scatter):
    """2,000 lines of few points; the stated sigmas known, the scatter not.

    Without any scatter its estimate can only err upwards, and few points then give a wide interval.
    """
    rng = np.random.default_rng(1)
    n, truth = 2000, 3.1
    sigma = 0.1 * rng.uniform(0.5, 1.5, (n, x.size))
    y = 2.65 * x + scatter * rng.normal(size=sigma.shape) + sigma * rng.normal(size=sigma.shape)
    new = 2.65 * truth + scatter * rng.normal(size=n) + 0.1 * rng.normal(size=n)
    line = fit(x, y, sigma)
    found, predicted = line.invert(new, np.full(n, 0.1))
    covered = np.mean(np.abs(found - truth) < line.interval * predicted)
    assert 0.63 <= covered <= (0.73 if scatter else 0.79)
    assert abs(np.median(found) - truth) < 0.01


@pytest.mark.stats
def test_the_interval_of_three_salts_and_two_oxides_without_stated_sigmas():
    """All of the variance is estimated: Student's t with three degrees of freedom, exactly."""
    rng = np.random.default_rng(2)
    n = 4000
    y = 2.65 * VALENCES + 0.15 * rng.normal(size=(n, 5))
    line = fit(VALENCES, y, 0.0)
    found, predicted = line.invert(2.65 * 3 + 0.15 * rng.normal(size=n), np.zeros(n))
    assert np.mean(np.abs(found - 3) < line.interval * predicted) == pytest.approx(0.683, abs=0.02)
    np.testing.assert_allclose(line.interval, 1.1969, atol=1e-4)
