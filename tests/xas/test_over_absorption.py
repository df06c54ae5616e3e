"""Over-absorption: a simulated thick sample comes back true, and parity with larch."""

import numpy as np
import pytest
import xraydb

from pipeline.core.errors import AnalysisError
from pipeline.xas.normalise import normalise
from pipeline.xas.options import NormaliseOptions, OverAbsorptionOptions
from pipeline.xas.over_absorption import alpha, correct
from pipeline.xas.records import ScanStatus

from .build import E0_EV, GRID_EV, as_measured, edge, raw_series

NMC = "LiNi0.6Mn0.2Co0.2O2"
TABULATED_EV = float(xraydb.xray_edge("Ni", "K").energy)
WINDOWS = {"pre_ev": (-150, -50), "post_ev": (80, 500)}


def absorption(formula, energy_ev):
    """Of one formula unit, independent of the module: cross sections per atom."""
    parts = xraydb.chemparse(formula)
    return sum(n * xraydb.atomic_mass(e) * xraydb.mu_elam(e, energy_ev) for e, n in parts.items())


def atomic(formula, energy_ev):
    """Absorption by the edge and by all else, carried over the edge by power laws; E0 is the tabulated edge."""
    at = energy_ev - E0_EV + TABULATED_EV
    ends = [(TABULATED_EV - 400, TABULATED_EV - 30), (TABULATED_EV + 30, TABULATED_EV + 400)]
    below, above = (
        np.exp(np.poly1d(np.polyfit(np.log(x), np.log(absorption(formula, x)), 1))(np.log(at)))
        for x in (np.linspace(*end, 40) for end in ends)
    )
    return above - below, below


def thick(spectrum, formula=NMC, angle_in_deg=45.0, angle_out_deg=45.0):
    """Fluorescence over I0 of an infinitely thick sample, on an arbitrary scale, with scatter."""
    a, b = atomic(formula, GRID_EV)
    g = np.sin(np.deg2rad(angle_in_deg)) / np.sin(np.deg2rad(angle_out_deg))
    escaping = absorption(formula, np.array([7480.3]))[0]
    return 0.02 + 3.0 * a * spectrum / (a * spectrum + b + g * escaping)


def options(formula=NMC, **angles):
    asked = OverAbsorptionOptions(formula=formula, **angles)
    return NormaliseOptions(**WINDOWS, over_absorption=asked)


def run(mu, used, mode="fluorescence"):
    return normalise(as_measured(raw_series(GRID_EV, mu, mode=mode)), E0_EV, used)


def half_step_at_zero(energy_ev):
    """An edge that has no oscillations where the post-edge is fitted, so that its step is known."""
    t = energy_ev - E0_EV
    rise = 1 / (1 + np.exp(-t / 1.2))
    return rise + 0.45 * np.exp(-(((t - 9) / 4) ** 2)) - 0.12 * np.exp(-(((t - 22) / 6) ** 2))


@pytest.mark.parametrize("formula", [NMC, "NiO", "Ni2Mn98O200"])
@pytest.mark.parametrize("angles", [(45.0, 45.0), (80.0, 10.0), (5.0, 85.0)])
def test_a_thick_sample_comes_back_true(formula, angles):
    true = half_step_at_zero(GRID_EV)
    named = dict(zip(("angle_in_deg", "angle_out_deg"), angles, strict=True))
    mu = thick(true, formula, *angles)
    result = run(mu, options(formula, **named))
    near = np.abs(GRID_EV - E0_EV) < 60
    np.testing.assert_allclose(result.flattened[0, near], true[near], atol=1e-3)
    apparent = run(mu, NormaliseOptions(**WINDOWS))
    if formula != "Ni2Mn98O200":  # dilute: little to correct
        assert np.abs(apparent.flattened[0, near] - true[near]).max() > 0.02
    assert np.isnan(apparent.over_absorption_ratio)
    expected = alpha(np.array([E0_EV]), E0_EV, "Ni", "K", options(formula, **named).over_absorption)
    assert result.over_absorption_ratio == pytest.approx(expected[0])


def test_near_larchs_fluo_corr():
    """larch has one alpha for all energies, and Kalpha's mean energy: 0.5 % of the spectrum."""
    larch = pytest.importorskip("larch")
    from larch.xafs import fluo_corr

    mu = thick(half_step_at_zero(GRID_EV))
    group = larch.Group(energy=GRID_EV.copy(), mu=run(mu, NormaliseOptions(**WINDOWS)).flattened[0])
    windows = {"pre1": -150, "pre2": -50, "norm1": 80, "norm2": 500, "nnorm": 2}
    fluo_corr(group.energy, group.mu, NMC, "Ni", group=group, e0=E0_EV, **windows)
    near = np.abs(GRID_EV - E0_EV) < 60
    ours = run(mu, options()).flattened[0]
    np.testing.assert_allclose(ours[near], group.norm_corr[near], atol=6e-3)


def test_one_alpha_is_the_published_formula():
    true = np.array([[0.0, 0.4, 1.3, 1.0]])
    for a in (0.7, 2.5, 1e6):
        apparent = true * (a + 1) / (a + true)
        _, found = correct(apparent, apparent, np.full(true.shape, a))
        np.testing.assert_allclose(found, true, rtol=1e-12)


def test_other_modes_are_not_touched():
    mu = 1 + 0.7 * edge(GRID_EV)
    plain = run(mu, NormaliseOptions(**WINDOWS), "transmission")
    asked = run(mu, options(), "transmission")
    np.testing.assert_array_equal(asked.flattened, plain.flattened)
    assert np.isnan(asked.over_absorption_ratio)


def test_a_spectrum_that_no_thick_sample_gives_fails_alone():
    mu = np.vstack([thick(half_step_at_zero(GRID_EV), "NiO"), half_step_at_zero(GRID_EV)])
    mu[1] += 3.0 * np.exp(-(((GRID_EV - E0_EV - 9) / 3) ** 2))
    result = run(mu, options("NiO"))
    assert result.status == (ScanStatus.OK, ScanStatus.NOT_CONVERGED)
    assert "which no thick sample of NiO can give" in result.reason[1]
    assert np.isnan(result.flattened[1]).all()
    assert np.isnan(result.half_step_ev[1])


@pytest.mark.parametrize(
    ("formula", "message"),
    [("NiXq2", "cannot be read"), ("MnO2", "does not hold Ni"), ("", "does not hold Ni")],
)
def test_a_formula_that_makes_no_sense_is_refused(formula, message):
    with pytest.raises(AnalysisError, match=message):
        run(thick(half_step_at_zero(GRID_EV)), options(formula))
