"""Powder lines of the demo's crystals: where they are, and how strong, from their atoms.

Kinematic scattering: `F = sum_j o_j (f0_j + f'_j + i f''_j) exp(-B_j s^2) exp(2 pi i h.x_j)` with `s = 1 / 2d`;
form factors of neutral atoms from the International Tables C, 6.1.1.4 (gemmi), or, nearer to the computed ones, after
D. Waasmaier and A. Kirfel, Acta Cryst. A51 (1995) 416, doi:10.1107/S0108767394013292 (xraydb). Dispersion after C. T. Chantler,
J. Phys. Chem. Ref. Data 24 (1995) 71, doi:10.1063/1.555974 (xraydb), or after D. T. Cromer and D. Liberman, Acta Cryst. A37
(1981) 267, doi:10.1107/S0567739481000600 (gemmi), which Rietveld programs use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray

PLANCK_EV_ANGSTROM = 12398.41984
SAME_SITE = 1e-4
Position = tuple[float, float, float]
FormFactor = Callable[[str, FloatArray], FloatArray]
"""`f0` of an element at `s^2 = 1 / 4d^2`, in electrons."""
Dispersion = Callable[[str, float], complex]
"""`f' + i f''` of an element at a wavelength, in electrons."""


@dataclass(frozen=True, slots=True)
class Site:
    """Atoms that share a position: shares of each element, and `B` in square angstrom."""

    position: Position
    occupancy: tuple[tuple[str, float], ...]
    b_iso_angstrom2: float


@dataclass(frozen=True, slots=True)
class Crystal:
    """A crystal on hexagonal or cubic axes; `c_angstrom` equals `a_angstrom` where it is cubic."""

    space_group: str
    a_angstrom: float
    c_angstrom: float
    sites: tuple[Site, ...]

    @property
    def is_hexagonal(self) -> bool:
        """Whether the angle gamma is 120 degrees."""
        return self.space_group.startswith("R")

    @property
    def volume_angstrom3(self) -> float:
        """Volume of the cell."""
        area = self.a_angstrom**2 * (np.sqrt(0.75) if self.is_hexagonal else 1.0)
        return float(area * self.c_angstrom)


@dataclass(frozen=True, slots=True, eq=False)
class PowderLines:
    """Lines of a powder `(n,)`, widest spacing first.

    `indices` `(n, 3)`; `strength` is multiplicity times `|F|^2` over the squared volume of the
    cell, so that crystals of one composition compare by volume; the Lorentz and polarisation factors are not in it.
    """

    indices: IntArray
    spacing_angstrom: FloatArray
    strength: FloatArray

    def place(self, *hkl: int) -> int:
        """Row of a line.

        Raises:
            KeyError: there is none with these indices.
        """
        found = np.flatnonzero((self.indices == hkl).all(axis=1))
        if found.size != 1:
            raise KeyError(f"no line {hkl}")
        return int(found[0])


def spacing_angstrom(
    indices: IntArray, a_angstrom: FloatArray | float, c_angstrom: FloatArray | float | None = None
) -> FloatArray:
    """Spacings of planes, cubic without `c_angstrom`, else hexagonal.

    Args:
        indices: `(n, 3)`.
        a_angstrom: one, or one for each of several cells as `(m, 1)`.
        c_angstrom: of the same shape.

    Returns:
        `(n,)` or `(m, n)`.
    """
    h, k, l = indices.astype(np.float64).T  # noqa: E741  (Miller's letters)
    if c_angstrom is None:
        return np.asarray(a_angstrom / np.sqrt(h * h + k * k + l * l))
    in_plane = 4.0 / 3.0 * (h * h + h * k + k * k) / np.square(a_angstrom)
    return np.asarray(1.0 / np.sqrt(in_plane + l * l / np.square(c_angstrom)))


def international_tables(element: str, s2: FloatArray) -> FloatArray:
    """Form factor of a neutral atom as four Gaussian functions."""
    import gemmi

    table = gemmi.Element(element).it92
    return np.array([table.calculate_sf(float(value)) for value in s2])


def waasmaier_kirfel(element: str, s2: FloatArray) -> FloatArray:
    """Form factor of a neutral atom as five Gaussian functions."""
    import xraydb

    return np.asarray(xraydb.f0(element, np.sqrt(s2)), dtype=np.float64)


@cache
def chantler(element: str, wavelength_angstrom: float) -> complex:
    """Dispersion of an element after Chantler, in electrons."""
    import xraydb

    energy_ev = PLANCK_EV_ANGSTROM / wavelength_angstrom
    real, imaginary = (
        float(np.ravel(f(element, energy_ev))[0]) for f in (xraydb.f1_chantler, xraydb.f2_chantler)
    )
    return complex(real, imaginary)


@cache
def cromer_liberman(element: str, wavelength_angstrom: float) -> complex:
    """Dispersion of an element after Cromer and Liberman, in electrons."""
    import gemmi

    number = gemmi.Element(element).atomic_number
    return complex(*gemmi.cromer_liberman(number, PLANCK_EV_ANGSTROM / wavelength_angstrom))


def powder_lines(
    crystal: Crystal,
    wavelength_angstrom: float,
    smallest_angstrom: float,
    form_factor: FormFactor = international_tables,
    dispersion: Dispersion = chantler,
) -> PowderLines:
    """Lines of a powder of a crystal down to a spacing; extinct ones are left out.

    Args:
        crystal: its atoms.
        wavelength_angstrom: for the dispersion.
        smallest_angstrom: smallest spacing.
        form_factor: whose.
        dispersion: whose.
    """
    import gemmi

    a, c = crystal.a_angstrom, crystal.c_angstrom
    group = gemmi.SpaceGroup(crystal.space_group)
    cell = gemmi.UnitCell(a, a, c, 90, 90, 120 if crystal.is_hexagonal else 90)
    unique = gemmi.make_miller_array(cell, group, smallest_angstrom)
    operations = list(group.operations())
    families = [
        {
            tuple(sign * i for i in op.apply_to_hkl(list(hkl)))
            for op in operations
            for sign in (1, -1)
        }
        for hkl in unique
    ]
    indices = np.array([_shown(family) for family in families], dtype=np.int64)
    spacing = spacing_angstrom(indices, a, c if crystal.is_hexagonal else None)
    amplitude = _structure_factors(
        crystal, indices, spacing, wavelength_angstrom, form_factor, dispersion
    )
    multiplicity = np.array([len(family) for family in families])
    strength = multiplicity * np.abs(amplitude) ** 2 / crystal.volume_angstrom3**2
    order = np.argsort(-spacing, kind="stable")
    return PowderLines(indices[order], spacing[order], strength[order])


def _shown(family: set[tuple[int, ...]]) -> tuple[int, ...]:
    """Give the member of a family by which it is called: no negative index where there is such, large first."""
    return max(family, key=lambda hkl: (min(hkl) >= 0, hkl))


def _structure_factors(
    crystal: Crystal,
    indices: IntArray,
    spacing: FloatArray,
    wavelength_angstrom: float,
    form_factor: FormFactor,
    dispersion: Dispersion,
) -> np.ndarray[tuple[int, ...], np.dtype[np.complex128]]:
    s2 = 1.0 / (4.0 * spacing**2)
    total = np.zeros(spacing.size, dtype=np.complex128)
    for site in crystal.sites:
        scattering = np.zeros(spacing.size, dtype=np.complex128)
        for element, share in site.occupancy:
            scattering += share * (
                form_factor(element, s2) + dispersion(element, wavelength_angstrom)
            )
        orbit = _orbit(crystal.space_group, site.position)
        waves = np.exp(2j * np.pi * indices @ orbit.T).sum(axis=1)
        total += scattering * np.exp(-site.b_iso_angstrom2 * s2) * waves
    return total


def _orbit(space_group: str, position: Position) -> FloatArray:
    """All positions in the cell that symmetry makes of one `(n, 3)`."""
    import gemmi

    found: list[FloatArray] = []
    for operation in gemmi.SpaceGroup(space_group).operations():
        new = np.mod(np.array(operation.apply_to_xyz(list(position)), dtype=np.float64), 1.0)
        away = [np.abs((new - old + 0.5) % 1.0 - 0.5).max() for old in found]
        if not away or min(away) > SAME_SITE:
            found.append(new)
    return np.array(found)
