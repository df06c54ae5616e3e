"""Least squares of line positions: the cell of every frame at once, and one shift beside it.

`2theta_obs = 2theta + s g(2theta)`, `2theta = 2 arcsin(lambda / 2 d(cell))`, where `g` is the law of the shift,
at the angle where the line belongs, and `s` its size. Gauss-Newton on the weighted residuals; frames may use different subsets of the lines. (The
method of M. U. Cohen, Rev. Sci. Instrum. 6 (1935) 68, doi:10.1063/1.1751937, on angles with the weights
of their own sigmas.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.physics.lattice import (
    inverse_square_derivatives,
    inverse_square_spacing,
    metric,
    ties,
)

MAX_STEPS = 50
LENGTH_STEP_RATIO = 0.05
ANGLE_STEP_DEG = 3.0
CONVERGED_SIGMA = 1e-6
LENGTH_RANGE_RATIO = (0.5, 2.0)  # of the start cell: a cell beyond it is another phase, or no fit
ANGLE_RANGE_DEG = (20.0, 160.0)
LEAST_EIGENVALUE = 1e-9  # of the normal matrix scaled to a unit diagonal
LARGEST_SINE = 1 - 1e-9

Law = Callable[[FloatArray], FloatArray]
"""Shift of lines at their true angles, both in degrees, for `s = 1`."""


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Positions of lines in frames: what a cell is fitted to.

    `hkl` `(n_lines, 3)`; `observed_deg`, `sigma_deg` and `used` `(n_frames, n_lines)`;
    `wavelength_angstrom` `(n_frames,)`.
    """

    hkl: FloatArray
    observed_deg: FloatArray
    sigma_deg: FloatArray
    used: BoolArray
    wavelength_angstrom: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CellFits:
    """Cells fitted to positions, one a frame.

    `cell` `(n, 6)` and its `covariance` `(n, 6, 6)`, from the positions' own sigmas; `shift_ratio` `(n,)` is
    `s` and `shift_variance` its variance, 0 where it was given. `cell_by_shift` `(n, 6)` is how much the cell
    changes where all positions move by the law with `s = 1`. `residual_deg` `(n, n_lines)` and `hat`
    `(n, n_lines, n_lines)`, how far each line's observed position in sigmas moves each modelled one, are 0 for lines that were not used. `enough` says that there were as many lines as parameters (more, where most of the lines
    were not found), `determined`
    that they tell these apart, `converged` that the steps came to an end at a cell like the start's;
    a frame that fails one of them holds NaN. A parameter that no line of the series depends on is NaN in `cell`
    and 0 in `covariance`. `chi2` is of `freedom` degrees of freedom.
    """

    cell: FloatArray
    covariance: FloatArray
    shift_ratio: FloatArray
    shift_variance: FloatArray
    cell_by_shift: FloatArray
    residual_deg: FloatArray
    hat: FloatArray
    chi2: FloatArray
    freedom: FloatArray
    enough: BoolArray
    determined: BoolArray
    converged: BoolArray

    @property
    def good(self) -> BoolArray:
        """Frames that have a cell, `(n,)`."""
        return self.enough & self.determined & self.converged

    @property
    def reduced_chi2(self) -> FloatArray:
        """Reduced chi2 `(n,)`; NaN without a degree of freedom."""
        return np.where(self.freedom > 0, self.chi2 / np.maximum(self.freedom, 1), np.nan)

    @property
    def variance_scale(self) -> FloatArray:
        """Reduced chi2 where above one, else one, `(n,)`: what variances are multiplied by."""
        return np.fmax(self.reduced_chi2, 1.0)


