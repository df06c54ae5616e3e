"""Which numbers of refinements are drawn, and what each panel of them shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.style import COLOURS
from pipeline.rietveld.records import FitStatus, Refinements


@dataclass(frozen=True, slots=True, eq=False)
class NamedRefinements:
    """Refinements of a data set, and its label."""

    label: str
    found: Refinements

    def rows_of(self, engine: str) -> list[int]:
        """Rows of an engine, by frame."""
        own = [i for i, e in enumerate(self.found.engine) if e == engine]
        return sorted(own, key=lambda i: float(self.found.frame[i]))

    @property
    def frame_count(self) -> int:
        """Frames, good and bad."""
        return int(np.unique(self.found.frame).size)


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: its label, and the name of the quantity of the main phase."""

    title: str
    quantity: str


ATOMS = (
    Panel("cation mixing (%)", "mixing_percent"),
    Panel("$z$ of O", "z_o"),
    Panel("slab MO$_2$ (Å)", "slab_mo2_angstrom"),
    Panel("slab LiO$_2$ (Å)", "slab_lio2_angstrom"),
)
CELL = (
    Panel("a (Å)", "a_angstrom"),
    Panel("b (Å)", "b_angstrom"),
    Panel("c (Å)", "c_angstrom"),
    Panel("c/a", "c_over_a_ratio"),
    Panel("V (Å³)", "volume_angstrom3"),
)
"""What stands to the left on the page, and to the right; panels of which nothing is known are left out."""

WEIGHTS = Panel("weight (%)", "weight_percent")
"""The panel of all phases, in series of mixtures."""


def phase_colour(rank: int) -> str:
    """Colour of a phase's weight; the first two colours are those of engines."""
    return COLOURS[(2 + rank) % len(COLOURS)]


def engines_of(named: Sequence[NamedRefinements]) -> tuple[str, ...]:
    """Engines that refined any, in order of appearance."""
    return tuple(dict.fromkeys(e for one in named for e in one.found.engine))


def quantity(found: Refinements, name: str, phase: str = "") -> tuple[FloatArray, FloatArray]:
    """A number of a phase and its sigma, each `(n_rows,)`: derived, else refined; NaN where the row is no answer.

    Args:
        found: refinements.
        name: such as `a_angstrom`.
        phase: the main one where it is not given.
    """
    full = f"{phase or found.main_phase}.{name}"
    value, sigma = (found.derived if full in found.derived.names else found.parameters).column(full)
    good = np.array([s is FitStatus.OK for s in found.status], dtype=bool)
    return np.where(good, value, np.nan), np.where(good, sigma, np.nan)


def panels_of(named: Sequence[NamedRefinements]) -> tuple[Panel, ...]:
    """Panels that have a refined number, atoms and cell by turns; for mixtures the weights come last.

    The first length of the cell alone where nothing was accepted.
    """
    atoms, cell = (
        [p for p in some if any(_refined(one.found, p.quantity) for one in named)]
        for some in (ATOMS, CELL)
    )
    made = [p for pair in zip_longest(atoms, cell) for p in pair if p is not None]
    if any(len(one.found.phases) > 1 for one in named):
        made.append(WEIGHTS)
    return tuple(made) or CELL[:1]


def _refined(found: Refinements, name: str) -> bool:
    value, sigma = quantity(found, name)
    return bool((np.isfinite(value) & np.isfinite(sigma) & (sigma > 0)).any())
