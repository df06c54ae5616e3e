"""Bond lengths between sites: which neighbours an atom has, and how far they are in a refined cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model.refined import RefinedPhase
from pipeline.rietveld.model.symmetry import operations, orthogonal

ANIONS = frozenset({"O", "F", "S", "Cl", "Br", "I", "Se", "Te"})
LONGEST_ANGSTROM = 3.3
SHELL_RATIO = (
    1.35  # longest bond over the shortest of a polyhedron: Mn3+ and Cu2+ stretch theirs by a fifth
)
SAME = 1e-4  # fractional
EQUAL_ANGSTROM = 1e-4  # distances nearer than this are one, as symmetry makes them


@dataclass(frozen=True, slots=True)
class Bond:
    """Equal distances from an atom of one site to atoms of another, as images to measure: operation and translation."""

    site: str
    other_site: str
    first: int
    second: int
    images: tuple[tuple[int, tuple[int, int, int]], ...]


def bonds_of(model: PhaseModel, refined: RefinedPhase) -> tuple[Bond, ...]:
    """Bonds of a phase: around each cation the anions of its polyhedron; of a metal its nearest neighbours.

    Args:
        model: the phase.
        refined: as refined, which decides what is near.
    """
    sites = {a.site: k for k, a in reversed(list(enumerate(model.atoms)))}
    rows = sorted(sites.values())
    anions = [k for k in rows if model.atoms[k].element in ANIONS]
    cations = [k for k in rows if k not in anions]
    found: list[Bond] = []
    for k in cations or rows:
        around = [
            (distance, other, image)
            for other in (anions or rows)
            for distance, image in _images(model, refined, k, other)
        ]
        if not around:
            continue
        reach = min(d for d, _, _ in around) * (SHELL_RATIO if anions else 1.05)
        near = [entry for entry in around if entry[0] <= min(reach, LONGEST_ANGSTROM)]
        for other in dict.fromkeys(o for _, o, _ in near):
            found += _grouped(model, k, other, [(d, i) for d, o, i in near if o == other])
    return tuple(found)


def bond_lengths(refined: RefinedPhase, bonds: Sequence[Bond], space_group: str) -> FloatArray:
    """Mean distance of each bond's images in angstrom, `(n_bonds,)`."""
    rot, tran = operations(space_group)
    axes = orthogonal(refined.cell)
    lengths = []
    for bond in bonds:
        here, there = refined.position[bond.first], refined.position[bond.second]
        steps = [rot[op] @ there + tran[op] + np.array(shift) - here for op, shift in bond.images]
        lengths.append(np.linalg.norm(np.array(steps) @ axes.T, axis=1).mean())
    return np.array(lengths)


Image = tuple[int, tuple[int, int, int]]


def _images(
    model: PhaseModel, refined: RefinedPhase, first: int, second: int
) -> list[tuple[float, Image]]:
    """Distances to the images of an atom within reach, each image once."""
    rot, tran = operations(model.space_group)
    axes = orthogonal(refined.cell)
    heights = 1.0 / np.linalg.norm(np.linalg.inv(axes), axis=1)
    spans = [range(-int(n), int(n) + 1) for n in np.ceil(LONGEST_ANGSTROM / heights) + 1]
    shifts = np.array(list(product(*spans)))
    found: list[tuple[float, Image]] = []
    ends = np.empty((0, 3))
    for op in range(len(rot)):
        image = rot[op] @ refined.position[second] + tran[op]
        whole = np.floor(image + 1e-6)
        steps = image - whole + shifts - refined.position[first]
        distances = np.linalg.norm(steps @ axes.T, axis=1)
        for n in np.flatnonzero((distances > 0.3) & (distances < LONGEST_ANGSTROM)):
            if np.any(np.abs(ends - steps[n]).max(axis=1) < SAME):
                continue  # several operations lead to one image of an atom on a special position
            ends = np.vstack([ends, steps[n]])
            x, y, z = (shifts[n] - whole).astype(int).tolist()
            found.append((float(distances[n]), (op, (x, y, z))))
    return found


def _grouped(
    model: PhaseModel, first: int, second: int, near: list[tuple[float, Image]]
) -> list[Bond]:
    near = sorted(near)
    groups: list[list[tuple[float, Image]]] = []
    for entry in near:
        if groups and entry[0] - groups[-1][0][0] < EQUAL_ANGSTROM:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    names = model.atoms[first].site, model.atoms[second].site
    return [Bond(*names, first, second, tuple(image for _, image in group)) for group in groups]
