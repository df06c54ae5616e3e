"""Residual block bootstrap of bounded least squares, for many spectra at once.

Residuals keep their places and sizes and get random signs, one a block, `y* = fit + s_b |r|`: noise
that differs along the spectrum stays where it is, and a block makes points move together. The
signs that residuals have are of no use, for a fit leaves none that its components could
take up (`A r = 0`): blocks that kept them covered 55 % where 68 % was claimed. The length of blocks is the
one that gives replicates the autocorrelation time of the residuals.

The refit needs a replicate only along the components, `Q^T y*`, so that all replicates of all
spectra of one design are one matrix product, and each refit is a problem of K numbers.

References: C. Wu, Ann. Statist. 14 (1986) 1261, doi:10.1214/aos/1176350142 (signs for residuals that
differ in size); X. Shao, J. Am. Stat. Assoc. 105 (2010) 218, doi:10.1198/jasa.2009.tm08744 (signs that
depend on each other).
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.lcf import Reduced, optimum

# Lengths of blocks that are used, so that a series has few different ones.
LENGTHS = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128])
# |r_i| |r_j| of independent normal residuals over their variance.
SIZES_TOGETHER = 2.0 / np.pi
# A replicate of one spectrum and component is one number; so many are held at a time.
NUMBERS_AT_A_TIME = 2_000_000


def block_time(length: IntArray) -> FloatArray:
    """Autocorrelation time, in points, of residuals with one sign a block.

    Points `k` apart share a block with probability `1 - k/L`, so that it is `1 + (2/pi) (L - 1)`.
    """
    return np.asarray(1.0 + SIZES_TOGETHER * (length - 1.0), dtype=np.float64)


def block_length(autocorrelation_time: FloatArray) -> IntArray:
    """Length of blocks `(n,)`, in points, whose autocorrelation time is nearest to the one asked for."""
    distance = np.abs(block_time(LENGTHS) - np.reshape(autocorrelation_time, (-1, 1)))
    length: IntArray = LENGTHS[distance.argmin(axis=1)]
    return length


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
        residual: sizes of residuals over sigma `(n, p)`, scaled for degrees of freedom; zero at points
            left out.
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
