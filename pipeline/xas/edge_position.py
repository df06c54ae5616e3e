"""Edge position: the energy at which a flattened spectrum crosses a level, such as the half step.

The crossing is looked for below the spectrum's maximum, as the energy that best parts what lies
under the level from what lies above it; so neither a glitch nor noise that crosses the level many
times misleads it. There a cubic through the points around gives the position and its sigma.
Half-step energies follow the valence more steadily than the derivative's maximum does, which
jumps between features of one edge.

Reference: H. Dau, P. Liebisch, M. Haumann, Anal. Bioanal. Chem. 376 (2003) 562,
doi:10.1007/s00216-003-1982-2 (edge positions and what they depend on).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.physics import polyfit

HALF_WIDTH_EV = 1.0  # of the cubic: about the core-hole width, within which an edge is smooth
FEWEST_POINTS_ASIDE = 3
NEWTON_STEPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class EdgePositions:
    """Where each spectrum crosses a level: `energy_ev` and `sigma_ev`, `(n_scans,)`, or NaN."""

    energy_ev: FloatArray
    sigma_ev: FloatArray


def crossing(
    energy_ev: FloatArray,
    spectra: FloatArray,
    level: float,
    search_ev: tuple[float, float],
    *,
    noise: FloatArray,
    step_relative_sigma: FloatArray,
    shift_sigma_ev: FloatArray,
) -> EdgePositions:
    """Find where each spectrum rises through a level.

    Args:
        energy_ev: calibrated energies `(n_scans, n_points)`.
        spectra: normalised or flattened spectra, of the same shape.
        level: the level, 0.5 for the half step.
        search_ev: energies between which the crossing is looked for.
        noise: sigma of one point, `(n_scans,)`.
        step_relative_sigma: relative sigma of the edge step, `(n_scans,)`; it moves the level by
            `level * step_relative_sigma`.
        shift_sigma_ev: sigma of the calibration shift `(n_scans,)`; NaN, not known, adds nothing.

    Returns:
        Energies with `sigma^2 = (noise of the cubic / slope)^2 + (level moved / slope)^2 + shift^2`;
        NaN where a spectrum does not rise through the level between its ends.
    """
    n = len(spectra)
    inside = (energy_ev >= search_ev[0]) & (energy_ev <= search_ev[1]) & np.isfinite(spectra)
    columns = np.flatnonzero(inside.any(axis=0))
    if columns.size < 2 * FEWEST_POINTS_ASIDE:
        return EdgePositions(np.full(n, np.nan), np.full(n, np.nan))
    part = slice(columns[0], columns[-1] + 1)
    x, y, inside = energy_ev[:, part], spectra[:, part], inside[:, part]

    split, found = _parting(x, y, inside, level)
    row = np.arange(n)
    spacing = x[row, split] - x[row, split - 1]
    # Each scan by its own spacing, so that its position is the same in any series.
    spacing = np.where(found & (spacing > 0), spacing, HALF_WIDTH_EV)
    aside = np.maximum(FEWEST_POINTS_ASIDE, np.ceil(HALF_WIDTH_EV / spacing).astype(np.intp))
    first_in, last_in = inside.argmax(axis=1), inside.shape[1] - inside[:, ::-1].argmax(axis=1)
    first = np.where(found, np.maximum(split - aside, first_in), 0)
    stop = np.where(found, np.minimum(split + aside, last_in), 0)
    cubic = polyfit.fit(x, y, first, stop, degree=3, scatter=False)

    position = np.where(found, (x[row, split] + x[row, split - 1]) / 2, np.nan)
    for _ in range(NEWTON_STEPS):
        move = (level - cubic.value_at(position)) / cubic.slope_at(position)
        position = np.clip(
            position + move, cubic.centre - cubic.half_width, cubic.centre + cubic.half_width
        )
    slope = cubic.slope_at(position)
    solved = (np.abs(cubic.value_at(position) - level) < 1e-9) & (slope > 0)
    basis = cubic.basis(position)
    unit_sigma = np.sqrt(np.einsum("ni,nij,nj->n", basis, cubic.covariance, basis))
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.sqrt(
            (noise * unit_sigma / slope) ** 2
            + (level * step_relative_sigma / slope) ** 2
            + np.nan_to_num(shift_sigma_ev) ** 2
        )
    return EdgePositions(np.where(solved, position, np.nan), np.where(solved, sigma, np.nan))


def _parting(
    x: FloatArray, y: FloatArray, inside: BoolArray, level: float
) -> tuple[IntArray, BoolArray]:
    """Index of the first point above the crossing `(n,)`, and whether there is a crossing.

    Of all places below the maximum, the one is taken that leaves the least width of spectrum on
    its wrong side: above the level before it, below the level after it.
    """
    smooth = _median_of_three(y)
    peak = np.where(inside, smooth, -np.inf).argmax(axis=1)
    column = np.arange(x.shape[1])
    used = inside & (column <= peak[:, None])
    width = np.where(used, np.gradient(np.where(inside, x, 0.0), axis=1), 0.0)
    above = np.where(smooth > level, width, 0.0)
    below = width - above
    wrong = np.cumsum(above, axis=1) - above + np.cumsum(below[:, ::-1], axis=1)[:, ::-1]
    candidate = np.where(used, wrong, np.inf)
    split = candidate.argmin(axis=1)
    row = np.arange(len(x))
    found = (
        inside.any(axis=1)
        & (split > inside.argmax(axis=1))
        & (candidate[row, split] < below.sum(axis=1))
        & (smooth[row, peak] > level)
    )
    return np.where(found, split, 1), found


def _median_of_three(y: FloatArray) -> FloatArray:
    """Running median of three points, the ends kept; takes out single glitches."""
    smooth = y.copy()
    left, middle, right = y[:, :-2], y[:, 1:-1], y[:, 2:]
    low, high = np.fmin(left, middle), np.fmax(left, middle)
    smooth[:, 1:-1] = np.fmax(low, np.fmin(high, right))
    return smooth
