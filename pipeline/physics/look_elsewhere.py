"""Is there a change at all? A likelihood-ratio test that counts every place where one was looked for.

A shape `s(x; m, w)` (a step or a kink at `m`) on a smooth background, a polynomial of second degree, is
compared with the background alone. For one given shape the drop of chi2 would be chi2-distributed with one degree of freedom;
the best of many shapes drops further by chance. How far is found by drawing noise (seeded) on the
same points with the same weights, and beyond what draws can tell the tail falls as `c^(k/2 - 1) exp(-c/2)`, as that of
chi2 with `k` degrees of freedom, one for each parameter: so do the maxima of a smooth random field.

The drop is divided by the reduced chi2 of the better model where that is above one, in the data and in
the draws alike.

References: E. Gross, O. Vitells, Eur. Phys. J. C 70 (2010) 525, doi:10.1140/epjc/s10052-010-1470-8;
R. B. Davies, Biometrika 74 (1987) 33, doi:10.1093/biomet/74.1.33 (a parameter present only under the alternative).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri_exp

from pipeline.core.arrays import FloatArray

DRAWS = 1000
SEED = 20101
TAIL = 0.05  # of the draws lie beyond the point from which the tail is extrapolated
BACKGROUND_DEGREE = 2
LEAST_LENGTH = 1e-4  # of a shape, what its background leaves of it; less is rounding


def significance(
    x: FloatArray, y: FloatArray, weight: FloatArray, shapes: FloatArray, parameters: int
) -> float:
    """Significance of the best of several shapes on a smooth background.

    Args:
        x: abscissa of the points that are used `(n,)`.
        y: data `(n,)`.
        weight: one over the square of sigma `(n,)`, above zero.
        shapes: `(g, n)`, what was looked for.
        parameters: degrees of freedom of the tail: amplitude, and each parameter that was scanned.

    Returns:
        Sigmas of a normal distribution with the same one-sided probability, no less than 0; NaN where
        the points are too few to tell.
    """
    root = np.sqrt(weight)
    centre, half = (x.max() + x.min()) / 2, max(np.ptp(x) / 2, np.finfo(float).tiny)
    powers = ((x - centre) / half) ** np.arange(BACKGROUND_DEGREE + 1)[:, None] * root
    smooth, _ = np.linalg.qr(powers.T)
    degrees = x.size - BACKGROUND_DEGREE - 2.0
    if degrees < 1:
        return float("nan")
    whitened = shapes * root
    left = whitened - (whitened @ smooth) @ smooth.T
    length = np.linalg.norm(left, axis=1)
    usable = length > LEAST_LENGTH * np.linalg.norm(whitened, axis=1)
    if not usable.any():
        return float("nan")
    left = left[usable] / length[usable, None]
    rng = np.random.default_rng(SEED)
    draws = _statistic(rng.normal(size=(DRAWS, x.size)), smooth, left, degrees)
    found = float(_statistic((y * root)[None], smooth, left, degrees)[0])
    return _sigmas(found, draws, parameters)


def _statistic(
    whitened: FloatArray, smooth: FloatArray, shapes: FloatArray, degrees: float
) -> FloatArray:
    rest = whitened - (whitened @ smooth) @ smooth.T
    drop = ((rest @ shapes.T) ** 2).max(axis=1)
    reduced = ((rest**2).sum(axis=1) - drop) / degrees
    statistic: FloatArray = drop / np.maximum(reduced, 1.0)
    return statistic


def _sigmas(found: float, draws: FloatArray, parameters: int) -> float:
    ranked = np.sort(draws)[::-1]
    beyond = ranked[int(TAIL * DRAWS) - 1]
    if found <= beyond:
        share = (np.count_nonzero(draws >= found) + 1) / (DRAWS + 1)
        log_p = np.log(share)
    else:
        tail = (parameters / 2 - 1) * np.log(found / beyond) - (found - beyond) / 2
        log_p = np.log(TAIL) + min(tail, 0.0)
    return max(0.0, float(-ndtri_exp(log_p)))
