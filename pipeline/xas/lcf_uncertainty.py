"""What the fractions of a linear-combination fit are worth.

The covariance of the fractions adds up

* the scatter of the points about the fit (`pipeline.xas.lcf_scatter`),
* the calibration of the sample and of each standard,
* the edge step of the sample (which cancels when the sum is free) and of each standard.

The last two come from the derivative of the least-squares solution with respect to the curves,
`dw = C (dA r + A (dy - dA^T w))` with `C = (A A^T)^-1`, which is the normal equations
`A A^T w = A y` differentiated; with the sum rule `C` is the inverse within it. All of it is taken
from the solution without bounds: at a bound the bounded one would claim no uncertainty at all.

Reference: G. Golub, V. Pereyra, SIAM J. Numer. Anal. 10 (1973) 413, doi:10.1137/0710036
(derivative of a least-squares solution).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from pipeline.core.arrays import FloatArray
from pipeline.physics.lcf import LcfSolution
from pipeline.xas.lcf_curves import Curves
from pipeline.xas.lcf_scatter import Scatter
from pipeline.xas.records import NormalisedSeries
from pipeline.xas.standards import Standard

ONE_SIDED = 0.8413447460685429  # the share below +1 sigma


def covariance_of_fractions(
    curves: Curves,
    solution: LcfSolution,
    scatter: Scatter,
    sample: NormalisedSeries,
    means: Sequence[Standard],
) -> FloatArray:
    """Covariance of the fractions `(n, K, K)`: noise, calibration, steps (see the module)."""
    used = np.isfinite(curves.data)
    a = np.where(used[:, None], curves.components, 0.0)
    slope = np.where(used[:, None], curves.slopes, 0.0)
    y = np.where(used, curves.data, 0.0)
    w, c = solution.unconstrained_weights, solution.unconstrained_covariance
    r = y - np.einsum("nk,nkp->np", w, a)

    def response(change: FloatArray) -> FloatArray:
        """`dw` `(n, K, K)` when curve k (last index) alone changes by `change[:, k]`."""
        gram = a @ np.swapaxes(change, -1, -2)
        own = np.einsum("nkp,np->nk", change, r)
        dw: FloatArray = c * own[:, None, :] - (c @ gram) * w[:, None, :]
        return dw

    by_shift, by_step = -response(slope), response(a)
    # Moving the sample is moving all standards the other way.
    by_sample_shift = -by_shift.sum(axis=-1)
    by_sample_step = np.einsum("nij,njp,np->ni", c, a, y)
    covariance = scatter.covariance(a, c)
    sample_sigmas = (
        np.nan_to_num(sample.shift_sigma_ev),
        np.nan_to_num(sample.edge_step_sigma / sample.edge_step),
    )
    for g, sigma in zip((by_sample_shift, by_sample_step), sample_sigmas, strict=True):
        covariance = covariance + (sigma**2)[:, None, None] * g[:, :, None] * g[:, None, :]
    for g, name in ((by_shift, "shift_sigma_ev"), (by_step, "step_relative_sigma")):
        variance = np.array([getattr(m, name) for m in means]) ** 2
        covariance = covariance + (g * variance) @ np.swapaxes(g, -1, -2)
    total = w.sum(axis=1)[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        jacobian = (np.eye(w.shape[1]) - (w[:, :, None] / total)) / total
    of_fractions: FloatArray = jacobian @ covariance @ np.swapaxes(jacobian, -1, -2)
    return of_fractions


def calibration_shapes(
    curves: Curves, weights: FloatArray, sample: NormalisedSeries, means: Sequence[Standard]
) -> FloatArray | None:
    """What errors of calibration leave in the residuals `(n, M, p)`; None where there are none.

    One shape for the sample, where any scan's shift is uncertain, and one for each uncertain standard.
    """
    slopes = np.nan_to_num(weights)[:, :, None] * curves.slopes
    shapes = [slopes[:, k] for k, m in enumerate(means) if m.shift_sigma_ev > 0]
    if (np.nan_to_num(sample.shift_sigma_ev) > 0).any() and len(shapes) < len(means):
        shapes.append(slopes.sum(axis=1))
    return np.stack(shapes, axis=1) if shapes else None


def limits(
    fraction: FloatArray, unconstrained: FloatArray, sigma: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """68 % interval `(n, K)` each; at a bound a one-sided 84 % limit.

    That limit is the 84 % quantile of a normal about the unconstrained estimate, cut to [0, 1]: of
    fits that end at the bound, 84 % of the true fractions lie inside it when all true fractions
    near the bound are equally likely. It is no statement for each true fraction alone: zero is
    always covered, and a fraction far from the bound that ends there never. It stays honest where
    the unconstrained estimate lies far outside.
    """
    low, high = (np.clip(fraction + s * sigma, 0.0, 1.0) for s in (-1, 1))
    doubtful = sigma > 0
    high = np.where((fraction == 0) & doubtful, _upper_limit(unconstrained, sigma), high)
    low = np.where((fraction == 1) & doubtful, 1 - _upper_limit(1 - unconstrained, sigma), low)
    return low, high


def _upper_limit(estimate: FloatArray, sigma: FloatArray) -> FloatArray:
    """84 % quantile of a normal cut to [0, 1], from its upper tail, which keeps its digits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.maximum(estimate / sigma, -30.0)
        above_zero, above_one = ndtr(z), ndtr(z - 1 / sigma)
    tail = above_one + (1 - ONE_SIDED) * (above_zero - above_one)
    limit: FloatArray = np.clip((z - ndtri(tail)) * sigma, 0.0, 1.0)
    return limit


def together(*sigmas: FloatArray) -> FloatArray:
    """Root of the sum of squares of those that are known; NaN where none is."""
    stack = np.stack(sigmas)
    known = np.isfinite(stack)
    total = np.sqrt((np.where(known, stack, 0.0) ** 2).sum(axis=0))
    return np.where(known.any(axis=0), total, np.nan)


def spread_about(value: FloatArray, others: FloatArray) -> FloatArray:
    """Spread `(n, ...)` of a value together with others of it `(n, n_others, ...)`."""
    return spread(np.concatenate([value[:, None], others], axis=1))


def spread(values: FloatArray) -> FloatArray:
    """Standard deviation over axis 1 of what is there; NaN with fewer than two values."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    square = np.where(known, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.where(count > 1, np.sqrt(square / np.maximum(count - 1, 1)), np.nan)
