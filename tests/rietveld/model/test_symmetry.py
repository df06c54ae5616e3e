"""Positions and cells: what a space group leaves free."""

import gemmi
import numpy as np
import pytest

from pipeline.rietveld.model.symmetry import (
    floating_axes,
    free_cell,
    operations,
    orthogonal,
    site_freedom,
    tied_cell,
)

HEX = (4.9, 4.9, 5.4, 90.0, 90.0, 120.0)
CUBE = (8.0, 8.0, 8.0, 90.0, 90.0, 90.0)


@pytest.mark.parametrize(
    ("group", "cell", "at", "multiplicity", "free", "follows"),
    [
        ("R -3 m:H", HEX, (0, 0, 0), 3, (), (0, 0, 0)),
        ("R -3 m:H", HEX, (0, 0, 0.24), 6, ("z",), (0, 0, 1)),
        ("F d -3 m:2", CUBE, (0.263, 0.263, 0.263), 32, ("x",), (1, 1, 1)),
        ("P 63/m m c", HEX, (0.16, 0.32, 0.25), 6, ("x",), (1, 2, 0)),
        ("P 63/m m c", HEX, (0.16, 0.32, 0.1), 12, ("x", "z"), (1, 2, 1)),
        ("P m -3 m", CUBE, (0.2, 0.5, 0.5), 6, ("x",), (1, 0, 0)),
        ("C 1 2/c 1", (8, 5, 6, 90, 114, 90), (0, 0.06, 0.25), 4, ("y",), (0, 1, 0)),
        ("P n m a", (10, 6, 5, 90, 90, 90), (0.1, 0.25, 0.4), 4, ("x", "z"), (1, 0, 1)),
    ],
)
def test_special_positions(
    group: str,
    cell: tuple[float, ...],
    at: tuple[float, float, float],
    multiplicity: int,
    free: tuple[str, ...],
    follows: tuple[float, float, float],
) -> None:
    found = site_freedom(group, cell, at)  # type: ignore[arg-type]
    assert (found.multiplicity, found.free) == (multiplicity, free)
    assert found.position == pytest.approx(at)
    assert found.basis @ np.ones(len(free)) == pytest.approx(follows)


def test_a_rounded_third_is_a_third() -> None:
    found = site_freedom("R -3 m:H", HEX, (0.3333, 0.6667, 0.1))
    assert found.position == pytest.approx((1 / 3, 2 / 3, 0.1), abs=1e-12)
    assert found.multiplicity == 6
    unrounded = site_freedom("R -3 m:H", HEX, (0.33, 0.66, 0.1))
    assert unrounded.multiplicity > 6  # too far to be rounding


def test_moving_along_the_basis_keeps_the_multiplicity() -> None:
    rng = np.random.default_rng(3)
    for group in ("R -3 m:H", "F d -3 m:2", "P 63/m m c", "I a -3", "P 42/m n m"):
        system = gemmi.SpaceGroup(group).crystal_system_str()
        cell = HEX if system in ("trigonal", "hexagonal") else CUBE
        for at in ((0.0, 0.0, 0.3), (0.2, 0.2, 0.2), (0.1, 0.2, 0.25), (0.3, 0.3, 0.0)):
            found = site_freedom(group, cell, at)
            step = 0.01 * rng.normal(size=len(found.free))
            moved = np.array(found.position) + found.basis @ step
            again = site_freedom(group, cell, tuple(moved.tolist()), 1e-6)
            assert again.multiplicity == found.multiplicity, (group, at)


@pytest.mark.parametrize(
    ("group", "axes"),
    [("P 1 21 1", ("y",)), ("P 1", ("x", "y", "z")), ("P 63 m c", ("z",)), ("R -3 m:H", ())],
)
def test_origins_that_float(group: str, axes: tuple[str, ...]) -> None:
    assert floating_axes(group) == axes


@pytest.mark.parametrize(
    ("group", "free"),
    [
        ("R -3 m:H", ("a_angstrom", "c_angstrom")),
        ("F d -3 m:2", ("a_angstrom",)),
        ("C 1 2/m 1", ("a_angstrom", "b_angstrom", "c_angstrom", "beta_deg")),
        ("P 1 1 2/m", ("a_angstrom", "b_angstrom", "c_angstrom", "gamma_deg")),
        ("P n m a", ("a_angstrom", "b_angstrom", "c_angstrom")),
        ("P 42/m n m", ("a_angstrom", "c_angstrom")),
    ],
)
def test_free_cells(group: str, free: tuple[str, ...]) -> None:
    system = gemmi.SpaceGroup(group).crystal_system_str()
    assert free_cell(group, system) == free


def test_cells_and_volumes_are_gemmis() -> None:
    cell = (4.1, 5.2, 6.3, 81.0, 97.0, 112.0)
    own = orthogonal(cell)
    assert np.linalg.det(own) == pytest.approx(gemmi.UnitCell(*cell).volume, rel=1e-12)
    assert own == pytest.approx(np.array(gemmi.UnitCell(*cell).orth.mat.tolist()), abs=1e-12)
    assert tied_cell("R -3 m:H", "trigonal", (2.8, 2.9, 14.0, 91.0, 90.0, 119.0)) == (
        2.8, 2.8, 14.0, 90.0, 90.0, 120.0,
    )  # fmt: skip


def test_as_many_operations_as_the_tables() -> None:
    assert len(operations("R -3 m:H")[0]) == 36
    assert len(operations("F d -3 m:2")[0]) == 192
