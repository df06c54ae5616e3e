"""Drift of the monochromator within a series: a robust straight line through the shifts.

Huber's M-estimate: scans further from the line than 1.345 times the usual scatter count for less, so
that one lost encoder step is no drift. Its sigma is the asymptotic one, inflated for the
autocorrelation of what is left, for shifts that wander are not independent.

Reference: P. J. Huber, Ann. Math. Statist. 35 (1964) 73, doi:10.1214/aoms/1177703732.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, stdtrit

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.residuals import MAD_TO_SIGMA, correlation_inflation

FEWEST_SCANS = 5
HUBER_LIMIT = 1.345  # 95 % as good as least squares where all is normal
ROUNDS = 50
SIGNIFICANCE = 3.0
LEAST_EV = 0.02  # below, a drift moves no valence by 0.01
SMALLEST_SCATTER_EV = 1e-9


def drift(
    shift_ev: FloatArray, time_s: FloatArray, scans: BoolArray
) -> tuple[float, float, BoolArray]:
    """Fit the line.

    Args:
        shift_ev: shift of each scan, `(n,)`.
        time_s: when it was measured, `(n,)`; where a good scan has no time, the number of the
            scan stands for it.
        scans: the good ones, `(n,)`.

    Returns:
        The drift from the first good scan to the last and its sigma, in eV (NaN for fewer than
        five scans), and the scans to flag: all good ones where the drift is beyond three sigma
        and 0.02 eV, none otherwise.
    """
    good = scans & np.isfinite(shift_ev)
    nothing = np.zeros(len(good), dtype=np.bool_)
    y, x = shift_ev[good], time_s[good]
    if len(y) < FEWEST_SCANS:
        return float("nan"), float("nan"), nothing
    if not np.isfinite(x).all() or np.ptp(x) == 0:
        x = np.flatnonzero(good).astype(np.float64)
    design = np.stack([np.ones_like(x), (x - x[0]) / np.ptp(x)], axis=1)
    line, residual, scale = _huber(design, y)
    score = np.clip(residual, -HUBER_LIMIT * scale, HUBER_LIMIT * scale)
    kept = np.mean(np.abs(residual) <= HUBER_LIMIT * scale)
    variance = (score**2).sum() / (len(y) - 2) / kept**2
    variance *= correlation_inflation(score[None])[0]
    unit = np.linalg.inv(design.T @ design)[1, 1]
    found, sigma = float(line[1]), float(np.sqrt(unit * variance))
    # A sigma from few scans is itself uncertain: three sigma of a normal, in Student's t.
    limit = -stdtrit(len(y) - 2, ndtr(-SIGNIFICANCE)) * sigma
    return found, sigma, good if abs(found) > max(limit, LEAST_EV) else nothing


def _huber(design: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Coefficients, residuals and scatter, by least squares that are weighted again and again."""
    weight = np.ones_like(y)
    for _ in range(ROUNDS):
        root = np.sqrt(weight)
        line = np.asarray(
            np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0], np.float64
        )
        residual = y - design @ line
        scale = max(MAD_TO_SIGMA * float(np.median(np.abs(residual))), SMALLEST_SCATTER_EV)
        limit = HUBER_LIMIT * scale
        before, weight = weight, limit / np.maximum(np.abs(residual), limit)
        if np.abs(weight - before).max() < 1e-6:
            break
    return line, residual, scale
