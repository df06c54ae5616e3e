"""Lattices: closed formulas of each system, derivatives against finite differences, esds against simulation."""

import numpy as np
import pytest

from pipeline.physics import lattice

CELLS = {
    "cubic": (8.15, 8.15, 8.15, 90, 90, 90),
    "tetragonal": (5.7, 5.7, 9.1, 90, 90, 90),
    "hexagonal": (2.87, 2.87, 14.2, 90, 90, 120),
    "orthorhombic": (4.9, 6.1, 10.3, 90, 90, 90),
    "monoclinic": (4.95, 8.55, 5.03, 90, 109.2, 90),
    "triclinic": (5.1, 6.2, 7.3, 81.0, 95.0, 103.0),
}
HKL = np.array([[0, 0, 3], [1, 0, 4], [1, 1, 0], [2, -1, 3], [-1, 2, 5]])


def closed(system, hkl, cell):
    """1/d^2 of each system, after the International Tables."""
    h, k, el = np.asarray(hkl, dtype=float).T
    a, b, c, alpha, beta, gamma = cell
    if system == "hexagonal":
        return 4 / 3 * (h * h + h * k + k * k) / a**2 + el**2 / c**2
    if system == "monoclinic":
        s, co = np.sin(np.radians(beta)), np.cos(np.radians(beta))
        return (
            h * h / (a * s) ** 2
            + k * k / b**2
            + el * el / (c * s) ** 2
            - 2 * h * el * co / (a * c * s**2)
        )
    if system == "triclinic":
        ca, cb, cg = np.cos(np.radians([alpha, beta, gamma]))
        sa, sb, sg = np.sin(np.radians([alpha, beta, gamma]))
        v2 = (a * b * c) ** 2 * (1 - ca**2 - cb**2 - cg**2 + 2 * ca * cb * cg)
        return (
            (h * b * c * sa) ** 2
            + (k * a * c * sb) ** 2
            + (el * a * b * sg) ** 2
            + 2 * h * k * a * b * c**2 * (ca * cb - cg)
            + 2 * k * el * a**2 * b * c * (cb * cg - ca)
            + 2 * h * el * a * b**2 * c * (cg * ca - cb)
        ) / v2
    return h * h / a**2 + k * k / b**2 + el * el / c**2


@pytest.mark.parametrize("system", CELLS)
def test_spacings_are_those_of_the_closed_formulas(system):
    found = lattice.inverse_square_spacing(HKL, CELLS[system])
    np.testing.assert_allclose(found, closed(system, HKL, CELLS[system]), rtol=1e-12)


def test_published_layered_oxide():
    """C-NCM96: a 2.87707, c 14.19522 angstrom, V 101.759 cubic angstrom; (003) is c/3."""
    cell = (2.87707, 2.87707, 14.19522, 90, 90, 120)
    assert lattice.spacing_angstrom([[0, 0, 3]], cell)[0] == pytest.approx(14.19522 / 3, rel=1e-14)
    assert lattice.volume_angstrom3(cell) == pytest.approx(101.759, abs=1e-3)


@pytest.mark.parametrize("system", CELLS)
def test_derivatives(system):
    cell = np.array(CELLS[system], dtype=float)
    slope = lattice.inverse_square_derivatives(HKL, cell)
    volume_slope = lattice.volume_derivatives(cell)
    for p in range(6):
        step = np.zeros(6)
        step[p] = 1e-5 * cell[p]
        two = [lattice.inverse_square_spacing(HKL, cell + s * step) for s in (1, -1)]
        np.testing.assert_allclose(slope[:, p], (two[0] - two[1]) / (2 * step[p]), atol=1e-8)
        volumes = [lattice.volume_angstrom3(cell + s * step) for s in (1, -1)]
        expected = (volumes[0] - volumes[1]) / (2 * step[p])
        assert volume_slope[p] == pytest.approx(expected, abs=1e-6 * abs(volume_slope).max())


def test_a_series_of_cells_is_done_at_once():
    cells = np.array(list(CELLS.values()), dtype=float)
    found = lattice.spacing_angstrom(HKL, cells)
    assert found.shape == (6, 5)
    np.testing.assert_array_equal(found[3], lattice.spacing_angstrom(HKL, cells[3]))
    assert lattice.inverse_square_derivatives(HKL, cells).shape == (6, 5, 6)


def test_ties_follow_the_system():
    np.testing.assert_array_equal(lattice.ties("hexagonal")[:3], [[1, 0], [1, 0], [0, 1]])
    assert lattice.ties("hexagonal")[3:].sum() == 0
    np.testing.assert_array_equal(lattice.ties("triclinic"), np.eye(6))
    assert lattice.ties("cubic").sum() == 3


def test_sigma_of_the_volume_holds_the_covariance():
    """20,000 hexagonal cells with correlated a and c: the propagated sigma is their scatter."""
    rng = np.random.default_rng(1)
    ac = np.array([[1.0, -0.7], [-0.7, 4.0]]) * 1e-6
    drawn = rng.multivariate_normal([2.87, 14.2], ac, 20000)
    angles = np.broadcast_to([90.0, 90.0, 120.0], (20000, 3))
    volumes = lattice.volume_angstrom3(np.concatenate([drawn[:, [0, 0, 1]], angles], axis=1))
    tied = lattice.ties("hexagonal")
    sigma = lattice.propagated_sigma(
        lattice.volume_derivatives(CELLS["hexagonal"]), tied @ ac @ tied.T
    )
    assert sigma == pytest.approx(volumes.std(), rel=0.02)
    diagonal = np.diag(np.diag(ac))
    ignoring = lattice.propagated_sigma(
        lattice.volume_derivatives(CELLS["hexagonal"]), tied @ diagonal @ tied.T
    )
    assert ignoring > 1.05 * sigma
