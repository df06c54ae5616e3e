"""Tables inside the records of `build`: atoms, bonds, reflections, stages, starts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.rietveld.records import AtomTable, BondTable, ReflectionTable, StageTable, StartTable
from tests.rietveld.pattern import LAYERED, Lines

PHASE = LAYERED.name
_ATOMS = (  # label, element, site, multiplicity, z, occupancy without mixing, its factor, U
    ("Li1", "Li", "li", 3, 0.0, 1.0, -1.0, 0.00189),
    ("Ni2", "Ni", "li", 3, 0.0, 0.0, 1.0, 0.00189),
    ("Ni1", "Ni", "tm", 3, 0.5, 0.95, -1.0, 0.00095),
    ("Co1", "Co", "tm", 3, 0.5, 0.018, 0.0, 0.00095),
    ("Mn1", "Mn", "tm", 3, 0.5, 0.032, 0.0, 0.00095),
    ("Li2", "Li", "tm", 3, 0.5, 0.0, 1.0, 0.00095),
    ("O", "O", "o", 6, 0.24065, 1.0, 0.0, 0.00362),
)
_STAGES = (
    "scale background",
    "scale background cell",
    "scale background cell coordinates occupancies",
)


def atoms(rows: Sequence[int], mixing_percent: float, random: np.random.Generator) -> AtomTable:
    """The seven atoms of the layered oxide in each row; occupancies sum to one on each site."""
    made = []
    for row in rows:
        x = mixing_percent / 100 + random.normal(0, 8e-4)
        for label, element, site, count, z, start, factor, u in _ATOMS:
            occupancy = (start + factor * x, 8e-4 if factor else np.nan)
            height = (z, 5e-5 if label == "O" else np.nan)
            made.append((row, label, element, site, count, *height, *occupancy, u, 0.1 * u))
    columns = _columns(made, 11)
    zero, nothing = np.zeros(len(made)), np.full(len(made), np.nan)
    return AtomTable(
        columns[0],
        tuple(PHASE for _ in made),
        *(columns[1], columns[2], columns[3], columns[4]),
        *(zero, nothing, zero, nothing, columns[5], columns[6], columns[7], columns[8]),
        *(columns[9], columns[10]),
    )


def bonds(rows: Sequence[int]) -> BondTable:
    """TM-O and Li-O of each row."""
    made = [
        (row, PHASE, *bond)
        for row in rows
        for bond in (("tm", "o", 6, 1.9650, 0.0004), ("li", "o", 6, 2.1180, 0.0005))
    ]
    return BondTable(*_columns(made, 7))


def reflections(found: Sequence[tuple[int, Lines]]) -> ReflectionTable:
    """Reflections of phases in rows."""

    def joined(parts: list[Any]) -> Any:
        return np.concatenate(parts) if parts else np.empty(0)

    hkl = np.concatenate([one.hkl for _, one in found]) if found else np.empty((0, 3))
    return ReflectionTable(
        joined([np.full(one.d_angstrom.size, row) for row, one in found]),
        tuple(one.phase for _, one in found for _ in range(one.d_angstrom.size)),
        *(hkl[:, 0], hkl[:, 1], hkl[:, 2]),
        joined([one.multiplicity_count for _, one in found]),
        joined([one.d_angstrom for _, one in found]),
        joined([one.two_theta_deg for _, one in found]),
        joined([1e3 * one.intensity / one.multiplicity_count for _, one in found]),
        joined([2e3 * one.intensity for _, one in found]),
    )


def stages(n_rows: int) -> StageTable:
    """Three stages of one start in each row."""
    made = [
        (row, 0, free, 40.0 - 12 * k, 9 + 5 * k, True)
        for row in range(n_rows)
        for k, free in enumerate(_STAGES)
    ]
    return StageTable(*_columns(made, 6))


def starts(n_rows: int, refused: Mapping[int, object]) -> StartTable:
    """Three starts of each row; in a refused one the last ends elsewhere."""
    made = []
    for row in range(n_rows):
        for k, what in enumerate(("as given", "cell -0.5 %", "mixing 12 %")):
            away = row in refused and k == 2
            made.append((row, k, what, 13.5, 40.0 if away else 0.1 * k, k == 0, not away))
    return StartTable(*_columns(made, 7))


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[Any]:
    """Columns of rows: arrays of numbers, tuples of words and of truths."""
    columns: list[Any] = []
    for k in range(count):
        values = [row[k] for row in rows]
        words = bool(values) and isinstance(values[0], str | bool)
        columns.append(tuple(values) if words else np.array(values, dtype=float))
    return columns
