"""Multivariate curve resolution by alternating least squares, for series of closed mixtures.

`D = C S + E`: concentrations `C` `(n, k)`, non-negative and summing to one in each scan, spectra
`S` `(k, p)`, non-negative. Each half step is an exact bounded least-squares problem
(`pipeline.physics.lcf`), so that the misfit can only fall; spectra may be held fixed. What comes out
is one of many resolutions that fit equally well: `pipeline.physics.mcr_bands` says how many.

References: R. Tauler, Chemom. Intell. Lab. Syst. 30 (1995) 133, doi:10.1016/0169-7439(95)00047-X;
purest spectra: W. Windig, J. Guilment, Anal. Chem. 63 (1991) 1425, doi:10.1021/ac00014a016.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.lcf import solve

VANISHED = 1e-3  # a component that is nowhere above this is none


@dataclass(frozen=True, slots=True, eq=False)
class Resolution:
    """Concentrations `(n, k)`, spectra `(k, p)`, and whether they can be taken for an answer.

    `problem` is '' for a resolution that converged; else it says in words what happened, and the
    numbers are those of the last iteration.
    """

    concentrations: FloatArray
    spectra: FloatArray
    n_iterations: int
    problem: str

    def lack_of_fit_percent(self, data: FloatArray) -> float:
        """`100 sqrt(sum e^2 / sum d^2)`."""
        left = data - self.concentrations @ self.spectra
        return float(100.0 * np.sqrt((left**2).sum() / (data**2).sum()))

    def explained_fraction(self, data: FloatArray) -> float:
        """Share of the scans' variation about their mean that is explained."""
        left = data - self.concentrations @ self.spectra
        return float(1.0 - (left**2).sum() / ((data - data.mean(axis=0)) ** 2).sum())


LEAST_INDEPENDENT = 1e-7  # singular value of unit spectra over the largest; less is rounding


def purest(data: FloatArray, k: int, given: FloatArray) -> IntArray:
    """Find the scans that differ most: corners of the simplex that closed mixtures fill.

    As in SIMPLISMA each pick makes the determinant of the chosen spectra as large as it can be.
    Mixtures that sum to one lie in an affine space, so that the determinant is that of
    differences: each pick is the scan farthest from the plane through those before.
    The series is reduced to its `k - 1` largest centred components before, which leaves noise out.

    Args:
        data: `(n, p)`.
        k: number of corners, those that are given included.
        given: spectra that are corners already `(g, p)`, `g < k`; may be empty.

    Returns:
        Indices of `k - g` scans, in the order of their picking.
    """
    centre = data.mean(axis=0)
    v = np.linalg.svd(data - centre, full_matrices=False)[2][: k - 1]
    places = (data - centre) @ v.T
    corners = [*((given - centre) @ v.T)]
    picked: list[int] = []
    while len(corners) < k:
        if corners:
            edges = np.stack([c - corners[0] for c in corners[1:]] or [np.zeros(v.shape[0])])
            rest = places - corners[0]
            q = np.linalg.qr(edges.T)[0][:, : len(corners) - 1]
            distance = np.linalg.norm(rest - rest @ q @ q.T, axis=1)
        else:
            distance = np.linalg.norm(places, axis=1)
        distance[picked] = -1.0
        picked.append(int(np.argmax(distance)))
        corners.append(places[picked[-1]])
    return np.array(picked, dtype=np.int64)


def resolve(
    data: FloatArray,
    start: FloatArray,
    *,
    n_fixed: int,
    row_sigma: FloatArray,
    max_iterations: int,
    tolerance: float,
) -> Resolution:
    """Resolve a series into concentrations and spectra.

    Args:
        data: `(n, p)`, finite.
        start: spectra to start from `(k, p)`, `2 <= k <= 6`; the first `n_fixed` are kept as they are.
        n_fixed: number of fixed spectra, below `k`.
        row_sigma: noise of a point of each scan `(n,)`, the weight of a scan in the spectra.
        max_iterations: of both half steps.
        tolerance: converged once no concentration changes by more than this.

    Returns:
        The resolution, or what hindered it.
    """
    spectra = start.copy()
    before = np.full((len(data), len(start)), np.inf)
    for iteration in range(1, max_iterations + 1):
        concentrations = solve(spectra, data, sum_to_one=True).weights
        lost = ~(concentrations.max(axis=0) > VANISHED)
        if lost.any():
            which = int(np.argmax(lost)) + 1
            return Resolution(
                *(concentrations, spectra, iteration),
                f"component {which} of {len(start)} vanished: the series holds fewer, or two are alike",
            )
        if np.abs(concentrations - before).max() < tolerance:
            return Resolution(concentrations, spectra, iteration, _dependence(spectra))
        before = concentrations
        known, wanted = concentrations[:, :n_fixed], concentrations[:, n_fixed:]
        rest = data - known @ spectra[:n_fixed]
        spectra[n_fixed:] = solve(
            wanted.T, rest.T, np.broadcast_to(row_sigma, rest.T.shape), sum_to_one=False
        ).weights.T
        if not np.isfinite(spectra).all():
            return Resolution(
                *(concentrations, start, iteration),
                "the concentrations are linearly dependent: the series holds fewer components",
            )
    change = float(np.abs(concentrations - solve(spectra, data, sum_to_one=True).weights).max())
    return Resolution(
        *(concentrations, spectra, max_iterations),
        f"not converged after {max_iterations} iterations: concentrations still change by {change:.2g}",
    )


def _dependence(spectra: FloatArray) -> str:
    """What is wrong with spectra of which one is a mixture of the others; else nothing."""
    unit = spectra / np.linalg.norm(spectra, axis=1, keepdims=True)
    singular = np.linalg.svd(unit, compute_uv=False)
    if singular[-1] > LEAST_INDEPENDENT * singular[0]:
        return ""
    return "one spectrum is a mixture of the others: the series holds fewer components"
