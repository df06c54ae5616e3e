"""Residual block bootstrap of bounded least squares, for many spectra at once.

Residuals keep their places and change their signs in blocks, `y* = fit + s_b r`: what hangs together
within a block stays together, and noise that differs along the spectrum stays where it is, which
shuffled blocks would not do. The refit needs a replicate only along the components, `Q^T y*`, so
that all replicates of all spectra of one design are one matrix product, and each refit is a
problem of K numbers.

References: X. Shao, J. Am. Stat. Assoc. 105 (2010) 218, doi:10.1198/jasa.2009.tm08744 (signs that
depend on each other); D. Politis, H. White, Econometric Rev. 23 (2004) 53,
doi:10.1081/ETC-120028836 (length of blocks).
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.lcf import Reduced, optimum

# Lengths of blocks that are used, so that a series has few different ones.
LENGTHS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128])
# A replicate of one spectrum and component is one number; so many are held at a time.
NUMBERS_AT_A_TIME = 2_000_000


def block_length(autocorrelation_time: FloatArray, n_points: IntArray) -> IntArray:
    """Length of blocks, in points, by the rule of Politis and White for an AR(1) process.

    `L = [3/2 ((tau - 1/tau) / 2)^2 n]^(1/3)` for residuals of integrated autocorrelation time `tau`,
    rounded up to one of `LENGTHS`; one for white noise.

    Args:
        autocorrelation_time: `tau` in points, `(n,)`, at least 1.
        n_points: points of each spectrum `(n,)`.
    """
    memory = (autocorrelation_time - 1.0 / autocorrelation_time) / 2.0
    best = np.cbrt(1.5 * memory**2 * n_points)
    index = np.searchsorted(LENGTHS, np.minimum(best, LENGTHS[-1]))
    length: IntArray = LENGTHS[index]
    return length


def lost_between_blocks(autocorrelation_time: FloatArray, length: IntArray) -> FloatArray:
    """Factor `(n,)` for the residuals, for the correlation that the ends of blocks cut.

    Blocks of length `L` see `sum_k (1 - |k|/L) rho_k` of `tau = sum_k rho_k`; for an AR(1) process
    that is `tau (1 - (tau - 1/tau) / 2L)`. The factor is at most the square root of two.
    """
    memory = (autocorrelation_time - 1.0 / autocorrelation_time) / 2.0
    factor: FloatArray = 1.0 / np.sqrt(np.maximum(1.0 - memory / length, 0.5))
    return factor


def block_signs(n_points: int, length: int, replicates: int, seed: int) -> FloatArray:
    """Signs `(replicates, n_points)`, one draw a block; the first block of a replicate is cut anywhere."""
    rng = np.random.default_rng([seed, length])
    n_blocks = n_points // length + 2
    draws = rng.integers(0, 2, (replicates, n_blocks)) * 2.0 - 1.0
    offset = rng.integers(0, length, (replicates, 1))
    block = (np.arange(n_points) + offset) // length
    signs: FloatArray = draws[np.arange(replicates)[:, None], block]
    return signs


def replicate_weights(
    reduced: Reduced,
    weights: FloatArray,
    residual: FloatArray,
    signs: FloatArray,
    moves: FloatArray | None = None,
    *,
    sum_to_one: bool,
) -> FloatArray:
    """Refit replicates of every spectrum.

    Args:
        reduced: the spectra as they were reduced for the fit.
        weights: weights of the fit `(n, K)`, about which replicates scatter.
        residual: residuals over sigma `(n, p)`, scaled for degrees of freedom; zero at points left out.
        signs: `(B, p)`, of `block_signs`.
        moves: what else moves each replicate, along the components: `(n, B, K)`.
        sum_to_one: as in the fit.

    Returns:
        Weights `(n, B, K)`.
    """
    n, k = weights.shape
    b = len(signs)
    out = np.empty((n, b, k))
    if reduced.q.ndim == 2:
        seen = np.einsum("bp,pk->pbk", signs, reduced.q).reshape(signs.shape[1], b * k)
        rows_at_a_time = max(1, NUMBERS_AT_A_TIME // (b * k))
    else:
        rows_at_a_time = 1
    for first in range(0, n, rows_at_a_time):
        rows = slice(first, first + rows_at_a_time)
        if reduced.q.ndim == 2:
            r = reduced.r
            noise = (residual[rows] @ seen).reshape(-1, b, k)
        else:
            r = reduced.r[first]
            noise = ((signs * residual[first]) @ reduced.q[first])[None]
        z = (weights[rows] @ r.T)[:, None] + noise
        if moves is not None:
            z += moves[rows]
        out[rows] = optimum(r, z.reshape(-1, k), sum_to_one=sum_to_one).reshape(z.shape)
    return out
