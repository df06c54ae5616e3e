"""Axial divergence: how rays that climb or fall smear a powder line.

A ray from height `z` in the specimen to height `z'` in the detector's slit, a distance `L` away, that was scattered by
`2 theta` arrives where the instrument shows `2 phi`, `cos 2 phi = cos 2 theta sqrt(1 + (z - z')^2 / L^2)`: below 90 deg
at lower, above at higher angles (L. W. Finger, D. E. Cox, A. P. Jephcoat, J. Appl. Cryst. 27 (1994) 892,
doi:10.1107/S0021889894004218). Here both heights are evenly filled, and the average over them is a plain sum over Gauss-Legendre
nodes of `z - z'`; programs integrate over `2 phi` instead.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from pipeline.core.arrays import FloatArray

NODES_EACH = 8


def axial_shifts_deg(
    two_theta_deg: float, specimen_ratio: float, slit_ratio: float
) -> tuple[FloatArray, FloatArray]:
    """Shifts `2 phi - 2 theta` of a line and their weights, which add up to one.

    Args:
        two_theta_deg: of the line.
        specimen_ratio: S/L, half the height of the specimen over the distance.
        slit_ratio: H/L, of the detector's slit.

    Returns:
        Shifts in degree `(m,)` and weights `(m,)`; one shift of 0 without divergence.
    """
    climb, weights = _climbs(specimen_ratio, slit_ratio)
    cosine = np.cos(np.radians(two_theta_deg)) * np.sqrt(1.0 + climb**2)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))) - two_theta_deg, weights


@cache
def _climbs(specimen_ratio: float, slit_ratio: float) -> tuple[FloatArray, FloatArray]:
    """Nodes of `|z - z'| / L` and their weights: level up to the difference of the two, then falling to their sum."""
    low, high = sorted((specimen_ratio, slit_ratio))
    if high == 0.0:
        return np.zeros(1), np.ones(1)
    nodes, weights = np.polynomial.legendre.leggauss(NODES_EACH)
    places, shares = [], []
    for begin, end in ((0.0, high - low), (high - low, high + low)):
        x = begin + (end - begin) * (nodes + 1.0) / 2.0
        density = np.minimum(1.0, (high + low - x) / (2.0 * low)) if low else np.ones_like(x)
        places.append(x)
        shares.append(weights * (end - begin) / 2.0 * density)
    found, share = np.concatenate(places), np.concatenate(shares)
    used = share > 0.0
    return found[used], share[used] / share[used].sum()
