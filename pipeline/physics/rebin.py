"""Counts shared out from the bins of one grid to those of another, by overlap.

A point of a scan stands for the bin that reaches halfway to its neighbours. Each new bin gets of an
old one the share of its width that lies in it, so that no count is lost or made: sums over any range
that is bounded by edges of both grids are equal. Bins that share a point are correlated afterwards; the
variance given here is that of each bin by itself, `sum w^2 var`. (The scheme is the one-dimensional
pixel splitting of J. Kieffer, D. Karkoulis, J. Phys. Conf. Ser. 425 (2013) 202012,
doi:10.1088/1742-6596/425/20/202012.)
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from pipeline.core.arrays import FloatArray, IntArray


def bin_edges(points: FloatArray) -> FloatArray:
    """Edges `(p + 1,)` of the bins that points `(p,)` stand for, halfway between them.

    The first and last bin reach as far outwards as inwards.

    Raises:
        ValueError: fewer than two points, or they do not ascend.
    """
    if points.size < 2 or not (np.diff(points) > 0).all():
        raise ValueError("edges need at least two points, ascending")
    middle = (points[1:] + points[:-1]) / 2
    return np.concatenate([[2 * points[0] - middle[0]], middle, [2 * points[-1] - middle[-1]]])


def shares(old_edges: FloatArray, new_edges: FloatArray) -> csr_array:
    """Share of each old bin that lies in each new one, as a sparse matrix `(n_new, n_old)`.

    Args:
        old_edges: ascending `(n_old + 1,)`.
        new_edges: ascending `(n_new + 1,)`.

    Returns:
        Weights from 0 to 1; a column adds up to one where the new grid covers the old bin.
    """
    cuts = np.union1d(old_edges, new_edges)
    cuts = cuts[
        (cuts >= max(old_edges[0], new_edges[0])) & (cuts <= min(old_edges[-1], new_edges[-1]))
    ]
    shape = (new_edges.size - 1, old_edges.size - 1)
    if cuts.size < 2:
        return csr_array(shape, dtype=np.float64)
    middle = (cuts[1:] + cuts[:-1]) / 2
    old = _bin_of(old_edges, middle)
    new = _bin_of(new_edges, middle)
    weight = np.diff(cuts) / np.diff(old_edges)[old]
    return csr_array((weight, (new, old)), shape=shape)


def shared_out(
    weights: csr_array, counts: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Counts and variances on the new grid.

    Args:
        weights: from `shares`.
        counts: `(n_frames, n_old)`.
        variance: of the counts, `(n_frames, n_old)`.

    Returns:
        Counts and variances `(n_frames, n_new)`; NaN in a bin that no old bin reaches.
    """
    reached = np.diff(weights.indptr) > 0
    squared = weights.power(2)
    found = [np.asarray((w @ v.T).T) for w, v in ((weights, counts), (squared, variance))]
    total, total_variance = (np.where(reached, values, np.nan) for values in found)
    return total, total_variance


def _bin_of(edges: FloatArray, at: FloatArray) -> IntArray:
    index: IntArray = np.searchsorted(edges, at, side="right") - 1
    return np.clip(index, 0, edges.size - 2)
