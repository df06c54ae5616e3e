"""Rows of different length in one array: points taken out, the rest moved up, NaN at the end."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray


def kept_order(keep: BoolArray) -> tuple[IntArray, BoolArray]:
    """Give where the points that are kept stand, in order.

    Args:
        keep: `(n, p)`.

    Returns:
        Their columns `(n, q)`, `q` that of the fullest row, and which of these are points and not
        padding `(n, q)`.
    """
    count = keep.sum(axis=1)
    longest = int(count.max(initial=0))
    order: IntArray = np.argsort(~keep, axis=1, kind="stable")[:, :longest]
    return order, np.arange(longest) < count[:, None]


def compact(values: FloatArray, order: IntArray, is_point: BoolArray) -> FloatArray:
    """Give the points of `kept_order` of an array `(n, p)`, as `(n, q)` with NaN at the end."""
    return np.where(is_point, np.take_along_axis(values, order, axis=1), np.nan)
