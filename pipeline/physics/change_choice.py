"""Which shapes of a change the data allow, and the likelihood of place and width for each.

Shapes are compared by AICc with one common scale of the errors, that of the shape that fits best
(C. Hurvich, C.-L. Tsai, Biometrika 76 (1989) 297, doi:10.1093/biomet/76.2.297). A choice of one shape
would hide that the choice itself is uncertain: with 120 frames a slope of a level that is just not seen moves an
onset by as much as its sigma. So estimates are averaged with Akaike weights `exp(-AICc / 2)`
(S. Buckland, K. Burnham, N. Augustin, Biometrics 53 (1997) 603, doi:10.2307/2533961). Whether a broken line has
one break or two is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.change_shapes import BREAKS, STEPS, Shape
from pipeline.physics.residuals import correlation_inflation
from pipeline.physics.separable import Box, Surface, surface

Model = Literal["logistic", "broken_line"]
EDGE = 3  # points that must lie on either side of a change
SYSTEMATIC = 3.5  # sigmas of the lag-one correlation of residuals: the model is not the data's
AT_LIMIT = 2.0  # sigmas from the border of the range: the likelihood is cut, and says no number
NEGLIGIBLE = 0.02  # Akaike weight of a shape that is left out
SECOND_BREAK = (
    8.0  # added to its AICc: the best of all second breaks gains by chance (1 % of lines with one)
)
SHORTEST = 0.05  # of the usual gap between points: breaks nearer to each other are one jump


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points that are used `(n,)`, ascending; those that are not `measured` stand for an upper limit."""

    x: FloatArray
    y: FloatArray
    weight: FloatArray
    measured: BoolArray

    def degrees(self, parameters: int) -> float:
        """Degrees of freedom of the scatter, no less than one."""
        return max(1.0, float(self.measured.sum()) - parameters)


def used_points(x: FloatArray, y: FloatArray, sigma: FloatArray, limit: BoolArray | None) -> Points:
    """Points with a covariate, a value and a sigma, in the order of the covariate."""
    with np.errstate(invalid="ignore"):
        used = np.isfinite(x) & np.isfinite(y) & np.isfinite(sigma) & (sigma > 0)
    measured = np.ones(x.shape, dtype=np.bool_) if limit is None else ~limit
    order = np.flatnonzero(used)[np.argsort(x[used], kind="stable")]
    return Points(x[order], y[order], 1 / sigma[order] ** 2, measured[order])


def limits_of(points: Points, shape: Shape) -> Box:
    """Where location and width may be: `EDGE` points on either side, no wider than the range."""
    x = points.x
    low, high = x[EDGE - 1], x[-EDGE]
    if shape.name == "kink":
        return Box(np.array([low, 0.0]), np.array([high, 0.0]))
    least = SHORTEST * np.median(np.diff(np.unique(x))) if shape.name == "ramp" else 0.0
    return Box(np.array([low, least]), np.array([high, shape.span]))


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A shape, its likelihood, its Akaike weight among all that were tried, and whether its residuals hang together.

    `cut` says that the likelihood runs into the border of the range.
    """

    shape: Shape
    surface: Surface
    share: float
    poor: bool
    cut: bool


def candidates(points: Points, model: Model) -> list[Candidate]:
    """Fit every shape of a model.

    Args:
        points: what is fitted.
        model: `logistic` or `broken_line`.

    Returns:
        The shapes, the most likely first, their errors scaled to what scatters.
    """
    tried = []
    for name in STEPS if model == "logistic" else BREAKS:
        shape = Shape(name, points.x, float(np.ptp(points.x)), points.x[-1], points.x[-EDGE])
        limits = limits_of(points, shape)
        found = surface(shape, limits, points.y, points.weight)
        residual = _residual(points, shape, found)
        reduced = found.least_chi2 / points.degrees(shape.parameters)
        inflation = float(correlation_inflation(residual[None], shape.parameters)[0])
        tried.append((shape, found, residual, max(1.0, reduced), inflation))
    least = min(reduced for _, _, _, reduced, _ in tried)
    score = np.array([_aicc(points, t[0], t[1].least_chi2 / least) for t in tried])
    share = np.exp(-(score - score.min()) / 2)
    share /= share.sum()
    made = []
    for part, (shape, found, residual, reduced, inflation) in zip(share, tried, strict=True):
        limits, scale = limits_of(points, shape), float(np.sqrt(reduced * inflation))
        if part > NEGLIGIBLE and scale > 1:
            args = (shape, limits, points.y, points.weight, scale, found.box)
            found = surface(*args)  # noqa: PLW2901  (the same, its errors scaled)
        poor = lag_one(residual) > SYSTEMATIC
        made.append(Candidate(shape, found, float(part), poor, _is_cut(shape, found, limits)))
    made.sort(key=lambda c: -c.share)
    # One break or two are different statements, not two views of one: of these the better one is taken.
    return [c for c in made if c.share > NEGLIGIBLE] if model == "logistic" else made[:1]


def _residual(points: Points, shape: Shape, made: Surface) -> FloatArray:
    best = slice(made.best, made.best + 1)
    design = shape(made.location[best], made.width[best])[0]
    residual = (points.y - made.coefficients[best][0] @ design) * np.sqrt(points.weight)
    return np.where(points.measured, residual, np.nan)


def _aicc(points: Points, shape: Shape, chi2: float) -> float:
    k, n = shape.parameters, points.x.size
    found = chi2 + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    return found + (SECOND_BREAK if shape.name == "ramp" else 0.0)


def lag_one(residual: FloatArray) -> float:
    """Correlation of neighbouring residuals, in sigmas of white noise."""
    pairs = residual[1:] * residual[:-1]
    count = np.count_nonzero(np.isfinite(pairs))
    total = np.nansum(residual**2)
    if count < 2 or not total > 0:
        return 0.0
    return float(np.nansum(pairs) / total * np.sqrt(count))


def _is_cut(shape: Shape, made: Surface, limits: Box) -> bool:
    location, sigma = made.moments(made.location)
    if min(location - limits.low[0], limits.high[0] - location) < AT_LIMIT * sigma:
        return True
    width, spread = made.moments(made.width)
    return shape.name != "kink" and limits.high[1] - width < AT_LIMIT * spread
