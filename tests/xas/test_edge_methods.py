"""Edge positions by derivative and area: known answers, honest sigmas, what has none."""

import numpy as np
import pytest

from pipeline.xas import edge_area, edge_derivative, edge_methods
from pipeline.xas.options import NormaliseOptions, PositionOptions

from .build import E0_EV, GRID_EV, edge, normalised

SEARCH_EV = (E0_EV - 50, E0_EV + 60)
WINDOW_EV = (E0_EV - 20, E0_EV + 30)
UNEVEN_EV = np.sort(np.concatenate([GRID_EV, GRID_EV[60:200:3] + 0.17]))


def steepest(spectra, energy_ev=GRID_EV, window_ev=WINDOW_EV, noise=0.0, shift=0.0):
    n = len(spectra)
    return edge_derivative.maximum(
        np.broadcast_to(energy_ev, spectra.shape),
        spectra,
        window_ev,
        1.5,
        noise=np.full(n, noise),
        shift_sigma_ev=np.full(n, shift),
    )


def mean(spectra, energy_ev=GRID_EV, levels=(0.15, 1.0), noise=0.0, step=0.0, shift=0.0):
    n = len(spectra)
    return edge_area.between_levels(
        np.broadcast_to(energy_ev, spectra.shape),
        spectra,
        levels,
        SEARCH_EV,
        noise=np.full(n, noise),
        step_relative_sigma=np.full(n, step),
        shift_sigma_ev=np.full(n, shift),
    )


def ramp(energy_ev, position_ev=E0_EV):
    """A straight edge, 0.1 per eV, of half step at `position_ev`."""
    return np.clip(0.5 + 0.1 * (energy_ev - position_ev), 0, 1.2)


def inflection(energy_ev, position_ev=E0_EV):
    """A cubic of known inflection, steepest there; flat beyond its turning points."""
    t = np.clip((energy_ev - position_ev) / 6, -1, 1)
    return 0.5 + 0.75 * (t - t**3 / 3)


