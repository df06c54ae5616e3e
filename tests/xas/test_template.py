"""The foil's template: first inflection, agreement whatever the scans' shifts, bad scans."""

import numpy as np
import pytest

from pipeline.core.errors import AnalysisError
from pipeline.xas.options import CalibrateOptions
from pipeline.xas.template import build_template

from .build import GRID_EV, foil

OPTIONS = CalibrateOptions()


def build(energies, mus, e0_ev=8333.0, options=OPTIONS):
    return build_template(
        energies, mus, element="Ni", edge="K", e0_ev=e0_ev, options=options, source="test"
    )


def scans(shifts, noise=1e-3, seed=0):
    rng = np.random.default_rng(seed)
    mus = [0.4 + 1.3 * foil(GRID_EV + s) + noise * rng.normal(size=GRID_EV.size) for s in shifts]
    return [GRID_EV] * len(mus), mus


def test_first_inflection_not_the_higher_second():
    template = build(*scans([0.0], noise=0.0), e0_ev=8333.0)
    slope = np.gradient(template.mu, template.energy_ev)
    assert template.energy_ev[slope.argmax()] == pytest.approx(8345.0, abs=0.2)
    first = template.energy_ev < 8339
    assert template.energy_ev[first][slope[first].argmax()] == pytest.approx(8333.0, abs=0.1)
    assert (template.inflection_ev, template.n_scans, template.source) == (8333.0, 1, "test")


def test_the_axis_follows_e0():
    one, other = build(*scans([0.0], 0.0)), build(*scans([0.0], 0.0), e0_ev=8331.5)
    np.testing.assert_allclose(
        np.interp(8340.0, one.energy_ev, one.mu),
        np.interp(8338.5, other.energy_ev, other.mu),
        atol=1e-5,
    )


def test_the_same_template_whatever_the_shifts():
    shifts = np.random.default_rng(2).uniform(-12, 12, 12)
    reference = build(*scans([0.0], 0.0))
    found = build(*scans(shifts))
    assert found.n_scans == 12
    assert found.rejected == ()
    grid = np.arange(8310.0, 8375.0, 0.5)
    difference = np.interp(grid, found.energy_ev, found.mu) - np.interp(
        grid, reference.energy_ev, reference.mu
    )
    assert np.abs(difference).max() < 0.006
    assert found.mu_sigma.max() < 2e-3
    assert found.inflection_sigma_ev < 0.1


def test_levels_are_zero_and_one():
    template = build(*scans([0.0, 1.0, 2.0]))
    assert template.mu[template.energy_ev < 8312].mean() == pytest.approx(0.0, abs=0.01)
    assert template.mu[template.energy_ev > 8355].mean() == pytest.approx(1.0, abs=0.03)
    assert template.energy_ev[0] <= 8308
    assert template.energy_ev[-1] >= 8378


@pytest.mark.stats
def test_sigma_of_the_inflection_is_not_too_small():
    found = []
    for seed in range(16):
        template = build(*scans([0.0], noise=5e-3, seed=seed))
        # On the template's axis the foil's inflection is at 8333; how far off is the foil itself?
        grid = np.arange(8320.0, 8360.0, 0.1)
        moved = [
            np.abs(np.interp(grid, template.energy_ev, template.mu) - foil(grid - d)).sum()
            for d in np.arange(-1, 1, 0.01)
        ]
        found.append((np.arange(-1, 1, 0.01)[np.argmin(moved)], template.inflection_sigma_ev))
    error, sigma = np.array(found).T
    assert np.sqrt(np.mean((error / sigma) ** 2)) < 1.5
    assert sigma.max() < 0.6


def test_bad_scans_are_left_out_with_a_reason():
    energies, mus = scans([0.0, 1.0, -2.0, 3.0, 0.5, 0.2, -0.4])
    mus[1] = 1.3 * (0.5 + np.arctan((GRID_EV - 8346) / 3) / np.pi)  # an oxide, not the metal
    below = GRID_EV < 8340
    energies[3], mus[3] = GRID_EV[below], mus[3][below]
    mus[5] = foil(GRID_EV) + 0.05 * np.sin(GRID_EV / 4)
    template = build(energies, mus)
    assert template.n_scans == 4
    assert len(template.rejected) == 3
    assert template.rejected[0] == "scan 1 cannot be aligned to the others within 25 eV"
    assert template.rejected[1].startswith("scan 3 does not cover [-25, 45] eV")
    assert template.rejected[2].startswith("scan 5 differs from the others: misfit 0.0")


@pytest.mark.parametrize(
    ("mu", "grid"),
    [
        (np.ones(GRID_EV.size), GRID_EV),
        (-foil(GRID_EV), GRID_EV),
        (foil(GRID_EV)[GRID_EV < 8345], GRID_EV[GRID_EV < 8345]),
        (foil(GRID_EV, 8400.0), GRID_EV),
        (np.full(GRID_EV.size, np.nan), GRID_EV),
    ],
    ids=["flat", "inverted", "cut off", "another edge", "empty"],
)
def test_no_foil_is_refused(mu, grid):
    with pytest.raises(AnalysisError, match=r"foil template Ni K: none of 2 scans has a rising"):
        build([grid] * 2, [mu] * 2)


def test_no_scans_are_refused():
    with pytest.raises(AnalysisError, match="none of 0 scans"):
        build([], [])


def test_padded_rows_will_do():
    energies, mus = scans([0.0, 0.7])
    padded = np.full((2, GRID_EV.size + 5), np.nan)
    x, y = padded.copy(), padded.copy()
    x[:, :-5], y[:, :-5] = energies, mus
    np.testing.assert_allclose(build(x, y).mu, build(energies, mus).mu, atol=1e-9)
