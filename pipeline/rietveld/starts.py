"""Displaced starts of a job: refinements that end at the same minimum from all of them have found one.

Convergence and a good fit prove nothing: a layered oxide has false minima, where lines are taken for their neighbours or
the mixing stands for a wrong height of oxygen. The starts are the same in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.rietveld.interface import Atom, Job, PhaseModel, Variable

SEED = 20210215
LARGEST_CELL_PERCENT = 1.5
MIXING = (0.0, 0.25)
HEIGHT = (0.235, 0.250)
LARGEST_SHIFT = 0.006  # of a free coordinate of any other structure
NAMED = (
    (-0.5, -0.5, 0.12, 0.004),
    (0.4, 0.4, 0.01, -0.004),
)
"""First displacements: of a and c in percent, mixing, and of coordinates: inside what a user's start is wrong by."""


@dataclass(frozen=True, slots=True)
class Start:
    """A job that starts elsewhere, and how in words."""

    what: str
    job: Job


@dataclass(frozen=True, slots=True)
class Displacement:
    """Change of lengths in percent, a start of the mixing (NaN: as it is), and coordinates: a change, or a height of oxygen."""

    a_percent: float
    c_percent: float
    mixing: float
    shift: float
    height: float = float("nan")


def starts_of(job: Job, number: int) -> tuple[Start, ...]:
    """Starts of a job: as it is, and `number - 1` displaced ones.

    The first two are displaced by `NAMED`; others at random within +-1.5 % of the cell, mixing 0 to 25 %, oxygen at 0.235
    to 0.250, from a fixed seed: the k-th is the same however many there are.
    """
    return displaced(job, [displacement(k) for k in range(1, number)])


def displaced(job: Job, displacements: Sequence[Displacement]) -> tuple[Start, ...]:
    """A job as it is, and once for each displacement."""
    found = [Start("as given", job)]
    for k, d in enumerate(displacements, start=1):
        phases = tuple(_phase(p, d) for p in job.phases)
        moved = replace(job, name=f"{job.name}_start{k}", phases=phases, warm=False)
        found.append(Start(_words(job, d), moved))
    return tuple(found)


def displacement(k: int) -> Displacement:
    """The k-th displacement, counted from 1."""
    if k <= len(NAMED):
        return Displacement(*NAMED[k - 1])
    random = np.random.default_rng((SEED, k))
    a, c = random.uniform(-LARGEST_CELL_PERCENT, LARGEST_CELL_PERCENT, 2)
    shift = random.uniform(-LARGEST_SHIFT, LARGEST_SHIFT)
    return Displacement(a, c, random.uniform(*MIXING), shift, random.uniform(*HEIGHT))


def _phase(phase: PhaseModel, d: Displacement) -> PhaseModel:
    cell = phase.cell
    if phase.refine_cell:
        first, last = 1 + d.a_percent / 100, 1 + d.c_percent / 100
        # Lengths that symmetry keeps equal stay equal.
        lengths = [
            value * (first if abs(value - cell[0]) < 1e-9 * cell[0] else last) for value in cell[:3]
        ]
        cell = (lengths[0], lengths[1], lengths[2], *cell[3:])
    layered = phase.kind == "layered-oxide"
    return replace(
        phase,
        cell=cell,
        variables=tuple(_variable(v, d) for v in phase.variables),
        atoms=tuple(_atom(a, d, layered) for a in phase.atoms),
    )


def _variable(variable: Variable, d: Displacement) -> Variable:
    if variable.name != "mixing" or not variable.refine or not np.isfinite(d.mixing):
        return variable
    return replace(variable, start=min(max(d.mixing, variable.low), variable.high))


def _atom(atom: Atom, d: Displacement, layered: bool) -> Atom:
    if not atom.free:
        return atom
    if layered and np.isfinite(d.height):
        return replace(atom, z_fraction=d.height)
    moved = {f"{axis}_fraction": getattr(atom, f"{axis}_fraction") + d.shift for axis in atom.free}
    return replace(atom, **moved)


def _words(job: Job, d: Displacement) -> str:
    parts = []
    if any(p.refine_cell for p in job.phases):
        same = d.a_percent == d.c_percent
        lengths = (
            f"{d.a_percent:+.2f} %" if same else f"{d.a_percent:+.2f} %, c {d.c_percent:+.2f} %"
        )
        parts.append(f"cell {lengths}")
    if any(v.name == "mixing" and v.refine for p in job.phases for v in p.variables):
        parts.append(f"mixing {100 * d.mixing:.0f} %")
    main = job.phases[0]
    if any(a.free for a in main.atoms):
        heights = main.kind == "layered-oxide" and np.isfinite(d.height)
        parts.append(f"z {d.height:.4f}" if heights else f"coordinates {d.shift:+.4f}")
    return ", ".join(parts) or "as given"
