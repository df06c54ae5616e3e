"""Polynomials fitted to many curves at once, each over its own window of points.

Every window is mapped to [-1, 1], so that the fit is as well conditioned at 8 keV as at zero.
Curves that share grid and window share one QR decomposition. The space of polynomials does not
depend on the origin, so a curve whose axis was shifted may be fitted on the unshifted grid.

Reference: G. Golub, C. Van Loan, Matrix Computations (2013), section 5.3, ISBN 978-1-4214-0794-4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.residuals import correlation_inflation


@dataclass(frozen=True, slots=True, eq=False)
class PolynomialFits:
    """One polynomial per curve, `y = sum_k c_k t^k` with `t = (x - centre) / half_width`.

    `coefficients` are `(n, d+1)`, `covariance` `(n, d+1, d+1)` for unit variance of a point.
    `variance` `(n,)` is the residual variance of a point and `inflation` `(n,)` the factor for
    the autocorrelation of residuals. Curves that were not fitted hold NaN.
    """

    centre: FloatArray
    half_width: FloatArray
    coefficients: FloatArray
    covariance: FloatArray
    variance: FloatArray
    inflation: FloatArray

    def at(self, x: FloatArray) -> FloatArray:
        """Evaluate every polynomial, by Horner's rule.

        Args:
            x: `(p,)` for all curves, or `(n, p)`.

        Returns:
            Values `(n, p)`.
        """
        t = (x - self.centre[:, None]) / self.half_width[:, None]
        value = np.broadcast_to(self.coefficients[:, -1:], t.shape).copy()
        for c in self.coefficients.T[-2::-1]:
            value *= t
            value += c[:, None]
        return value

    def basis(self, x: FloatArray) -> FloatArray:
        """Powers of `t` at one `x` `(n,)` per curve: `(n, d+1)`."""
        t = (x - self.centre) / self.half_width
        powers: FloatArray = t[:, None] ** np.arange(self.coefficients.shape[1])
        return powers

    def value_at(self, x: FloatArray) -> FloatArray:
        """Value at one `x` `(n,)` per curve: `(n,)`."""
        value: FloatArray = (self.basis(x) * self.coefficients).sum(axis=1)
        return value

    def slope_at(self, x: FloatArray) -> FloatArray:
        """Derivative `dy/dx` at one `x` `(n,)` per curve: `(n,)`."""
        power = np.arange(1, self.coefficients.shape[1])
        per_t: FloatArray = (self.basis(x)[:, :-1] * power * self.coefficients[:, 1:]).sum(axis=1)
        return per_t / self.half_width

    def sigma_of(self, gradient: FloatArray) -> FloatArray:
        """Uncertainty `(n,)` of a linear function of the coefficients, `gradient . c`.

        From the covariance, scaled by the residual variance and by the autocorrelation of the
        residuals.
        """
        unit = np.einsum("ni,nij,nj->n", gradient, self.covariance, gradient)
        sigma: FloatArray = np.sqrt(unit * self.variance * self.inflation)
        return sigma


def fit(
    x: FloatArray, y: FloatArray, first: IntArray, stop: IntArray, degree: int
) -> PolynomialFits:
    """Fit a polynomial to the points `first <= i < stop` of every curve.

    Args:
        x: the grid, `(p,)` shared by all curves or `(n, p)`.
        y: curves `(n, p)`.
        first: first point of each curve's window, `(n,)`.
        stop: one past its last point, `(n,)`; a window of no more than `degree + 1` points is
            not fitted, and its row holds NaN.
        degree: degree of the polynomial.

    Returns:
        The fits, with covariance and residual variance.
    """
    n, k = y.shape[0], degree + 1
    out = PolynomialFits(
        centre=np.full(n, np.nan),
        half_width=np.full(n, np.nan),
        coefficients=np.full((n, k), np.nan),
        covariance=np.full((n, k, k), np.nan),
        variance=np.full(n, np.nan),
        inflation=np.full(n, np.nan),
    )
    windows, member = np.unique(np.stack([first, stop], axis=1), axis=0, return_inverse=True)
    for w, (a, b) in enumerate(windows):
        if b - a <= k:
            continue
        rows = np.flatnonzero(member.ravel() == w)
        x_in = x[a:b] if x.ndim == 1 else x[rows, a:b]
        y_in = y[rows, a:b]
        centre = (x_in[..., :1] + x_in[..., -1:]) / 2
        half = (x_in[..., -1:] - x_in[..., :1]) / 2
        design = ((x_in - centre) / half)[..., None] ** np.arange(k)
        q, r = np.linalg.qr(design)
        inverse = np.linalg.inv(r)
        projected = y_in @ q if x.ndim == 1 else np.einsum("np,npk->nk", y_in, q)
        coefficients = np.einsum("...jk,...k->...j", inverse, projected)
        residual = y_in - np.einsum("...pk,...k->...p", design, coefficients)
        out.centre[rows], out.half_width[rows] = centre[..., 0], half[..., 0]
        out.coefficients[rows] = coefficients
        out.covariance[rows] = inverse @ np.swapaxes(inverse, -1, -2)
        out.variance[rows] = (residual**2).sum(axis=1) / (b - a - k)
        out.inflation[rows] = correlation_inflation(residual)
    return out
