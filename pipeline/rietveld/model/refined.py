"""A phase as refined: its model with a fit's numbers put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model.symmetry import AXES, CELL_NAMES, Cell, site_freedom, tied_cell


@dataclass(frozen=True, slots=True)
class RefinedPhase:
    """Cell in angstrom and degree; position `(n_atoms, 3)`, occupancy and U `(n_atoms,)` of the model's atoms."""

    cell: Cell
    position: FloatArray
    occupancy: FloatArray
    u_iso_angstrom2: FloatArray


def refined_phase(model: PhaseModel, numbers: Mapping[str, float]) -> RefinedPhase:
    """Put a fit's numbers into a model.

    Args:
        model: the phase as it started.
        numbers: by their names in a fit, `<phase>.a_angstrom`; what is not there stays as the model has it.
    """
    start = dict(zip(CELL_NAMES, model.cell, strict=True))
    own = (numbers.get(f"{model.name}.{key}", value) for key, value in start.items())
    a, b, c, alpha, beta, gamma = own
    cell = tied_cell(model.space_group, model.system, (a, b, c, alpha, beta, gamma))
    values = {v.name: numbers.get(f"{model.name}.{v.key}", v.start) for v in model.variables}
    places: dict[str, FloatArray] = {}
    for atom in model.atoms:
        if atom.site not in places:
            places[atom.site] = _position(model, atom.label, numbers)
    return RefinedPhase(
        cell,
        np.array([places[atom.site] for atom in model.atoms]),
        np.array([atom.occupancy.at(values) for atom in model.atoms]),
        np.array([atom.u_iso.at(values) for atom in model.atoms]),
    )


def _position(model: PhaseModel, label: str, numbers: Mapping[str, float]) -> FloatArray:
    atom = next(a for a in model.atoms if a.label == label)
    start = np.array([atom.x_fraction, atom.y_fraction, atom.z_fraction])
    given = {x: numbers.get(f"{model.name}.{label}.{x}_fraction") for x in AXES}
    if all(value is None for value in given.values()):
        return start
    at = (float(start[0]), float(start[1]), float(start[2]))
    freedom = site_freedom(model.space_group, model.cell, at)
    steps = np.zeros(len(freedom.free))
    for k, x in enumerate(freedom.free):
        value = given[x]
        if value is not None:
            steps[k] = value - start[AXES.index(x)]
    return start + freedom.basis @ steps
