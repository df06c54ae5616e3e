"""Noise from the points themselves, and what autocorrelation does."""

import numpy as np
import pytest

from pipeline.physics.residuals import correlation_inflation, local_noise, point_noise

X = np.linspace(0.0, 10.0, 401)


def test_local_noise_follows_noise_that_changes_and_not_the_curve():
    rng = np.random.default_rng(0)
    sigma = np.where(X < 5, 0.001, 0.004)
    noise = local_noise(X, np.arctan(4 * (X - 3)) + sigma * rng.normal(size=(200, X.size)))
    for here, expected in ((X < 4.5, 0.001), (X > 5.5, 0.004)):
        assert np.median(noise[:, here]) == pytest.approx(expected, rel=0.08)


def test_local_noise_has_a_floor_and_survives_gaps_and_short_curves():
    rng = np.random.default_rng(1)
    y = np.where(X < 5, 0.0, 1.0) * 0.01 * rng.normal(size=(1, X.size))
    floor = local_noise(X, y + 1e-3 * (X > 2) * rng.normal(size=X.size))
    assert floor.min() > 0
    y = rng.normal(size=(2, X.size))
    y[1, 300:] = np.nan
    noise = local_noise(X, y)
    assert np.isfinite(noise).all()
    np.testing.assert_array_equal(noise[0], local_noise(X, y[:1])[0])
    short = rng.normal(size=(3, 20))
    np.testing.assert_allclose(
        local_noise(X[:20], short), np.broadcast_to(point_noise(X[:20], short)[:, None], (3, 20))
    )


def test_the_parameters_of_a_fit_hide_correlation_that_is_put_back():
    rng = np.random.default_rng(2)
    rho, n, p = 0.6, 2000, 160
    noise = rng.normal(size=(n, p + 100))
    for i in range(1, p + 100):
        noise[:, i] = rho * noise[:, i - 1] + np.sqrt(1 - rho**2) * noise[:, i]
    noise = noise[:, 100:]
    q, _ = np.linalg.qr(np.linspace(-1, 1, p)[:, None] ** np.arange(4))
    residual = noise - (noise @ q) @ q.T
    true = (1 + rho) / (1 - rho)
    found, corrected = correlation_inflation(residual), correlation_inflation(residual, 4)
    assert found.mean() < 0.86 * true
    assert corrected.mean() == pytest.approx(true, rel=0.08)
    np.testing.assert_array_equal(correlation_inflation(rng.normal(size=(1, 9)) * 0), 1.0)
