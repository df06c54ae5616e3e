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

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.physics.change_shapes import BREAKS, STEPS, Shape
from pipeline.physics.residuals import MAD_TO_SIGMA, correlation_inflation
from pipeline.physics.separable import Box, Surface, surface

Model = Literal["logistic", "broken_line"]
EDGE = 3  # points that must lie on either side of a change
SYSTEMATIC = 3.5  # sigmas of the lag-one correlation of residuals: the model is not the data's
ALONE = 8.0  # usual residuals away from the curve
CALMER = 4.0  # times nearer to it are the neighbours of a point that stands alone
MOST_ALONE = 0.05  # of all points; more are no accidents
ROUNDS = 3  # of leaving out
AT_LIMIT = 2.0  # sigmas from the border of the range: the likelihood is cut, and says no number
NEGLIGIBLE = 0.02  # Akaike weight of a shape that is left out
SECOND_BREAK = (
    8.0  # added to its AICc: the best of all second breaks gains by chance (1 % of lines with one)
)
SHORTEST = 0.05  # of the usual gap between points: breaks nearer to each other are one jump


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points that are used `(n,)`, ascending; those that are not `measured` stand for an upper limit.

    `index` `(n,)` are their places among all that there are.
    """

    index: IntArray
    x: FloatArray
    y: FloatArray
    weight: FloatArray
    measured: BoolArray

    def without(self, some: BoolArray) -> Points:
        """The other points."""
        return Points(*(getattr(self, name)[~some] for name in self.__slots__))

    def degrees(self, parameters: int) -> float:
        """Degrees of freedom of the scatter, no less than one."""
        return max(1.0, float(self.measured.sum()) - parameters)


def used_points(x: FloatArray, y: FloatArray, sigma: FloatArray, limit: BoolArray | None) -> Points:
    """Points with a covariate, a value and a sigma, in the order of the covariate."""
    with np.errstate(invalid="ignore"):
        used = np.isfinite(x) & np.isfinite(y) & np.isfinite(sigma) & (sigma > 0)
    measured = np.ones(x.shape, dtype=np.bool_) if limit is None else ~limit
    order = np.flatnonzero(used)[np.argsort(x[used], kind="stable")]
    return Points(order, x[order], y[order], 1 / sigma[order] ** 2, measured[order])


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


def settled(points: Points, model: Model) -> tuple[Points, list[Candidate]]:
    """Fit every shape of a model, and leave out points that stand alone.

    Args:
        points: what is fitted.
        model: `logistic` or `broken_line`.

    Returns:
        The points that are left, and the shapes, the most likely first.
    """
    tried = candidates(points, model)
    for _ in range(ROUNDS):
        some = alone(points, tried[0])
        if not some.any():
            break
        points = points.without(some)
        tried = candidates(points, model)
    return points, tried


def candidates(points: Points, model: Model) -> list[Candidate]:
    """Fit every shape of a model.

    Args:
        points: what is fitted.
        model: `logistic` or `broken_line`.

    Returns:
        The shapes, the most likely first, their errors scaled to what scatters.
    """
    x, tried = points.x, []
    shortest = SHORTEST * float(np.median(np.diff(np.unique(x))))
    for name in STEPS if model == "logistic" else BREAKS:
        shape = Shape(name, x, float(np.ptp(x)), float(x[-1]), shortest)
        limits = shape.limits(x[EDGE - 1], x[-EDGE])
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
        limits = shape.limits(x[EDGE - 1], x[-EDGE])
        scale = float(np.sqrt(reduced * inflation))
        if part > NEGLIGIBLE and scale > 1:
            args = (shape, limits, points.y, points.weight, scale, found.box)
            found = surface(*args)  # noqa: PLW2901  (the same, its errors scaled)
        poor = lag_one(residual) > SYSTEMATIC
        made.append(Candidate(shape, found, float(part), poor, _is_cut(shape, found, limits)))
    made.sort(key=lambda c: -c.share)
    # One break or two are different statements, not two views of one: of these the better one is taken.
    return [c for c in made if c.share > NEGLIGIBLE] if model == "logistic" else made[:1]


def alone(points: Points, best: Candidate) -> BoolArray:
    """Which points stand alone, far from the curve, while their neighbours lie near it `(n,)`.

    A lost beam or a line taken for its neighbour: one such frame in a hundred would outweigh all others. Where
    the model is at fault, residuals of neighbours are large together, and nothing is called alone.
    """
    away = np.abs(_residual(points, best.shape, best.surface))
    usual = max(1.0, MAD_TO_SIGMA * float(np.nanmedian(away)))
    near = np.nan_to_num(np.pad(away, 1))
    beside = np.maximum(near[:-2], near[2:])
    # A change that is over in a frame or two has points far from a model, but between their neighbours.
    padded = np.pad(points.y, 1, mode="edge")
    left, right = padded[:-2], padded[2:]
    beyond = np.maximum(points.y - np.maximum(left, right), np.minimum(left, right) - points.y)
    sticks_out = beyond * np.sqrt(points.weight) > ALONE * usual
    found: BoolArray = sticks_out & (away > ALONE * usual) & (beside < away / CALMER)
    return found if found.sum() <= MOST_ALONE * away.size else np.zeros_like(found)


def _residual(points: Points, shape: Shape, made: Surface) -> FloatArray:
    best = slice(made.best, made.best + 1)
    design = shape(made.location[best], made.second[best])[0]
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
    second, spread = made.moments(made.second)
    return shape.name != "kink" and limits.high[1] - second < AT_LIMIT * spread
