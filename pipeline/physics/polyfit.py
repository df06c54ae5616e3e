"""Polynomials fitted to many curves at once, each over its own window of points.

Every window is mapped to [-1, 1], so that the fit is as well conditioned at 8 keV as at zero.
Curves that share grid and window share one QR decomposition. The space of polynomials does not
depend on the origin, so a curve whose axis was shifted may be fitted on the unshifted grid.

Reference: G. Golub, C. Van Loan, Matrix Computations (2013), section 5.3, ISBN 978-1-4214-0794-4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.residuals import correlation_inflation


@dataclass(frozen=True, slots=True, eq=False)
class PolynomialFits:
    """One polynomial per curve, `y = sum_k c_k t^k` with `t = (x - centre) / half_width`.

    `coefficients` are `(n, d+1)`, `covariance` `(n, d+1, d+1)` for unit variance of a point.
    `variance` `(n,)` is the residual variance of a point and `inflation` `(n,)` the factor for
    the autocorrelation of residuals; both NaN
    where the scatter was not asked for. Curves that were not fitted hold NaN.
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
        if x.ndim == 1 and self._one_window():
            t = (x - self.centre[0]) / self.half_width[0]
            curves: FloatArray = (
                self.coefficients @ t ** np.arange(len(self.coefficients.T))[:, None]
            )
            return curves
        t = (x - self.centre[:, None]) / self.half_width[:, None]
        value = np.broadcast_to(self.coefficients[:, -1:], t.shape).copy()
        for c in self.coefficients.T[-2::-1]:
            value *= t
            value += c[:, None]
        return value

    def _one_window(self) -> bool:
        """Say whether all curves are fitted over one and the same window."""
        return bool(
            len(self.centre)
            and (self.centre == self.centre[0]).all()
            and (self.half_width == self.half_width[0]).all()
        )

    def of_rows(self, rows: slice | IntArray) -> PolynomialFits:
        """The fits of some of the curves."""
        return PolynomialFits(*(getattr(self, name)[rows] for name in self.__slots__))

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
    x: FloatArray,
    y: FloatArray,
    first: IntArray,
    stop: IntArray,
    degree: int,
    *,
    scatter: bool = True,
) -> PolynomialFits:
    """Fit a polynomial to the points `first <= i < stop` of every curve.

    Args:
        x: the grid, `(p,)` shared by all curves or `(n, p)`.
        y: curves `(n, p)`.
        first: first point of each curve's window, `(n,)`.
        stop: one past its last point, `(n,)`; a window of no more than `degree + 1` points is
            not fitted, and its row holds NaN.
        degree: degree of the polynomial.
        scatter: look at the scatter of the points too, which takes longer than the fit itself and
            which `sigma_of` needs.

    Returns:
        The fits with covariance and, if asked, residual variance.
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
    for rows, a, b in _windows(first, stop):
        if b - a <= k:
            continue
        x_in = x[a:b] if x.ndim == 1 else x[rows, a:b]
        y_in = y[rows, a:b]
        centre = (x_in[..., :1] + x_in[..., -1:]) / 2
        half = (x_in[..., -1:] - x_in[..., :1]) / 2
        q, r = np.linalg.qr(((x_in - centre) / half)[..., None] ** np.arange(k))
        inverse = np.linalg.inv(r)
        projected = y_in @ q if x.ndim == 1 else np.einsum("np,npk->nk", y_in, q)
        out.centre[rows], out.half_width[rows] = centre[..., 0], half[..., 0]
        out.coefficients[rows] = np.einsum("...jk,...k->...j", inverse, projected)
        out.covariance[rows] = inverse @ np.swapaxes(inverse, -1, -2)
    return with_scatter(out, x, y, first, stop) if scatter else out


def with_scatter(
    fits: PolynomialFits, x: FloatArray, y: FloatArray, first: IntArray, stop: IntArray
) -> PolynomialFits:
    """Complete fits by the scatter of the points about them; arguments as they were for `fit`."""
    n, k = fits.coefficients.shape
    variance, inflation = np.full(n, np.nan), np.full(n, np.nan)
    for rows, a, b in _windows(first, stop):
        if b - a <= k:
            continue
        part = fits.of_rows(rows)
        residual = y[rows, a:b] - part.at(x[a:b] if x.ndim == 1 else x[rows, a:b])
        variance[rows] = (residual**2).sum(axis=1) / (b - a - k)
        inflation[rows] = correlation_inflation(residual)
    return replace(fits, variance=variance, inflation=inflation)


def _windows(first: IntArray, stop: IntArray) -> Iterator[tuple[slice | IntArray, int, int]]:
    """Curves that share a window, and that window; a slice where they are all."""
    if len(first) and (first == first[0]).all() and (stop == stop[0]).all():
        yield slice(None), int(first[0]), int(stop[0])
        return
    windows, member = np.unique(np.stack([first, stop], axis=1), axis=0, return_inverse=True)
    for w, (a, b) in enumerate(windows):
        yield np.flatnonzero(member.ravel() == w), int(a), int(b)
