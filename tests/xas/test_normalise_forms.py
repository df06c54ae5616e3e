"""Victoreen pre-edge, MBACK, and what the two sigmas of an edge step hold."""

import numpy as np
import pytest

from pipeline.xas.normalise import normalise
from pipeline.xas.options import NormaliseOptions
from pipeline.xas.records import ScanStatus

from .build import E0_EV, GRID_EV, as_measured, edge, raw_series

WINDOWS = {"pre_ev": (-150, -50), "post_ev": (80, 500)}
VICTOREEN = NormaliseOptions(**WINDOWS, pre_function="victoreen")
LARCH = {"pre1": -150, "pre2": -50, "norm1": 80, "norm2": 500}


def victoreen(energy_ev, cubic, quartic):
    return cubic * (energy_ev / E0_EV) ** -3 + quartic * (energy_ev / E0_EV) ** -4


def scans(n=4, noise=1e-3):
    background = victoreen(GRID_EV, 1.9, -0.4)
    mu = background + 0.7 * edge(GRID_EV) * (GRID_EV / E0_EV) ** -3
    return mu + noise * np.random.default_rng(0).normal(size=(n, GRID_EV.size))


def test_a_victoreen_background_leaves_nothing():
    flat = np.where(GRID_EV >= E0_EV, 0.8 + 1e-4 * (GRID_EV - E0_EV), 0.0)
    mu = victoreen(GRID_EV, 1.9, -0.4) + flat
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, VICTOREEN)
    assert result.edge_step[0] == pytest.approx(0.8, abs=1e-12)
    np.testing.assert_allclose(result.flattened[0], flat > 0, atol=1e-12)
    line = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, NormaliseOptions(**WINDOWS))
    assert abs(line.edge_step[0] - 0.8) > 5e-4


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_equals_larch_with_nvict_4(degree):
    """Of degree 1: larch does not look at `npre` where `nvict` is given."""
    larch = pytest.importorskip("larch")
    from larch.xafs import pre_edge

    options = VICTOREEN.model_copy(update={"post_degree": degree})
    mu = scans()
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV + 0.13, options)
    for i, row in enumerate(mu):
        group = larch.Group(energy=GRID_EV.copy(), mu=row.copy())
        pre_edge(group, e0=E0_EV + 0.13, nnorm=degree, npre=1, nvict=4, **LARCH)
        assert result.edge_step[i] == pytest.approx(group.edge_step, abs=1e-10)
        np.testing.assert_allclose(result.normalised[i], group.norm, atol=1e-10)
        np.testing.assert_allclose(result.flattened[i], group.flat, atol=1e-10)


@pytest.mark.stats
@pytest.mark.parametrize("degree", [0, 2])
def test_sigma_of_a_step_above_victoreen_covers(degree):
    noise = 5e-3 * np.random.default_rng(3).normal(size=(2000, GRID_EV.size))
    mu = victoreen(GRID_EV, 1.9, -0.4) + np.where(GRID_EV >= E0_EV, 0.5, 0.0) + noise
    options = VICTOREEN.model_copy(update={"post_degree": degree})
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, options)
    pull = (result.edge_step - 0.5) / result.edge_step_sigma
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.68, abs=0.05)


def exafs(energy_ev):
    k = np.sqrt(np.maximum(energy_ev - E0_EV, 0.0) * 0.2625)
    return 0.04 * np.sin(4.0 * k) * np.exp(-0.02 * k**2)


@pytest.mark.stats
def test_over_exafs_one_sigma_is_noise_and_the_other_the_window():
    """The scatter between scans is the one, and the step of other windows lies within the other."""
    truth = 1.0 + 0.5 * np.where(GRID_EV >= E0_EV, 1.0 + exafs(GRID_EV), 0.0)
    mu = truth + 2e-3 * np.random.default_rng(4).normal(size=(1000, GRID_EV.size))
    options = NormaliseOptions(**WINDOWS)
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, options)
    ideal = normalise(as_measured(raw_series(GRID_EV, truth)), E0_EV, options).edge_step[0]
    pull = (result.edge_step - ideal) / result.edge_step_sigma
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.68, abs=0.05)
    model = result.edge_step_model_sigma.mean()
    assert model > 3 * result.edge_step_sigma.mean()
    others = [
        normalise(
            as_measured(raw_series(GRID_EV, truth)),
            E0_EV,
            NormaliseOptions(pre_ev=(-150, -50), post_ev=(low, high)),
        ).edge_step[0]
        for low in (60, 80, 100, 120)
        for high in (400, 450, 500, 550)
    ]
    assert 0.3 < np.std(others) / model < 3


def test_the_two_sigmas_add_up_to_the_scatter_about_the_fit():
    white = normalise(as_measured(raw_series(GRID_EV, scans(1, 0.02))), E0_EV, VICTOREEN)
    assert white.edge_step_model_sigma[0] <= white.edge_step_sigma[0]


def test_mback_is_larchs():
    larch = pytest.importorskip("larch")
    from larch.xafs import mback

    mu = scans(2)
    options = NormaliseOptions(**WINDOWS, method="mback")
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, options)
    for i, row in enumerate(mu):
        group = larch.Group(energy=GRID_EV.copy(), mu=row.copy())
        mback(group, z=28, edge="K", e0=E0_EV, order=3, **LARCH)
        assert result.edge_step[i] == pytest.approx(group.edge_step, rel=1e-12)
        np.testing.assert_allclose(result.normalised[i], group.norm, atol=1e-12)
    lines = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, NormaliseOptions(**WINDOWS))
    near = np.abs(GRID_EV - E0_EV) < 60
    np.testing.assert_allclose(result.flattened[:, near], lines.flattened[:, near], atol=0.04)
    far = GRID_EV > E0_EV + 150
    assert result.flattened[0, far].mean() == pytest.approx(1.0, abs=0.01)


def test_mback_refuses_what_the_lines_refuse():
    """larch would have clipped the window, and given the inverted edge a step."""
    mu = scans(3)
    mu[1] = 5 - mu[1]
    short = np.full((3, GRID_EV.size), np.nan)
    short[0], short[1], short[2, :250] = mu[0], mu[1], mu[2, :250]
    energies = np.where(np.isfinite(short), GRID_EV, np.nan)
    options = NormaliseOptions(**WINDOWS, method="mback")
    result = normalise(as_measured(raw_series(energies, short)), E0_EV, options)
    bad = (ScanStatus.INVERTED_EDGE, ScanStatus.WINDOW_OUTSIDE_SCAN)
    assert result.status == (ScanStatus.OK, *bad)
    assert np.isnan(result.normalised[1:]).all()
    assert np.isnan(result.edge_step[1:]).all()
    assert np.isfinite(result.flattened[0]).all()
