"""Edge positions: exact on smooth curves, steady under noise, honest in their sigma."""

import numpy as np
import pytest

from pipeline.xas import edge_position
from pipeline.xas.normalise import normalise
from pipeline.xas.options import NormaliseOptions
from pipeline.xas.records import Flag

from .build import E0_EV, GRID_EV, as_measured, edge, raw_series

SEARCH_EV = (E0_EV - 50, E0_EV + 60)


def find(spectra, level=0.5, energy_ev=GRID_EV, noise=0.0, step=0.0, shift=0.0):
    n = len(spectra)
    return edge_position.crossing(
        np.broadcast_to(energy_ev, spectra.shape),
        spectra,
        level,
        SEARCH_EV,
        noise=np.full(n, noise),
        step_relative_sigma=np.full(n, step),
        shift_sigma_ev=np.full(n, shift),
    )


def ramp(energy_ev, position_ev=E0_EV):
    """A straight edge, 0.1 per eV, of half step at `position_ev`."""
    return np.clip(0.5 + 0.1 * (energy_ev - position_ev), 0, 1)


def test_exact_on_a_straight_edge():
    positions = E0_EV + np.array([-1.7, 0.0, 0.123, 2.9])
    spectra = np.array([ramp(GRID_EV, p) for p in positions])
    np.testing.assert_allclose(find(spectra).energy_ev, positions, atol=1e-9)
    np.testing.assert_allclose(find(spectra, 0.7).energy_ev, positions + 2.0, atol=1e-9)


def test_sigma_adds_noise_step_and_shift():
    spectra = ramp(GRID_EV)[None]
    # The level moves by 0.5 x 0.02 on a slope of 0.1 per eV.
    assert find(spectra, step=0.02).sigma_ev[0] == pytest.approx(0.1, rel=1e-6)
    assert find(spectra, shift=0.3).sigma_ev[0] == pytest.approx(0.3, rel=1e-6)
    both = find(spectra, step=0.02, shift=0.3).sigma_ev[0]
    assert both == pytest.approx(np.hypot(0.1, 0.3), rel=1e-6)
    assert find(spectra, step=0.02, shift=np.nan).sigma_ev[0] == pytest.approx(0.1, rel=1e-6)


@pytest.mark.stats
def test_sigma_covers_white_noise():
    rng = np.random.default_rng(0)
    spectra = edge(GRID_EV) + 0.02 * rng.normal(size=(2000, GRID_EV.size))
    truth = find(edge(GRID_EV)[None]).energy_ev[0]
    found = find(spectra, noise=0.02)
    pull = (found.energy_ev - truth) / found.sigma_ev
    assert np.isfinite(pull).all()
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.68, abs=0.05)
    assert abs(pull.mean()) < 0.2


def test_many_crossings_and_glitches_do_not_mislead():
    rng = np.random.default_rng(1)
    spectra = edge(GRID_EV) + 0.1 * rng.normal(size=(300, GRID_EV.size))
    truth = find(edge(GRID_EV)[None]).energy_ev[0]
    found = find(spectra, noise=0.1).energy_ev
    assert np.isfinite(found).mean() > 0.98
    assert np.nanmax(np.abs(found - truth)) < 1.5
    glitch = edge(GRID_EV)[None].copy()
    glitch[0, np.searchsorted(GRID_EV, E0_EV - 20)] = 3.0
    assert find(glitch).energy_ev[0] == pytest.approx(truth, abs=1e-9)


def test_a_pre_edge_peak_above_the_level_is_not_the_edge():
    peak = edge(GRID_EV) + 0.7 * np.exp(-(((GRID_EV - E0_EV + 15) / 1.0) ** 2))
    truth = find(edge(GRID_EV)[None]).energy_ev[0]
    assert find(peak[None]).energy_ev[0] == pytest.approx(truth, abs=0.05)


def test_never_crossed_is_missing_and_flagged():
    spectra = np.vstack([0.3 * edge(GRID_EV), np.ones(GRID_EV.size), edge(GRID_EV)])
    found = find(spectra)
    assert np.isnan(found.energy_ev[:2]).all()
    assert np.isfinite(found.energy_ev[2])
    record = normalise(
        as_measured(raw_series(GRID_EV, spectra)), E0_EV, NormaliseOptions(method="none")
    )
    missing = [Flag.EDGE_POSITION_MISSING in flags for flags in record.flags]
    assert missing == [True, True, False]


def test_scans_that_end_inside_the_search_range():
    whole = np.tile(edge(GRID_EV), (2, 1))
    truth = find(whole).energy_ev[0]
    energy = np.tile(GRID_EV, (2, 1))
    past = GRID_EV > E0_EV + 20
    whole[1, past], energy[1, past] = np.nan, np.nan
    np.testing.assert_allclose(find(whole, energy_ev=energy).energy_ev, truth, atol=1e-9)


def test_nothing_in_the_search_range():
    energies = np.arange(7000.0, 7100.0)
    assert np.isnan(find(np.ones((2, 100)), energy_ev=energies).energy_ev).all()
