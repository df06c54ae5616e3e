"""Our names of all numbers of a model, and where rietx keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.rietveld.engines.rietx.broadening import STRAIN_CONSTANT, size_constant
from pipeline.rietveld.engines.rietx.constraints import (
    AXES,
    atom_path,
    carriers_of,
    leaders,
    used_variables,
)
from pipeline.rietveld.engines.rietx.instrument import UM_PER_MM
from pipeline.rietveld.interface import Job, PhaseModel

LENGTHS = ("a", "b", "c")
TERMS = {
    "u_deg2": "instrument.profile.u",
    "v_deg2": "instrument.profile.v",
    "w_deg2": "instrument.profile.w",
    "x_deg": "instrument.profile.x",
    "y_deg": "instrument.profile.y",
    "axial_ratio": "instrument.geometry.axial_sl",
}


@dataclass(frozen=True, slots=True)
class Number:
    """One number: our name, rietx's path, what has to be set free for it, and the group it goes with.

    Ours is `factor * theirs`, or `factor / theirs` where `inverse`. `refined` says whether the job lets a plan set it free.
    """

    name: str
    path: str
    free: tuple[str, ...]
    group: str
    refined: bool
    factor: float = 1.0
    inverse: bool = False

    def ours(self, theirs: float) -> float:
        """Our value for theirs."""
        return self.factor / theirs if self.inverse else self.factor * theirs

    def slope(self, theirs: float) -> float:
        """Derivative of ours by theirs."""
        return -self.factor / theirs**2 if self.inverse else self.factor


def rows_of(refinement: Any) -> dict[str, Any]:
    """All of rietx's parameters by their paths, with values and ties as they stand."""
    return {row.path: row for row in refinement.parameters()}


def numbers_of(rows: dict[str, Any], job: Job) -> tuple[Number, ...]:
    """All numbers of a job, phase by phase, then the instrument's.

    Args:
        rows: rietx's parameters, tied as the job says.
        job: what is refined.

    Raises:
        ValueError: a coordinate is to be refined that the site's symmetry fixes or ties to two numbers.
    """
    found: list[Number] = []
    for i, phase in enumerate(job.phases):
        found += _of_phase(job, i, phase, rows)
    displacement = "instrument.geometry.sample_displacement"
    zero = ("instrument.zero_shift",)
    found.append(Number("zero_deg", *zero, zero, "position", job.position == "zero"))
    if job.geometry == "bragg-brentano":
        free = job.position == "displacement"
        found.append(
            Number("displacement_um", displacement, (displacement,), "position", free, UM_PER_MM)
        )
    for term, path in TERMS.items():
        factor = 2.0 if term == "axial_ratio" else 1.0
        refined = term in job.profile_free
        found.append(Number(f"profile.{term}", path, (path,), "profile", refined, factor))
    for k in range(len(job.background_counts)):
        path = f"instrument.background.c{k}"
        found.append(Number(f"background.{k}_counts", path, (path,), "background", True))
    return tuple(found)


def _of_phase(job: Job, i: int, phase: PhaseModel, rows: dict[str, Any]) -> Iterator[Number]:
    for key in (*LENGTHS, "alpha", "beta", "gamma"):
        path = f"phases.{i}.cell.{key}"
        if rows[path].tie is None and not rows[path].locked:
            unit = "angstrom" if key in LENGTHS else "deg"
            yield Number(f"{phase.name}.{key}_{unit}", path, (path,), "cell", phase.refine_cell)
    path = f"phases.{i}.scale"
    yield Number(f"{phase.name}.scale", path, (path,), "scale", True)
    groups, carriers = used_variables(phase), carriers_of(phase, i)
    for variable in phase.variables:
        if variable.name in groups:
            at = carriers[variable.name]
            name, group = f"{phase.name}.{variable.key}", groups[variable.name]
            yield Number(name, at.path, (at.path,), group, variable.refine, 1.0 / at.unit)
    followers = leaders(phase)
    for j in sorted(set(range(len(phase.atoms))) - set(followers)):
        yield from _coordinates(phase, i, j, rows)
    path = f"phases.{i}.lor_size"
    constant = size_constant(job.wavelength_angstrom)
    yield Number(
        f"{phase.name}.size_nm", path, (path,), "widths", phase.refine_size, constant, inverse=True
    )
    path = f"phases.{i}.lor_strain"
    yield Number(
        f"{phase.name}.strain_percent",
        path,
        (path,),
        "widths",
        phase.refine_strain,
        1.0 / STRAIN_CONSTANT,
    )
    if phase.march_axis is not None:
        path = f"phases.{i}.preferred_orientation.r"
        yield Number(f"{phase.name}.march_ratio", path, (path,), "orientation", True)


def _coordinates(phase: PhaseModel, i: int, j: int, rows: dict[str, Any]) -> Iterator[Number]:
    """Coordinates of an atom that its site leaves free; one that follows another is no number of its own."""
    atom = phase.atoms[j]
    name = f"{phase.name}.{atom.label}"
    taken: dict[str, str] = {}
    for axis in atom.free:
        freedom = _freedom(rows[atom_path(i, j, axis)])
        if not freedom:
            raise ValueError(f"{name}: {axis} is to be refined, but symmetry fixes it at this site")
        if len(freedom) > 1 or freedom[0] in taken:
            raise ValueError(
                f"{name}: {axis} is to be refined, but follows {taken.get(freedom[0], 'others')} at this site"
            )
        taken[freedom[0]] = axis
    for axis in AXES:
        path = atom_path(i, j, axis)
        freedom = _freedom(rows[path])
        free = freedom if axis in atom.free else ()
        if free or (freedom and not set(freedom) & set(taken)):
            yield Number(f"{name}.{axis}_fraction", path, free, "coordinates", bool(free))


def _freedom(row: Any) -> tuple[str, ...]:
    """What moves a coordinate: nothing where symmetry fixes it."""
    return () if row.tie is None else tuple(path for path, factor in row.tie.terms if factor)
