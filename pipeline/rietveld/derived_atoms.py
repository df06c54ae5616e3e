"""Atoms and bonds of a fit as rows of tables, with sigmas from the covariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.bonds import bond_lengths, bonds_of
from pipeline.rietveld.interface import Fit, PhaseModel
from pipeline.rietveld.model.refined import refined_phase
from pipeline.rietveld.propagate import numbers_of, propagated


@dataclass(frozen=True, slots=True)
class AtomRow:
    """One atom, as `records.AtomTable` has it. Sigmas are NaN where not refined."""

    phase: str
    atom: str
    element: str
    site: str
    multiplicity_count: int
    x_fraction: float
    x_sigma_fraction: float
    y_fraction: float
    y_sigma_fraction: float
    z_fraction: float
    z_sigma_fraction: float
    occupancy_fraction: float
    occupancy_sigma_fraction: float
    u_iso_angstrom2: float
    u_iso_sigma_angstrom2: float


@dataclass(frozen=True, slots=True)
class BondRow:
    """Equal distances from a site to another, as `records.BondTable` has them."""

    phase: str
    site: str
    other_site: str
    bond_count: int
    distance_angstrom: float
    distance_sigma_angstrom: float


def atom_rows(fit: Fit, models: Sequence[PhaseModel]) -> tuple[AtomRow, ...]:
    """Atoms of all phases, in the models' order."""

    def function(numbers: Mapping[str, float]) -> FloatArray:
        parts = []
        for model in models:
            refined = refined_phase(model, numbers)
            columns = (
                refined.position,
                refined.occupancy[:, None],
                refined.u_iso_angstrom2[:, None],
            )
            parts.append(np.hstack(columns).ravel())
        return np.concatenate(parts)

    value, sigma = propagated(function, fit)
    pairs = np.stack([value.reshape(-1, 5), sigma.reshape(-1, 5)], axis=2).reshape(-1, 10)
    atoms = [(m.name, a) for m in models for a in m.atoms]
    return tuple(
        AtomRow(phase, a.label, a.element, a.site, a.multiplicity, *numbers)
        for (phase, a), numbers in zip(atoms, pairs.tolist(), strict=True)
    )


def bond_rows(fit: Fit, models: Sequence[PhaseModel]) -> tuple[BondRow, ...]:
    """Bonds of all phases: around each cation its anions; of a metal the nearest neighbours."""
    start = numbers_of(fit)
    found = [(m, bonds_of(m, refined_phase(m, start))) for m in models]

    def function(numbers: Mapping[str, float]) -> FloatArray:
        parts = [
            bond_lengths(refined_phase(m, numbers), bonds, m.space_group) for m, bonds in found
        ]
        return np.concatenate([np.empty(0), *parts])

    value, sigma = propagated(function, fit)
    flat = [(m.name, bond) for m, bonds in found for bond in bonds]
    return tuple(
        BondRow(phase, b.site, b.other_site, len(b.images), v, s)
        for (phase, b), v, s in zip(flat, value.tolist(), sigma.tolist(), strict=True)
    )
