"""The simulated spectra look like Ni K edges and mix as they should."""

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.demo import spectra
from pipeline.demo.beamline import Scan
from pipeline.demo.study import SAMPLES, STANDARDS, Series
from pipeline.demo.truth import POST_EV, PRE_EV


def half_step_ev(species: spectra.Species) -> float:
    energy_ev = np.arange(8320.0, 8360.0, 0.01)
    return float(energy_ev[np.argmax(species.normalised(energy_ev) > 0.5)])


def test_first_inflection_of_the_foil_is_at_8333() -> None:
    energy_ev = np.arange(8325.0, 8339.0, 0.001)
    slope = np.gradient(spectra.nickel_foil(energy_ev), energy_ev)
    assert energy_ev[np.argmax(slope)] == pytest.approx(spectra.FOIL_INFLECTION_EV, abs=0.0015)


def test_edges_and_white_lines_are_those_of_ni2_and_ni3() -> None:
    energy_ev = np.arange(8340.0, 8400.0, 0.05)
    nio, linio2 = (s.normalised(energy_ev) for s in (spectra.NIO, spectra.LINIO2))
    assert 8344.0 < half_step_ev(spectra.NIO) < 8345.0
    assert 1.5 < half_step_ev(spectra.LINIO2) - half_step_ev(spectra.NIO) < 1.7
    assert 1.2 < linio2.max() < nio.max() < 1.5
    foil = spectra.nickel_foil(energy_ev)
    assert np.all(foil < 1.15)


def test_species_are_normalised() -> None:
    ends_ev = np.array([7000.0, 12000.0])
    for species in (spectra.NIO.normalised, spectra.LINIO2.normalised):
        np.testing.assert_allclose(species(ends_ev), [0.0, 1.0], atol=2e-3)


def flattened(series: Series, scan: Scan, at_ev: FloatArray) -> FloatArray:
    """Noise-free flattened spectrum: fits on the scan's own grid, values at any energy."""
    fit = np.polynomial.Polynomial.fit
    x_ev = scan.energy_ev + scan.shift_ev - spectra.E0_EV
    below = (x_ev >= PRE_EV[0]) & (x_ev <= PRE_EV[1])
    above = (x_ev >= POST_EV[0]) & (x_ev <= POST_EV[1])
    pre = fit(x_ev[below], scan.absorption[below], 1)
    post = fit(x_ev[above], (scan.absorption - pre(x_ev))[above], 2)
    x_ev = at_ev - spectra.E0_EV
    mu = series.specimen.absorption(at_ev) - pre(x_ev)
    return (mu - np.where(x_ev > 0, post(x_ev) - post(0.0), 0.0)) / post(0.0)


@pytest.mark.parametrize("series", SAMPLES, ids=lambda s: s.dataset)
@pytest.mark.parametrize("seed", [20, 21])
def test_noise_free_fractions_come_out(series: Series, seed: int) -> None:
    at_ev = np.arange(8325.0, 8405.0, 0.3)
    standards = np.stack([flattened(s, s.measure(seed)[0], at_ev) for s in STANDARDS], axis=1)
    for scan in series.measure(seed):
        data = flattened(series, scan, at_ev)
        weights = np.linalg.lstsq(standards, data, rcond=None)[0]
        expected = series.specimen.fractions["NiO"]
        assert weights[0] / weights.sum() == pytest.approx(expected, abs=1e-3)
        assert weights.sum() == pytest.approx(1.0, abs=2e-3)
