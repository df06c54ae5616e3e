"""Straight calibration lines through few points of known uncertainty, and their inversion.

The model is `y_i = c + b (x_i - x0) + d_i + e_i` with exact `x`, stated errors `e_i` of sigma
`sigma_i`, and an intrinsic scatter `d_i` of sigma `s`, shared by all and not known. With weights
`w_i = 1 / (sigma_i^2 + s^2)` the scatter is the one that makes the weighted sum of squares what
it should be, `sum_i w_i r_i^2 = n - 2`, and zero where the stated errors explain the residuals
already. About the weighted centre `x0` the two parameters are independent.

An unknown `x` is read off at a measured `y`, `x = x0 + (y - c) / b`; a new point is as far from
the line as the others are, so that

    sigma_x^2 = (sigma_y^2 + s^2 + sigma_c^2 + (x - x0)^2 sigma_b^2) / b^2 .

What of the variance is estimated, the share `q = s^2 / (s^2 + mean sigma_i^2)`, is known from n - 2
degrees of freedom only and takes Student's t; what was stated does not. So the 68 % interval is
`x +- k sigma_x` with `k^2 = 1 + q (t^2 - 1)`. It covers 65 to 73 % of simulated lines through
three to eight points that scatter, and up to 78 % where they do not; t for all of the variance
would cover up to 95 %.

References: R. Paule, J. Mandel, J. Res. Natl. Bur. Stand. 87 (1982) 377,
doi:10.6028/jres.087.022 (intrinsic scatter); C. Osborne, Int. Stat. Rev. 59 (1991) 309,
doi:10.2307/1403690 (calibration and its inversion).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from pipeline.core.arrays import BoolArray, FloatArray

ONE_SIDED = 0.8413447460685429  # the share below +1 sigma
BISECTIONS = 40
FEWEST_FOR_SCATTER = 3
SMALLEST_SHARE = 1e-12  # of the scatter of y; less intrinsic scatter than this is none


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines `y = centre_y + slope (x - centre_x)`, each field `(n,)`; NaN where there is none.

    `interval` is the half width of a 68 % prediction interval in sigmas.
    """

    slope: FloatArray
    slope_sigma: FloatArray
    centre_x: FloatArray
    centre_y: FloatArray
    centre_y_sigma: FloatArray
    scatter: FloatArray
    interval: FloatArray

    def at(self, x: FloatArray) -> FloatArray:
        """Value of each line at one `x` `(n,)`."""
        return self.centre_y + self.slope * (x - self.centre_x)

    def invert(self, y: FloatArray, sigma_y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Read `x` off each line at a new point's `y` `(n,)`, with its prediction sigma."""
        from_centre = (y - self.centre_y) / self.slope
        variance = (
            sigma_y**2
            + self.scatter**2
            + self.centre_y_sigma**2
            + (from_centre * self.slope_sigma) ** 2
        )
        return self.centre_x + from_centre, np.sqrt(variance) / np.abs(self.slope)


def fit(
    x: FloatArray,
    y: FloatArray,
    sigma: FloatArray,
    used: BoolArray,
    scatter: float | None = None,
) -> Lines:
    """Fit a line to each of several sets of points.

    Args:
        x: abscissae, exact, `(m,)` or `(n, m)`.
        y: ordinates, as `x`.
        sigma: their stated sigmas, as `x`.
        used: which points each line takes, `(n, m)`; the others may hold NaN.
        scatter: intrinsic scatter where it is known; None to estimate it, which needs three points.

    Returns:
        One line for each row of `used`; NaN where its points are too few or at one `x` alone.
    """
    x, y, variance = (
        np.where(used, np.broadcast_to(v, used.shape), 0.0) for v in (x, y, np.square(sigma))
    )
    count = used.sum(axis=1)
    fewest = FEWEST_FOR_SCATTER if scatter is None else 2
    lowest = np.where(used, x, np.inf).min(axis=1, initial=np.inf)
    highest = np.where(used, x, -np.inf).max(axis=1, initial=-np.inf)
    possible = (count >= fewest) & (highest > lowest)
    used = used & possible[:, None]
    if scatter is None:
        squared = _intrinsic_variance(x, y, variance, used)
        interval = _interval(squared, variance, used)
    else:
        squared = np.full(len(used), scatter**2)
        interval = np.ones(len(used))
    weight = _weights(variance, squared, used)
    centre_x, centre_y, slope, spread = _line(x, y, weight)
    nowhere = np.where(possible, 0.0, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Lines(
            slope=slope + nowhere,
            slope_sigma=1 / np.sqrt(spread) + nowhere,
            centre_x=centre_x + nowhere,
            centre_y=centre_y + nowhere,
            centre_y_sigma=1 / np.sqrt(weight.sum(axis=1)) + nowhere,
            scatter=np.sqrt(squared) + nowhere,
            interval=interval + nowhere,
        )


def _interval(squared: FloatArray, variance: FloatArray, used: BoolArray) -> FloatArray:
    """Half width of the 68 % interval in sigmas: Student's t for the share that is estimated."""
    count = used.sum(axis=1)
    stated = np.where(used, variance, 0.0).sum(axis=1) / np.maximum(count, 1)
    total = squared + stated
    share = np.divide(squared, total, out=np.zeros_like(total), where=total > 0)
    t = stdtrit(np.maximum(count - 2.0, 1.0), ONE_SIDED)
    half: FloatArray = np.sqrt(1 + share * (t**2 - 1))
    return half


def _weights(variance: FloatArray, squared: FloatArray, used: BoolArray) -> FloatArray:
    total = variance + squared[:, None]
    # Points without any error lie exactly on their line: equal weights serve.
    exact = ~(np.where(used, total, np.inf).min(axis=1, initial=np.inf) > 0)
    total = np.where(exact[:, None], 1.0, total)
    return np.divide(1.0, total, out=np.zeros_like(total), where=used)


def _line(
    x: FloatArray, y: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Weighted centre, slope, and `sum w (x - x0)^2`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = weight / weight.sum(axis=1, keepdims=True)
        centre_x, centre_y = (share * x).sum(axis=1), (share * y).sum(axis=1)
        dx = x - centre_x[:, None]
        spread = (weight * dx**2).sum(axis=1)
        slope = (weight * dx * (y - centre_y[:, None])).sum(axis=1) / spread
    return centre_x, centre_y, slope, spread


def _intrinsic_variance(
    x: FloatArray, y: FloatArray, variance: FloatArray, used: BoolArray
) -> FloatArray:
    """The `s^2` at which the weighted sum of squares is n - 2, by bisection; 0 where it is less."""

    def excess(squared: FloatArray) -> FloatArray:
        weight = _weights(variance, squared, used)
        centre_x, centre_y, slope, _ = _line(x, y, weight)
        residual = y - centre_y[:, None] - slope[:, None] * (x - centre_x[:, None])
        found: FloatArray = (weight * np.nan_to_num(residual) ** 2).sum(axis=1)
        less: FloatArray = found - (used.sum(axis=1) - 2.0)
        return less

    count = np.maximum(used.sum(axis=1), 1)
    mean = np.where(used, y, 0.0).sum(axis=1) / count
    # With s^2 as large as the scatter of y itself, the sum is below one.
    high = np.where(used, (y - mean[:, None]) ** 2, 0.0).sum(axis=1)
    low = SMALLEST_SHARE * high  # not zero: points without stated sigmas have none but the scatter
    needed = (high > 0) & (excess(low) > 0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        over = excess(middle) > 0
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return np.where(needed, (low + high) / 2, 0.0)
