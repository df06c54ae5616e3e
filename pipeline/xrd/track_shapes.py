"""What weak lines take over from frames where the same line is strong.

The Lorentzian share of a line of a few hundred counts cannot be told: left free it runs to 0 or 1, and takes the area
with it. It is then held at the mean of the frames around in which it is known, or of the other lines.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.xrd.track_state import Fitted, Role

KNOWN_LORENTZ, KNOWN_ASYMMETRY = 0.15, 0.1  # sigma below which a shape is known
LEAST_SIGMA = 0.02  # so that a few strong frames do not speak for all
AROUND_FRAMES = 25


def hold_shapes(state: Fitted, *, split: bool) -> BoolArray:
    """Hold the shape of lines that do not tell it, where others do.

    Args:
        state: numbers of a first fit; roles, shares and asymmetries are changed.
        split: whether lines have an asymmetry.

    Returns:
        Lines `(L, n)` that must be fitted again.
    """
    fitted = state.converged & (state.role == Role.FREE)
    with np.errstate(invalid="ignore"):
        known = fitted & (state.lorentz_sigma < KNOWN_LORENTZ)
        if split:
            known &= state.asymmetry_sigma < KNOWN_ASYMMETRY
    if not known.any():
        return np.zeros_like(known)
    hold = (state.role == Role.FREE) & ~known
    lorentz = around(state.lorentz, state.lorentz_sigma, known)
    state.lorentz[hold] = lorentz[hold]
    if split:
        asymmetry = around(state.asymmetry, state.asymmetry_sigma, known)
        state.asymmetry[hold] = asymmetry[hold]
    state.role[hold] = Role.SHAPE_HELD
    return hold


def around(values: FloatArray, sigma: FloatArray, known: BoolArray) -> FloatArray:
    """Weighted mean of the frames around, else of all frames, else of all lines; `(L, n)`.

    Args:
        values: numbers `(L, n)`.
        sigma: their sigmas.
        known: which of them count; at least one.
    """
    weight = np.where(known, 1.0 / np.maximum(np.where(known, sigma, 1.0), LEAST_SIGMA) ** 2, 0.0)
    weighted = np.where(known, values, 0.0) * weight
    near = _sum_around(weighted), _sum_around(weight)
    whole = weighted.sum(axis=1, keepdims=True), weight.sum(axis=1, keepdims=True)
    every = weighted.sum() / weight.sum()
    of_line = np.where(whole[1] > 0, whole[0] / np.where(whole[1] > 0, whole[1], 1.0), every)
    # Differences of running sums leave rounding where nothing is.
    there = near[1] > 1e-9 * weight.max()
    mean: FloatArray = np.where(there, near[0] / np.where(there, near[1], 1.0), of_line)
    return mean


def _sum_around(values: FloatArray) -> FloatArray:
    n = values.shape[1]
    total = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    frame = np.arange(n)
    last = np.minimum(frame + AROUND_FRAMES + 1, n)
    result: FloatArray = total[:, last] - total[:, np.maximum(frame - AROUND_FRAMES, 0)]
    return result


def nearest(values: FloatArray, known: BoolArray) -> FloatArray:
    """Of each line the number of the nearest frame that has one `(L, n)`, the earlier of two; else NaN."""
    made = np.full(values.shape, np.nan)
    frame = np.arange(values.shape[1])
    for line, own in enumerate(known):
        places = np.flatnonzero(own)
        if not places.size:
            continue
        after = np.searchsorted(places, frame).clip(0, places.size - 1)
        before = np.maximum(after - 1, 0)
        later = np.abs(places[after] - frame) < np.abs(places[before] - frame)
        made[line] = values[line, places[np.where(later, after, before)]]
    return made
