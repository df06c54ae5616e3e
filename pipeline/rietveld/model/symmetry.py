"""What a space group says of a position and a cell: multiplicity, free coordinates, free lengths and angles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import gemmi
import numpy as np

from pipeline.core.arrays import FloatArray, frozen

AXES = ("x", "y", "z")
Position = tuple[float, float, float]
Cell = tuple[float, float, float, float, float, float]

CELL_NAMES = ("a_angstrom", "b_angstrom", "c_angstrom", "alpha_deg", "beta_deg", "gamma_deg")
TIED_TO_A = {
    "tetragonal": ("b_angstrom",),
    "trigonal": ("b_angstrom",),
    "hexagonal": ("b_angstrom",),
    "cubic": ("b_angstrom", "c_angstrom"),
}
FIXED_ANGLES: dict[str, Position] = {
    "trigonal": (90.0, 90.0, 120.0),
    "hexagonal": (90.0, 90.0, 120.0),
}


@lru_cache(maxsize=64)
def operations(space_group: str) -> tuple[FloatArray, FloatArray]:
    """Rotations `(n, 3, 3)` and translations `(n, 3)` of a space group, centring included."""
    found = gemmi.SpaceGroup(space_group).operations()
    rot = np.array([op.rot for op in found], dtype=float) / gemmi.Op.DEN
    tran = np.array([op.tran for op in found], dtype=float) / gemmi.Op.DEN
    return rot, tran


@dataclass(frozen=True, slots=True)
class SiteFreedom:
    """What is left free at a position.

    `position` is the point itself, brought exactly onto its symmetry element; `multiplicity` its images in the cell;
    `free` the independent coordinates; `basis` `(3, n_free)` how all three follow them: of x, 2x, z it is
    `[[1, 0], [2, 0], [0, 1]]`.
    """

    position: Position
    multiplicity: int
    free: tuple[str, ...]
    basis: FloatArray


@lru_cache(maxsize=4096)
def site_freedom(
    space_group: str, cell: Cell, position: Position, near_angstrom: float = 0.02
) -> SiteFreedom:
    """Site symmetry of a position.

    Args:
        space_group: symbol as gemmi knows it.
        cell: lengths in angstrom, angles in degree.
        position: fractional coordinates.
        near_angstrom: images nearer than this are the point itself: coordinates are printed rounded, 0.3333 for 1/3.
    """
    rot, tran = operations(space_group)
    xyz = np.array(position)
    images = rot @ xyz + tran
    images -= np.round(images - xyz)  # the lattice translation that brings each nearest
    same = np.linalg.norm((images - xyz) @ orthogonal(cell).T, axis=1) < near_angstrom
    projector = rot[same].mean(axis=0)
    basis = frozen(_row_reduced(projector.T).T)
    free = tuple(AXES[int(np.flatnonzero(np.abs(column) > 1e-9)[0])] for column in basis.T)
    exact = images[same].mean(axis=0)
    return SiteFreedom(
        (float(exact[0]), float(exact[1]), float(exact[2])),
        round(len(rot) / int(same.sum())),
        free,
        basis,
    )


def _row_reduced(rows: FloatArray) -> FloatArray:
    """Independent rows, each with a leading 1 and zeros above and below it (Gauss and Jordan)."""
    left = rows.copy()
    done = 0
    for column in range(left.shape[1]):
        pivot = done + int(np.argmax(np.abs(left[done:, column]))) if done < len(left) else done
        if done == len(left) or abs(left[pivot, column]) < 1e-6:
            continue
        left[[done, pivot]] = left[[pivot, done]]
        left[done] /= left[done, column]
        for row in range(len(left)):
            if row != done:
                left[row] -= left[row, column] * left[done]
        done += 1
    return left[:done]


def floating_axes(space_group: str) -> tuple[str, ...]:
    """Axes along which a polar space group has no origin: of one atom these coordinates have to be held."""
    rot, _ = operations(space_group)
    basis = _row_reduced(rot.mean(axis=0).T)
    return tuple(AXES[int(np.flatnonzero(np.abs(row) > 1e-9)[0])] for row in basis)


def orthogonal(cell: Cell) -> FloatArray:
    """Matrix `(3, 3)` that takes fractional coordinates to angstrom; its determinant is the volume.

    `a` along x, `b` in the plane of x and y: International Tables for Crystallography B (2010), 3.3.1.
    """
    a, b, c = cell[:3]
    cos_a, cos_b, cos_g = np.cos(np.radians(cell[3:]))
    sin_g = np.sin(np.radians(cell[5]))
    x = (cos_a - cos_b * cos_g) / sin_g
    height = np.sqrt(max(1.0 - cos_b**2 - x**2, 0.0))
    return np.array([[a, b * cos_g, c * cos_b], [0.0, b * sin_g, c * x], [0.0, 0.0, c * height]])


def free_cell(space_group: str, system: str) -> tuple[str, ...]:
    """Names of the cell's free numbers, such as `a_angstrom`, `c_angstrom` of a trigonal one (hexagonal axes)."""
    if system == "triclinic":
        return CELL_NAMES
    lengths = tuple(n for n in CELL_NAMES[:3] if n not in TIED_TO_A.get(system, ()))
    if system == "monoclinic":
        unique = gemmi.SpaceGroup(space_group).monoclinic_unique_axis()
        return (*lengths, CELL_NAMES[3 + "abc".index(unique)])
    return lengths


def tied_cell(space_group: str, system: str, cell: Cell) -> Cell:
    """The cell with what the system ties set exactly: b to a, angles to 90 or 120."""
    free = free_cell(space_group, system)
    values = dict(zip(CELL_NAMES, cell, strict=True))
    for name in TIED_TO_A.get(system, ()):
        values[name] = values["a_angstrom"]
    fixed = FIXED_ANGLES.get(system, (90.0, 90.0, 90.0))
    angles = dict(zip(CELL_NAMES[3:], fixed, strict=True))
    values |= {name: angle for name, angle in angles.items() if name not in free}
    a, b, c, alpha, beta, gamma = (values[n] for n in CELL_NAMES)
    return a, b, c, alpha, beta, gamma
