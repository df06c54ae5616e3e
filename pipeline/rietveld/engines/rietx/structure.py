"""A job's phases as rietx takes them: atoms with their start values, nothing free yet."""

from __future__ import annotations

import math
from typing import Any

from pipeline.rietveld.engines.rietx.broadening import (
    LARGEST_SIZE_NM,
    STRAIN_CONSTANT,
    size_constant,
)
from pipeline.rietveld.engines.rietx.constraints import B_OF_U, atom_path, carriers_of
from pipeline.rietveld.engines.rietx.library import PreferredOrientation, rietx
from pipeline.rietveld.interface import Atom, Job, PhaseModel

CELL = ("a", "b", "c", "alpha", "beta", "gamma")


def parameter(value: float, low: float = -math.inf, high: float = math.inf) -> Any:
    """A number that is held; bounds are stated, since rietx fills in its own where none are."""
    return rietx.Parameter(value=value, min=low, max=high)


def species_of(atom: Atom, scattering_factors: str) -> str:
    """How the atom scatters: `Ni`, or `Ni3+` where ions are asked for and the atom has a charge."""
    if scattering_factors == "neutral" or atom.charge == 0:
        return atom.element
    sign = "+" if atom.charge > 0 else "-"
    return f"{atom.element}{abs(atom.charge)}{sign}"


def structure_of(job: Job) -> Any:
    """All phases of a job."""
    return rietx.Structure(phases=[_phase(p, i, job) for i, p in enumerate(job.phases)])


def _phase(phase: PhaseModel, i: int, job: Job) -> Any:
    start = {v.name: v.start for v in phase.variables}
    carriers = carriers_of(phase, i)
    bounds = {
        carriers[v.name].path: (carriers[v.name].unit * v.low, carriers[v.name].unit * v.high)
        for v in phase.variables
        if v.name in carriers
    }

    def bounded(value: float, j: int, what: str) -> Any:
        return parameter(value, *bounds.get(atom_path(i, j, what), ()))

    texture = None
    if phase.march_axis is not None:
        ratio = rietx.Parameter(value=phase.march_ratio, min=0.05, max=20.0)
        texture = PreferredOrientation(axis=phase.march_axis, r=ratio)
    widest = size_constant(job.wavelength_angstrom)
    return rietx.Phase(
        name=phase.name,
        space_group=phase.space_group.replace(" :", ":"),
        cell=rietx.Cell(**{k: parameter(v) for k, v in zip(CELL, phase.cell, strict=True)}),
        atoms=[
            rietx.Atom(
                label=a.label,
                species=species_of(a, job.scattering_factors),
                x=parameter(a.x_fraction),
                y=parameter(a.y_fraction),
                z=parameter(a.z_fraction),
                occ=bounded(a.occupancy.at(start), j, "occ"),
                biso=bounded(B_OF_U * a.u_iso.at(start), j, "biso"),
            )
            for j, a in enumerate(phase.atoms)
        ],
        scale=parameter(phase.scale, 0.0),
        lor_size=parameter(widest / min(phase.size_nm, LARGEST_SIZE_NM), widest / LARGEST_SIZE_NM),
        lor_strain=parameter(STRAIN_CONSTANT * phase.strain_percent, 0.0),
        preferred_orientation=texture,
    )