@pytest.mark.parametrize("grid", [GRID_EV, UNEVEN_EV])
def test_slopes_of_a_cubic_are_exact(grid):
    t = (grid - E0_EV) / 50
    energy, slope = edge_derivative.slopes(grid[None], (t + t**2 - 0.3 * t**3)[None], 3)
    u = (energy - E0_EV) / 50
    np.testing.assert_allclose(slope, (1 + 2 * u - 0.9 * u**2) / 50, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("grid", [GRID_EV, UNEVEN_EV])
def test_inflection_of_a_cubic_is_exact(grid):
    positions = E0_EV + np.array([-3.3, 0.0, 0.21, 4.7])
    found, ratio = steepest(np.array([inflection(grid, p) for p in positions]), grid)
    np.testing.assert_allclose(found.energy_ev, positions, atol=1e-6)
    assert (ratio < 0.02).all()


def test_axes_that_differ_by_more_than_a_shift():
    positions = E0_EV + np.array([-1.0, 2.0])
    grids = np.vstack([GRID_EV, GRID_EV + 0.3 * np.sin(np.arange(GRID_EV.size))])
    spectra = np.array([inflection(g, p) for g, p in zip(grids, positions, strict=True)])
    found, _ = steepest(spectra, grids)
    np.testing.assert_allclose(found.energy_ev, positions, atol=1e-6)


def test_the_window_chooses_the_feature_and_the_ratio_tells_of_the_other():
    """Two rises, of slope 0.10 and 0.08 per eV, 20 eV apart."""

    def rise(at, slope):
        return slope * np.tanh((GRID_EV - at) / 2) * 2

    spectra = (0.3 + rise(E0_EV - 5, 0.10) + rise(E0_EV + 15, 0.08))[None]
    whole, ratio = steepest(spectra)
    assert whole.energy_ev[0] == pytest.approx(E0_EV - 5, abs=0.02)
    assert ratio[0] == pytest.approx(0.8, abs=0.02)
    upper, _ = steepest(spectra, window_ev=(E0_EV + 5, E0_EV + 30))
    assert upper.energy_ev[0] == pytest.approx(E0_EV + 15, abs=0.02)


def test_no_maximum_inside_the_window_is_missing():
    falling = steepest((2 - edge(GRID_EV, white_line=0))[None], window_ev=(E0_EV - 5, E0_EV + 5))
    outside = steepest(edge(GRID_EV)[None], window_ev=(E0_EV - 4000, E0_EV - 3000))
    on_the_flank = steepest(edge(GRID_EV)[None], window_ev=(E0_EV + 1, E0_EV + 4))
    for found, ratio in (falling, outside, on_the_flank):
        assert np.isnan(found.energy_ev).all()
        assert np.isnan(ratio).all()


def test_area_of_a_ramp_is_the_middle_of_its_levels():
    """The mean energy between levels 0.15 and 1 of a ramp is where it is 0.575."""
    positions = E0_EV + np.array([-1.7, 0.0, 0.123, 2.9])
    found = mean(np.array([ramp(GRID_EV, p) for p in positions]))
    np.testing.assert_allclose(found.energy_ev, positions + 0.75, atol=1e-9)
    narrow = mean(ramp(GRID_EV)[None], levels=(0.4, 0.8))
    assert narrow.energy_ev[0] == pytest.approx(E0_EV + 1.0, abs=1e-9)


def test_area_is_the_integral_of_energy_over_the_level():
    """Against a fine numerical integral of E(mu) on a monotonic edge."""
    fine = np.linspace(E0_EV - 40, E0_EV + 40, 80001)
    curve = 0.6 + 0.6 * np.tanh((fine - E0_EV) / 3)
    levels = np.linspace(0.15, 1.0, 20001)
    expected = np.trapezoid(np.interp(levels, curve, fine), levels) / 0.85
    spectra = 0.6 + 0.6 * np.tanh((GRID_EV - E0_EV) / 3)
    assert mean(spectra[None]).energy_ev[0] == pytest.approx(expected, abs=0.01)


def test_area_sigma_of_the_step_is_the_change():
    spectra = edge(GRID_EV)[None]
    found = mean(spectra, step=0.01)
    moved = mean(spectra * 1.01).energy_ev - found.energy_ev
    assert found.sigma_ev[0] == pytest.approx(abs(moved[0]), rel=0.05)
    assert mean(spectra, shift=0.3).sigma_ev[0] == pytest.approx(0.3)
    assert mean(spectra, shift=np.nan).sigma_ev[0] == 0.0


def test_a_level_never_crossed_has_no_area():
    assert np.isnan(mean(0.8 * ramp(GRID_EV)[None]).energy_ev).all()


@pytest.mark.stats
@pytest.mark.parametrize("method", ["derivative", "area"])
@pytest.mark.parametrize(
    ("noise", "step_sigma", "shift_sigma"),
    [(0.004, 0.0, 0.0), (0.001, 0.01, 0.03), (0.004, 0.01, 0.03), (0.004, 0.0, 0.3)],
)
def test_sigma_covers_noise_step_and_shift(method, noise, step_sigma, shift_sigma):
    """1,500 scans with white noise alone, with errors of step and calibration, with a large shift."""
    rng = np.random.default_rng(3)
    n = 1500
    step, shift = step_sigma * rng.normal(size=n), shift_sigma * rng.normal(size=n)
    curve = edge(GRID_EV[None] - shift[:, None]) * (1 + step)[:, None]
    spectra = curve + noise * rng.normal(size=curve.shape)
    if method == "derivative":
        truth = steepest(edge(GRID_EV)[None])[0].energy_ev[0]
        found = steepest(spectra, noise=noise, shift=shift_sigma)[0]
    else:
        truth = mean(edge(GRID_EV)[None]).energy_ev[0]
        found = mean(spectra, noise=noise, step=step_sigma, shift=shift_sigma)
    pull = (found.energy_ev - truth) / found.sigma_ev
    assert np.isfinite(pull).mean() > 0.99
    assert np.nanmean(np.abs(pull) < 1) == pytest.approx(0.68, abs=0.05)
    assert abs(np.nanmean(pull)) < 0.2


def test_positions_of_a_series():
    positions_ev = E0_EV + np.array([0.0, 1.5])
    series = normalised(GRID_EV, np.array([edge(GRID_EV, p) for p in positions_ev]))
    found = edge_methods.positions(series, NormaliseOptions(), PositionOptions())
    for name in ("derivative_ev", "area_ev"):
        moved = np.diff(getattr(found, name))[0]
        assert moved == pytest.approx(1.5, abs=0.02), name


@pytest.mark.parametrize("levels", [(1.0, 0.15), (0.0, 1.0), (0.2, 1.6)])
def test_levels_that_make_no_sense_are_refused(levels):
    with pytest.raises(ValueError, match="two levels that ascend"):
        PositionOptions(area_level=levels)
