"""Calibration: each method, each way to fail."""

import numpy as np
import pytest

from pipeline.core.errors import AnalysisError
from pipeline.xas.calibrate import calibrate
from pipeline.xas.options import CalibrateOptions
from pipeline.xas.records import Covariates, Flag, ScanStatus
from pipeline.xas.template import build_template

from .build import GRID_EV, edge, foil, raw_series

FOIL = CalibrateOptions()
SHIFTS = np.array([0.0, -1.3, 0.02, 5.7, -8.4])


def series(shifts=SHIFTS, noise=1e-3, **changes):
    rng = np.random.default_rng(1)
    mu = np.array([edge(GRID_EV + s) for s in shifts])
    reference = np.array([0.2 + 1.4 * foil(GRID_EV + s) for s in shifts])
    reference = reference + noise * rng.normal(size=reference.shape)
    return raw_series(GRID_EV, mu, reference, **changes)


@pytest.fixture(scope="module")
def template():
    made = series(np.linspace(-3, 3, 15))
    return build_template(
        made.energy_ev, made.reference_mu, element="Ni", edge="K", e0_ev=8333.0, options=FOIL
    )


def run(made, template, options=FOIL):
    return calibrate(made, Covariates.unknown(made.n_scans), template, options)


def test_shifts_come_back(template):
    result = run(series(), template)
    assert set(result.status) == {ScanStatus.OK}
    error = result.shift_ev - SHIFTS
    assert error.std() < 0.005
    assert abs(error.mean()) < 2 * template.inflection_sigma_ev
    assert (result.shift_sigma_ev < 0.006).all()
    assert result.scale_sigma_ev == template.inflection_sigma_ev
    np.testing.assert_allclose(result.energy_ev, GRID_EV + result.shift_ev[:, None])
    np.testing.assert_array_equal(result.raw.energy_ev[0], GRID_EV)
    assert result.flags == ((),) * 5


@pytest.mark.stats
def test_sigma_covers(template):
    shifts = np.random.default_rng(3).uniform(-3, 3, 1000)
    result = run(series(shifts, 5e-3), template)
    error = result.shift_ev - shifts
    pull = (error - error.mean()) / result.shift_sigma_ev
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.68, abs=0.05)


def test_no_reference(template):
    made = series()
    reference = np.array(made.reference_mu)
    reference[2] = np.nan
    result = run(raw_series(GRID_EV, made.mu, reference), template)
    assert result.flags == ((), (), (Flag.NO_REFERENCE,), (), ())
    assert result.status[2] is ScanStatus.OK
    assert result.shift_ev[2] == 0.0
    assert result.shift_sigma_ev[2] == CalibrateOptions().shift_sigma_ev == 0.5
    nothing = run(made, None)
    assert set(nothing.flags) == {(Flag.NO_REFERENCE,)}
    assert (nothing.shift_ev == 0).all()
    assert np.isnan(nothing.scale_sigma_ev)


def failing(template, reference, why, options=FOIL):
    made = series()
    references = np.array(made.reference_mu)
    references[1] = reference
    result = run(raw_series(GRID_EV, made.mu, references), template, options)
    assert result.status[1] is ScanStatus.NOT_CONVERGED
    assert result.flags[1] == (Flag.CALIBRATION_FAILED,)
    assert why in result.reason[1]
    assert np.isnan(result.shift_ev[1])
    assert np.isnan(result.energy_ev[1]).all()
    others = [s for i, s in enumerate(result.status) if i != 1]
    assert set(others) == {ScanStatus.OK}


def test_a_foil_cut_off_below_its_edge_fails(template):
    failing(
        template, np.where(GRID_EV < 8336, foil(GRID_EV), np.nan), "does not cover [-25, 45] eV"
    )


def test_another_foil_fails(template):
    oxide = 0.5 + np.arctan((GRID_EV - 8346) / 3) / np.pi
    failing(template, oxide, "another foil, or no foil")
    failing(template, foil(GRID_EV) + 0.1 * np.sin(GRID_EV / 4), "of its step beyond noise")


def test_no_edge_at_all_fails(template):
    failing(template, np.ones(GRID_EV.size), "cannot be aligned within 25 eV")


def test_a_shift_beyond_the_limit_fails(template):
    options = CalibrateOptions(max_shift_ev=9.0)
    failing(template, foil(GRID_EV + 10.0), "more than `max_shift_ev` 9 eV", options)


def test_large_shifts_and_poor_foils_are_flagged(template):
    rng = np.random.default_rng(2)
    reference = np.vstack(
        [
            foil(GRID_EV + 14.0),
            foil(GRID_EV) + 0.03 * np.sin(GRID_EV / 5),
            foil(GRID_EV) + 0.1 * rng.normal(size=GRID_EV.size),
        ]
    )
    result = run(raw_series(GRID_EV, np.tile(edge(GRID_EV), (3, 1)), reference), template)
    assert result.flags == (
        (Flag.SHIFT_LARGE,),
        (Flag.CALIBRATION_POOR,),
        (Flag.CALIBRATION_POOR,),
    )
    assert result.misfit_ratio[1] == pytest.approx(0.02, abs=0.006)
    assert result.shift_sigma_ev[2] > 0.1


def test_given_file_and_none():
    made = series(file_shift_ev=np.array([0.5, np.nan, -0.2, 0.0, 12.0]))
    given = run(made, None, CalibrateOptions(method="given", shift_ev=1.25, shift_sigma_ev=0.1))
    np.testing.assert_array_equal(given.shift_ev, 1.25)
    np.testing.assert_array_equal(given.shift_sigma_ev, 0.1)
    stated = run(made, None, CalibrateOptions(method="file", shift_sigma_ev=0.02))
    np.testing.assert_array_equal(stated.shift_ev, [0.5, 0.0, -0.2, 0.0, 12.0])
    assert stated.flags == ((), (Flag.NO_REFERENCE,), (), (), (Flag.SHIFT_LARGE,))
    assert stated.shift_sigma_ev[1] == 0.02
    none = run(made, None, CalibrateOptions(method="none"))
    np.testing.assert_array_equal(none.shift_ev, 0.0)
    np.testing.assert_array_equal(none.shift_sigma_ev, 0.5)  # nobody knows, not: it is exact
    assert set(none.flags) == {(Flag.NO_REFERENCE,)}
    assert none.method == "none"
    judged = run(made, None, CalibrateOptions(method="none", shift_sigma_ev=0.3))
    np.testing.assert_array_equal(judged.shift_sigma_ev, 0.3)
    for result in (given, none):
        assert np.isnan(result.drift_ev)


def test_a_failed_scan_stays_failed(template):
    made = series(
        status=(ScanStatus.UNREADABLE, *(ScanStatus.OK,) * 4), reason=("noise", *("",) * 4)
    )
    result = run(made, template)
    assert result.status[0] is ScanStatus.UNREADABLE
    assert np.isnan(result.shift_ev[0])
    assert result.flags[0] == ()


def test_a_window_wider_than_the_template_is_refused(template):
    with pytest.raises(AnalysisError, match=r"data set 'scans'.*same window to the edge's block"):
        run(series(), template, CalibrateOptions(window_ev=(-60.0, 45.0)))
