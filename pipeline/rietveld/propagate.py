"""Sigmas of what follows from refined numbers, correlations included."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import Fit

STEP = 0.02  # of a sigma: small against what bends a function, large against rounding


def numbers_of(fit: Fit) -> dict[str, float]:
    """All numbers of a fit by their names, the fixed ones too."""
    fixed = dict(zip(fit.fixed, fit.fixed_value.tolist(), strict=True))
    return fixed | dict(zip(fit.parameters, fit.value.tolist(), strict=True))


def propagated(
    function: Callable[[Mapping[str, float]], FloatArray], fit: Fit
) -> tuple[FloatArray, FloatArray]:
    """Values of a function of a fit's numbers, and `sqrt(diag(J C J'))` with J by central differences.

    Args:
        function: takes the fit's numbers by their names, returns `(n,)`.
        fit: the refined numbers and their covariance.

    Returns:
        Values and sigmas `(n,)`; sigma is NaN where a value follows from nothing that was refined, or from a
        number whose sigma is not known.
    """
    numbers = numbers_of(fit)
    value = function(numbers)
    slopes = np.zeros((value.size, len(fit.parameters)))
    unknown = np.zeros(value.size, dtype=bool)
    for k, name in enumerate(fit.parameters):
        sigma = float(fit.sigma[k])
        known = np.isfinite(sigma) and sigma > 0 and np.isfinite(fit.covariance[k, k])
        step = STEP * sigma if known else 1e-6 * max(abs(float(fit.value[k])), 1.0)
        above = function(numbers | {name: float(fit.value[k]) + step})
        below = function(numbers | {name: float(fit.value[k]) - step})
        slope = (above - below) / (2.0 * step)
        moved = np.abs(above - below) > 1e-13 * np.abs(value)  # less is rounding
        if known:
            slopes[:, k] = np.where(moved, slope, 0.0)
        else:
            unknown |= moved
    covariance = np.where(np.isfinite(fit.covariance), fit.covariance, 0.0)
    variance = np.einsum("ik,kl,il->i", slopes, covariance, slopes)
    sigma_of = np.sqrt(np.maximum(variance, 0.0))
    return value, np.where(unknown | ~slopes.any(axis=1), np.nan, sigma_of)
