"""Would a fit be better if a standard lay elsewhere in energy? A diagnostic; no shift is applied.

From the exact solution, one Gauss-Newton problem a step: the residual is explained by changes of
all weights and by shifts of the standards that are in the fit, `r ~ sum_k dw_k a_k - sum_k w_k
d_k da_k/dE`. A shift that is there beyond its error says that a standard is off in calibration, or
that it is not the compound of the sample. Shifts of all standards together cannot be told from
one of the sample.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.xas.lcf_curves import Curves
from pipeline.xas.lcf_scatter import Scatter
from pipeline.xas.records import NormalisedSeries
from pipeline.xas.standards import Standard

LEAST_FRACTION = 0.05  # less of a standard does not say where it lies
STEPS = 3
LARGEST_SHIFT_EV = 3.0  # further the slopes say nothing
SINGULAR = 1e-10
SIGNIFICANT_SIGMAS = 3.0
SIGNIFICANT_EV = 0.1


def fit_shifts(
    curves: Curves, weights: FloatArray, means: Sequence[Standard]
) -> tuple[FloatArray, FloatArray]:
    """Find the shift of each standard that fits best, in eV, and its sigma.

    Args:
        curves: sample and standards as fitted.
        weights: weights of the fit `(n, K)`.
        means: the standards, evaluated again where they have moved.

    Returns:
        Shift to be added to the energies of each standard, and its sigma from the scatter about
        that fit, both `(n, K)`; NaN for a standard with less than 5 % of the weights, or
        where the steps leave 3 eV.
    """
    n, k = weights.shape
    shift, sigma = np.zeros((n, k)), np.full((n, k), np.nan)
    used = np.isfinite(curves.data)
    with np.errstate(divide="ignore", invalid="ignore"):
        there = weights / weights.sum(axis=1, keepdims=True) > LEAST_FRACTION
    w = np.where(np.isfinite(weights), weights, 0.0)
    active = np.concatenate([w > 0, there], axis=1)
    y = np.where(used, curves.data, 0.0)
    components, slopes = curves.components, curves.slopes
    inverse = np.zeros((n, 2 * k, 2 * k))
    for _ in range(STEPS):
        a = np.where(used[:, None], components, 0.0)
        tangent = -w[:, :, None] * np.where(used[:, None], slopes, 0.0)
        design = np.where(active[:, :, None], np.concatenate([a, tangent], axis=1), 0.0)
        length = np.sqrt((design**2).sum(axis=2))
        unit = np.where(length > 0, length, 1.0)
        scaled = design / unit[:, :, None]
        inverse = np.linalg.pinv(scaled @ np.swapaxes(scaled, -1, -2), SINGULAR, hermitian=True)
        inverse /= unit[:, :, None] * unit[:, None]
        residual = y - np.einsum("nk,nkp->np", w, a)
        step = np.einsum("nij,njp,np->ni", inverse, design, residual)
        w = w + step[:, :k]
        shift = np.clip(shift + step[:, k:], -LARGEST_SHIFT_EV, LARGEST_SHIFT_EV)
        pairs = [m.evaluate(curves.energy_ev - shift[:, i, None]) for i, m in enumerate(means)]
        components, slopes = (np.stack([pair[j] for pair in pairs], axis=1) for j in (0, 1))
        components, slopes = (
            np.where(np.isfinite(moved), moved, still)
            for moved, still in ((components, curves.components), (slopes, curves.slopes))
        )
    residual = np.where(used, curves.data - np.einsum("nk,nkp->np", w, components), np.nan)
    scatter = Scatter.of(residual, design, inverse, 2 * k)
    variance = np.einsum("nii->ni", scatter.covariance(design, inverse))[:, k:]
    sigma = np.sqrt(np.maximum(variance, 0.0))
    known = there & (np.abs(shift) < LARGEST_SHIFT_EV)
    return np.where(known, shift, np.nan), np.where(known, sigma, np.nan)


def significant(
    shift: FloatArray, sigma: FloatArray, sample: NormalisedSeries, means: Sequence[Standard]
) -> BoolArray:
    """Scans `(n,)` in which a standard is shifted beyond what calibration and scatter allow."""
    calibration = np.hypot(
        np.nan_to_num(sample.shift_sigma_ev)[:, None],
        np.array([m.shift_sigma_ev for m in means]),
    )
    limit = np.maximum(SIGNIFICANT_SIGMAS * np.hypot(sigma, calibration), SIGNIFICANT_EV)
    found: BoolArray = (np.abs(shift) > limit).any(axis=1)
    return found
