"""Counts shared out to another grid: none lost, none made, scatter as quoted."""

import numpy as np
import pytest

from pipeline.physics.rebin import bin_edges, shared_out, shares


def test_edges_lie_halfway():
    np.testing.assert_allclose(bin_edges(np.array([1.0, 2.0, 4.0])), [0.5, 1.5, 3.0, 5.0])
    with pytest.raises(ValueError, match="ascending"):
        bin_edges(np.array([1.0, 1.0]))


def test_a_known_split():
    """One bin from 0 to 1 with 10 counts, cut at 0.3: 3 and 7; their variances 0.09 and 0.49 of its own."""
    weights = shares(np.array([0.0, 1.0]), np.array([-1.0, 0.3, 2.0, 3.0]))
    counts, variance = shared_out(weights, np.array([[10.0]]), np.array([[10.0]]))
    np.testing.assert_allclose(counts, [[3.0, 7.0, np.nan]])
    np.testing.assert_allclose(variance, [[0.9, 4.9, np.nan]])


def test_sums_are_kept():
    rng = np.random.default_rng(0)
    old = bin_edges(np.sort(rng.uniform(10, 90, 3000)))
    new = np.arange(int(old[0]) - 1.0, old[-1] + 1.0, 0.037)
    counts = rng.poisson(1000.0, (4, 3000)).astype(float)
    found, _ = shared_out(shares(old, new), counts, counts)
    np.testing.assert_allclose(np.nansum(found, axis=1), counts.sum(axis=1), rtol=1e-12)


def test_sums_within_common_edges_are_kept():
    counts = np.arange(1.0, 9.0)[None]
    found, _ = shared_out(shares(np.arange(9.0), np.array([2.0, 3.5, 5.0])), counts, counts)
    assert found.sum() == pytest.approx(3 + 4 + 5, rel=1e-15)


def test_grids_apart_share_nothing():
    found, _ = shared_out(
        shares(np.array([0.0, 1.0]), np.array([2.0, 3.0])), np.ones((1, 1)), np.ones((1, 1))
    )
    assert np.isnan(found).all()


def test_quoted_variance_is_the_scatter():
    rng = np.random.default_rng(3)
    old, new = bin_edges(np.arange(0, 50, 1.0)), np.arange(2.0, 45.0, 0.7)
    counts = rng.poisson(40.0, (4000, 50)).astype(float)
    found, variance = shared_out(shares(old, new), counts, counts)
    np.testing.assert_allclose(found.var(axis=0), variance.mean(axis=0), rtol=0.12)
    assert found.var(axis=0).sum() == pytest.approx(variance.mean(axis=0).sum(), rel=0.02)
