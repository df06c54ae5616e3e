"""What follows from an accepted row, and its atoms and bonds; nothing from one that is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.records import AtomTable, BondTable, Flags
from pipeline.rietveld.series import Row


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """Quantities that follow from a fit, with remarks on them."""

    names: tuple[str, ...]
    value: FloatArray
    sigma: FloatArray
    flags: Flags


def derived_of_row(row: Row, used: SampleOptions, models: tuple[PhaseModel, ...]) -> Derived:
    """What follows from a row."""
    del row, used, models
    return Derived((), np.empty(0), np.empty(0), ())


def atom_table(found: Sequence[Derived]) -> AtomTable:
    """Atoms of all rows."""
    del found
    none = np.empty(0)
    return AtomTable(none, (), (), (), (), *(none,) * 11)


def bond_table(found: Sequence[Derived]) -> BondTable:
    """Bonds of all rows."""
    del found
    none = np.empty(0)
    return BondTable(none, (), (), (), *(none,) * 3)
