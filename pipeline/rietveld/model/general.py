"""Any structure as a phase to refine: free cell and coordinates by symmetry, one U a site, occupancies held."""

from __future__ import annotations

import gemmi

from pipeline.core.errors import StudyError
from pipeline.rietveld.interface import Affine, Atom, PhaseModel, Variable
from pipeline.rietveld.model.structure import Site, Structure
from pipeline.rietveld.model.symmetry import (
    CELL_NAMES,
    Cell,
    floating_axes,
    free_cell,
    site_freedom,
    tied_cell,
)
from pipeline.rietveld.options.phases import PhaseOptions

U_BOUNDS = (-0.02, 0.2)
U_START = 0.006  # angstrom2, of a site whose U nobody gives: an oxide at room temperature


def general_phase(name: str, used: PhaseOptions, structure: Structure) -> PhaseModel:
    """The phase as it starts.

    Raises:
        StudyError: a start cell that its system does not allow.
    """
    group = gemmi.SpaceGroup(structure.space_group)
    system = group.crystal_system_str()
    _check_symmetry(name, used, structure)
    cell = _start_cell(name, used, structure.cell, structure.space_group, system)
    held, remarks = _origin(structure) if used.refine_atoms == "all" else ({}, ())
    atoms = tuple(
        atom
        for site in structure.sites
        for atom in _atoms(structure, site, used.refine_atoms, held.get(site.name, ()))
    )
    variables = tuple(
        Variable(f"u_{s.name}", "angstrom2", _u_start(s), *U_BOUNDS, used.refine_atoms != "none")
        for s in structure.sites
    )
    return PhaseModel(
        name,
        "general",
        structure.space_group,
        cell,
        system,
        atoms,
        variables,
        used.size_nm,
        used.strain_percent,
        remarks=(*structure.remarks, *remarks),
        setting_changed=structure.setting_changed,
    )


def _check_symmetry(name: str, used: PhaseOptions, structure: Structure) -> None:
    """Refuse P 1 with the cell of a higher symmetry: programs write that where they threw the symmetry away."""
    if structure.space_group != "P 1" or not (used.refine_cell or used.refine_atoms == "all"):
        return
    a, b, c, *angles = structure.cell
    equal = abs(a - b) < 1e-4 or abs(b - c) < 1e-4
    special = sum(min(abs(angle - g) for g in (60.0, 90.0, 120.0)) < 1e-3 for angle in angles)
    rhombohedral = equal and abs(a - c) < 1e-4 and max(angles) - min(angles) < 1e-3
    if special >= 2 or (equal and special) or rhombohedral:
        raise StudyError(
            f"phase '{name}': the space group is P 1, and the cell is one of higher symmetry ({a:g}, {b:g}, {c:g} A; "
            f"{', '.join(f'{x:g}' for x in angles)} deg). The program that wrote the file left the symmetry out (pymatgen does without "
            "`symprec`). Give a CIF with its space group, or write `refine_cell: false` and `refine_atoms: u` or `none`."
        )


def _origin(structure: Structure) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Coordinates that are held, of the heaviest site, where the space group leaves the origin open."""
    axes = floating_axes(structure.space_group)
    if not axes:
        return {}, ()

    def electrons(site: Site) -> float:
        return sum(gemmi.Element(s.element).atomic_number * s.occupancy for s in site.species)

    heaviest = max(structure.sites, key=electrons)
    said = f"{heaviest.species[0].label}: {', '.join(axes)} is held, for {structure.space_group} leaves the origin open"
    return {heaviest.name: axes}, (said,)


def _atoms(
    structure: Structure, site: Site, refine: str, held: tuple[str, ...]
) -> tuple[Atom, ...]:
    found = site_freedom(structure.space_group, structure.cell, site.position)
    free = tuple(x for x in found.free if x not in held) if refine == "all" else ()
    u = Affine(0.0, (f"u_{site.name}",), (1.0,))
    return tuple(
        Atom(
            *(s.label, s.element, s.charge, site.name, *found.position, found.multiplicity),
            *(Affine(s.occupancy), u, free if k == 0 else ()),
        )
        for k, s in enumerate(site.species)
    )


def _u_start(site: Site) -> float:
    known = [s.u_iso_angstrom2 for s in site.species if s.u_iso_angstrom2 is not None]
    return min(max(sum(known) / len(known), 0.0005), 0.15) if known else U_START


def _start_cell(name: str, used: PhaseOptions, cell: Cell, group: str, system: str) -> Cell:
    values = dict(zip(CELL_NAMES, cell, strict=True))
    free = free_cell(group, system)
    for key in CELL_NAMES[:3]:
        given = getattr(used, key)
        if given is None:
            continue
        if key not in free and abs(given - (used.a_angstrom or values["a_angstrom"])) > 1e-9:
            raise StudyError(
                f"phase '{name}': `{key}: {given:g}` differs from a, and a {system} cell has them equal. Leave it out."
            )
        values[key] = given
    a, b, c, alpha, beta, gamma = (values[n] for n in CELL_NAMES)
    return tied_cell(group, system, (a, b, c, alpha, beta, gamma))
