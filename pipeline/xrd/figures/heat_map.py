"""A long series as an image of modest size: intensities averaged over angles and over frames.

5,000 patterns of 4,000 points are more than a page shows or a file should hold. Averages keep weak lines where
picking every n-th point would lose them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray, freeze_fields

_FRAMES_AT_ONCE = 256
_GAP_STEPS = 1.25  # a frame stands for what is within this many usual steps of it


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Mean intensities `(n_rows, n_columns)` between the edges of a regular grid; NaN where nothing was measured."""

    counts: FloatArray
    two_theta_deg: tuple[float, float]
    at_of_covariate: tuple[float, float]

    def __post_init__(self) -> None:
        freeze_fields(self, ("counts",), ndim=2)


def heat_map(
    two_theta_deg: FloatArray,
    counts: FloatArray,
    at_of_covariate: FloatArray,
    columns: int = 700,
    rows: int = 400,
) -> HeatMap | None:
    """Average a series into an image.

    Args:
        two_theta_deg: angles `(n_frames, n_points)`, ascending, NaN where there is none.
        counts: intensities `(n_frames, n_points)`.
        at_of_covariate: where each frame stands `(n_frames,)`, in any order; frames at NaN are left out.
        columns: size of the image along the angles.
        rows: size along the frames.

    Returns:
        The image; None where fewer than two frames hold numbers at different places.
    """
    good = np.isfinite(at_of_covariate) & np.isfinite(counts).any(axis=1)
    known = np.isfinite(at_of_covariate)
    at = at_of_covariate[known]
    if good.sum() < 2 or np.ptp(at_of_covariate[good]) == 0:
        return None
    ends = float(np.nanmin(two_theta_deg)), float(np.nanmax(two_theta_deg))
    averaged = _over_angles(two_theta_deg, counts, np.linspace(*ends, columns + 1))[known]
    order = np.argsort(at, kind="stable")
    at, averaged = at[order], averaged[order]
    steps = np.diff(at)
    step = float(np.median(steps[steps > 0]))
    edges = np.linspace(at[0] - step / 2, at[-1] + step / 2, rows + 1)
    return HeatMap(_over_frames(averaged, at, edges, step), ends, (edges[0], edges[-1]))


def _over_angles(two_theta_deg: FloatArray, counts: FloatArray, edges: FloatArray) -> FloatArray:
    """Means between angles `(n_frames, n_columns)`; frames of one grid are done together."""
    out = np.full((len(counts), edges.size - 1), np.nan)
    if two_theta_deg.strides[0] == 0:
        for start in range(0, len(counts), _FRAMES_AT_ONCE):
            part = slice(start, start + _FRAMES_AT_ONCE)
            out[part] = _of_grid(two_theta_deg[0], counts[part], edges)
        return out
    for i, angles in enumerate(two_theta_deg):
        if np.isfinite(angles).any():
            out[i] = _of_grid(angles, counts[i : i + 1], edges)[0]
    return out


def _of_grid(angles: FloatArray, counts: FloatArray, edges: FloatArray) -> FloatArray:
    """Means of rows `(n, m)` on one grid; between points that lie apart, the straight line."""
    reached = np.isfinite(angles)
    x, y = angles[reached], counts[:, reached]
    bounds = np.searchsorted(x, edges)
    there = np.isfinite(y)
    total = _between(np.where(there, y, 0.0), bounds)
    number = _between(there.astype(np.float64), bounds)
    means = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    centres = (edges[:-1] + edges[1:]) / 2
    hollow = (np.diff(bounds) == 0) & (centres >= x[0]) & (centres <= x[-1])
    if hollow.any():
        right = np.clip(np.searchsorted(x, centres[hollow]), 1, x.size - 1)
        share = (centres[hollow] - x[right - 1]) / (x[right] - x[right - 1])
        means[:, hollow] = y[:, right - 1] * (1 - share) + y[:, right] * share
    return np.asarray(means)


def _between(values: FloatArray, bounds: IntArray) -> FloatArray:
    """Sums of columns between bounds, by differences of the running sum."""
    running = np.cumsum(values, axis=1)
    running = np.concatenate([np.zeros((len(values), 1)), running], axis=1)
    return np.asarray(np.diff(running[:, bounds], axis=1))


def _over_frames(
    averaged: FloatArray, at: FloatArray, edges: FloatArray, step: float
) -> FloatArray:
    """Means of the frames within each row; of rows between two frames, the nearer one."""
    rows = edges.size - 1
    row = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, rows - 1)
    out = np.full((rows, averaged.shape[1]), np.nan)
    filled = _means_by_row(averaged, row, out)
    centres = (edges[:-1] + edges[1:]) / 2
    for i in np.flatnonzero(~filled):
        near = int(np.abs(at - centres[i]).argmin())
        if abs(at[near] - centres[i]) <= _GAP_STEPS * step:
            out[i] = averaged[near]
    return out


def _means_by_row(averaged: FloatArray, row: IntArray, out: FloatArray) -> BoolArray:
    """Fill the rows that frames fall into, and say which these are."""
    filled = np.zeros(len(out), dtype=bool)
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    for start, end in zip(starts, (*starts[1:], row.size), strict=True):
        part = averaged[start:end]
        there = np.isfinite(part)
        number = there.sum(axis=0)
        total = np.where(there, part, 0.0).sum(axis=0)
        out[row[start]] = np.where(number > 0, total / np.maximum(number, 1), np.nan)
        filled[row[start]] = True
    return filled
