"""Rebinning: the points of a scan averaged in bins; nothing is interpolated.

Each bin gives one point: the mean energy and the mean absorption of the points in it, which for a
straight line is the line itself; what the mean errs by where the spectrum bends is
`mu'' var(E) / 2`, so bins across the edge must be narrower than its features. The sigma of a bin of
`n` points is the scan's point noise over `sqrt(n)`. A bin without a point gives none.

Above the edge region bins are equal in wavenumber, `k = sqrt(2 m (E - E0)) / hbar`: the steps in
which EXAFS is sampled (B. Ravel and M. Newville, J. Synchrotron Rad. 12 (2005) 537,
doi:10.1107/S0909049505012719).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.ragged import compact, kept_order
from pipeline.physics.residuals import point_noise
from pipeline.xas.options import PrepareOptions
from pipeline.xas.records import CalibratedSeries

# hbar^2 / (2 m_e) in eV angstrom^2, CODATA 2018.
EV_ANGSTROM2 = 3.8099821161548593


def xanes_bins(low_ev: float, high_ev: float, e0_ev: float, options: PrepareOptions) -> FloatArray:
    """Limits of the bins `(n_bins + 1,)`, ascending, from below `low_ev` to above `high_ev`.

    Args:
        low_ev: least energy that must be covered.
        high_ev: greatest one.
        e0_ev: energy to which the edge region is relative.
        options: the widths.
    """
    start, end = e0_ev + options.rebin_edge_ev[0], e0_ev + options.rebin_edge_ev[1]
    n_below = max(int(np.ceil((start - low_ev) / options.rebin_pre_step_ev)), 0) + 1
    below = start - options.rebin_pre_step_ev * np.arange(n_below, 0, -1)
    across = np.arange(start, end, options.rebin_edge_step_ev)
    k_start = np.sqrt(max(options.rebin_edge_ev[1], 0.0) / EV_ANGSTROM2)
    k_end = np.sqrt(max(high_ev - e0_ev, options.rebin_edge_ev[1], 0.0) / EV_ANGSTROM2)
    step = options.rebin_post_step_inv_angstrom
    k = k_start + step * np.arange(int(np.ceil((k_end - k_start) / step)) + 2)
    above = e0_ev + EV_ANGSTROM2 * k**2 + (end - e0_ev - EV_ANGSTROM2 * k_start**2)
    return np.concatenate([below, across, above])


def rebin(series: CalibratedSeries, e0_ev: float, options: PrepareOptions) -> CalibratedSeries:
    """Average the points of every scan in the bins of `xanes_bins`, on the calibrated axis.

    Args:
        series: `(n_scans, n_points)`.
        e0_ev: energy to which the edge region is relative.
        options: widths of the bins.

    Returns:
        The series with one point for each bin that holds any, and `mu_sigma`.
    """
    energy = series.energy_ev
    raw = series.raw
    used: BoolArray = np.isfinite(energy) & np.isfinite(raw.mu)
    if not used.any():
        return series
    limits = xanes_bins(float(energy[used].min()), float(energy[used].max()), e0_ev, options)
    n_scans, n_bins = len(energy), limits.size - 1
    row, _ = np.nonzero(used)
    cell = row * n_bins + np.searchsorted(limits, energy[used], side="right") - 1
    shape = (n_scans, n_bins)
    count = np.bincount(cell, minlength=n_scans * n_bins).reshape(shape)
    per_point = np.maximum(count, 1)

    def total(values: FloatArray) -> FloatArray:
        summed = np.bincount(cell, weights=values[used], minlength=n_scans * n_bins)
        return np.asarray(summed.reshape(shape))

    variance = _variance(series)
    order, is_point = kept_order(count > 0)

    def packed(values: FloatArray) -> FloatArray:
        return compact(values, order, is_point)

    return replace(
        series,
        raw=replace(
            raw,
            energy_ev=packed(total(raw.energy_ev) / per_point),
            mu=packed(total(raw.mu) / per_point),
            reference_mu=packed(total(raw.reference_mu) / per_point),
        ),
        mu_sigma=packed(np.sqrt(total(variance)) / per_point),
    )


def _variance(series: CalibratedSeries) -> FloatArray:
    """Variance of each point: known where points are averages already, else that of the scan's noise."""
    if series.mu_sigma is not None:
        return series.mu_sigma**2
    noise = point_noise(series.raw.energy_ev, series.raw.mu)
    return np.broadcast_to(noise[:, None] ** 2, series.raw.mu.shape)
