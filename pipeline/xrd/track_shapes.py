"""What weak lines take over from frames where the same line is strong.

The Lorentzian share of a line of a few hundred counts cannot be told: left free it runs to 0 or 1, and takes the area
with it. It is then held at the mean of the frames around in which it is known, or of the other lines.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.xrd.track_state import Fitted, Role

KNOWN_LORENTZ, KNOWN_ASYMMETRY = 0.15, 0.1  # sigma below which a shape is known
TOLD = 1.3  # times that: such frames have a say in what a shape usually is
LEAST_SIGMA = 0.02  # so that a few strong frames do not speak for all
AROUND_FRAMES = 25
MANY_FRAMES = 30
DRIFT = 0.2  # by which shapes, and logarithms of widths, change over a series


def hold_shapes(state: Fitted, score: FloatArray, *, split: bool) -> BoolArray:
    """Hold the shape of lines that do not tell it, where others do.

    Args:
        state: numbers of a first fit; roles, shares and asymmetries are changed.
        score: significance of the lines' templates `(L, n)`.
        split: whether lines have an asymmetry.

    Returns:
        Lines `(L, n)` that must be fitted again.
    """
    fitted: BoolArray = state.converged & (state.role == Role.FREE)
    with np.errstate(invalid="ignore"):
        lorentz_sigma = _usual_sigma(state.lorentz_sigma, score, fitted)
        known = fitted & (lorentz_sigma < KNOWN_LORENTZ) & np.isfinite(state.lorentz_sigma)
        told = fitted & (lorentz_sigma < TOLD * KNOWN_LORENTZ)
        if split:
            known &= state.asymmetry_sigma < KNOWN_ASYMMETRY
            told &= known
    # Many weak frames know it together: their median, which bounds at 0 and 1 do not draw to the middle.
    many = fitted & ~known.any(axis=1, keepdims=True)
    many &= fitted.sum(axis=1, keepdims=True) >= MANY_FRAMES
    if not known.any() and not many.any():
        return np.zeros_like(known)
    hold: BoolArray = (state.role == Role.FREE) & ~known
    if not known.any():
        hold &= many.any(axis=1, keepdims=True)
    shapes = [(state.lorentz, lorentz_sigma)]
    if split:
        shapes.append((state.asymmetry, state.asymmetry_sigma))
    for values, sigma in shapes:
        usual = around(values, sigma, told)
        for line in np.flatnonzero(many.any(axis=1)):
            usual[line] = np.median(values[line, many[line]])
        values[hold] = usual[hold]
    state.role[hold] = Role.SHAPE_HELD
    return hold


def _usual_sigma(sigma: FloatArray, score: FloatArray, fitted: BoolArray) -> FloatArray:
    """Sigma that a shape of each line has at such a score `(L, n)`, whatever shape came out.

    The sigma of a fit depends on the shape that it found, and is none at a bound, so that to choose frames by it is to
    choose shapes. The score of a template does not.
    """
    ratio = np.where(fitted, sigma * score, np.nan)
    told = np.isfinite(ratio)
    usual = np.full(sigma.shape, np.nan)
    for line in np.flatnonzero(told.any(axis=1)):
        usual[line] = np.median(ratio[line, told[line]]) / np.fmax(score[line], 1e-12)
    return usual


def around(values: FloatArray, sigma: FloatArray, known: BoolArray) -> FloatArray:
    """What a quantity usually is: its mean over the frames around, drawn to that over all.

    The prior of the local mean is the mean over all frames (of all lines, where a line has none) with a sigma of
    `DRIFT`, so that frames that hardly know do not speak against those that do.

    Args:
        values: numbers `(L, n)`.
        sigma: their sigmas; for widths, relative ones.
        known: which of them count; at least one.

    Returns:
        Means `(L, n)`.
    """
    known = known & np.isfinite(values) & np.isfinite(sigma)
    weight = np.where(known, 1.0 / np.fmax(sigma, LEAST_SIGMA) ** 2, 0.0)
    weighted = np.where(known, values, 0.0) * weight
    every = weighted.sum() / weight.sum() if known.any() else np.nan
    total = weight.sum(axis=1, keepdims=True)
    line = np.where(total > 0, weighted.sum(axis=1, keepdims=True) / np.fmax(total, 1e-300), every)
    prior = DRIFT**-2
    mean: FloatArray = (_sum_around(weighted) + prior * line) / (_sum_around(weight) + prior)
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


def usual_width(state: Fitted, known: BoolArray) -> FloatArray:
    """The width that each line usually has around each frame `(L, n)`; NaN where none is known.

    Lines that are hardly seen come out narrow, for the fit follows their noise: where others are known they are not asked.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = state.fwhm_sigma_deg / state.fwhm_deg
        sure = known & (relative < DRIFT)
        asked = np.where(sure.any(axis=1, keepdims=True), sure, known)
        return np.exp(around(np.log(state.fwhm_deg), relative, asked))
