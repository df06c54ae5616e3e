"""Levenberg-Marquardt fits of one model to many frames at once, each with its own damping and verdict.

Counts: the weights are those of the model's own variance, `1 / (gain m)`, renewed in every step. That is Fisher
scoring; it ends where `sum (y - m) / m dm = 0`, the maximum of the Poisson likelihood, and its normal matrix is
Fisher's information. Weights from the counts, `1 / max(y, 1)`, favour points that happen to be low, and lose
area. Given esds: `1 / sigma^2`, fixed. On an unknown scale: unit weights, and the covariance times
the reduced chi2.

References: K. Levenberg, Q. Appl. Math. 2 (1944) 164, doi:10.1090/qam/10666; D. W. Marquardt, J. SIAM 11 (1963)
431, doi:10.1137/0111030; T. Hauschild, M. Jentschel, Nucl. Instrum. Meth. A 457 (2001) 384,
doi:10.1016/S0168-9002(00)00756-7 (counts); P. H. Calamai, J. J. More, Math. Program. 39 (1987) 93,
doi:10.1007/BF02592073 (bounds by projection).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray

Model = Callable[[FloatArray, IntArray], tuple[FloatArray, FloatArray]]
"""Parameters `(k, p)` and which frames `(k,)` they are of, to the model `(k, m)` and its derivatives `(k, p, m)`."""

# A model below a tenth of a count has the variance of a tenth: the score stays finite, its sum convex.
LEAST_COUNT = 0.1
# The last step's length in sigmas, squared. A step this small is followed by a smaller one.
SMALL_STEP = 1e-4
FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-3, 1e-9, 1e9
# Factor by which the others blow up a parameter's variance. Beyond it, a direction is not determined.
MOST_INFLATION = 1e10
CHUNK_VALUES = 1 << 17  # of derivatives at a time, 1 MB: what a cache of the second level holds


class FitStatus(IntEnum):
    """What became of a fit; only `CONVERGED` has numbers."""

    CONVERGED = 0
    TOO_MANY_STEPS = 1
    STUCK = 2
    SINGULAR = 3
    NOT_FINITE = 4
    TOO_FEW_POINTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """Variance of the data: `gain (n,)` times the model for counts, else `variance (n, m)`.

    With neither, the scale is unknown. `used` `(n, m)` are the points that count.
    """

    used: BoolArray
    gain: FloatArray | None = None
    variance: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BatchFit:
    """Parameters `(n, p)`, covariance `(n, p, p)` and verdicts `(n,)`.

    The covariance is zero in rows of parameters that were held, or that ended on a bound (`at_bound`): it is
    conditional on them. `deviance` is what was minimised, twice the negative log-likelihood over its
    least possible value; `chi2` is Pearson's. Of a fit that did not converge, `parameters` are where it
    stopped, and covariance, deviance and chi2 are NaN.
    """

    parameters: FloatArray
    covariance: FloatArray
    at_bound: BoolArray
    deviance: FloatArray
    chi2: FloatArray
    n_free: IntArray
    status: IntArray

    @property
    def reduced_chi2(self) -> FloatArray:
        """Pearson's chi2 over the degrees of freedom, NaN where there are none."""
        return self.chi2 / np.where(self.n_free > 0, self.n_free, np.nan)


@dataclass(slots=True, eq=False)
class _State:
    """Where the fits of a chunk stand."""

    theta: FloatArray
    value: FloatArray
    by: FloatArray
    cost: FloatArray
    damping: FloatArray
    status: IntArray


