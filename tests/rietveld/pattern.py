"""Powder patterns good enough to look at: reflections of three structures, Lorentzian lines on a background."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from pipeline.core.arrays import FloatArray


@dataclass(frozen=True)
class Crystal:
    """A phase: cell, and atoms as (electrons, x, y, z) of the whole cell."""

    name: str
    a_angstrom: float
    c_angstrom: float
    atoms: tuple[tuple[float, float, float, float], ...]
    system: str


@dataclass(frozen=True, eq=False)
class Lines:
    """Reflections of a phase in range, strongest scaled to 1, `(n,)`."""

    phase: str
    hkl: FloatArray
    multiplicity_count: FloatArray
    d_angstrom: FloatArray
    two_theta_deg: FloatArray
    intensity: FloatArray


def _layered() -> tuple[tuple[float, float, float, float], ...]:
    centred = ((0.0, 0.0, 0.0), (2 / 3, 1 / 3, 1 / 3), (1 / 3, 2 / 3, 2 / 3))
    sites = ((3.5, 0.0), (27.5, 0.5), (8.0, 0.24065), (8.0, -0.24065))
    return tuple((e, x, y, z + zs) for x, y, z in centred for e, zs in sites)


def _face_centred() -> tuple[tuple[float, float, float, float], ...]:
    centred = ((0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0))
    return tuple(
        (e, x + shift, y, z) for x, y, z in centred for e, shift in ((28.0, 0.0), (8.0, 0.5))
    )


_B = 0.1998
_BORON = tuple((5.0, *(np.roll((s, 0.5, 0.5), k))) for k in range(3) for s in (_B, -_B))
LAYERED = Crystal("NCM", 2.87707, 14.19522, _layered(), "hexagonal")
ROCK_SALT = Crystal("NiO", 4.1771, 4.1771, _face_centred(), "cubic")
LAB6 = Crystal("LaB6", 4.156826, 4.156826, ((57.0, 0.0, 0.0, 0.0), *_BORON), "cubic")


def lines_of(crystal: Crystal, wavelength_angstrom: float, highest_deg: float) -> Lines:
    """Reflections below an angle, one of each set of equal spacing and strength."""
    a, c = crystal.a_angstrom, crystal.c_angstrom
    h, k, el = np.array(list(product(range(-8, 9), range(-8, 9), range(-24, 25))), dtype=float).T
    inverse = (
        4 / 3 * (h * h + h * k + k * k) / a**2 + el**2 / c**2
        if crystal.system == "hexagonal"
        else (h * h + k * k + el * el) / a**2
    )
    sine = wavelength_angstrom / 2 * np.sqrt(inverse)
    inside = (sine > 0) & (sine < np.sin(np.radians(highest_deg / 2)))
    h, k, el, inverse, sine = (v[inside] for v in (h, k, el, inverse, sine))
    fall = np.exp(-1.6 * inverse / 4)
    amplitude = sum(
        e * fall * np.exp(2j * np.pi * (h * x + k * y + el * z)) for e, x, y, z in crystal.atoms
    )
    squared = np.abs(amplitude) ** 2
    groups: dict[tuple[float, float], list[int]] = {}
    for i in np.flatnonzero(squared > 1e-3 * squared.max()):
        groups.setdefault((round(inverse[i], 8), round(squared[i], 3)), []).append(int(i))
    kept = sorted(groups.values(), key=lambda g: inverse[g[0]])
    first = np.array([max(g, key=lambda i: (h[i], k[i], el[i])) for g in kept])
    count = np.array([float(len(g)) for g in kept])
    theta = np.arcsin(sine[first])
    polarised = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
    strength = count * squared[first] * polarised
    return Lines(
        crystal.name,
        np.array([h[first], k[first], el[first]]).T,
        count,
        1 / np.sqrt(inverse[first]),
        np.degrees(2 * theta),
        strength / strength.max(),
    )


def pattern(
    angle: FloatArray, phases: Sequence[Lines], shares_percent: Sequence[float]
) -> tuple[FloatArray, FloatArray]:
    """Counts and background at angles `(n_points,)`; the strongest line of a pure phase is 20000 counts high."""
    background = 60 + 250 * np.exp(-angle / 20) + 0.1 * angle
    total = background.copy()
    for lines, share in zip(phases, shares_percent, strict=True):
        half = 0.03 + 0.05 * np.tan(np.radians(lines.two_theta_deg / 2))
        height = 20000 * share / 100 * lines.intensity * half[0] / half
        for at, w, top in zip(lines.two_theta_deg, half, height, strict=True):
            near = np.abs(angle - at) < 60 * w
            total[near] += top / (1 + ((angle[near] - at) / w) ** 2)
    return total, background
