"""Ties between numbers: variables that atoms follow, atoms that share a place, the two halves of the axial divergence."""

from __future__ import annotations

from typing import Any

from pipeline.rietveld.engines.rietx.structure import B_OF_U
from pipeline.rietveld.interface import Affine, Job

AXES = ("x", "y", "z")


def variable_path(phase: int, variable: int) -> str:
    """Path of a variable."""
    return f"vars.p{phase}v{variable}"


def atom_path(phase: int, atom: int, what: str) -> str:
    """Path of a number of an atom."""
    return f"phases.{phase}.atoms.{atom}.{what}"


def used_variables(job: Job, phase: int) -> dict[str, str]:
    """Variables that something follows, by their names: `occupancies` or `u_iso`, the group they belong to."""
    atoms = job.phases[phase].atoms
    occupancies = {v for a in atoms for v in a.occupancy.variables}
    displacements = {v for a in atoms for v in a.u_iso.variables}
    groups = {}
    for variable in job.phases[phase].variables:
        if variable.name in occupancies:
            groups[variable.name] = "occupancies"
        elif variable.name in displacements:
            groups[variable.name] = "u_iso"
    return groups


def constrain(refinement: Any, job: Job) -> None:
    """Declare the variables of all phases, and tie every number that follows them."""
    for i, phase in enumerate(job.phases):
        groups = used_variables(job, i)
        paths = {}
        for k, variable in enumerate(phase.variables):
            if variable.name not in groups:
                continue
            paths[variable.name] = variable_path(i, k)
            refinement.add_variable(
                paths[variable.name].removeprefix("vars."),
                variable.start,
                min=variable.low,
                max=variable.high,
            )
        for j, atom in enumerate(phase.atoms):
            _tie(refinement, atom_path(i, j, "occ"), atom.occupancy, paths, 1.0)
            _tie(refinement, atom_path(i, j, "biso"), atom.u_iso, paths, B_OF_U)
        _share_places(refinement, job, i)
    refinement.tie("instrument.geometry.axial_hl", "instrument.geometry.axial_sl")


def _tie(refinement: Any, path: str, form: Affine, paths: dict[str, str], unit: float) -> None:
    terms = {
        paths[name]: unit * factor
        for name, factor in zip(form.variables, form.factors, strict=True)
        if factor
    }
    if terms:
        refinement.tie(path, terms, offset=unit * form.constant)


def leaders(job: Job, phase: int) -> dict[int, int]:
    """Atoms that follow another atom of their site, whose coordinates are free: its index by theirs."""
    atoms = job.phases[phase].atoms
    first: dict[str, int] = {}
    for j, atom in enumerate(atoms):
        if atom.free:
            first.setdefault(atom.site, j)
    return {j: first[a.site] for j, a in enumerate(atoms) if first.get(a.site, j) != j}


def _share_places(refinement: Any, job: Job, phase: int) -> None:
    rows = {row.path: row for row in refinement.parameters()}
    for follower, leader in leaders(job, phase).items():
        k = 0
        while (path := atom_path(phase, follower, f"dof.{k}")) in rows:
            refinement.tie(path, atom_path(phase, leader, f"dof.{k}"))
            k += 1