def fit(
    model: Model,
    data: FloatArray,
    noise: Noise,
    start: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    free: BoolArray | None = None,
    *,
    max_steps: int = 60,
) -> BatchFit:
    """Fit every frame, each from its own start.

    Args:
        model: the model and its derivatives.
        data: `(n, m)`; anything where `noise.used` is false.
        noise: variance of the data, and the points that count.
        start: parameters `(n, p)`; put inside the bounds.
        lower: lower bounds `(n, p)`, -inf for none.
        upper: upper bounds `(n, p)`.
        free: parameters that are fitted `(n, p)`; None for all.
        max_steps: steps after which a fit has not converged.

    Returns:
        One verdict a frame; no frame changes another's.
    """
    n, p = start.shape
    free = np.ones((n, p), dtype=bool) if free is None else free
    rows = max(1, CHUNK_VALUES // max(1, p * data.shape[1]))
    parts = []
    for first in range(0, n, rows):
        chunk = np.arange(first, min(first + rows, n))
        own = Noise(
            noise.used[chunk],
            None if noise.gain is None else noise.gain[chunk],
            None if noise.variance is None else noise.variance[chunk],
        )
        bounds = lower[chunk], upper[chunk]

        def of_chunk(
            theta: FloatArray, rows: IntArray, chunk: IntArray = chunk
        ) -> tuple[FloatArray, FloatArray]:
            return model(theta, chunk[rows])

        y = np.where(own.used, data[chunk], 0.0)
        parts.append(_fit_chunk(of_chunk, y, own, start[chunk], bounds, free[chunk], max_steps))
    if not parts:
        none = np.empty(0)
        count = np.empty(0, dtype=np.int64)
        return BatchFit(
            start.copy(), np.empty((0, p, p)), np.empty((0, p), bool), none, none, count, count
        )
    names = BatchFit.__dataclass_fields__
    return BatchFit(**{k: np.concatenate([getattr(part, k) for part in parts]) for k in names})


def _fit_chunk(
    model: Model,
    y: FloatArray,
    noise: Noise,
    start: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    free: BoolArray,
    max_steps: int,
) -> BatchFit:
    n = len(y)
    everyone = np.arange(n)
    lower, upper = bounds
    theta = np.clip(start, lower, upper)
    finite = np.isfinite(theta).all(axis=1) & np.isfinite(y).all(axis=1)
    theta[~finite] = np.where(np.isfinite(lower), lower, 0.0)[~finite]
    value, by = model(theta, everyone)
    state = _State(
        theta, value, by, _cost(y, value, noise), np.full(n, FIRST_DAMPING), np.full(n, -1)
    )
    n_free = noise.used.sum(axis=1) - free.sum(axis=1)
    state.status[~finite | ~np.isfinite(state.cost)] = FitStatus.NOT_FINITE
    state.status[n_free < 0] = FitStatus.TOO_FEW_POINTS
    for _ in range(max_steps):
        rows = np.flatnonzero(state.status < 0)
        if not rows.size:
            break
        _step(model, y, noise, state, bounds, free, rows)
    state.status[state.status < 0] = FitStatus.TOO_MANY_STEPS
    return _verdict(y, noise, state, bounds, free, n_free)


def _step(
    model: Model,
    y: FloatArray,
    noise: Noise,
    state: _State,
    bounds: tuple[FloatArray, FloatArray],
    free: BoolArray,
    rows: IntArray,
) -> None:
    """One step of the fits that still run."""
    lower, upper = bounds[0][rows], bounds[1][rows]
    everyone = rows.size == len(y)
    own = noise if everyone else _rows(noise, rows)
    data = y if everyone else y[rows]
    theta = state.theta[rows]
    value = state.value if everyone else state.value[rows]
    by = state.by if everyone else state.by[rows]
    gradient, normal = _normal(data, value, by, own)
    held = ~free[rows] | ((theta <= lower) & (gradient < 0)) | ((theta >= upper) & (gradient > 0))
    scaled, scale = _scaled(normal, held)
    gradient = np.where(held, 0.0, gradient)
    damped = scaled + state.damping[rows, None, None] * np.eye(theta.shape[1])
    move = np.linalg.solve(damped, (gradient / scale)[..., None])[..., 0] / scale
    trial = np.clip(theta + move, lower, upper)
    length = np.einsum("np,np->n", gradient, move)
    value, by = model(trial, rows)
    cost = _cost(data, value, own)
    before = state.cost[rows]
    better = cost <= before + 1e-10 * (1.0 + np.abs(before))
    state.status[rows[better & (length < SMALL_STEP)]] = FitStatus.CONVERGED
    taken = rows[better]
    state.theta[taken], state.cost[taken] = trial[better], cost[better]
    if better.all() and everyone:
        state.value, state.by = value, by
    else:
        state.value[taken], state.by[taken] = value[better], by[better]
    damping = state.damping[rows]
    damping = np.where(better, np.maximum(damping / 10, LEAST_DAMPING), damping * 8)
    state.damping[rows] = damping
    state.status[rows[damping > MOST_DAMPING]] = FitStatus.STUCK


def _rows(noise: Noise, rows: IntArray) -> Noise:
    return Noise(
        noise.used[rows],
        None if noise.gain is None else noise.gain[rows],
        None if noise.variance is None else noise.variance[rows],
    )


def _weights(value: FloatArray, noise: Noise) -> FloatArray:
    if noise.gain is not None:
        gain = noise.gain[:, None]
        return noise.used / (gain * np.maximum(value, LEAST_COUNT * gain))
    if noise.variance is not None:
        return np.where(noise.used, 1.0 / np.where(noise.used, noise.variance, 1.0), 0.0)
    return noise.used.astype(np.float64)


def _cost(y: FloatArray, value: FloatArray, noise: Noise) -> FloatArray:
    """The integral of `2 (m - y) / variance(m)` from `y`, summed `(n,)`: the deviance for counts."""
    if noise.gain is None:
        squares: FloatArray = np.einsum("nm,nm->n", _weights(value, noise), (y - value) ** 2)
        return squares
    gain = noise.gain[:, None]
    count, expected = y / gain, value / gain
    above = np.maximum(expected, LEAST_COUNT)
    low = np.minimum(expected, LEAST_COUNT)
    total = above - count * (1.0 + np.log(above))
    if low.min() < LEAST_COUNT:
        total += (low - LEAST_COUNT) * (low + LEAST_COUNT - 2 * count) / (2 * LEAST_COUNT)
    # y ln y, which keeps the deviance comparable between frames
    total += count * np.log(np.maximum(count, 1e-300))
    deviance: FloatArray = 2.0 * np.einsum("nm,nm->n", noise.used, total)
    return deviance


def _normal(
    y: FloatArray, value: FloatArray, by: FloatArray, noise: Noise
) -> tuple[FloatArray, FloatArray]:
    """Half the negative gradient `(n, p)` of the cost, and the normal matrix `(n, p, p)`."""
    weights = _weights(value, noise)
    gradient = np.matmul(by, (weights * (y - value))[..., None])[..., 0]
    return gradient, np.matmul(by * weights[:, None, :], by.transpose(0, 2, 1))


def _scaled(normal: FloatArray, held: BoolArray) -> tuple[FloatArray, FloatArray]:
    """The normal matrix with unit diagonal, held parameters cut out, and the scales `(n, p)`."""
    diagonal = np.einsum("npp->np", normal)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = normal / (scale[:, :, None] * scale[:, None, :])
    if held.any():
        scaled = np.where(held[:, :, None] | held[:, None, :], 0.0, scaled)
        np.einsum("npp->np", scaled)[held] = 1.0
    return scaled, scale


def _verdict(
    y: FloatArray,
    noise: Noise,
    state: _State,
    bounds: tuple[FloatArray, FloatArray],
    free: BoolArray,
    n_free: IntArray,
) -> BatchFit:
    _, normal = _normal(y, state.value, state.by, noise)
    at_bound = free & ((state.theta <= bounds[0]) | (state.theta >= bounds[1]))
    held = ~free | at_bound
    scaled, scale = _scaled(normal, held)
    finite: BoolArray = np.asarray(np.isfinite(scaled).all(axis=(1, 2)))
    eye = np.eye(free.shape[1])
    # The least addition that keeps LAPACK from refusing a singular matrix, which is then told by its inverse.
    scaled[~finite] = eye
    inverse = np.linalg.inv(scaled + 1e-15 * eye).astype(np.float64)
    inflation = np.abs(np.einsum("npp->np", inverse)).max(axis=1)
    done = state.status == FitStatus.CONVERGED
    state.status[done & (~(inflation < MOST_INFLATION) | ~finite)] = FitStatus.SINGULAR
    done = state.status == FitStatus.CONVERGED
    inverse /= scale[:, :, None] * scale[:, None, :]
    covariance = np.where(held[:, :, None] | held[:, None, :], 0.0, inverse)
    chi2 = np.einsum("nm,nm->n", _weights(state.value, noise), (y - state.value) ** 2)
    if noise.gain is None and noise.variance is None:
        covariance = covariance * (chi2 / np.where(n_free > 0, n_free, np.nan))[:, None, None]
    covariance[~done] = np.nan
    return BatchFit(
        parameters=state.theta,
        covariance=covariance,
        at_bound=at_bound,
        deviance=np.where(done, state.cost, np.nan),
        chi2=np.where(done, chi2, np.nan),
        n_free=n_free,
        status=state.status,
    )
