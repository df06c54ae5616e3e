"""The relative slope of a straight line: a coefficient of expansion.

`y = y0 (1 + k (x - x0))`, with `x0` the lowest covariate that is used: the length there is what the
coefficient refers to, as in dilatometry (ISO 11359-2, with room temperature where heating begins).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics.change_choice import SYSTEMATIC, lag_one, used_points
from pipeline.physics.residuals import correlation_inflation

FEWEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """A straight line; NaN where there are fewer than three points.

    `slope` is relative, per unit of the covariate, `start` the value at the lowest covariate; `fitted` and
    `progress` `(n,)` are the line at all points, and 0 at the lowest covariate to 1 at the highest. `change`
    is what is between the two. `poor` says that residuals hang together: it is no straight line.
    """

    slope: float
    slope_sigma: float
    start: float
    change: float
    reduced_chi2: float
    fitted: FloatArray
    progress: FloatArray
    poor: bool


def relative_slope(x: FloatArray, y: FloatArray, sigma: FloatArray) -> Expansion:
    """Fit the line by weighted least squares.

    Args:
        x: covariate `(n,)`, NaN where it is not known.
        y: values `(n,)`, NaN where there is none.
        sigma: their sigmas `(n,)`.

    Returns:
        The line. Sigmas are scaled by the root of the reduced chi2 where above one, and by the autocorrelation of
        the residuals.
    """
    points = used_points(x, y, sigma, None)
    nothing = np.full(x.shape, np.nan)
    if points.x.size < FEWEST or not np.ptp(points.x) > 0:
        return Expansion(*(np.nan,) * 5, nothing, nothing, poor=False)
    low, span = points.x[0], float(np.ptp(points.x))
    root = np.sqrt(points.weight)
    design = np.stack([np.ones_like(points.x), (points.x - low) / span]) * root
    inverse = np.linalg.inv(design @ design.T)
    start, change = inverse @ (design @ (points.y * root))
    residual = points.y * root - np.array([start, change]) @ design
    reduced = float(residual @ residual) / points.degrees(2)
    inflation = float(correlation_inflation(residual[None], 2)[0])
    covariance = inverse * max(1.0, reduced) * inflation
    gradient = np.array([-change / start, 1.0]) / start
    t = (x - low) / span
    return Expansion(
        slope=float(change / start / span),
        slope_sigma=float(np.sqrt(gradient @ covariance @ gradient) / span),
        start=float(start),
        change=float(change),
        reduced_chi2=reduced,
        fitted=start + change * t,
        progress=t,
        poor=lag_one(residual) > SYSTEMATIC,
    )
