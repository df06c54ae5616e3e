"""Principal components: known rank, what noise alone gives, targets inside and outside the space."""

import numpy as np
import pytest

from pipeline.physics.pca import decompose, target_transform, white_noise_limit

RNG = np.random.default_rng(0)
X = np.linspace(0.0, 1.0, 200)
SPECTRA = np.stack(
    [np.exp(-(((X - c) / w) ** 2)) for c, w in ((0.3, 0.1), (0.5, 0.2), (0.7, 0.15))]
)
OUTSIDE = np.exp(-(((X - 0.1) / 0.05) ** 2))


def series(n=30, sigma=0.0, seed=0, rank=3):
    rng = np.random.default_rng(seed)
    mixing = rng.dirichlet(np.ones(rank), n)
    return mixing @ SPECTRA[:rank] + sigma * rng.normal(size=(n, X.size))


def test_the_rank_of_a_noiseless_series():
    found = decompose(series())
    assert (found.singular_values[:3] > 0.1).all()
    assert (found.singular_values[3:] < 1e-12).all()
    np.testing.assert_allclose(found.scores @ found.loadings, series(), atol=1e-12)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, np.eye(30), atol=1e-10)
    assert found.explained_fraction.sum() == pytest.approx(1.0)


def test_a_hand_made_matrix():
    """Singular values 4, 2, 1 of a 3 x 4 matrix: RE and IND by hand."""
    data = np.diag([4.0, 2.0, 1.0]) @ np.eye(3, 4)
    found = decompose(data)
    np.testing.assert_allclose(found.singular_values, [4, 2, 1])
    # RE(1) = sqrt((4 + 1) / (4 * 2)), RE(2) = sqrt(1 / (4 * 1)); IND = RE / (c - j)^2
    np.testing.assert_allclose(found.real_error[:2], [np.sqrt(5 / 8), 0.5])
    np.testing.assert_allclose(found.indicator[:2], [np.sqrt(5 / 8) / 4, 0.5])
    assert np.isnan(found.real_error[2])
    assert found.n_by_indicator == 1


def test_real_error_levels_off_at_the_noise_and_the_indicator_finds_the_rank():
    found = decompose(series(60, 1e-3))
    assert found.real_error[2] == pytest.approx(1e-3, rel=0.03)
    assert found.n_by_indicator == 3


def test_a_noisy_scan_makes_no_component_of_its_own():
    sigma = np.full(30, 1e-4)
    sigma[7] = 0.05
    data = series() + sigma[:, None] * np.random.default_rng(3).normal(size=(30, X.size))
    limit = white_noise_limit(30, X.size, 1e-4)
    assert decompose(data).n_above(limit) == 4
    weighted = decompose(data, sigma)
    assert weighted.n_above(limit) == 3
    np.testing.assert_allclose(weighted.scores @ weighted.loadings, data, atol=1e-12)


@pytest.mark.stats
@pytest.mark.parametrize("shape", [(10, 400), (50, 80)])
def test_noise_alone_passes_its_limit_in_one_case_of_a_hundred(shape):
    n_cases = 1000
    noise = np.random.default_rng(0).normal(size=(n_cases, *shape))
    # Largest singular values from the small Gram matrices, all at once.
    gram = noise @ noise.transpose(0, 2, 1)
    largest = np.sqrt(np.linalg.eigvalsh(gram)[:, -1])
    share = (largest > white_noise_limit(*shape, 1.0)).mean()
    assert 0.002 <= share <= 0.025


@pytest.mark.stats
def test_the_rank_of_a_noisy_series_is_found_in_98_of_100():
    limit = white_noise_limit(30, X.size, 2e-3)
    counts = [decompose(series(30, 2e-3, seed)).n_above(limit) for seed in range(1000)]
    assert np.mean(np.array(counts) == 3) >= 0.98


def test_targets_inside_the_space_are_accepted_and_others_refused():
    found = decompose(series(40, 1e-3))
    fit = target_transform(found, 3, np.stack([SPECTRA[0], SPECTRA[1:].mean(axis=0), OUTSIDE]))
    assert (fit.spoil[:2] < 3).all()
    assert fit.spoil[2] > 20
    np.testing.assert_allclose(fit.predicted[0], SPECTRA[0], atol=2e-3)
    assert fit.apparent_error[2] > 0.1


def test_a_space_of_too_few_components_refuses_what_it_lost():
    found = decompose(series(40, 1e-4))
    assert target_transform(found, 3, SPECTRA).spoil.max() < 3
    assert target_transform(found, 2, SPECTRA).apparent_error.max() > 0.03


@pytest.mark.stats
def test_expected_error_is_what_noise_leaves_of_a_true_target():
    """A noiseless target inside the space differs from its projection by the expected error."""
    ratios = []
    for seed in range(1000):
        fit = target_transform(decompose(series(20, 1e-3, seed)), 3, SPECTRA[:1])
        ratios.append(fit.apparent_error[0] / fit.expected_error[0])
    assert np.median(ratios) == pytest.approx(1.0, abs=0.05)
