"""Normalisation: known answers, invariance, parity with larch, refusals."""

import numpy as np
import pytest

from pipeline.xas.calibrate import calibrate
from pipeline.xas.normalise import normalise
from pipeline.xas.options import CalibrateOptions, NormaliseOptions
from pipeline.xas.records import Covariates, Flag, ScanStatus

from .build import E0_EV, GRID_EV, as_measured, edge, raw_series

OPTIONS = NormaliseOptions(pre_ev=(-150, -50), post_ev=(80, 500), post_degree=2)


def scans(n=6, noise=1e-3, seed=0):
    """Scans of step 0.7 on a curved background."""
    rng = np.random.default_rng(seed)
    t = (GRID_EV - E0_EV) / 500
    background = 1.3 - 0.4 * t
    curved = 1 + np.where(t > 0, 0.05 * t - 0.03 * t**2, 0)
    return background + 0.7 * edge(GRID_EV) * curved + noise * rng.normal(size=(n, GRID_EV.size))


def test_step_and_shape_of_a_known_edge():
    flat = np.where(GRID_EV >= E0_EV, 1.0, 0.0)
    t = (GRID_EV - E0_EV) / 100
    mu = 2.0 - 0.1 * t + flat * (0.8 + 0.02 * t - 0.003 * t**2)
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, OPTIONS)
    assert result.edge_step[0] == pytest.approx(0.8, abs=1e-12)
    np.testing.assert_allclose(result.flattened[0], flat, atol=1e-12)
    above = flat > 0
    expected = 1 + (0.02 * t - 0.003 * t**2)[above] / 0.8
    np.testing.assert_allclose(result.normalised[0, above], expected, atol=1e-12)
    assert result.edge_step_sigma[0] < 1e-12


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("pre_degree", [0, 1])
def test_equals_larch_on_a_series(degree, pre_degree):
    larch = pytest.importorskip("larch")
    from larch.xafs import pre_edge

    options = OPTIONS.model_copy(update={"post_degree": degree, "pre_degree": pre_degree})
    mu = scans()
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV + 0.13, options)
    windows = {"pre1": -150, "pre2": -50, "norm1": 80, "norm2": 500}
    for i, row in enumerate(mu):
        group = larch.Group(energy=GRID_EV.copy(), mu=row.copy())
        pre_edge(group, e0=E0_EV + 0.13, nnorm=degree, npre=pre_degree, nvict=0, **windows)
        assert result.edge_step[i] == pytest.approx(group.edge_step, abs=1e-10)
        np.testing.assert_allclose(result.normalised[i], group.norm, atol=1e-10)
        np.testing.assert_allclose(result.flattened[i], group.flat, atol=1e-10)


def test_scale_and_offset_of_the_absorption_do_not_matter():
    mu = scans()
    first = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, OPTIONS)
    other = normalise(as_measured(raw_series(GRID_EV, 3.7 * mu - 11.0)), E0_EV, OPTIONS)
    np.testing.assert_allclose(other.normalised, first.normalised, atol=1e-12)
    np.testing.assert_allclose(other.flattened, first.flattened, atol=1e-12)
    np.testing.assert_allclose(other.half_step_ev, first.half_step_ev, atol=1e-9)
    np.testing.assert_allclose(other.edge_step, 3.7 * first.edge_step, rtol=1e-12)
    np.testing.assert_allclose(other.noise_normalised, first.noise_normalised, rtol=1e-9)


def test_a_shared_grid_and_single_scans_give_the_same():
    mu = scans()
    together = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, OPTIONS)
    ragged = np.full((7, GRID_EV.size + 3), np.nan)
    energies = ragged.copy()
    ragged[:6, :-3], energies[:6, :-3] = mu, GRID_EV
    energies[6, :200], ragged[6, :200] = GRID_EV[:200], mu[0, :200]
    apart = normalise(as_measured(raw_series(energies, ragged)), E0_EV, OPTIONS)
    np.testing.assert_allclose(apart.flattened[:6, :-3], together.flattened, atol=1e-12)
    np.testing.assert_allclose(apart.edge_step_sigma[:6], together.edge_step_sigma, rtol=1e-9)
    np.testing.assert_allclose(apart.half_step_ev[:6], together.half_step_ev, atol=1e-9)
    assert apart.status[6] is ScanStatus.WINDOW_OUTSIDE_SCAN
    assert np.isnan(apart.flattened[6]).all()


def test_windows_follow_the_shift_of_each_scan():
    grid = np.arange(8100.0, 8950.0, 1.0)
    shifts = np.array([0.0, 3.3, -7.8])
    mu = np.array([1 + 0.5 * edge(grid + s) + 1e-5 * (grid + s) for s in shifts])
    series = raw_series(grid, mu, file_shift_ev=shifts)
    calibrated = calibrate(series, Covariates.unknown(3), None, CalibrateOptions(method="file"))
    result = normalise(calibrated, E0_EV, OPTIONS)
    np.testing.assert_allclose(result.half_step_ev, result.half_step_ev[0], atol=1e-2)
    np.testing.assert_allclose(result.edge_step, result.edge_step[0], rtol=2e-3)


