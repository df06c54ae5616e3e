"""Atoms to sites: onto special positions where they are printed rounded, together where they share a place."""

from __future__ import annotations

import re

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import StudyError
from pipeline.rietveld.model.cif_atoms import CifAtom
from pipeline.rietveld.model.structure import Site, Species
from pipeline.rietveld.model.symmetry import Cell, Position, operations, orthogonal, site_freedom

SAME_ANGSTROM = 0.02  # what rounding to three or four decimals can move an atom
APART_ANGSTROM = 0.6  # atoms nearer than this cannot both be there
FULL = 1.005


def sites_of(
    atoms: tuple[CifAtom, ...], space_group: str, cell: Cell, where: str
) -> tuple[tuple[Site, ...], tuple[str, ...]]:
    """Sites in the order of their first atoms, and remarks on what was moved.

    Raises:
        StudyError: a site that holds more than one atom, an atom too near to another or to its own image, a
            multiplicity that is not that of the position.
    """
    remarks: list[str] = []
    places: list[tuple[Position, list[CifAtom]]] = []
    for atom in atoms:
        found = site_freedom(space_group, cell, atom.position, SAME_ANGSTROM)
        moved = _length(np.subtract(found.position, atom.position), cell)
        if moved > 1e-6:
            remarks.append(
                f"{atom.label}: moved by {moved:.2g} A onto its special position, from which rounding had put it"
            )
        _own_images(atom, found.position, space_group, cell, where)
        order = len(operations(space_group)[0]) // found.multiplicity
        if atom.multiplicity not in (0, found.multiplicity, order):
            raise StudyError(
                f"{where}: atom {atom.label} at {_printed(atom.position)} has {found.multiplicity} images in "
                f"{space_group}, and the file says {atom.multiplicity}. Correct its coordinates, or the space group."
            )
        for place, there in places:
            apart = float(_distances(found.position, place, space_group, cell).min())
            if apart < SAME_ANGSTROM:
                there.append(atom)
                break
            if apart < APART_ANGSTROM and atom.occupancy + sum(a.occupancy for a in there) > FULL:
                raise StudyError(
                    f"{where}: {atom.label} is {apart:.2f} A from {there[0].label}, and their occupancies sum to more than 1. "
                    "Correct the coordinates."
                )
        else:
            places.append((found.position, [atom]))
    names = _names([there[0].label for _, there in places])
    sites = []
    for (place, there), name in zip(places, names, strict=True):
        total = sum(a.occupancy for a in there)
        if total > FULL:
            parts = " + ".join(f"{a.label} {a.occupancy:g}" for a in there)
            raise StudyError(
                f"{where}: the site at {_printed(place)} holds {total:g} atoms ({parts}), more than 1. Correct the occupancies."
            )
        species = tuple(
            Species(a.label, a.element, a.charge, a.occupancy, a.u_iso_angstrom2) for a in there
        )
        sites.append(Site(name, place, species))
    return tuple(sites), tuple(remarks)


def _own_images(
    atom: CifAtom, position: Position, space_group: str, cell: Cell, where: str
) -> None:
    """Refuse an atom whose images are too near to be other atoms, and too far to be itself."""
    apart = _distances(position, position, space_group, cell)
    near = apart[(apart >= SAME_ANGSTROM) & (apart < APART_ANGSTROM)]
    itself = int((apart < SAME_ANGSTROM).sum())
    sharing = 1 + near.size / itself
    if near.size and atom.occupancy * sharing > FULL:
        raise StudyError(
            f"{where}: atom {atom.label} at {_printed(atom.position)} is {near.min():.2f} A from its own image: a special "
            f"position that is printed wrongly or with too few digits (1/3 is 0.3333), or a split one, whose occupancy is at most {1 / sharing:.2g}."
        )


def _distances(one: Position, other: Position, space_group: str, cell: Cell) -> FloatArray:
    """Distance in angstrom from `one` to the nearest translate of each image of `other`, `(n_operations,)`."""
    rot, tran = operations(space_group)
    apart = rot @ np.array(other) + tran - np.array(one)
    apart -= np.round(apart)
    return np.asarray(np.linalg.norm(apart @ orthogonal(cell).T, axis=1))


def _length(step: FloatArray, cell: Cell) -> float:
    return float(np.linalg.norm(orthogonal(cell) @ step))


def _printed(position: Position) -> str:
    return ", ".join(f"{v:g}" for v in position)


def _names(labels: list[str]) -> list[str]:
    """Names that a variable can have: lower case, letters and digits, each once."""
    names: list[str] = []
    for label in labels:
        name = re.sub(r"[^a-z0-9]", "_", label.lower())
        name = name if name[:1].isalpha() else f"s{name}"
        while name in names:
            name += "_"
        names.append(name)
    return names
