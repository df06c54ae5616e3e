"""Cells under one correction of the angles or another, and how far the choice matters.

A displacement, a zero error and a cell that is a little different shift lines alike; which of the corrections
is used changes a cell by more than its sigma. So each that the lines allow is tried; of cells corrected by an internal
standard, also those in which the lines themselves tell the shift. A correction is
allowed where its chi2 is no more than `ALLOWED_CHI2` (three sigma of one parameter, scaled to the scatter) above
the best one's. The model sigma is the largest distance of an allowed cell from the one that is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.lattice import volume_angstrom3
from pipeline.xrd.cell_fit import CellFits, Positions, fit_cells
from pipeline.xrd.options import PhaseOptions
from pipeline.xrd.outlying import without_outliers
from pipeline.xrd.shift_laws import LEAST_LAW, displacement_law, zero_law
from pipeline.xrd.standard import StandardLine

ALLOWED_CHI2 = 9.0
FREE_CORRECTIONS = ("displacement", "zero", "none")
TRANSFERRED_CORRECTIONS = ("standard", "standard_zero")
"""What an internal standard says, carried to the other lines by the law of a displacement or of a zero error."""


@dataclass(frozen=True, slots=True, eq=False)
class CorrectedCells:
    """Cells under one correction.

    `size_ratio` `(n,)` and its variance are the factor of the law. `covariance` `(n, 6, 6)` of the cell holds
    the scatter of the lines and, of an internal standard, the sigma of its position, which all lines share.
    """

    fits: CellFits
    size_ratio: FloatArray
    size_variance: FloatArray
    covariance: FloatArray


def corrected_cells(
    positions: Positions,
    phase: PhaseOptions,
    geometry: str,
    correction: str,
    standard: StandardLine,
) -> tuple[CorrectedCells, Mapping[str, CorrectedCells], FloatArray]:
    """Fit cells under the correction that is used and under those it is compared with.

    Args:
        positions: the lines; one that contradicts the others is left out of all fits.
        phase: crystal system and start cell.
        geometry: of the measurement, for the law of a displacement.
        correction: `displacement`, `zero`, `none`, or `standard`.
        standard: the internal standard.

    Returns:
        Cells as corrected, cells by the other corrections, and which lines were left out `(n, n_lines)`, 1 or 0.
    """
    names: tuple[str, ...] = FREE_CORRECTIONS
    if correction == "standard":
        names = (*TRANSFERRED_CORRECTIONS, *FREE_CORRECTIONS)
    if geometry == "grazing-incidence":
        # Behind a parallel-plate collimator nothing is displaced, and few lines cannot tell that law from a cell's.
        names = tuple(name for name in names if name != "displacement")
    used, excluded = _corrected(positions, phase, geometry, correction, standard, look=True)
    rest = replace(positions, used=positions.used & (excluded == 0))
    others = {
        name: _corrected(rest, phase, geometry, name, standard, look=False)[0]
        for name in names
        if name != correction
    }
    return used, others, excluded


def law_of(correction: str, geometry: str, two_theta_deg: FloatArray) -> FloatArray:
    """Shift that a correction of size one makes at some angles, degrees."""
    if correction in ("zero", "standard_zero", "none"):
        return zero_law(two_theta_deg)
    return displacement_law(geometry, two_theta_deg)


def model_sigmas(
    used: CorrectedCells, others: Mapping[str, CorrectedCells]
) -> tuple[FloatArray, FloatArray]:
    """Largest distance of the cells `(n, 6)` and volumes `(n,)` of the allowed corrections from the used one's.

    0 where no other is allowed; NaN where no other could be fitted.
    """
    every = (used, *others.values())
    chi2 = np.array([c.fits.chi2 for c in every])
    filled = np.where(np.isfinite(chi2), chi2, np.inf)
    best = filled.argmin(axis=0)
    row = np.arange(chi2.shape[1])
    scale = np.array([c.fits.variance_scale for c in every])[best, row]
    limit = filled[best, row] + ALLOWED_CHI2 * scale
    cell_sigma = np.full(used.fits.cell.shape, np.nan)
    volume_sigma = np.full(len(row), np.nan)
    own_volume = _volumes(used)
    for other in others.values():
        tried = other.fits.good & used.fits.good
        allowed = tried & (np.where(tried, other.fits.chi2, np.inf) <= limit)
        away = np.where(allowed[:, None], np.abs(other.fits.cell - used.fits.cell), 0.0)
        volume_away = np.where(allowed, np.abs(_volumes(other) - own_volume), 0.0)
        cell_sigma = np.where(tried[:, None], np.fmax(cell_sigma, away), cell_sigma)
        volume_sigma = np.where(tried, np.fmax(volume_sigma, volume_away), volume_sigma)
    return cell_sigma, volume_sigma


def _volumes(cells: CorrectedCells) -> FloatArray:
    good = cells.fits.good & np.isfinite(cells.fits.cell).all(axis=1)
    some = np.where(good[:, None], cells.fits.cell, (1.0, 1.0, 1.0, 90.0, 90.0, 90.0))
    return np.where(good, volume_angstrom3(some), np.nan)


def _corrected(
    positions: Positions,
    phase: PhaseOptions,
    geometry: str,
    correction: str,
    standard: StandardLine,
    *,
    look: bool,
) -> tuple[CorrectedCells, FloatArray]:
    def law(two_theta_deg: FloatArray) -> FloatArray:
        return law_of(correction, geometry, two_theta_deg)

    transferred = correction in TRANSFERRED_CORRECTIONS
    known: FloatArray | None = None
    variance = np.zeros(len(positions.observed_deg))
    if correction == "none":
        known = np.zeros(len(variance))
    elif transferred:
        at_standard = law(standard.position_deg - standard.offset_deg)
        at_standard = np.where(np.abs(at_standard) >= LEAST_LAW, at_standard, np.nan)
        known, variance = standard.offset_deg / at_standard, (standard.sigma_deg / at_standard) ** 2

    def fit(some: Positions, rows: slice | IntArray) -> CellFits:
        given = None if known is None else known[rows]
        return fit_cells(some, phase.system, phase.cell, law, given)

    if look:
        fits, excluded = without_outliers(fit, positions)
    else:
        fits, excluded = fit(positions, slice(None)), np.zeros(positions.used.shape)
    covariance = fits.covariance * fits.variance_scale[:, None, None]
    if transferred:
        slope = fits.cell_by_shift
        covariance = covariance + variance[:, None, None] * slope[:, :, None] * slope[:, None, :]
    else:
        variance = fits.shift_variance * fits.variance_scale
    size = fits.shift_ratio if known is None else known
    return CorrectedCells(fits, size, variance, covariance), excluded