def test_noise_of_a_point_is_recovered():
    result = normalise(as_measured(raw_series(GRID_EV, scans(40, 7e-4))), E0_EV, OPTIONS)
    assert np.mean(result.noise_normalised) == pytest.approx(7e-4 / 0.7, rel=0.05)


@pytest.mark.stats
@pytest.mark.parametrize("degree", [0, 2])
def test_sigma_of_the_step_covers(degree):
    rng = np.random.default_rng(3)
    flat = np.where(GRID_EV >= E0_EV, 0.5, 0.0) + 1.0
    mu = flat + 5e-3 * rng.normal(size=(2000, GRID_EV.size))
    options = OPTIONS.model_copy(update={"post_degree": degree})
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, options)
    pull = (result.edge_step - 0.5) / result.edge_step_sigma
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.68, abs=0.05)
    assert abs(pull.mean()) < 0.1


def test_a_window_outside_the_scan_is_refused_and_named():
    for window, name in (({"pre_ev": (-250, -50)}, "pre_ev"), ({"post_ev": (80, 700)}, "post_ev")):
        options = OPTIONS.model_copy(update=window)
        result = normalise(as_measured(raw_series(GRID_EV, scans(2))), E0_EV, options)
        assert set(result.status) == {ScanStatus.WINDOW_OUTSIDE_SCAN}
        assert f"`{name}`" in result.reason[0]
        assert "8140.00 to 8897.00 eV" in result.reason[0]
        assert np.isnan(result.edge_step).all()


def test_an_e0_far_from_the_scan_is_refused_not_replaced():
    result = normalise(as_measured(raw_series(GRID_EV, scans(1))), 5000.0, OPTIONS)
    assert result.status == (ScanStatus.WINDOW_OUTSIDE_SCAN,)


def test_too_few_points_in_a_window():
    options = OPTIONS.model_copy(update={"pre_ev": (-60, -50)})
    result = normalise(as_measured(raw_series(GRID_EV, scans(1))), E0_EV, options)
    assert result.status == (ScanStatus.TOO_SHORT,)
    assert "holds 2 points" in result.reason[0]


def test_inverted_absent_and_broken_edges():
    mu = scans(4)
    mu[1] = 3 - mu[1]
    mu[2] = 1.0 + 1e-3 * np.random.default_rng(1).normal(size=GRID_EV.size)
    mu[3, 100] = np.nan
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, OPTIONS)
    assert result.status == (
        ScanStatus.OK,
        ScanStatus.INVERTED_EDGE,
        ScanStatus.NO_EDGE,
        ScanStatus.NOT_FINITE,
    )
    assert np.isnan(result.normalised[1:]).all()
    assert "step -0.6878" in result.reason[1]
    constant = normalise(as_measured(raw_series(GRID_EV, np.ones(GRID_EV.size))), E0_EV, OPTIONS)
    assert constant.status == (ScanStatus.NO_EDGE,)


def test_a_scan_that_failed_before_keeps_its_reason():
    mu = scans(2)
    series = raw_series(
        GRID_EV,
        np.vstack([mu[0], np.full(GRID_EV.size, np.nan)]),
        status=(ScanStatus.OK, ScanStatus.UNREADABLE),
        reason=("", "binary noise"),
        flags=((Flag.ENERGY_SORTED,), ()),
    )
    result = normalise(as_measured(series), E0_EV, OPTIONS)
    assert result.status[1] is ScanStatus.UNREADABLE
    assert result.reason[1] == "binary noise"
    assert result.flags[0] == (Flag.ENERGY_SORTED,)
    assert result.status[0] is ScanStatus.OK


def test_method_none_keeps_the_file():
    mu = edge(GRID_EV)[None]
    options = NormaliseOptions(method="none", edge_level=0.7)
    result = normalise(as_measured(raw_series(GRID_EV, mu)), E0_EV, options)
    np.testing.assert_array_equal(result.flattened, mu)
    np.testing.assert_array_equal(result.normalised, mu)
    assert result.edge_step[0] == 1.0
    assert result.level_ev[0] > result.half_step_ev[0]


@pytest.mark.parametrize("method", ["polynomial", "none"])
@pytest.mark.parametrize("points", [0, 3])
def test_a_series_without_a_good_scan(method, points):
    nothing = np.full((2, points), np.nan)
    bad = {"status": (ScanStatus.UNREADABLE,) * 2, "reason": ("noise",) * 2}
    series = as_measured(raw_series(nothing, nothing, nothing, **bad))
    result = normalise(series, E0_EV, NormaliseOptions(method=method))
    assert result.reason == ("noise", "noise")
    assert np.isnan(result.edge_step).all()
    assert np.isnan(result.half_step_ev).all()
    assert result.flags == ((), ())
