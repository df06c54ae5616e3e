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
    """The resolutions reached from one by `T`, as a function of the free numbers in it."""

    concentrations: FloatArray
    spectra: FloatArray
    n_fixed: int
    slack_concentration: float
    slack_spectrum: float
    outer: IntArray  # points of the spectra that can bind: the others lie between them

    @property
    def n_free(self) -> int:
        k = len(self.spectra)
        return (k - self.n_fixed) * (k - 1)

    def matrix(self, free: FloatArray) -> FloatArray:
        """`T` with rows that sum to one; those of fixed spectra are the unit matrix's."""
        k = len(self.spectra)
        t = np.eye(k)
        others = ~np.eye(k, dtype=np.bool_)
        others[: self.n_fixed] = False
        t[others] = free
        np.fill_diagonal(t, 1.0 - np.where(others, t, 0.0).sum(axis=1))
        return t

    def at(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        t = self.matrix(free)
        return self.concentrations @ np.linalg.pinv(t), t @ self.spectra

    def room(self, free: FloatArray) -> FloatArray:
        """How far each number is above its bound; below zero breaks the constraint."""
        c, s = self.at(free)
        return np.concatenate(
            [
                (c + self.slack_concentration).ravel(),
                (s[self.n_fixed :, self.outer] + self.slack_spectrum).ravel(),
            ]
        )

    def share(self, free: FloatArray, component: int) -> float:
        c, s = self.at(free)
        whole = np.linalg.norm(self.concentrations @ self.spectra)
        return float(np.linalg.norm(c[:, component]) * np.linalg.norm(s[component]) / whole)


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
        concentrations,
        spectra,
        n_fixed,
        max(noise_concentration, -float(concentrations.min())),
        max(noise_spectrum, -float(spectra.min())),
        _outer_points(spectra),
    )
    found = [(concentrations, spectra)]
    for component in range(len(spectra)):
        for sign in (1.0, -1.0):
            free = _extreme(start, component, sign)
            if free is not None:
                found.append(start.at(free))
    c, s = (np.stack([pair[j] for pair in found]) for j in (0, 1))
    return Bands(c.min(axis=0), c.max(axis=0), s.min(axis=0), s.max(axis=0))


def _outer_points(spectra: FloatArray) -> IntArray:
    """Points whose values `(k,)` are corners of the hull of all; `t . s >= b` holds for all if for them."""
    try:
        return np.sort(ConvexHull(spectra.T).vertices).astype(np.int64)
    except QhullError:  # flat in some direction: keep every point
        return np.arange(spectra.shape[1])


def _extreme(start: _Rotations, component: int, sign: float) -> FloatArray | None:
    """The free numbers at which a component's share is least (sign 1) or most (-1)."""
    answer = minimize(
        lambda free: sign * start.share(free, component),
        np.zeros(start.n_free),
        method="SLSQP",
        constraints={"type": "ineq", "fun": start.room},
        options={"maxiter": 200, "ftol": 1e-9},
    )
    feasible = start.room(answer.x).min() >= -_WORST_VIOLATION
    return np.asarray(answer.x) if feasible else None
