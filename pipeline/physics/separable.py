"""Curves that are linear in all parameters but two: their likelihood, mapped instead of climbed.

The model is `y(x) = sum_k c_k f_k(x; location, second)`, with a location and a second parameter that is a
width or another location. For any two of them the coefficients
follow from linear least squares (variable projection), which leaves a surface of chi2 over two
parameters. It is looked at on a grid that zooms in on where chi2 is within `REACH` of its minimum, so
that no start value is needed, no iteration can diverge, and kinks and plateaus of the surface (a
change that is over within one frame) do no harm.

Estimates are the mean and the covariance of the two under the likelihood
`exp(-chi2 / (2 scale^2))` with flat priors within their limits. Where the surface is a paraboloid these are the
least-squares values and their usual sigmas; between two frames, where any location fits as well,
they are the middle of the gap and `gap / sqrt(12)`.

References: G. Golub, V. Pereyra, SIAM J. Numer. Anal. 10 (1973) 413, doi:10.1137/0710036 (variable
projection); D. Sivia, J. Skilling, Data Analysis: A Bayesian Tutorial (2006), ISBN 978-0-19-856832-2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray

REACH = 20.0  # in chi2: what is further from the minimum has a weight below 5e-5
CELLS = 16  # of the grid along each of the two parameters
CELLS_ALONE = 256  # of the grid along the location alone
ROUNDS = 24
FILLED = 0.4  # the zoom ends where the likelihood takes this much of the grid
RIDGE = (
    1e-11  # of the scaled normal matrix; a function that vanishes at all points gets no coefficient
)
WORKSPACE = 4_000_000  # numbers held at once


class Shapes(Protocol):
    """The functions `f_k` of a model at its points."""

    def __call__(self, location: FloatArray, second: FloatArray) -> FloatArray:
        """Functions `(g, k, n)` at locations and second parameters `(g,)`."""

    def allowed(self, location: FloatArray, second: FloatArray) -> BoolArray:
        """Whether location and second parameter go together `(g,)`."""

    def first_grid(self, limits: Box) -> tuple[FloatArray, FloatArray]:
        """Locations and second parameters from which the map zooms in; every grid point of the two is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A part of the plane: lowest and highest location and second parameter, each `(2,)`; of a model with a location alone both second ones are 0."""

    low: FloatArray
    high: FloatArray

    @property
    def cells(self) -> tuple[int, int]:
        """Cells of a grid along location and second."""
        return (CELLS_ALONE, 0) if self.high[1] == self.low[1] else (CELLS, CELLS)

    def grid(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Location, second, and area in cells (half a cell at a border), of each grid point `(g,)`."""
        axes, areas = [], []
        for low, high, cells in zip(self.low, self.high, self.cells, strict=True):
            axes.append(np.linspace(low, high, cells + 1))
            area = np.ones(cells + 1)
            if cells:
                area[[0, -1]] = 0.5
            areas.append(area)
        location, second = np.meshgrid(*axes, indexing="ij")
        return location.ravel(), second.ravel(), np.outer(*areas).ravel()


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Likelihood over location and second at `g` grid points.

    `location`, `second`, `chi2` and `weight` (summing to one) are `(g,)`, `coefficients` `(g, k)`, `covariance`
    `(g, k, k)` of the coefficients at a grid point, for errors as stated; `scale` is by what those are
    multiplied. `box` is where the grid is.
    """

    location: FloatArray
    second: FloatArray
    chi2: FloatArray
    weight: FloatArray
    coefficients: FloatArray
    covariance: FloatArray
    scale: float
    box: Box

    @property
    def best(self) -> int:
        """The grid point of the smallest chi2."""
        return int(np.argmin(self.chi2))

    @property
    def least_chi2(self) -> float:
        """Smallest chi2."""
        return float(self.chi2.min())

    def moments(self, values: FloatArray) -> tuple[float, float]:
        """Mean and sigma of a function of location and second, given at the grid points `(g,)`."""
        mean = float(self.weight @ values)
        return mean, float(np.sqrt(self.weight @ (values - mean) ** 2))

    def linear(self, gradients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean `(q,)` and covariance `(q, q)` of linear functions of the coefficients.

        Args:
            gradients: `(g, q, k)`, for they may depend on location and second.

        Returns:
            Of the covariance, what lies between grid points is added to what lies within one.
        """
        values = np.einsum("gqk,gk->gq", gradients, self.coefficients)
        mean = self.weight @ values
        apart = values - mean
        between = np.einsum("g,gq,gr->qr", self.weight, apart, apart)
        within = gradients @ self.covariance @ gradients.swapaxes(-1, -2)
        return mean, between + np.einsum("g,gqr->qr", self.weight, within) * self.scale**2


