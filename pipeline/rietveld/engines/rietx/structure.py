"""A job's phases as rietx takes them: atoms with their start values, nothing free yet."""

from __future__ import annotations

import math
from typing import Any

from pipeline.rietveld.engines.rietx.broadening import (
    LARGEST_SIZE_NM,
    STRAIN_CONSTANT,
    size_constant,
)
from pipeline.rietveld.engines.rietx.library import PreferredOrientation, rietx
from pipeline.rietveld.interface import Atom, Job, PhaseModel

B_OF_U = 8.0 * math.pi**2
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
    return rietx.Structure(phases=[_phase(p, job) for p in job.phases])


def _phase(phase: PhaseModel, job: Job) -> Any:
    start = {v.name: v.start for v in phase.variables}
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
                occ=parameter(a.occupancy.at(start)),
                biso=parameter(B_OF_U * a.u_iso.at(start)),
            )
            for a in phase.atoms
        ],
        scale=parameter(phase.scale, 0.0),
        lor_size=parameter(widest / min(phase.size_nm, LARGEST_SIZE_NM), widest / LARGEST_SIZE_NM),
        lor_strain=parameter(STRAIN_CONSTANT * phase.strain_percent, 0.0),
        preferred_orientation=texture,
    )
