"""Lines that contradict the others of their frame, found by what leaving them out would save, and left out.

Leaving out a set S of k lines lowers chi2 by `z_S^T (1 - H_SS)^-1 z_S`, where z are residuals in sigmas and H is the
hat matrix, and `F = (saved / k) / (left / (f - k))` follows Fisher's distribution of k and `f - k` degrees of
freedom; for one line it is the square of the externally studentised residual (R. D. Cook, S. Weisberg, Residuals and
Influence in Regression (1982), sections 2.2.1 and 3.6, ISBN 0-412-24280-X). Single lines are tried first, then
pairs, for two lines that were taken for each other mask one another. The worst set is left out where chance gives one
like it in fewer than one frame in a hundred, and it saves four sigma a line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from itertools import combinations

import numpy as np
from scipy.special import comb, fdtrc

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.xrd.cell_fit import CellFits, Positions

CHANCE = 0.01
LEAST_SIGMAS = 4.0
MOST_TOGETHER = 2
LEAST_OWN_SHARE = (
    1e-3  # of the lines' variance that their residuals keep; below, they decide a parameter alone
)

Fit = Callable[[Positions, IntArray | slice], CellFits]


def without_outliers(fit: Fit, positions: Positions) -> tuple[CellFits, FloatArray]:
    """Fit, leave the worst outlying lines out where there are any, fit again, until there are none.

    At least one degree of freedom is left.

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
        outlying = _outlying(found, positions, used, rows)
        some = outlying.any(axis=1)
        rows, outlying = rows[some], outlying[some]
        if not rows.size:
            break
        again = fit(_rows(positions, used[rows] & ~outlying, rows), rows)
        rows, outlying = rows[again.good], outlying[again.good]
        used[rows] &= ~outlying
        excluded[rows] += outlying
        for field in fields(CellFits):
            getattr(found, field.name)[rows] = getattr(again, field.name)[again.good]
    return found, excluded


def _rows(positions: Positions, used: BoolArray, rows: IntArray) -> Positions:
    return replace(
        positions,
        observed_deg=positions.observed_deg[rows],
        sigma_deg=positions.sigma_deg[rows],
        used=used,
        wavelength_angstrom=positions.wavelength_angstrom[rows],
    )


def _outlying(found: CellFits, positions: Positions, used: BoolArray, rows: IntArray) -> BoolArray:
    """Mark the worst outlying line or pair of lines in each of some frames, `(n_rows, n_lines)`."""
    n_lines = used.shape[1]
    marked = np.zeros((len(rows), n_lines), dtype=np.bool_)
    sigma = np.where(used[rows], positions.sigma_deg[rows], 1.0)
    residual = np.where(used[rows], found.residual_deg[rows] / sigma, 0.0)
    for k in range(1, min(MOST_TOGETHER, n_lines) + 1):
        sets = np.array(list(combinations(range(n_lines), k)))
        saved = _saved(residual, found.hat[rows], sets)
        saved = np.where(used[rows][:, sets].all(axis=2), saved, 0.0)
        worst = saved.argmax(axis=1)
        largest = saved[np.arange(len(rows)), worst]
        freedom = found.freedom[rows] - k
        able = found.good[rows] & (freedom >= 1) & ~marked.any(axis=1)
        safe = np.where(able, freedom, 1.0)
        left = np.maximum(np.where(able, found.chi2[rows], 1.0) - largest, 1e-9)
        chance = fdtrc(k, safe, (largest / k) / (left / safe)) * comb(used[rows].sum(axis=1), k)
        is_outlying = able & (chance < CHANCE) & (largest > k * LEAST_SIGMAS**2)
        at = np.flatnonzero(is_outlying)
        marked[at[:, None], sets[worst[at]]] = True
    return marked


def _saved(residual: FloatArray, hat: FloatArray, sets: IntArray) -> FloatArray:
    """How much chi2 falls without each set of lines, `(n_rows, n_sets)`; 0 for lines that decide a parameter alone."""
    own = np.eye(sets.shape[1]) - hat[:, sets[:, :, None], sets[:, None, :]]
    decides = np.linalg.det(own) < LEAST_OWN_SHARE
    own = np.where(decides[..., None, None], np.eye(sets.shape[1]), own)
    z = residual[:, sets]
    saved = np.einsum("nsi,nsi->ns", z, np.linalg.solve(own, z[..., None])[..., 0])
    return np.where(decides, 0.0, saved)
