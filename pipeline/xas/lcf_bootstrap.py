"""Sigma of fractions from a bootstrap: every replicate is fitted again, bounds and all.

A replicate is the fit with its residuals, signs drawn anew in blocks (`pipeline.physics.bootstrap`), and with
the sample and each standard moved by their calibration and step errors; moves of a standard are
put on the data, which to first order is the same. The draws follow from the name of the data set, so
the same input gives the same bytes, and no scan depends on the others of its series.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics.bootstrap import (
    block_length,
    block_signs,
    block_time,
    replicate_weights,
)
from pipeline.physics.lcf import Reduced, reduce
from pipeline.xas.lcf_curves import Curves
from pipeline.xas.lcf_scatter import Scatter
from pipeline.xas.records import NormalisedSeries
from pipeline.xas.standards import Standard


def bootstrap_sigma(
    curves: Curves,
    weights: FloatArray,
    scatter: Scatter,
    sample: NormalisedSeries,
    means: Sequence[Standard],
    replicates: int,
    *,
    sum_to_one: bool,
) -> FloatArray:
    """Standard deviation of the fractions `(n, K)` over replicates; NaN where not fitted.

    Args:
        curves: what was fitted, over the sigma of the points.
        weights: weights of the fit `(n, K)`.
        scatter: what its residuals say of the noise.
        sample: for its sigmas.
        means: the standards, for theirs.
        replicates: how many.
        sum_to_one: as in the fit.
    """
    n, k = weights.shape
    out = np.full((n, k), np.nan)
    good = np.flatnonzero(np.isfinite(weights).all(axis=1) & np.isfinite(scatter.factor))
    if not good.size:
        return out
    reduced = reduce(curves.components, curves.data)
    length = block_length(scatter.inflation)
    noise = np.abs(scatter.noise) * np.sqrt(scatter.factor / block_time(length))[:, None]
    rng = np.random.default_rng(_seed(sample.dataset))
    draws = rng.standard_normal((4, replicates, k))
    for size in np.unique(length[good]):
        rows = good[length[good] == size]
        part = reduced.of_rows(rows)
        signs = block_signs(noise.shape[1], int(size), replicates, _seed(sample.dataset))
        moves = _moves(curves, part, rows, weights, sample, means, draws)
        made = replicate_weights(
            part, weights[rows], noise[rows], signs, moves, sum_to_one=sum_to_one
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            fractions = made / made.sum(axis=2, keepdims=True)
        out[rows] = fractions.std(axis=1, ddof=1)
    return out


def _moves(
    curves: Curves,
    reduced: Reduced,
    rows: FloatArray,
    weights: FloatArray,
    sample: NormalisedSeries,
    means: Sequence[Standard],
    draws: FloatArray,
) -> FloatArray:
    """What calibration and steps move each replicate by, along the components `(n, B, K)`."""
    w = weights[rows]
    slope = np.where(np.isfinite(curves.data[rows])[:, None], curves.slopes[rows], 0.0)
    along = slope @ reduced.q  # (n, K, K): slope of each standard along each direction
    by_shift = w[:, :, None] * along
    by_step = w[:, :, None] * np.swapaxes(reduced.r, -1, -2)
    shift, step = (
        np.array([getattr(m, name) for m in means])
        for name in ("shift_sigma_ev", "step_relative_sigma")
    )
    moves = (draws[0] * shift) @ by_shift - (draws[1] * step) @ by_step
    of_sample = (
        (np.nan_to_num(sample.shift_sigma_ev[rows]), -by_shift.sum(axis=1), draws[2, :, 0]),
        (
            np.nan_to_num(sample.edge_step_sigma[rows] / sample.edge_step[rows]),
            by_step.sum(axis=1),
            draws[3, :, 0],
        ),
    )
    for sigma, change, draw in of_sample:
        moves = moves + (sigma[:, None] * change)[:, None] * draw[:, None]
    found: FloatArray = moves
    return found


def _seed(dataset: str) -> int:
    return int.from_bytes(hashlib.sha256(dataset.encode()).digest()[:8], "little")
