"""How well a pattern is fitted, by one definition for all engines, and how far residuals hang together.

B. H. Toby, Powder Diffr. 21 (2006) 67, doi:10.1154/1.2179804 (R factors).
J.-F. Berar, P. Lelann, J. Appl. Cryst. 24 (1991) 1, doi:10.1107/S0021889890008391 (sigmas where residuals hang together).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics.residuals import correlation_inflation
from pipeline.rietveld.interface import Fit, Job


@dataclass(frozen=True, slots=True)
class Quality:
    """R factors of one fit, in percent; `chi2` is the weighted sum of squares, `esd_inflation` the factor of all sigmas."""

    rwp_percent: float
    rp_percent: float
    rexp_percent: float
    gof: float
    reduced_chi2: float
    chi2: float
    esd_inflation: float
    point_count: int
    refined_count: int


def quality(job: Job, fit: Fit) -> Quality:
    """R factors after Toby, with the background left in.

    `Rwp^2 = sum w (o - c)^2 / sum w o^2`, `Rp = sum |o - c| / sum |o|`, `Rexp^2 = (N - P) / sum w o^2`, `GOF = Rwp / Rexp`,
    reduced chi2 = GOF^2, with w = 1 / sigma^2.

    Raises:
        ValueError: the calculated curve has another number of points than the job.
    """
    observed, difference = job.counts, job.counts - fit.calculated_counts
    weight = job.sigma_counts**-2
    chi2 = float(np.sum(weight * difference**2))
    total = float(np.sum(weight * observed**2))
    n, p = observed.size, len(fit.parameters)
    freedom = max(n - p, 1)
    rwp, rexp = np.sqrt(chi2 / total), np.sqrt(freedom / total)
    return Quality(
        rwp_percent=100 * float(rwp),
        rp_percent=100 * float(np.abs(difference).sum() / np.abs(observed).sum()),
        rexp_percent=100 * float(rexp),
        gof=float(rwp / rexp),
        reduced_chi2=chi2 / freedom,
        chi2=chi2,
        esd_inflation=esd_inflation(difference / job.sigma_counts, p),
        point_count=n,
        refined_count=p,
    )


def esd_inflation(residual: FloatArray, refined_count: int) -> float:
    """Factor of all sigmas where neighbouring residuals hang together, 1 for white ones and never below.

    A parameter whose effect on the pattern varies slowly from point to point has `tau` times the variance that white
    residuals would give, `tau = 1 + 2 sum_k rho_k` the integrated autocorrelation of the weighted residuals; that of
    Berar and Lelann is 1.13 for white residuals already, for runs of the same sign occur by chance.

    Args:
        residual: `(observed - calculated) / sigma`, `(n_points,)`.
        refined_count: number of refined parameters, which take slow residuals up.
    """
    if not np.isfinite(residual).all() or not residual.any():
        return 1.0
    tau = correlation_inflation(residual[None, :], refined_count)
    return float(np.sqrt(max(float(tau[0]), 1.0)))


def background_chi2(job: Job) -> float:
    """Weighted sum of squares of the background alone: the Chebyshev series that fits best, with no phase."""
    x = job.two_theta_deg
    unit = 2 * (x - x[0]) / (x[-1] - x[0]) - 1
    design = np.polynomial.chebyshev.chebvander(unit, len(job.background_counts) - 1)
    weighted, target = design / job.sigma_counts[:, None], job.counts / job.sigma_counts
    terms = np.linalg.lstsq(weighted, target, rcond=None)[0]
    return float(np.sum((target - weighted @ terms) ** 2))
