"""Lattices: spacings, volume, and how they change with the cell, for any crystal system.

With the metric tensor `G_ij = a_i . a_j` and its inverse `G*`, `1 / d^2 = h^T G* h` and
`V^2 = det G`; with the vector `u = G* h`, `d(1/d^2) / dp = -u^T (dG/dp) u`
(International Tables for Crystallography B, section 1.1, doi:10.1107/97809553602060000757;
D. E. Sands, Vectors and Tensors in Crystallography (1982), ISBN 0-201-07148-7).

A cell is six numbers, a, b, c in angstrom and alpha, beta, gamma in degrees, along the last axis, so that
cells of a whole series `(n, 6)` are treated at once. Derivatives by angles are per degree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pipeline.core.arrays import FloatArray

PARAMETERS = ("a", "b", "c", "alpha", "beta", "gamma")
FREE: dict[str, tuple[str, ...]] = {
    "cubic": ("a",),
    "tetragonal": ("a", "c"),
    "hexagonal": ("a", "c"),
    "orthorhombic": ("a", "b", "c"),
    "monoclinic": ("a", "b", "c", "beta"),
    "triclinic": PARAMETERS,
}
"""Cell parameters that each system leaves free; trigonal phases are described on hexagonal axes."""

EQUAL_LENGTHS: dict[str, dict[str, str]] = {
    "cubic": {"b": "a", "c": "a"},
    "tetragonal": {"b": "a"},
    "hexagonal": {"b": "a"},
}
PAIRS = ((1, 2), (0, 2), (0, 1))  # axes that alpha, beta and gamma stand between


def ties(system: str) -> FloatArray:
    """Derivatives of the six cell parameters by the free ones of a system, `(6, n_free)` of 0 and 1.

    Raises:
        KeyError: no such system.
    """
    free = FREE[system]
    tied = np.zeros((6, len(free)))
    for row, name in enumerate(PARAMETERS):
        source = EQUAL_LENGTHS.get(system, {}).get(name, name)
        if source in free:
            tied[row, free.index(source)] = 1.0
    return tied


def metric(cell: ArrayLike) -> FloatArray:
    """Metric tensor of cells `(..., 6)`: `(..., 3, 3)` in square angstrom."""
    lengths, cosines, _ = _split(cell)
    tensor = lengths[..., :, None] * lengths[..., None, :]
    for k, (i, j) in enumerate(PAIRS):
        tensor[..., i, j] *= cosines[..., k]
        tensor[..., j, i] = tensor[..., i, j]
    return tensor


def metric_derivatives(cell: ArrayLike) -> FloatArray:
    """Derivatives of the metric tensor by the six cell parameters: `(..., 6, 3, 3)`."""
    lengths, cosines, sines = _split(cell)
    change = np.zeros((*lengths.shape[:-1], 6, 3, 3))
    for i in range(3):
        change[..., i, i, i] = 2 * lengths[..., i]
    for k, (i, j) in enumerate(PAIRS):
        both = lengths[..., i] * lengths[..., j]
        terms = {
            i: lengths[..., j] * cosines[..., k],
            j: lengths[..., i] * cosines[..., k],
            3 + k: -both * sines[..., k] * np.pi / 180,
        }
        for parameter, term in terms.items():
            change[..., parameter, i, j] = change[..., parameter, j, i] = term
    return change


def inverse_square_spacing(hkl: ArrayLike, cell: ArrayLike) -> FloatArray:
    """Squared length of reciprocal-lattice vectors, `1 / d^2`.

    Args:
        hkl: indices `(n_lines, 3)`.
        cell: cells `(..., 6)`.

    Returns:
        `(..., n_lines)` in 1/angstrom^2.
    """
    indices = np.asarray(hkl, dtype=np.float64)
    inverse = np.linalg.inv(metric(cell))
    squared: FloatArray = np.einsum("li,...ij,lj->...l", indices, inverse, indices)
    return squared


def inverse_square_derivatives(hkl: ArrayLike, cell: ArrayLike) -> FloatArray:
    """Derivatives of `inverse_square_spacing` by the six cell parameters: `(..., n_lines, 6)`."""
    indices = np.asarray(hkl, dtype=np.float64)
    u = np.einsum("...ij,lj->...li", np.linalg.inv(metric(cell)), indices)
    slope: FloatArray = -np.einsum("...li,...pij,...lj->...lp", u, metric_derivatives(cell), u)
    return slope


def spacing_angstrom(hkl: ArrayLike, cell: ArrayLike) -> FloatArray:
    """Spacings `(..., n_lines)` of the planes `(n_lines, 3)` in cells `(..., 6)`."""
    spacing: FloatArray = 1 / np.sqrt(inverse_square_spacing(hkl, cell))
    return spacing


def volume_angstrom3(cell: ArrayLike) -> FloatArray:
    """Volume of cells `(..., 6)`: `(...,)`."""
    volume: FloatArray = np.sqrt(np.linalg.det(metric(cell)))
    return volume


def volume_derivatives(cell: ArrayLike) -> FloatArray:
    """Derivatives of the volume by the six cell parameters, `V tr(G* dG/dp) / 2`: `(..., 6)`."""
    inverse = np.linalg.inv(metric(cell))
    trace = np.einsum("...ij,...pji->...p", inverse, metric_derivatives(cell))
    slope: FloatArray = volume_angstrom3(cell)[..., None] / 2 * trace
    return slope


def propagated_sigma(gradient: FloatArray, covariance: FloatArray) -> FloatArray:
    """Sigma of a quantity from the covariance of what it depends on, `sqrt(g^T C g)`.

    Args:
        gradient: `(..., k)`.
        covariance: `(..., k, k)`.

    Returns:
        `(...,)`.
    """
    variance = np.einsum("...i,...ij,...j->...", gradient, covariance, gradient)
    sigma: FloatArray = np.sqrt(np.maximum(variance, 0.0))  # rounding may leave -1e-30 of a zero
    return sigma


def _split(cell: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lengths `(..., 3)`, cosines and sines of the angles `(..., 3)`.

    Right angles and 120 degrees have exact cosines, so that a cubic cell has an exactly diagonal metric.
    """
    values = np.asarray(cell, dtype=np.float64)
    angles = values[..., 3:]
    cosines = np.cos(np.radians(angles))
    cosines = np.where(angles == 90, 0.0, np.where(angles == 120, -0.5, cosines))
    return values[..., :3], cosines, np.sin(np.radians(angles))
