"""Curves of many points, thinned so that a page stays small and no line of the pattern is lost."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray

GAP_STEPS = 5.0
"""A step this many times the usual one is a gap: angles that were left out."""


def kept_points(values: FloatArray, columns: int) -> IntArray:
    """Points of a curve that an eye can tell: the lowest and the highest of each column of the page.

    Args:
        values: `(n_points,)`; NaN is never kept.
        columns: columns that the page has, such as pixels.

    Returns:
        Indices, ascending, `2 columns` at most; all finite points where there are no more than that.

    Raises:
        ValueError: `columns` is below 1.
    """
    if columns < 1:
        raise ValueError(f"{columns} columns; at least 1 is needed")
    finite = np.flatnonzero(np.isfinite(values))
    if finite.size <= 2 * columns:
        return finite
    edges = np.linspace(0, finite.size, columns + 1).astype(np.int64)
    own = values[finite]
    ends = []
    for start, stop in pairwise(edges):
        part = own[start:stop]
        ends += [start + int(part.argmin()), start + int(part.argmax())]
    return np.asarray(finite[np.unique(ends)], dtype=np.int64)


def thinned(
    two_theta_deg: FloatArray, values: FloatArray, columns: int
) -> tuple[FloatArray, FloatArray]:
    """A line to draw: thinned to `columns` of the page, broken where angles were left out.

    Args:
        two_theta_deg: `(n_points,)`, ascending.
        values: `(n_points,)`.
        columns: columns that the page has.

    Returns:
        Angles and values of the points that are drawn.
    """
    kept = kept_points(values, columns)
    at, own = two_theta_deg[kept], values[kept]
    known = np.flatnonzero(np.isfinite(values))
    if known.size < 2:
        return at, own
    angles = two_theta_deg[known]
    steps = np.diff(angles)
    after = np.flatnonzero(steps > GAP_STEPS * np.median(steps))
    middle = (angles[after] + angles[after + 1]) / 2
    place = np.searchsorted(at, middle)
    return np.insert(at, place, middle), np.insert(own, place, np.nan)
