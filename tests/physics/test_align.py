"""Alignment to a template: known shifts, honest sigma, refusal to guess."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from pipeline.physics.align import align
from pipeline.physics.residuals import correlation_inflation, point_noise

GRID = np.arange(8230.0, 8460.0, 0.4)
WINDOW = (8308.0, 8378.0)


def curve(x):
    first = 0.4 * (0.5 + np.arctan((x - 8333) / 1.2) / np.pi)
    second = 0.6 * (0.5 + np.arctan((x - 8345) / 1.5) / np.pi)
    after = np.clip(x - 8349, 0, None)
    return first + second + 0.05 * np.sin(after / 6) * np.exp(-after / 40)


FINE = np.arange(8200.0, 8500.0, 0.05)
TEMPLATE = CubicSpline(FINE, curve(FINE))


def series(shifts, noise=0.0, seed=0, grid=GRID):
    shifts = np.atleast_1d(shifts)[:, None]
    y = 0.3 + 1.6 * curve(grid + shifts) + 2e-4 * (grid + shifts - 8343)
    return y + 1.6 * noise * np.random.default_rng(seed).normal(size=y.shape)


def run(y, grid=GRID, max_shift=25.0, **changes):
    return align(np.broadcast_to(grid, y.shape), y, TEMPLATE, WINDOW, max_shift, **changes)


def test_exact_without_noise():
    shifts = np.array([-24.0, -6.0, -0.3, 0.0, 0.011, 4.9, 23.7])
    found = run(series(shifts))
    assert found.converged.all()
    np.testing.assert_allclose(found.shift, shifts, atol=1e-6)
    np.testing.assert_allclose(found.scale, 1.6, atol=1e-5)
    assert (found.misfit < 1e-6).all()


def test_points_on_the_templates_axis():
    y = series([3.0, -2.0])
    z, units = run(y).on_template(np.broadcast_to(GRID, y.shape), y, WINDOW)
    np.testing.assert_allclose(z[0], GRID + 3.0, atol=1e-6)
    np.testing.assert_allclose(units, curve(z), atol=1e-5)


@pytest.mark.stats
@pytest.mark.parametrize("noise", [1e-3, 2e-2])
def test_sigma_covers_white_noise(noise):
    shifts = np.random.default_rng(5).uniform(-5, 5, 1000)
    found = run(series(shifts, noise))
    pull = (found.shift - shifts) / found.shift_sigma
    assert found.converged.all()
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.68, abs=0.05)
    assert abs(pull.mean()) < 0.1


@pytest.mark.stats
def test_sigma_covers_correlated_noise():
    rng = np.random.default_rng(6)
    white = rng.normal(size=(1000, GRID.size + 4))
    smooth = np.lib.stride_tricks.sliding_window_view(white, 5, axis=1).mean(axis=-1)
    y = series(np.zeros(1000)) + 0.01 * smooth
    found = run(y)
    inside = np.mean(np.abs(found.shift) < found.shift_sigma)
    naive = found.shift_sigma / np.sqrt(5.0)  # what white noise of that rms would give
    assert inside == pytest.approx(0.68, abs=0.1)
    assert np.mean(np.abs(found.shift) < naive) < 0.45


def test_scans_of_their_own_length_and_missing_points():
    shifts = [2.0, -3.0]
    y = series(shifts, 1e-3)
    whole = run(y)
    x = np.broadcast_to(GRID, y.shape).copy()
    x[1, 500:], y[1, 500:] = np.nan, np.nan
    y[0, ::7] = np.nan
    found = align(x, y, TEMPLATE, WINDOW, 25.0)
    np.testing.assert_allclose(found.shift, shifts, atol=0.02)
    assert found.shift[1] == pytest.approx(whole.shift[1], abs=1e-12)


def test_a_curve_that_does_not_cover_the_window_is_not_guessed():
    below = series([0.0])[:, GRID < 8350]
    found = run(below, GRID[GRID < 8350])
    assert not found.converged[0]
    assert np.isnan([found.shift[0], found.shift_sigma[0], found.misfit[0]]).all()
    nothing = run(np.full((1, GRID.size), np.nan))
    assert not nothing.converged[0]


def test_flat_and_inverted_curves_do_not_converge():
    y = np.vstack([np.ones(GRID.size), -series([0.0])[0], series([1.0])[0]])
    assert run(y).converged.tolist() == [False, False, True]


def test_noise_and_correlation_of_points():
    rng = np.random.default_rng(7)
    noise = 0.01 * rng.normal(size=(200, GRID.size))
    assert np.mean(point_noise(GRID, curve(GRID) + noise)) == pytest.approx(0.01, rel=0.03)
    assert np.mean(correlation_inflation(noise)) == pytest.approx(1.0, abs=0.1)
    five = np.lib.stride_tricks.sliding_window_view(noise, 5, axis=1).mean(axis=-1)
    assert np.mean(correlation_inflation(five)) == pytest.approx(5.0, rel=0.15)
    assert np.isnan(point_noise(GRID[:4], noise[:, :4])).all()
    np.testing.assert_array_equal(correlation_inflation(np.zeros((3, 9))), 1.0)
