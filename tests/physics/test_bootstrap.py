"""Bootstrap of bounded fits: blocks of known size, replicates that are fits, and a spread that is known."""

import numpy as np
import pytest

from pipeline.physics import bootstrap, lcf

POINTS = 120


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    design = rng.normal(size=(3, POINTS)) + 1.0
    data = np.array([[0.3, 0.3, 0.4], [0.0, 0.1, 0.9]]) @ design + 0.1 * rng.normal(
        size=(2, POINTS)
    )
    return design, data


def test_blocks_have_the_autocorrelation_time_that_they_are_chosen_for():
    assert bootstrap.block_length(np.array([1.0, 4.0]))[0] == 1
    for length in (1, 4, 12):
        signs = bootstrap.block_signs(400, length, 3000, seed=1)
        noise = signs * np.abs(np.random.default_rng(2).normal(size=400))
        time = noise.sum(axis=1).var() / (noise**2).sum(axis=1).mean()
        assert time == pytest.approx(bootstrap.block_time(np.array(length)), rel=0.12)
        assert bootstrap.block_length(bootstrap.block_time(np.array([length])))[0] == length


def test_signs_are_one_a_block_and_the_same_in_every_run():
    signs = bootstrap.block_signs(50, 5, 200, seed=3)
    np.testing.assert_array_equal(signs, bootstrap.block_signs(50, 5, 200, seed=3))
    assert set(np.unique(signs)) == {-1.0, 1.0}
    changes = np.diff(signs, axis=1) != 0
    assert changes.mean() == pytest.approx(0.1, abs=0.02)  # every fifth point, and then half
    for row in changes:
        assert len(set(np.flatnonzero(row) % 5)) <= 1


@pytest.mark.parametrize("sum_to_one", [False, True])
@pytest.mark.parametrize("own_designs", [False, True])
def test_replicates_are_the_fits_of_the_curves_they_stand_for(problem, sum_to_one, own_designs):
    design, data = problem
    reduced = lcf.reduce(np.stack([design, design]) if own_designs else design, data)
    weights = lcf.solve(design, data, sum_to_one=sum_to_one).weights
    sizes = np.abs(data - weights @ design)
    signs = bootstrap.block_signs(POINTS, 3, 40, seed=4)
    found = bootstrap.replicate_weights(reduced, weights, sizes, signs, sum_to_one=sum_to_one)
    for i in range(2):
        curves = weights[i] @ design + signs * sizes[i]
        expected = lcf.solve(design, curves, sum_to_one=sum_to_one).weights
        np.testing.assert_allclose(found[i], expected, atol=1e-12)


def test_the_spread_of_replicates_is_that_of_the_noise():
    rng = np.random.default_rng(5)
    design = rng.normal(size=(3, POINTS)) + 1.0
    data = np.array([0.3, 0.3, 0.4]) @ design + 0.02 * rng.normal(size=(60, POINTS))
    solution = lcf.solve(design, data, sum_to_one=False)
    sizes = np.abs(data - solution.weights @ design)
    signs = bootstrap.block_signs(POINTS, 1, 400, seed=6)
    found = bootstrap.replicate_weights(
        lcf.reduce(design, data), solution.weights, sizes, signs, sum_to_one=False
    )
    expected = 0.02 * np.sqrt(np.diagonal(solution.covariance[0]))
    np.testing.assert_allclose(found.std(axis=1).mean(axis=0), expected, rtol=0.06)
