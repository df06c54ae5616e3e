"""Lines that contradict the others of their frame: found by their studentised residuals and left out.

The externally studentised residual of a line, `t = e sqrt((f - 1) / (f - e^2))` with
`e = r / (sigma s sqrt(1 - h))`, `s^2 = chi2 / f` and leverage `h`, compares it with the scatter of the
others and follows Student's distribution of `f - 1` degrees of freedom (R. D. Cook, S. Weisberg,
Residuals and Influence in Regression (1982), section 2.2.1, ISBN 0-412-24280-X). The worst one is left out
where it is beyond what chance gives one frame in a hundred, and beyond four of its own sigmas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
from scipy.special import stdtrit

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.xrd.cell_fit import CellFits, Positions

CHANCE = 0.01
LEAST_SIGMAS = 4.0
LEAST_FREEDOM = 2  # one degree of freedom must be left when a line is gone
LEAST_OWN_SHARE = (
    1e-3  # of a line's variance that its residual keeps; below, it decides a parameter alone
)

Fit = Callable[[Positions, IntArray | slice], CellFits]


def without_outliers(fit: Fit, positions: Positions) -> tuple[CellFits, FloatArray]:
    """Fit, leave the worst outlying line out where there is one, fit again, until there is none.

    Args:
        fit: gives cells of some frames from their positions and their numbers.
        positions: of all frames.

    Returns:
        The fits without outliers, and 1 where a line was left out `(n_frames, n_lines)`.
    """
    found = fit(positions, slice(None))
    excluded = np.zeros(positions.used.shape)
    rows: IntArray = np.arange(len(excluded))
    used = positions.used.copy()
    for _ in range(positions.used.shape[1]):
        worst, is_outlier = _worst(found, positions, rows)
        rows = rows[is_outlier]
        if not rows.size:
            break
        used[rows, worst[is_outlier]] = False
        again = fit(_rows(positions, used, rows), rows)
        better = again.good
        excluded[rows[better], worst[is_outlier][better]] = 1.0
        used[rows[~better], worst[is_outlier][~better]] = True
        for field in fields(CellFits):
            getattr(found, field.name)[rows[better]] = getattr(again, field.name)[better]
        rows = rows[better]
    return found, excluded


def _rows(positions: Positions, used: BoolArray, rows: IntArray) -> Positions:
    return replace(
        positions,
        observed_deg=positions.observed_deg[rows],
        sigma_deg=positions.sigma_deg[rows],
        used=used[rows],
        wavelength_angstrom=positions.wavelength_angstrom[rows],
    )


def _worst(found: CellFits, positions: Positions, rows: IntArray) -> tuple[IntArray, BoolArray]:
    """Line with the largest studentised residual in each of some frames, and whether it is an outlier."""
    freedom = found.freedom[rows].astype(np.float64)
    own = 1 - found.leverage[rows]
    sigma = np.where(positions.used[rows], positions.sigma_deg[rows], 1.0)
    decides = own > LEAST_OWN_SHARE
    in_sigmas = np.abs(found.residual_deg[rows]) / (sigma * np.sqrt(np.where(decides, own, 1.0)))
    in_sigmas = np.where(decides, in_sigmas, 0.0)
    worst: IntArray = in_sigmas.argmax(axis=1)
    largest = in_sigmas[np.arange(len(rows)), worst]
    able = found.good[rows] & (freedom >= LEAST_FREEDOM) & (found.chi2[rows] > 0)
    safe = np.where(able, freedom, float(LEAST_FREEDOM))
    chi2 = np.where(able, found.chi2[rows], 1.0)
    squared = largest**2 / (chi2 / safe)
    student = np.sqrt(squared * (safe - 1) / np.maximum(safe - squared, 1e-12))
    n_lines = np.maximum(freedom, 1.0) + 1  # at least as many lines as that are compared
    limit = stdtrit(safe - 1, 1 - CHANCE / (2 * n_lines))
    return worst, able & (student > limit) & (largest > LEAST_SIGMAS)