def fit_cells(
    positions: Positions,
    system: str,
    start: tuple[float, ...],
    law: Law,
    shift_ratio: FloatArray | None,
) -> CellFits:
    """Fit a cell, and the size of a shift where it is not given, to the lines of each frame.

    Args:
        positions: what was observed.
        system: crystal system, which says what parameters are free.
        start: all six parameters of the start cell, angstrom and degrees.
        law: of the shift.
        shift_ratio: its size where it is known, `(n_frames,)`, NaN for a frame that is not to be fitted;
            None: it is a parameter.

    Returns:
        The fits.
    """
    tied = ties(system)
    touched = _touched(positions, tied, start)
    unknown = tied[:, ~touched].any(axis=1)
    tied = tied[:, touched]
    with_shift = shift_ratio is None
    count = positions.used.sum(axis=1)
    given = np.zeros(len(count)) if shift_ratio is None else shift_ratio
    count = np.where(np.isfinite(given), count, -1)
    out = _empty(positions.used.shape, count - tied.shape[1] - int(with_shift))
    # Where lines were looked for and not found, a cell that nothing checks may be that of wrong ones.
    out.enough[(out.freedom == 0) & (2 * count < positions.used.shape[1])] = False
    rows = np.flatnonzero(out.enough)
    if not rows.size:
        return out
    used = positions.used[rows]
    problem = _Problem(
        hkl=positions.hkl,
        observed_deg=np.where(used, positions.observed_deg[rows], 0.0),
        weight=np.where(used, 1 / np.where(used, positions.sigma_deg[rows], 1.0) ** 2, 0.0),
        law=law,
        given=given[rows],
        wavelength_angstrom=positions.wavelength_angstrom[rows],
        tied=tied,
        start=np.array(start),
        with_shift=with_shift,
    )
    parameters, fine, done = problem.solved()
    out.determined[rows] = fine
    out.converged[rows] = done | ~fine
    kept = fine & done
    residual, jacobian, law_there = problem.model(parameters)
    weighted = jacobian * problem.weight[..., None]
    covariance = _inverse(np.einsum("nlk,nlj->nkj", jacobian, weighted))[0]
    by_shift = np.einsum("nkj,nlj,nl->nk", covariance, weighted, law_there)
    cells = problem.six(parameters)
    m = tied.shape[1]
    out.cell[rows] = cells
    out.covariance[rows] = np.einsum("pk,nkj,qj->npq", tied, covariance[:, :m, :m], tied)
    out.cell_by_shift[rows] = np.einsum("pk,nk->np", tied, by_shift[:, :m])
    out.shift_ratio[rows] = parameters[:, m] if with_shift else given[rows]
    out.shift_variance[rows] = covariance[:, m, m] if with_shift else 0.0
    out.residual_deg[rows] = residual
    in_sigmas = jacobian * np.sqrt(problem.weight)[..., None]
    out.hat[rows] = np.einsum("nlk,nkj,nmj->nlm", in_sigmas, covariance, in_sigmas, optimize=True)
    out.chi2[rows] = (residual**2 * problem.weight).sum(axis=1)
    for values in (out.cell, out.covariance, out.cell_by_shift, out.shift_ratio):
        values[rows[~kept]] = np.nan
    out.cell[:, unknown] = np.nan
    for values in (out.shift_variance, out.chi2):
        values[rows[~kept]] = np.nan
    for values in (out.residual_deg, out.hat):
        values[rows[~kept]] = 0.0
    return out


