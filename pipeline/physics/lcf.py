"""Bounded linear least squares for few components, exact, for many spectra at once.

Each spectrum `y` is fitted by `y ~ A^T w` with `w >= 0` and, if asked, `sum w = 1`. With `K <= 6`
components the active-set problem has at most `2^K` faces, so all are tried and the best feasible
one is the optimum; nothing iterates, nothing can stop early. The design is reduced by a QR
decomposition first, and each face is solved by another QR of a `K x K` triangle: the normal
equations, which square the condition number, are never formed. The sum rule is eliminated with
an orthonormal basis of its null space, so that it holds to rounding.

Reference: C. Lawson, R. Hanson, Solving Least Squares Problems (1995),
doi:10.1137/1.9781611971217, chapters 20 and 23.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray

MAX_COMPONENTS = 6
# A face whose triangle has a diagonal this much below its largest is singular in double precision.
SINGULAR_RATIO = 1e-13
# Rows of spectra that are reduced at a time, few enough for a cache of the second level.
BLOCK_ROWS = 64


@dataclass(frozen=True, slots=True, eq=False)
class LcfSolution:
    """Weights `(n, K)` and what goes with them, one row per spectrum.

    `active` are the components that are not held at zero; `covariance` `(n, K, K)` is for points of
    unit variance (of sigma as given), with zero rows for components held at zero. `chi2` `(n,)`
    is the weighted sum of squares and `n_free` `(n,)` its degrees of freedom. The `unconstrained_`
    fields drop the bounds and keep the sum rule. A spectrum without a solution holds NaN.
    """

    weights: FloatArray
    covariance: FloatArray
    active: BoolArray
    chi2: FloatArray
    n_free: IntArray
    unconstrained_weights: FloatArray
    unconstrained_covariance: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """Spectra as the components see them: `|A^T w - y|^2 = |r w - z|^2 + beyond`.

    `q` `(p, K)` and `r` `(K, K)` are the QR decomposition of the components over sigma, one for all
    spectra or one each (with a leading `n`); `z` `(n, K)` are the data along `q`, `beyond`
    `(n,)` the squares of what no component reaches, `n_points` `(n,)` the points used.
    """

    q: FloatArray
    r: FloatArray
    z: FloatArray
    beyond: FloatArray
    n_points: IntArray

    def of_rows(self, rows: IntArray) -> Reduced:
        """The reduction of some of the spectra."""
        own = self.q.ndim == 3
        q, r = (self.q[rows], self.r[rows]) if own else (self.q, self.r)
        return Reduced(q, r, self.z[rows], self.beyond[rows], self.n_points[rows])


def solve(
    design: FloatArray,
    data: FloatArray,
    sigma: FloatArray | None = None,
    *,
    sum_to_one: bool,
    nonnegative: bool = True,
) -> LcfSolution:
    """Fit every spectrum by the components.

    Args:
        design: components, `(K, p)` for all spectra (or a broadcast view of that), or
            `(n, K, p)`; `1 <= K <= 6`.
        data: spectra `(n, p)`. A point where data or design is not finite is left out.
        sigma: sigma of each point, `(p,)` or `(n, p)`; one when not given; a point with a sigma
            that is infinite or NaN is left out.
        sum_to_one: force `sum w = 1`.
        nonnegative: force `w >= 0`.

    Returns:
        The global optimum of each spectrum. Where components are linearly dependent the
        unconstrained fields are NaN, and the weights are those of one optimum with independent
        components.

    Raises:
        ValueError: more than six components, or arrays that do not fit.
    """
    n, p = data.shape
    k = design.shape[-2]
    if not 1 <= k <= MAX_COMPONENTS:
        raise ValueError(f"{k} components; 1 to {MAX_COMPONENTS} can be fitted")
    if design.shape[-1] != p or (design.ndim == 3 and design.shape[0] != n):
        raise ValueError(f"components {design.shape} do not fit spectra {data.shape}")
    reduced = reduce(design, data, sigma)
    r, z = reduced.r, reduced.z
    free_weights, free_covariance, misfit = _solve_face(r, z, tuple(range(k)), sum_to_one)
    weights = free_weights.copy()
    covariance = np.broadcast_to(free_covariance, (n, k, k)).copy()
    if nonnegative:
        todo = np.flatnonzero(~(free_weights >= 0).all(axis=1))
        weights[todo], covariance[todo], misfit[todo] = _best_face(
            r if r.ndim == 2 else r[todo], z[todo], sum_to_one
        )
    nothing = reduced.n_points == 0
    free_covariance = np.broadcast_to(free_covariance, (n, k, k))
    if nothing.any():
        free_covariance = free_covariance.copy()
        for values in (weights, covariance, misfit, free_weights, free_covariance):
            values[nothing] = np.nan
    active = weights > 0 if nonnegative else np.isfinite(weights)
    n_parameters = active.sum(axis=1) - int(sum_to_one)
    return LcfSolution(
        weights=weights,
        covariance=covariance,
        active=active,
        chi2=reduced.beyond + misfit,
        n_free=reduced.n_points - n_parameters,
        unconstrained_weights=free_weights,
        unconstrained_covariance=free_covariance,
    )


def optimum(r: FloatArray, z: FloatArray, *, sum_to_one: bool) -> FloatArray:
    """Non-negative weights `(n, K)` of data that were reduced before (see `Reduced`).

    Args:
        r: triangle `(K, K)` or `(n, K, K)`; or the columns of it that are to be fitted.
        z: reduced data `(n, K)`.
        sum_to_one: force `sum w = 1`.
    """
    weights, _, _ = _solve_face(r, z, tuple(range(r.shape[-1])), sum_to_one)
    todo = np.flatnonzero(~(weights >= 0).all(axis=1))
    weights[todo], _, _ = _best_face(r if r.ndim == 2 else r[todo], z[todo], sum_to_one)
    return weights


def reduce(design: FloatArray, data: FloatArray, sigma: FloatArray | None = None) -> Reduced:
    """Reduce spectra to what the components can see of them (arguments as for `solve`)."""
    if design.ndim == 3 and design.strides[0] == 0:
        design = design[0]
    alike = design.ndim == 2 and (sigma is None or sigma.ndim == 1)
    if alike and design.shape[0] <= design.shape[1] and np.isfinite(design).all():
        scale = None if sigma is None else _reciprocal(sigma)
        quick = _reduce_whole(design, data, scale)
        if np.isfinite(quick.beyond).all():
            return quick
    target, components, n_points = _weighted(design, data, sigma)
    q, r = np.linalg.qr(np.swapaxes(components, -1, -2))
    z = target @ q if q.ndim == 2 else np.einsum("np,npk->nk", target, q)
    inside = z @ q.T if q.ndim == 2 else np.einsum("npk,nk->np", q, z)
    return Reduced(q, r, z, ((target - inside) ** 2).sum(axis=1), n_points)


def _reduce_whole(design: FloatArray, data: FloatArray, scale: FloatArray | None) -> Reduced:
    """Reduce spectra without gaps by one design, in blocks of rows that stay in the cache.

    A spectrum that has a gap after all comes out as NaN in `beyond`.
    """
    n, p = data.shape
    q, r = np.linalg.qr(design.T if scale is None else (design * scale).T)
    z, beyond = np.empty((n, q.shape[1])), np.empty(n)
    with np.errstate(invalid="ignore"):
        for i in range(0, n, BLOCK_ROWS):
            part = slice(i, i + BLOCK_ROWS)
            target = data[part] if scale is None else data[part] * scale
            np.matmul(target, q, out=z[part])
            outside = target - z[part] @ q.T
            np.einsum("np,np->n", outside, outside, out=beyond[part])
    n_points = p if scale is None else int(np.count_nonzero(scale))
    return Reduced(q, r, z, beyond, np.full(n, n_points))


def _reciprocal(sigma: FloatArray) -> FloatArray:
    """Weights of points; zero where a sigma is infinite, NaN or not positive."""
    used = np.isfinite(sigma) & (sigma > 0)
    weight: FloatArray = np.divide(1.0, sigma, out=np.zeros(sigma.shape), where=used)
    return weight


def _weighted(
    design: FloatArray, data: FloatArray, sigma: FloatArray | None
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Data `(n, p)` and components over sigma, zero at points left out, and the points used `(n,)`.

    Components stay `(K, p)` where every spectrum weighs its points alike.
    """
    used = np.isfinite(data) & np.isfinite(design).all(axis=-2)
    weight = np.ones(data.shape) if sigma is None else _reciprocal(sigma)
    weight = np.broadcast_to(weight, data.shape)
    used &= weight > 0
    weight = np.where(used, weight, 0.0)
    target = np.where(used, data, 0.0) * weight
    rows = weight[used.any(axis=1)]
    alike = design.ndim == 2 and bool((rows == rows[:1]).all())
    shared = (rows[0] if len(rows) else weight[0]) if alike else weight[:, None, :]
    components = np.where(np.isfinite(design), design, 0.0) * shared
    missing = design.shape[-2] - data.shape[1]
    if missing > 0:  # a square triangle is wanted even for fewer points than components
        target = np.pad(target, [(0, 0), (0, missing)])
        components = np.pad(components, [(0, 0)] * (components.ndim - 1) + [(0, missing)])
    return target, components, used.sum(axis=1)


