"""Bounded least squares against exact quadratic programmes, and against its own optimality."""

import numpy as np
import pytest
from scipy.optimize import nnls

from pipeline.physics import lcf

POINTS = 60


def cases(k: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random designs, spectra and sigmas; a third nearly collinear, half with the optimum at a bound."""
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n, k, POINTS)) + 1.0
    collinear = np.arange(n) % 3 == 0
    design[collinear, -1] = design[collinear, 0] + 3e-3 * design[collinear, -1]
    truth = rng.dirichlet(np.ones(k), n) * np.where(rng.random((n, k)) < 0.3, -0.5, 1.0)
    data = np.einsum("nk,nkp->np", truth, design) + 0.1 * rng.normal(size=(n, POINTS))
    return design, data, rng.uniform(0.5, 2.0, (n, POINTS))


def nnls_free(a, y):
    return nnls(a.T, y)[0]


def nnls_sum_one(a, y):
    """Haskell and Hanson: min |A w - y|, w >= 0, sum w = 1, as one non-negative problem."""
    k = len(a)
    system = np.vstack([(a - y).T, np.ones(k)])
    u = nnls(system, np.append(np.zeros(len(y)), 1.0))[0]
    return u / u.sum()


@pytest.mark.parametrize("k", range(1, 7))
@pytest.mark.parametrize("sum_to_one", [False, True])
def test_agrees_with_exact_quadratic_programme(k, sum_to_one):
    design, data, sigma = cases(k, n=84, seed=k)
    solution = lcf.solve(design, data, sigma, sum_to_one=sum_to_one)
    reference = nnls_sum_one if sum_to_one else nnls_free
    expected = [reference(a / s, y / s) for a, y, s in zip(design, data, sigma, strict=True)]
    assert np.abs(solution.weights - expected).max() < 1e-8
    if sum_to_one:
        assert np.abs(solution.weights.sum(axis=1) - 1).max() < 1e-12
    at_bound = (~solution.active).any(axis=1).mean()
    assert k == 1 or at_bound > 0.1


@pytest.mark.parametrize("sum_to_one", [False, True])
def test_satisfies_the_conditions_of_karush_kuhn_and_tucker(sum_to_one):
    design, data, _ = cases(4, n=200, seed=11)
    solution = lcf.solve(design, data, sum_to_one=sum_to_one)
    residual = data - np.einsum("nk,nkp->np", solution.weights, design)
    gradient = -np.einsum("nkp,np->nk", design, residual)
    if sum_to_one:  # the multiplier of the sum rule is the common gradient of active components
        gradient -= (gradient * solution.weights).sum(axis=1, keepdims=True)
    scale = np.einsum("nkp->nk", design**2)
    assert (np.abs(gradient / scale)[solution.active] < 1e-9).all()
    assert ((gradient / scale)[~solution.active] > -1e-12).all()


def test_a_shared_design_gives_what_a_design_per_spectrum_gives():
    design, data, _ = cases(3, n=50, seed=3)
    shared = lcf.solve(design[1], data, sum_to_one=False)
    each = lcf.solve(np.broadcast_to(design[1], design.shape), data, sum_to_one=False)
    np.testing.assert_allclose(shared.weights, each.weights, atol=1e-12)
    np.testing.assert_allclose(shared.covariance, each.covariance, rtol=1e-9)
    np.testing.assert_allclose(shared.chi2, each.chi2, rtol=1e-12)


def test_masked_points_are_as_if_they_were_not_there():
    design, data, sigma = cases(3, n=40, seed=5)
    cut = data.copy()
    cut[:, 40:] = np.nan
    short = lcf.solve(design[:, :, :40], data[:, :40], sigma[:, :40], sum_to_one=True)
    masked = lcf.solve(design, cut, sigma, sum_to_one=True)
    np.testing.assert_allclose(masked.weights, short.weights, atol=1e-12)
    np.testing.assert_array_equal(masked.n_free, short.n_free)
    infinite = sigma.copy()
    infinite[:, 40:] = np.inf
    np.testing.assert_allclose(
        lcf.solve(design, data, infinite, sum_to_one=True).weights, short.weights, atol=1e-12
    )


def test_weights_and_chi2_of_a_noiseless_mixture_are_exact():
    design = cases(3, n=1, seed=8)[0][0]
    truth = np.array([[0.2, 0.0, 0.8], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5]])
    for sum_to_one in (False, True):
        solution = lcf.solve(design, truth @ design, sum_to_one=sum_to_one)
        np.testing.assert_allclose(solution.weights, truth, atol=1e-12)
        assert (solution.chi2 < 1e-20).all()


def test_covariance_is_that_of_the_active_components():
    design, data, sigma = cases(3, n=60, seed=9)
    solution = lcf.solve(design, data, sigma, sum_to_one=False)
    for a, s, on, c in zip(design, sigma, solution.active, solution.covariance, strict=True):
        expected = np.zeros((3, 3))
        part = (a / s)[on]
        expected[np.ix_(on, on)] = np.linalg.inv(part @ part.T)
        np.testing.assert_allclose(c, expected, rtol=1e-6, atol=1e-14)
    with_sum = lcf.solve(design, data, sigma, sum_to_one=True)
    assert np.abs(with_sum.covariance.sum(axis=1)).max() < 1e-9 * with_sum.covariance.max()
    single = with_sum.active.sum(axis=1) == 1
    assert (with_sum.covariance[single] == 0).all()


def test_covariance_predicts_the_scatter_of_weights():
    rng = np.random.default_rng(0)
    design = rng.normal(size=(3, POINTS))
    data = np.array([0.3, 0.3, 0.4]) @ design + 0.01 * rng.normal(size=(4000, POINTS))
    for sum_to_one in (False, True):
        solution = lcf.solve(design, data, np.full(POINTS, 0.01), sum_to_one=sum_to_one)
        np.testing.assert_allclose(
            np.cov(solution.weights.T), solution.covariance[0], rtol=0.1, atol=2e-7
        )
        assert np.mean(solution.chi2 / solution.n_free) == pytest.approx(1.0, abs=0.02)


def test_identical_components_do_not_break_the_optimum():
    design = cases(2, n=1, seed=1)[0][0]
    twice = np.vstack([design, design[:1]])
    solution = lcf.solve(twice, np.array([[0.6, 0.4]]) @ design, sum_to_one=False)
    assert np.isnan(solution.unconstrained_weights).all()
    fitted = solution.weights @ twice
    np.testing.assert_allclose(fitted, np.array([[0.6, 0.4]]) @ design, atol=1e-12)


def test_nothing_to_fit_and_a_negative_spectrum():
    design = np.abs(cases(2, n=1, seed=2)[0][0])
    data = np.vstack([-design[0], np.full(POINTS, np.nan)])
    solution = lcf.solve(design, data, sum_to_one=False)
    np.testing.assert_array_equal(solution.weights[0], 0.0)
    assert np.isnan(solution.weights[1]).all()
    assert np.isnan(solution.chi2[1])


def test_refuses_too_many_components():
    with pytest.raises(ValueError, match="7 components; 1 to 6"):
        lcf.solve(np.ones((7, 9)), np.ones((1, 9)), sum_to_one=True)
    with pytest.raises(ValueError, match="do not fit"):
        lcf.solve(np.ones((2, 8)), np.ones((1, 9)), sum_to_one=True)


@pytest.mark.parametrize("sum_to_one", [False, True])
@pytest.mark.parametrize("apart", [1e-2, 1e-4])
def test_nearly_equal_components_of_a_shared_design(sum_to_one, apart):
    """The quick way through one design loses no more digits than the components themselves do."""
    rng = np.random.default_rng(12)
    design = rng.normal(size=(4, POINTS)) + 1.0
    design[3] = design[0] + apart * design[3]
    truth = rng.dirichlet(np.full(4, 0.7), 300) * (rng.random((300, 4)) > 0.2)
    truth /= truth.sum(axis=1, keepdims=True)
    exact = lcf.solve(design, truth @ design, sum_to_one=sum_to_one)
    np.testing.assert_allclose(exact.weights, truth, atol=1e-8)
    noisy = truth @ design + 1e-3 * rng.normal(size=(300, POINTS))
    found = lcf.solve(design, noisy, sum_to_one=sum_to_one).weights
    reference = nnls_sum_one if sum_to_one else nnls_free
    assert np.abs(found - [reference(design, y) for y in noisy]).max() < 1e-8


def test_one_sigma_for_all_spectra_weighs_like_a_sigma_each():
    design, data, sigma = cases(3, n=30, seed=13)
    shared = sigma[0].copy()
    shared[5:9] = np.inf
    quick = lcf.solve(design[1], data, shared, sum_to_one=True)
    slow = lcf.solve(design[1], data, np.tile(shared, (30, 1)), sum_to_one=True)
    np.testing.assert_allclose(quick.weights, slow.weights, atol=1e-12)
    np.testing.assert_allclose(quick.chi2, slow.chi2, rtol=1e-12)
    np.testing.assert_array_equal(quick.n_free, slow.n_free)
    gaps = data.copy()
    gaps[3, 7] = np.nan  # one spectrum with a gap sends all the slow way
    with_gap = lcf.solve(design[1], gaps, sum_to_one=False)
    whole = lcf.solve(design[1], data, sum_to_one=False)
    others = np.arange(30) != 3
    np.testing.assert_allclose(with_gap.weights[others], whole.weights[others], atol=1e-12)
    assert with_gap.n_free[3] == whole.n_free[3] - 1
