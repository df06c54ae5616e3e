"""Ties between numbers: variables that atoms follow, atoms that share a place, the two halves of the axial divergence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from pipeline.rietveld.interface import Affine, Job, PhaseModel

AXES = ("x", "y", "z")
VARIABLES = "vars."
B_OF_U = 8.0 * math.pi**2
FORMS = (("occ", attrgetter("occupancy"), 1.0), ("biso", attrgetter("u_iso"), B_OF_U))
"""Numbers of an atom that follow variables: rietx's name, ours, and the factor between them."""


def atom_path(phase: int, atom: int, what: str) -> str:
    """Path of a number of an atom."""
    return f"phases.{phase}.atoms.{atom}.{what}"


def used_variables(phase: PhaseModel) -> dict[str, str]:
    """Variables that something follows, by their names: `occupancies` or `u_iso`, the group they belong to."""
    occupancies = {v for a in phase.atoms for v in a.occupancy.variables}
    displacements = {v for a in phase.atoms for v in a.u_iso.variables}
    groups = {}
    for variable in phase.variables:
        if variable.name in occupancies:
            groups[variable.name] = "occupancies"
        elif variable.name in displacements:
            groups[variable.name] = "u_iso"
    return groups


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where rietx keeps a variable: `theirs = unit * ours`. An atom's own number where one equals it, which costs no tie."""

    path: str
    unit: float = 1.0


def carriers_of(phase: PhaseModel, i: int) -> dict[str, Carrier]:
    """Carriers of all variables of a phase that something follows."""
    found: dict[str, Carrier] = {}
    for what, form_of, unit in FORMS:
        for j, atom in enumerate(phase.atoms):
            form: Affine = form_of(atom)
            if form.factors == (1.0,) and form.constant == 0.0:
                found.setdefault(form.variables[0], Carrier(atom_path(i, j, what), unit))
    for k, variable in enumerate(phase.variables):
        if variable.name in used_variables(phase):
            found.setdefault(variable.name, Carrier(f"{VARIABLES}p{i}v{k}"))
    return found


def constrain(refinement: Any, job: Job) -> None:
    """Declare the variables that no atom's number carries, and tie all that follows; each call costs rietx a rebuilt table."""
    for i, phase in enumerate(job.phases):
        carriers = carriers_of(phase, i)
        for variable in phase.variables:
            carrier = carriers.get(variable.name)
            if carrier is not None and carrier.path.startswith(VARIABLES):
                name = carrier.path.removeprefix(VARIABLES)
                refinement.add_variable(name, variable.start, min=variable.low, max=variable.high)
        for what, form_of, unit in FORMS:
            _tie(
                refinement,
                carriers,
                unit,
                [(atom_path(i, j, what), form_of(a)) for j, a in enumerate(phase.atoms)],
            )
        _share_places(refinement, phase, i)
    refinement.tie("instrument.geometry.axial_hl", "instrument.geometry.axial_sl")


def _tie(
    refinement: Any,
    carriers: dict[str, Carrier],
    unit: float,
    forms: list[tuple[str, Affine]],
) -> None:
    """Tie numbers, those that equal one variable together."""
    equal: dict[str, list[str]] = {}
    for path, form in forms:
        terms = {
            carriers[name].path: unit * factor / carriers[name].unit
            for name, factor in zip(form.variables, form.factors, strict=True)
            if factor
        }
        if terms == {path: 1.0} or not terms:
            continue
        if form.constant == 0.0 and list(terms.values()) == [1.0]:
            equal.setdefault(next(iter(terms)), []).append(path)
        else:
            refinement.tie(path, terms, offset=unit * form.constant)
    for source, paths in equal.items():
        refinement.tie_equal(paths, source=source)


def leaders(phase: PhaseModel) -> dict[int, int]:
    """Atoms that follow another atom of their site, whose coordinates are free: its index by theirs."""
    atoms = phase.atoms
    first: dict[str, int] = {}
    for j, atom in enumerate(atoms):
        if atom.free:
            first.setdefault(atom.site, j)
    return {j: first[a.site] for j, a in enumerate(atoms) if first.get(a.site, j) != j}


def _share_places(refinement: Any, phase: PhaseModel, i: int) -> None:
    followers = leaders(phase)
    if not followers:
        return
    rows = {row.path for row in refinement.parameters()}
    for follower, leader in followers.items():
        k = 0
        while (path := atom_path(i, follower, f"dof.{k}")) in rows:
            refinement.tie(path, atom_path(i, leader, f"dof.{k}"))
            k += 1
