"""The simulated spectra look like K edges of Ni and Mn, and mix as they should."""

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.demo.beamline import Scan
from pipeline.demo.elements import MANGANESE, NICKEL
from pipeline.demo.spectra import FOIL, Edge
from pipeline.demo.study import SAMPLES, STANDARDS, Series
from pipeline.demo.truth import POST_EV, PRE_EV

EDGES = pytest.mark.parametrize("edge", [NICKEL, MANGANESE], ids=lambda e: e.element)


def half_step_ev(edge: Edge, name: str) -> float:
    energy_ev = np.arange(edge.e0_ev - 25.0, edge.e0_ev + 15.0, 0.01)
    return float(energy_ev[np.argmax(edge.normalised(name, energy_ev) > 0.5)])


@EDGES
def test_first_inflection_of_the_foil_is_where_it_should_be(edge: Edge) -> None:
    energy_ev = np.arange(edge.inflection_ev - 8.0, edge.inflection_ev + 4.0, 0.001)
    slope = np.gradient(edge.normalised(FOIL, energy_ev), energy_ev)
    assert energy_ev[np.argmax(slope)] == pytest.approx(edge.inflection_ev, abs=0.0015)


def test_edges_and_white_lines_are_those_of_ni2_and_ni3() -> None:
    energy_ev = np.arange(8340.0, 8400.0, 0.05)
    nio, linio2 = (NICKEL.normalised(name, energy_ev) for name in ("NiO", "LiNiO2"))
    assert 8344.0 < half_step_ev(NICKEL, "NiO") < 8345.0
    assert 1.5 < half_step_ev(NICKEL, "LiNiO2") - half_step_ev(NICKEL, "NiO") < 1.7
    assert 1.2 < linio2.max() < nio.max() < 1.5
    assert np.all(NICKEL.normalised(FOIL, energy_ev) < 1.15)


@pytest.mark.parametrize(
    ("name", "expected_ev"), [("MnO", 6546.0), ("Mn2O3", 6549.5), ("MnO2", 6553.0)]
)
def test_edges_of_manganese_rise_with_the_valence(name: str, expected_ev: float) -> None:
    assert half_step_ev(MANGANESE, name) == pytest.approx(expected_ev, abs=0.3)
    energy_ev = np.arange(6530.0, 6590.0, 0.05)
    spectrum = MANGANESE.normalised(name, energy_ev)
    assert 1.2 < spectrum.max() < 1.5
    below = spectrum[energy_ev < half_step_ev(MANGANESE, name) - 3.0]
    assert np.any(np.diff(below, 2) < 0)  # a line before the edge: a tail alone only steepens


@EDGES
def test_species_are_normalised(edge: Edge) -> None:
    ends_ev = np.array([edge.e0_ev - 1345.0, edge.e0_ev + 3655.0])
    for name in edge.oxides:
        np.testing.assert_allclose(edge.normalised(name, ends_ev), [0.0, 1.0], atol=2e-3)


def flattened(series: Series, scan: Scan, at_ev: FloatArray) -> FloatArray:
    """Noise-free flattened spectrum: fits on the scan's own grid, values at any energy."""
    fit = np.polynomial.Polynomial.fit
    e0_ev = series.specimen.edge.e0_ev
    x_ev = scan.energy_ev + scan.shift_ev - e0_ev
    below = (x_ev >= PRE_EV[0]) & (x_ev <= PRE_EV[1])
    above = (x_ev >= POST_EV[0]) & (x_ev <= POST_EV[1])
    pre = fit(x_ev[below], (scan.absorption * (1 + x_ev / e0_ev) ** 4)[below], 1)

    def without(x_ev: FloatArray, mu: FloatArray) -> FloatArray:
        return mu - pre(x_ev) / (1 + x_ev / e0_ev) ** 4

    post = fit(x_ev[above], without(x_ev, scan.absorption)[above], 2)
    x_ev = at_ev - e0_ev
    mu = without(x_ev, series.specimen.absorption(at_ev))
    return (mu - np.where(x_ev > 0, post(x_ev) - post(0.0), 0.0)) / post(0.0)


@pytest.mark.parametrize("series", SAMPLES, ids=lambda s: s.dataset)
@pytest.mark.parametrize("seed", [20, 21])
def test_noise_free_fractions_come_out(series: Series, seed: int) -> None:
    edge = series.specimen.edge
    at_ev = edge.e0_ev + np.arange(-20.0, 60.0, 0.3)
    own = [s for s in STANDARDS if s.specimen.edge is edge]
    standards = np.stack([flattened(s, s.measure(seed)[0], at_ev) for s in own], axis=1)
    expected = [series.specimen.fractions.get(s.dataset, 0.0) for s in own]
    for scan in series.measure(seed):
        data = flattened(series, scan, at_ev)
        weights = np.linalg.lstsq(standards, data, rcond=None)[0]
        # The manganese stands on an absorption three times its own: a line of a detector tells.
        near = 1e-3 if edge is NICKEL else 2e-3
        assert weights / weights.sum() == pytest.approx(expected, abs=near)
        assert weights.sum() == pytest.approx(1.0, abs=2e-3)