def project(
    shapes: Shapes, location: FloatArray, second: FloatArray, y: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Least squares at each of `g` pairs of location and second.

    Args:
        shapes: the functions.
        location: `(g,)`.
        second: `(g,)`.
        y: data `(n,)`.
        weight: one over the square of sigma `(n,)`.

    Returns:
        chi2 `(g,)`, infinite where the pair is not allowed; coefficients `(g, k)` and their covariance
        `(g, k, k)`.
    """
    root = np.sqrt(weight)
    many = shapes(location[:1], second[:1]).shape[1]
    at_once = max(1, WORKSPACE // (many * y.size))
    parts = [
        _solve(shapes(location[i : i + at_once], second[i : i + at_once]) * root, y * root)
        for i in range(0, location.size, at_once)
    ]
    chi2, coefficients, covariance = (np.concatenate(p) for p in zip(*parts, strict=True))
    return np.where(shapes.allowed(location, second), chi2, np.inf), coefficients, covariance


def _solve(design: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    normal = design @ design.swapaxes(-1, -2)
    length = np.sqrt(np.einsum("gkk->gk", normal))
    length = np.where(length > 0, length, 1.0)
    lengths = length[:, :, None] * length[:, None, :]
    inverse = np.linalg.inv(normal / lengths + RIDGE * np.eye(normal.shape[-1])) / lengths
    coefficients = (inverse @ (design @ y)[..., None])[..., 0]
    # From the residuals, not from the normal equations, where a small chi2 drowns in rounding.
    residual = y - (coefficients[:, None, :] @ design)[:, 0, :]
    return np.einsum("gn,gn->g", residual, residual), coefficients, inverse


def surface(
    shapes: Shapes,
    limits: Box,
    y: FloatArray,
    weight: FloatArray,
    scale: float = 1.0,
    start: Box | None = None,
) -> Surface:
    """Map the likelihood around its maximum.

    Args:
        shapes: the functions `f_k`.
        limits: where location and second may be.
        y: data `(n,)`.
        weight: one over the square of sigma `(n,)`.
        scale: by which the stated sigmas are multiplied.
        start: where to begin; absent: everywhere within the limits.

    Returns:
        The surface on a grid that the likelihood fills.
    """
    box = start or _first_box(shapes, limits, y, weight)
    for _ in range(ROUNDS):
        location, second, _ = box.grid()
        size = box.high - box.low
        near = _near(shapes, location, second, y, weight, scale)
        margin = size / np.maximum(box.cells, 1)
        before, box = (
            box,
            Box(
                np.maximum(near.min(axis=1) - margin, limits.low),
                np.minimum(near.max(axis=1) + margin, limits.high),
            ),
        )
        within = (box.low >= before.low) & (box.high <= before.high)
        if (within & (box.high - box.low >= FILLED * size)).all():
            break
    location, second, area = box.grid()
    chi2, coefficients, covariance = project(shapes, location, second, y, weight)
    likelihood = area * np.exp(-(chi2 - chi2.min()) / (2 * scale**2))
    return Surface(
        location,
        second,
        chi2,
        likelihood / likelihood.sum(),
        coefficients,
        covariance,
        scale,
        box,
    )


def _near(
    shapes: Shapes,
    location: FloatArray,
    second: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    scale: float,
) -> FloatArray:
    """Locations and second parameters `(2, m)` of a grid where chi2 is near its minimum.

    While the grid is still coarse its minimum is far above the true one, and so many more count.
    """
    chi2, _, _ = project(shapes, location, second, y, weight)
    near = chi2 <= chi2.min() + REACH * max(scale**2, chi2.min() / y.size)
    return np.stack([location[near], second[near]])


def _first_box(shapes: Shapes, limits: Box, y: FloatArray, weight: FloatArray) -> Box:
    """Where to begin: what lies near the minimum of a grid over all limits, and a cell of it around."""
    axes = shapes.first_grid(limits)
    location, second = (v.ravel() for v in np.meshgrid(*axes, indexing="ij"))
    near = _near(shapes, location, second, y, weight, 1.0)
    corners = []
    for axis, values in zip(axes, near, strict=True):
        below = int(np.searchsorted(axis, values.min())) - 1
        above = int(np.searchsorted(axis, values.max(), side="right"))
        corners.append((axis[max(below, 0)], axis[min(above, axis.size - 1)]))
    low, high = np.array(corners).T
    return Box(low, high)
