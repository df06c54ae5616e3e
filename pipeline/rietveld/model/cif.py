"""A CIF to a structure, through gemmi; what the file leaves open or has wrong is said and not guessed."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import gemmi
import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import StudyError
from pipeline.rietveld.model.cif_atoms import CifAtom, atoms_of
from pipeline.rietveld.model.cif_symmetry import cell_in_system, cell_of, space_group_of
from pipeline.rietveld.model.ions import balanced_charges
from pipeline.rietveld.model.sites import sites_of
from pipeline.rietveld.model.structure import Site, Structure
from pipeline.rietveld.model.symmetry import Cell, Position, operations, site_freedom

LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def structure_of_cif(text: str, file: str, phase: str) -> Structure:
    """Read a structure.

    Args:
        text: content of the CIF.
        file: its name, for messages.
        phase: the phase's name, for messages.

    Raises:
        StudyError: it is no CIF, holds no structure or several, or one that makes no sense.
    """
    where = f"phase '{phase}', CIF '{file}'"
    block = _block(text, where)
    cell = cell_of(block, where)
    group = space_group_of(block, cell, where)
    atoms, remarks = atoms_of(block, cell, where)
    atoms, renamed = _plain_labels(atoms, where)
    cell = cell_in_system(group, cell, where)
    said = [*remarks, *renamed]
    printed = group.xhm()
    if group.ext == "R":
        cell, atoms = _hexagonal(cell, atoms)
        group = gemmi.SpaceGroup(f"{group.hm}:H")
        said.append(
            f"rhombohedral axes brought to hexagonal ones, a {cell[0]:.5g} A, c {cell[2]:.5g} A"
        )
    if group.ext == "1":
        group, atoms = _second_origin(group, atoms)
        said.append(f"origin moved to the centre of symmetry, {group.xhm()}")
    sites, moved = sites_of(atoms, group.xhm(), cell, where)
    said += moved
    if not any(a.charge for a in atoms):
        sites, charged = _charged(sites, group.xhm(), cell)
        said.append(charged)
    remarks = tuple(f"{file}: {s}" for s in said)
    return Structure(group.xhm(), cell, sites, remarks, group.xhm() != printed)


def _block(text: str, where: str) -> gemmi.cif.Block:
    try:
        document = gemmi.cif.read_string(text)
    except (RuntimeError, ValueError) as error:
        raise StudyError(f"{where}: it cannot be read as CIF ({error}).") from error
    with_atoms = [b for b in document if b.find_values("_atom_site_fract_x")]
    if not with_atoms:
        raise StudyError(f"{where}: no data block lists atoms with fractional coordinates.")
    if len(with_atoms) > 1:
        names = ", ".join(b.name for b in with_atoms)
        raise StudyError(
            f"{where}: {len(with_atoms)} data blocks hold structures ({names}). Keep the one that is meant."
        )
    return with_atoms[0]


def _charged(sites: tuple[Site, ...], space_group: str, cell: Cell) -> tuple[tuple[Site, ...], str]:
    """Charges for ionic form factors of a file that states none, where balance leaves one choice."""
    content: dict[str, float] = {}
    for site in sites:
        count = site_freedom(space_group, cell, site.position).multiplicity
        for one in site.species:
            content[one.element] = content.get(one.element, 0.0) + count * one.occupancy
    charges = balanced_charges({e: n for e, n in content.items() if n > 0})
    if charges is None:
        return sites, "the file states no charges: its form factors are neutral whatever is asked"
    found = tuple(
        replace(
            site, species=tuple(replace(s, charge=charges.get(s.element, 0)) for s in site.species)
        )
        for site in sites
    )
    ions = ", ".join(f"{e}{abs(q)}{'+' if q > 0 else '-'}" for e, q in charges.items())
    return found, f"the file states no charges: where ions are asked for, {ions}, which balance"


def _plain_labels(
    atoms: tuple[CifAtom, ...], where: str
) -> tuple[tuple[CifAtom, ...], tuple[str, ...]]:
    """Labels that can name a number in a result: letters, digits and underscores."""
    plain, remarks = [], []
    for atom in atoms:
        label = re.sub(r"[^A-Za-z0-9]", "_", atom.label)
        label = label if LABEL.fullmatch(label) else f"{atom.element}_{label}"
        if label != atom.label:
            remarks.append(f"atom '{atom.label}' is called {label}")
        plain.append(replace(atom, label=label))
    labels = [a.label for a in plain]
    if len(set(labels)) < len(labels):
        raise StudyError(
            f"{where}: labels differ by signs alone ({', '.join(labels)}). Make them differ by letters or digits."
        )
    return tuple(plain), tuple(remarks)


def _second_origin(
    group: gemmi.SpaceGroup, atoms: tuple[CifAtom, ...]
) -> tuple[gemmi.SpaceGroup, tuple[CifAtom, ...]]:
    """Coordinates with the origin at a centre of symmetry, the only choice that GSAS-II knows."""
    second = gemmi.SpaceGroup(f"{group.hm}:2")
    shift = np.array(group.basisop.tran) / gemmi.Op.DEN
    rot, tran = operations(second.xhm())
    wanted = {_key(r, t) for r, t in zip(rot, tran, strict=True)}
    own = list(zip(*operations(group.xhm()), strict=True))
    for step in (shift, -shift):
        # x' = x + s turns (R, t) into (R, t + s - R s)
        if {_key(r, t + step - r @ step) for r, t in own} == wanted:
            break
    else:
        raise AssertionError(f"no shift from {group.xhm()} to {second.xhm()}")

    def placed(p: Position) -> Position:
        x, y, z = np.array(p) + step
        return float(x), float(y), float(z)

    return second, tuple(replace(a, position=placed(a.position)) for a in atoms)


def _key(rot: FloatArray, tran: FloatArray) -> tuple[int, ...]:
    parts = np.round(np.mod(tran, 1.0) * gemmi.Op.DEN).astype(int) % gemmi.Op.DEN
    return (*np.round(rot).astype(int).ravel().tolist(), *parts.tolist())


def _hexagonal(cell: Cell, atoms: tuple[CifAtom, ...]) -> tuple[Cell, tuple[CifAtom, ...]]:
    """Obverse setting: a' = a - b, b' = b - c, c' = a + b + c; International Tables A (2016), 1.5.3."""
    half = math.radians(cell[3]) / 2.0
    a = 2.0 * cell[0] * math.sin(half)
    c = cell[0] * math.sqrt(3.0 + 6.0 * math.cos(2.0 * half))

    def placed(p: Position) -> Position:
        x, y, z = p
        return (2 * x - y - z) / 3.0, (x + y - 2 * z) / 3.0, (x + y + z) / 3.0

    # A multiplicity that the file states counts images in the small cell.
    moved = (replace(t, position=placed(t.position), multiplicity=0) for t in atoms)
    return (a, a, c, 90.0, 90.0, 120.0), tuple(moved)
