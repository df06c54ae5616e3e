"""Finding one's way on ascending grids, one per curve: `(n, p)`, padded with NaN at the end."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray


def shared_row(grids: FloatArray, rows: BoolArray | None = None) -> FloatArray:
    """Give the one grid `(p,)` that all rows share, or the `(n, p)` grids themselves.

    Args:
        grids: `(n, p)`.
        rows: the rows that matter, `(n,)`; all when not given.
    """
    if grids.shape[0] and grids.strides[0] == 0:
        first: FloatArray = grids[0]
        return first
    chosen = grids if rows is None else grids[rows]
    if len(chosen) and np.array_equal(chosen, np.broadcast_to(chosen[0], chosen.shape)):
        common: FloatArray = chosen[0]
        return common
    return grids


def ends(grids: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and last value of each grid, each `(n,)`; NaN for an empty one."""
    if not grids.shape[1]:
        nothing = np.full(len(grids), np.nan)
        return nothing, nothing
    last = np.maximum(np.isfinite(grids).sum(axis=1) - 1, 0)
    return grids[:, 0], grids[np.arange(len(grids)), last]


def at_or_below(grids: FloatArray, value: FloatArray | float) -> IntArray:
    """Index of the last point that does not exceed a value, `(n,)`; 0 when all exceed it."""
    limit = np.reshape(value, (-1, 1))
    index: IntArray = np.maximum((grids <= limit).sum(axis=1) - 1, 0)
    return index


def nearest(grids: FloatArray, value: FloatArray | float) -> IntArray:
    """Index of the point nearest to a value, `(n,)`; of two equally near the lower one."""
    value = np.broadcast_to(np.asarray(value, dtype=np.float64), (len(grids),))
    last = max(grids.shape[1] - 1, 0)
    upper = np.clip((grids < value[:, None]).sum(axis=1), min(1, last), last)
    lower = np.maximum(upper - 1, 0)
    row = np.arange(len(grids))
    # Written so that NaN, past the end of a short grid, loses.
    upper_is_nearer = grids[row, upper] - value < value - grids[row, lower]
    index: IntArray = np.where(upper_is_nearer, upper, lower)
    return index