def _touched(positions: Positions, tied: FloatArray, start: tuple[float, ...]) -> BoolArray:
    """Free parameters that any line depends on, `(k,)`: lines 00l alone give c and say nothing of a.

    All of them where no line was used, so that the frame is told for its lack of lines.
    """
    lines = positions.hkl[positions.used.any(axis=0)]
    if not len(lines):
        return np.ones(tied.shape[1], dtype=np.bool_)
    slopes = np.abs(inverse_square_derivatives(lines, np.array(start)) @ tied)
    touched: BoolArray = (slopes > LEAST_EIGENVALUE * slopes.max()).any(axis=0)
    return touched


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The frames that have lines enough, unused lines with weight 0."""

    hkl: FloatArray
    observed_deg: FloatArray
    weight: FloatArray
    law: Law
    given: FloatArray
    wavelength_angstrom: FloatArray
    tied: FloatArray
    start: FloatArray
    with_shift: bool

    def six(self, parameters: FloatArray) -> FloatArray:
        """All six cell parameters `(n, 6)` from the free ones."""
        fixed = np.where(self.tied.any(axis=1), 0.0, self.start)
        cells: FloatArray = fixed + parameters[:, : self.tied.shape[1]] @ self.tied.T
        return cells

    def model(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Residuals `(n, n_lines)` in degrees, derivatives `(n, n_lines, k)`, and the law at the lines.

        That the shift changes as a line moves, by `s g'`, is left out of the derivatives: at a degree of shift they
        are 1 % off, which slows the steps down and moves nothing.
        """
        cells = self.six(parameters)
        # A step may pass through parameters that are no cell at all.
        root = np.sqrt(np.maximum(inverse_square_spacing(self.hkl, cells), 1e-12))
        half = self.wavelength_angstrom[:, None] / 2
        sine = np.minimum(half * root, LARGEST_SINE)
        modelled = 2 * np.degrees(np.arcsin(sine))
        by_square = np.degrees(half / (root * np.sqrt(1 - sine**2)))
        jacobian = by_square[..., None] * (inverse_square_derivatives(self.hkl, cells) @ self.tied)
        shift = parameters[:, -1] if self.with_shift else self.given
        law = self.law(modelled)
        if self.with_shift:
            jacobian = np.concatenate([jacobian, law[..., None]], axis=2)
        modelled = modelled + shift[:, None] * law
        return np.where(self.weight > 0, self.observed_deg - modelled, 0.0), jacobian, law

    def solved(self) -> tuple[FloatArray, BoolArray, BoolArray]:
        """Parameters `(n, k)`, whether the lines determine them, whether the steps ended well."""
        n, m = len(self.weight), self.tied.shape[1]
        first = self.tied.argmax(axis=0)
        limit = np.where(first < 3, LENGTH_STEP_RATIO * self.start[first], ANGLE_STEP_DEG)
        parameters = np.zeros((n, m + int(self.with_shift)))
        parameters[:, :m] = self.start[first]
        fine = np.ones(n, dtype=np.bool_)
        done = np.zeros(n, dtype=np.bool_)
        for _ in range(MAX_STEPS):
            residual, jacobian, _ = self.model(parameters)
            weighted = jacobian * self.weight[..., None]
            covariance, regular = _inverse(np.einsum("nlk,nlj->nkj", jacobian, weighted))
            fine &= regular
            step = np.einsum("nkj,nlj,nl->nk", covariance, weighted, residual)
            too_long = np.maximum(np.abs(step[:, :m] / limit).max(axis=1), 1.0)
            step /= too_long[:, None]
            parameters += np.where((fine & ~done)[:, None], step, 0.0)
            np.clip(parameters[:, :m], *self._range(first), out=parameters[:, :m])
            sigma = np.sqrt(np.einsum("nkk->nk", covariance))
            done |= (np.abs(step) <= CONVERGED_SIGMA * sigma).all(axis=1)
            if (done | ~fine).all():
                break
        low, high = self._range(first)
        inside = (parameters[:, :m] > low) & (parameters[:, :m] < high)
        is_cell = np.linalg.det(metric(self.six(parameters))) > 0
        return parameters, fine, done & inside.all(axis=1) & is_cell

    def _range(self, first: IntArray) -> tuple[FloatArray, FloatArray]:
        lengths = [ratio * self.start[first] for ratio in LENGTH_RANGE_RATIO]
        low, high = (
            np.where(first < 3, length, angle)
            for length, angle in zip(lengths, ANGLE_RANGE_DEG, strict=True)
        )
        return low, high


def _inverse(normal: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Inverse of normal matrices `(n, k, k)`, and whether they have one; a unit matrix where not."""
    scale = np.sqrt(np.einsum("nkk->nk", normal))
    safe = np.where(scale > 0, scale, 1.0)
    scaled = normal / (safe[:, :, None] * safe[:, None, :])
    regular = np.isfinite(scaled).all(axis=(1, 2)) & (scale > 0).all(axis=1)
    scaled = np.where(regular[:, None, None], scaled, np.eye(normal.shape[1]))
    regular &= np.linalg.eigvalsh(scaled)[:, 0] > LEAST_EIGENVALUE
    scaled = np.where(regular[:, None, None], scaled, np.eye(normal.shape[1]))
    inverse = np.linalg.inv(scaled) / (safe[:, :, None] * safe[:, None, :])
    return inverse, regular


def _empty(shape: tuple[int, ...], freedom: IntArray) -> CellFits:
    n, n_lines = shape

    def nan(*more: int) -> FloatArray:
        return np.full((n, *more), np.nan)

    return CellFits(
        cell=nan(6),
        covariance=nan(6, 6),
        shift_ratio=nan(),
        shift_variance=nan(),
        cell_by_shift=nan(6),
        residual_deg=np.zeros((n, n_lines)),
        hat=np.zeros((n, n_lines, n_lines)),
        chi2=nan(),
        freedom=freedom.astype(np.float64),
        enough=freedom >= 0,
        determined=np.ones(n, dtype=np.bool_),
        converged=np.ones(n, dtype=np.bool_),
    )
