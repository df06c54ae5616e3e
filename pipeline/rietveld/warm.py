"""A job that starts where another refinement ended, told by the names of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from pipeline.core.quantities import Quantities
from pipeline.rietveld.interface import Atom, Fit, Job, PhaseModel, Profile, Stage, Variable

LENGTHS = ("a_angstrom", "b_angstrom", "c_angstrom")
ANGLES = ("alpha_deg", "beta_deg", "gamma_deg")
CELL = (*LENGTHS, *ANGLES)
SAME = 1e-9
LARGE_NM, SMALL_PERCENT = 3000.0, 0.005  # a width that starts at none would stay there


def warmed(job: Job, values: Mapping[str, float], warm: bool = True) -> Job:
    """Start a job from values by their names, as `interface.Fit` has them; what is not named stays.

    Args:
        job: the job as it would start.
        values: value of each name.
        warm: whether the engine may leave its plan for a start that is near.
    """
    profile = {
        f.name: values[f"profile.{f.name}"]
        for f in fields(Profile)
        if f"profile.{f.name}" in values
    }
    if "zero_deg" in values:
        profile["zero_deg"] = values["zero_deg"]
    background = tuple(
        values.get(f"background.{k}_counts", start) for k, start in enumerate(job.background_counts)
    )
    return replace(
        job,
        profile=replace(job.profile, **profile),
        displacement_um=values.get("displacement_um", job.displacement_um),
        background_counts=background,
        phases=tuple(_phase(phase, values) for phase in job.phases),
        stages=_at_once(job.stages) if warm else job.stages,
        warm=warm,
    )


def _at_once(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Own stages as one: what they free in the end, and nothing that they hold."""
    groups = dict.fromkeys(group for stage in stages for group in stage.free)
    return (Stage(tuple(groups)),) if groups else ()


def values_of(fit: Fit) -> dict[str, float]:
    """All numbers of a fit by their names, refined and fixed."""
    pairs = [*zip(fit.fixed, fit.fixed_value, strict=True)]
    pairs += [*zip(fit.parameters, fit.value, strict=True)]
    return {name: float(value) for name, value in pairs}


def values_of_row(parameters: Quantities, row: int) -> dict[str, float]:
    """All numbers of a row of refinements that there are, by their names."""
    pairs = zip(parameters.names, parameters.value[row], strict=True)
    return {name: float(value) for name, value in pairs if np.isfinite(value)}


def cell_of(
    phase: PhaseModel, values: Mapping[str, float]
) -> tuple[float, float, float, float, float, float]:
    """Cell of a phase: lengths and angles that have no name of their own follow the one they were equal to."""
    start = phase.cell
    new = [values.get(f"{phase.name}.{name}", float("nan")) for name in CELL]
    for first in (0, 3):
        for k in range(first, first + 3):
            if np.isfinite(new[k]):
                continue
            # Symmetry makes lengths equal, and angles of a rhombohedron; a right angle stays one.
            equal = k > first and abs(start[k] - start[first]) < SAME * start[first]
            follows = equal and (first == 0 or abs(start[k] - 90.0) > SAME)
            new[k] = new[first] if follows else start[k]
    return new[0], new[1], new[2], new[3], new[4], new[5]


def _phase(phase: PhaseModel, values: Mapping[str, float]) -> PhaseModel:
    def own(name: str, start: float) -> float:
        return values.get(f"{phase.name}.{name}", start)

    return replace(
        phase,
        cell=cell_of(phase, values),
        atoms=tuple(_atom(phase.name, atom, values) for atom in phase.atoms),
        variables=tuple(_variable(v, own(v.key, v.start)) for v in phase.variables),
        size_nm=min(own("size_nm", phase.size_nm), LARGE_NM if phase.refine_size else np.inf),
        strain_percent=max(
            own("strain_percent", phase.strain_percent),
            SMALL_PERCENT if phase.refine_strain else 0.0,
        ),
        march_ratio=own("march_ratio", phase.march_ratio),
        scale=own("scale", phase.scale),
    )


def _variable(variable: Variable, start: float) -> Variable:
    """A start at a bound would be held there by an engine that looks at its gradient."""
    inside = 1e-3 * (variable.high - variable.low)
    clipped = min(max(start, variable.low + inside), variable.high - inside)
    return replace(variable, start=clipped if variable.refine else start)


def _atom(phase: str, atom: Atom, values: Mapping[str, float]) -> Atom:
    def own(axis: str, start: float) -> float:
        name = f"{phase}.{atom.label}.{axis}_fraction"
        return values.get(name, start) if axis in atom.free else start

    return replace(
        atom,
        x_fraction=own("x", atom.x_fraction),
        y_fraction=own("y", atom.y_fraction),
        z_fraction=own("z", atom.z_fraction),
    )