def _best_face(
    r: FloatArray, z: FloatArray, sum_to_one: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, covariance and misfit of the best feasible face of each spectrum."""
    n, k = len(z), r.shape[-1]
    weights, covariance = np.full((n, k), np.nan), np.full((n, k, k), np.nan)
    best = np.full(n, np.inf)
    for size in range(int(sum_to_one), k + 1):
        for face in itertools.combinations(range(k), size):
            w, c, misfit = _solve_face(r, z, face, sum_to_one)
            better = (w.min(axis=1) >= 0) & (misfit < best)
            np.copyto(weights, w, where=better[:, None])
            np.copyto(covariance, c, where=better[:, None, None])
            np.copyto(best, misfit, where=better)
    return weights, covariance, np.where(np.isfinite(best), best, np.nan)


def _solve_face(
    r: FloatArray, z: FloatArray, face: tuple[int, ...], sum_to_one: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Least squares with only the components of a face, all others zero.

    With the sum rule, `w = 1/s + N u`, where the columns of `N` are orthonormal and sum to zero.
    Weights are then `start + gain (z - r start)`, with one `gain` for all spectra of one design.

    Args:
        r: triangle `(K, K)` or `(n, K, K)`.
        z: reduced data `(n, K)`.
        face: the components that may differ from zero.
        sum_to_one: keep the sum rule.

    Returns:
        Weights `(n, K)`, covariance `(K, K)` or `(n, K, K)` as `r`, and misfit `(n,)`; NaN where
        singular.
    """
    n, k = len(z), r.shape[-1]
    s, on = len(face), list(face)
    start = np.zeros(k)
    start[on] = 1.0 / s if sum_to_one else 0.0
    basis = np.zeros((k, s - int(sum_to_one)))
    basis[on] = _zero_sum_basis(s) if sum_to_one else np.eye(s)
    rest = z - r @ start
    weights, covariance = np.broadcast_to(start, (n, k)).copy(), np.zeros((k, k))
    if basis.shape[1]:
        q, t = np.linalg.qr(r @ basis)
        root = basis @ _inverse_triangle(t)
        gain = root @ np.swapaxes(q, -1, -2)
        move = rest @ gain.T if gain.ndim == 2 else np.einsum("nij,nj->ni", gain, rest)
        moved = move @ r.T if r.ndim == 2 else np.einsum("nij,nj->ni", r, move)
        weights += move
        rest = rest - moved
        covariance = root @ np.swapaxes(root, -1, -2)
        # Components outside the face are zero, and not the NaN of a singular face.
        weights[:, [j for j in range(k) if j not in face]] = 0.0
    misfit: FloatArray = np.einsum("nk,nk->n", rest, rest)
    return weights, covariance, misfit


def _zero_sum_basis(s: int) -> FloatArray:
    """Orthonormal basis `(s, s-1)` of the vectors that sum to zero (Helmert's)."""
    basis = np.zeros((s, s - 1))
    for j in range(1, s):
        basis[:j, j - 1] = 1.0
        basis[j, j - 1] = -j
    orthonormal: FloatArray = basis / np.linalg.norm(basis, axis=0)
    return orthonormal


def _inverse_triangle(t: FloatArray) -> FloatArray:
    """Inverse of triangles `(..., s, s)`; NaN where singular in double precision."""
    diagonal = np.abs(np.diagonal(t, axis1=-2, axis2=-1))
    singular = diagonal.min(axis=-1) <= SINGULAR_RATIO * diagonal.max(axis=-1)
    safe = np.where(singular[..., None, None], np.eye(t.shape[-1]), t)
    inverse: FloatArray = np.where(singular[..., None, None], np.nan, np.linalg.inv(safe))
    return inverse
