"""A crystal structure as a file or a table gives it, before anything is said of what is refined."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.rietveld.model.symmetry import Cell, Position


@dataclass(frozen=True, slots=True)
class Species:
    """One kind of atom at a site; `u_iso_angstrom2` is None where it is not known."""

    label: str
    element: str
    charge: int
    occupancy: float = 1.0
    u_iso_angstrom2: float | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A position and the atoms that share it."""

    name: str
    position: Position
    species: tuple[Species, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """Space group as gemmi writes it, cell in angstrom and degree, sites; `remarks` on what was changed, axes or origin among it."""

    space_group: str
    cell: Cell
    sites: tuple[Site, ...]
    remarks: tuple[str, ...] = ()
    setting_changed: bool = False


def one_species(label: str, charge: int, position: Position, u_iso_angstrom2: float) -> Site:
    """A site full of one kind of atom, named after its label: `Ni1` is nickel."""
    element = label.rstrip("0123456789")
    species = Species(label, element, charge, 1.0, u_iso_angstrom2)
    return Site(label.lower(), position, (species,))
