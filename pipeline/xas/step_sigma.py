"""What an edge step is worth: how far noise moves it, and how far its windows do.

The residuals of a post-edge polynomial are noise and what a polynomial cannot follow: EXAFS, a
curved detector. Noise moves the step of each scan by itself, and averages down between scans. The
rest would move it with another window, by the same amount in all scans of a specimen: that is the
ambiguity of the window. Both follow from the same gradient of the step by the coefficients,

    sigma^2 = g^T C g v,   sigma_model^2 = g^T C g (s^2 tau - v),

with the unit covariance C of the fit, the residual variance `s^2`, the factor `tau` for its
autocorrelation, and the variance `v` of the noise of one point: `s^2` where the residuals are white,
else that of `point_noise`, which compares neighbours and so does not see what varies slowly.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.polyfit import PolynomialFits
from pipeline.physics.residuals import point_noise

Bounds = tuple[IntArray, IntArray]
"""First point and one past the last of a window, `(n,)` each."""


def variances(
    fits: PolynomialFits, gradient: FloatArray, grid: FloatArray, mu: FloatArray, window: Bounds
) -> tuple[FloatArray, FloatArray]:
    """Variance of a linear function of a fit's coefficients: by noise, and by all else.

    Args:
        fits: polynomials fitted to `mu` over the window.
        gradient: of the function, by the coefficients, `(n, d+1)`.
        grid: abscissa, `(p,)` or `(n, p)`.
        mu: what was fitted, `(n, p)`.
        window: the points that were fitted.

    Returns:
        The two variances `(n,)`; their sum is `fits.sigma_of(gradient) ** 2`.
    """
    total = fits.sigma_of(gradient) ** 2
    residual_variance = fits.variance * fits.inflation
    noise_variance = np.minimum(_noise_variance(fits, grid, mu, window), residual_variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(residual_variance > 0, noise_variance / residual_variance, 1.0)
    by_noise = total * share
    return by_noise, total - by_noise


def _noise_variance(
    fits: PolynomialFits, grid: FloatArray, mu: FloatArray, window: Bounds
) -> FloatArray:
    """Variance of the noise of one point inside each window, `(n,)`."""
    variance = np.array(fits.variance)
    coloured = fits.inflation > 1.0
    first, stop = window
    for a, b in np.unique(np.stack([first[coloured], stop[coloured]], axis=1), axis=0):
        rows = np.flatnonzero(coloured & (first == a) & (stop == b))
        x = grid[a:b] if grid.ndim == 1 else grid[rows, a:b]
        noise = point_noise(x, mu[rows, a:b])
        # Too few points to tell noise from the rest: all of it counts as noise.
        variance[rows] = np.where(np.isfinite(noise), noise**2, np.inf)
    return variance
