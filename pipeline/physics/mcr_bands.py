"""How ambiguous a curve resolution is: the range of resolutions that fit equally well.

With any invertible `T` whose rows sum to one, `C T^-1` and `T S` fit the data just as `C` and `S` do,
and the concentrations still sum to one. Of these, the ones that keep both non-negative are
equally good. For each component the share of the signal `|c_k s_k| / |C S|` is made as small and as
large as the constraints let it be; between the two lies the band. A band is a statement about the
method, not about noise, and no number of scans narrows it; a known spectrum held fixed does.

Reference: R. Tauler, J. Chemometrics 15 (2001) 627, doi:10.1002/cem.654.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import ConvexHull, QhullError

from pipeline.core.arrays import FloatArray, IntArray

_WORST_VIOLATION = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Ends of the bands: concentrations `(n, k)` and spectra `(k, p)`."""

    concentration_low: FloatArray
    concentration_high: FloatArray
    spectrum_low: FloatArray
    spectrum_high: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Rotations:
    """The resolutions reached from one by `T`, as a function of the free numbers in it.

    Those are the elements of `T` beside the diagonal, which keeps the sum of each row at one. `scans` and
    `points` are the concentrations `(m, k)` and spectra `(k, q)` that can bind a constraint.
    """

    scans: FloatArray
    points: FloatArray
    concentration_squares: FloatArray  # C^T C
    spectrum_squares: FloatArray  # S S^T
    n_fixed: int
    slack_concentration: float
    slack_spectrum: float

    @property
    def places(self) -> tuple[IntArray, IntArray]:
        """Rows and columns of the free numbers; rows of fixed spectra have none."""
        free = ~np.eye(len(self.points), dtype=np.bool_)
        free[: self.n_fixed] = False
        rows, columns = np.nonzero(free)
        return rows.astype(np.int64), columns.astype(np.int64)

    def matrix(self, free: FloatArray) -> FloatArray:
        """`T` `(k, k)`."""
        t = np.zeros((len(self.points),) * 2)
        t[self.places] = free
        np.fill_diagonal(t, 1.0 - t.sum(axis=1))
        return t

    def room(self, free: FloatArray) -> FloatArray:
        """How far each number is above its bound; below zero breaks the constraint."""
        t = self.matrix(free)
        return np.concatenate(
            [
                (self.scans @ np.linalg.pinv(t) + self.slack_concentration).ravel(),
                ((t @ self.points)[self.n_fixed :] + self.slack_spectrum).ravel(),
            ]
        )

    def room_slope(self, free: FloatArray) -> FloatArray:
        """Its derivatives `(constraints, free)`: `d T^-1 = -T^-1 dT T^-1`."""
        inverse = np.linalg.pinv(self.matrix(free))
        c = self.scans @ inverse
        rows, columns = self.places
        of_concentrations = -c[:, None, rows] * (inverse[columns] - inverse[rows]).T
        of_spectra = np.zeros((*self.points.shape, rows.size))
        of_spectra[rows, :, np.arange(rows.size)] = self.points[columns] - self.points[rows]
        return np.concatenate(
            [
                of_concentrations.reshape(-1, rows.size),
                of_spectra[self.n_fixed :].reshape(-1, rows.size),
            ]
        )

    def log_share(self, free: FloatArray, component: int) -> tuple[float, FloatArray]:
        """`log(|c_k| |s_k|)`, which is extreme where the share is, and its derivatives."""
        t = self.matrix(free)
        inverse = np.linalg.pinv(t)
        rows, columns = self.places
        u, v = inverse[:, component], t[component]
        gu, hv = self.concentration_squares @ u, self.spectrum_squares @ v
        change = inverse[columns, component] - inverse[rows, component]
        slope = -(gu @ inverse[:, rows]) * change / (u @ gu)
        slope += np.where(rows == component, hv[columns] - hv[rows], 0.0) / (v @ hv)
        return float(np.log(u @ gu) + np.log(v @ hv)) / 2, slope


def bands(
    concentrations: FloatArray,
    spectra: FloatArray,
    *,
    n_fixed: int,
    noise_concentration: float,
    noise_spectrum: float,
) -> Bands:
    """Find the band of resolutions that fit as well as the one given.

    Args:
        concentrations: `(n, k)`, rows sum to one.
        spectra: `(k, p)`.
        n_fixed: the first spectra that are known and stay as they are.
        noise_concentration: how far below zero noise may put a concentration.
        noise_spectrum: the same for a point of a spectrum.

    Returns:
        The lowest and highest value of every number over the extreme resolutions and the given one.
        Extremes that cannot be reached leave the band at what was found: a lower limit.
    """
    start = _Rotations(
        concentrations[_outer(concentrations[:, :-1])],  # closed: the last is one minus the others
        spectra[:, _outer(spectra.T)],
        concentrations.T @ concentrations,
        spectra @ spectra.T,
        n_fixed,
        max(noise_concentration, -float(concentrations.min())),
        max(noise_spectrum, -float(spectra.min())),
    )
    found = [(concentrations, spectra)]
    for component in range(len(spectra)):
        for sign in (1.0, -1.0):
            t = _extreme(start, component, sign)
            if t is not None:
                found.append((concentrations @ np.linalg.pinv(t), t @ spectra))
    c, s = (np.stack([pair[j] for pair in found]) for j in (0, 1))
    c = np.clip(c, 0.0, 1.0)  # what noise was allowed beyond the bounds is no part of the band
    return Bands(c.min(axis=0), c.max(axis=0), s.min(axis=0), s.max(axis=0))


def _outer(points: FloatArray) -> IntArray:
    """Corners of the hull of points `(m, d)`; what is linear and holds for all of them holds for all."""
    if points.shape[1] == 1:
        return np.unique([np.argmin(points), np.argmax(points)])
    try:
        return np.sort(ConvexHull(points).vertices).astype(np.int64)
    except QhullError:  # flat in some direction: keep every point
        return np.arange(len(points))


def _extreme(start: _Rotations, component: int, sign: float) -> FloatArray | None:
    """The `T` at which a component's share is least (sign 1) or most (-1); None where none was found."""

    def objective(free: FloatArray) -> tuple[float, FloatArray]:
        value, slope = start.log_share(free, component)
        return sign * value, sign * slope

    answer = minimize(
        objective,
        np.zeros(start.places[0].size),
        jac=True,
        method="SLSQP",
        constraints={"type": "ineq", "fun": start.room, "jac": start.room_slope},
        options={"maxiter": 200, "ftol": 1e-9},
    )
    feasible = start.room(answer.x).min() >= -_WORST_VIOLATION
    return start.matrix(answer.x) if feasible else None
