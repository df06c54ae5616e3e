"""What follows from accepted rows, and their atoms and bonds; nothing from one that is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.derived import derived_of
from pipeline.rietveld.derived_atoms import AtomRow, BondRow, atom_rows, bond_rows
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.records import AtomTable, BondTable, FitStatus, Flags, Gate
from pipeline.rietveld.series import Row

ATOM_NUMBERS = tuple(name for name in AtomTable.__slots__[5:] if "sigma" not in name)
ATOM_SIGMAS = tuple(name for name in AtomTable.__slots__ if "sigma" in name)


@dataclass(frozen=True, slots=True, eq=False)
class FromRow:
    """What follows from one row, by names; `inflation` is not yet in the sigmas of atoms and bonds."""

    names: tuple[str, ...]
    value: FloatArray
    sigma: FloatArray
    flags: Flags
    atoms: tuple[AtomRow, ...]
    bonds: tuple[BondRow, ...]
    inflation: float


def stands(row: Row, settled: bool = False) -> bool:
    """Whether a row's numbers are given: it was accepted, or with `settled` it ended at a minimum that was told apart."""
    if row.status is FitStatus.OK or not settled or row.answer is None:
        return row.status is FitStatus.OK
    answer = row.answer
    return (
        answer.arrived and answer.without(Gate.NOT_SINGULAR) and answer.without(Gate.SIGNAL_THERE)
    )


def from_row(
    row: Row, used: SampleOptions, models: tuple[PhaseModel, ...], settled: bool = False
) -> FromRow:
    """Derive what follows from a row; all sigmas allow for residuals that hang together.

    Args:
        row: a refinement.
        used: options of the data set.
        models: its phases; one that was left out, because the pattern does not show it, has nothing that follows.
        settled: give what follows from a refused row too, where it ended at a minimum.
    """
    if row.answer is None or not stands(row, settled):
        return FromRow((), np.empty(0), np.empty(0), (), (), (), 1.0)
    fit, job = row.answer.fit, row.answer.job
    there = {phase.name for phase in job.phases}
    present = tuple(m for m in models if m.name in there)
    particles = {m.name: used.phases[m.name].particle_um for m in present}
    found = derived_of(fit, present, job.wavelength_angstrom, particles, used.brindley)
    inflation = row.answer.quality.esd_inflation
    return FromRow(
        names=found.names,
        value=found.value,
        sigma=found.sigma * inflation,
        flags=found.flags,
        atoms=atom_rows(fit, present),
        bonds=bond_rows(fit, present),
        inflation=inflation,
    )


def atom_table(found: Sequence[FromRow]) -> AtomTable:
    """Atoms of all rows."""
    rows = [(i, f.inflation, atom) for i, f in enumerate(found) for atom in f.atoms]
    numbers = {name: _column(getattr(a, name) for _, _, a in rows) for name in ATOM_NUMBERS}
    sigmas = {name: _column(k * getattr(a, name) for _, k, a in rows) for name in ATOM_SIGMAS}
    return AtomTable(
        row_index=_column(i for i, _, _ in rows),
        phase=tuple(a.phase for _, _, a in rows),
        atom=tuple(a.atom for _, _, a in rows),
        element=tuple(a.element for _, _, a in rows),
        site=tuple(a.site for _, _, a in rows),
        **numbers,
        **sigmas,
    )


def bond_table(found: Sequence[FromRow]) -> BondTable:
    """Bonds of all rows."""
    rows = [(i, f.inflation, bond) for i, f in enumerate(found) for bond in f.bonds]
    return BondTable(
        row_index=_column(i for i, _, _ in rows),
        phase=tuple(b.phase for _, _, b in rows),
        site=tuple(b.site for _, _, b in rows),
        other_site=tuple(b.other_site for _, _, b in rows),
        bond_count=_column(b.bond_count for _, _, b in rows),
        distance_angstrom=_column(b.distance_angstrom for _, _, b in rows),
        distance_sigma_angstrom=_column(k * b.distance_sigma_angstrom for _, k, b in rows),
    )


def _column(values: Iterable[float]) -> FloatArray:
    return np.array([float(v) for v in values], dtype=np.float64)
