"""Normalisation by MBACK, larch's: the spectrum is matched to tabulated f'' on both sides of the edge.

A few Legendre polynomials and a scale are fitted so that pre-edge and post-edge follow the Chantler
tables, which tie the two sides together where one alone says too little (a short scan, a curved
background). Only the points of the two windows count; what lies between is not looked at.

References: T.-C. Weng, G. S. Waldo, J. E. Penner-Hahn, J. Synchrotron Rad. 12 (2005) 506,
doi:10.1107/S0909049504034193; C. T. Chantler, J. Phys. Chem. Ref. Data 24 (1995) 71,
doi:10.1063/1.555974.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.xas.options import NormaliseOptions

DEFAULT_ORDER = 3


def mback(
    energy_ev: FloatArray,
    mu: FloatArray,
    scans: BoolArray,
    *,
    element: str,
    edge: str,
    e0_ev: float,
    options: NormaliseOptions,
) -> tuple[FloatArray, FloatArray]:
    """Normalise some scans of a series, one after the other (about 20 ms each).

    Args:
        energy_ev: calibrated energies `(n, p)`, padded with NaN; windows are known to be covered.
        mu: absorption `(n, p)`.
        scans: which of them, `(n,)`.
        element: symbol of the absorber.
        edge: its edge.
        e0_ev: reference energy.
        options: windows.

    Returns:
        Normalised spectra `(n, p)` and edge steps `(n,)`; NaN for scans not asked for, and where
        larch found none.
    """
    import xraydb
    from larch import Group
    from larch.xafs import mback as larch_mback

    normalised, step = np.full(mu.shape, np.nan), np.full(len(mu), np.nan)
    for i in np.flatnonzero(scans):
        there = np.isfinite(energy_ev[i])
        group = Group(energy=energy_ev[i][there].copy(), mu=mu[i][there].copy())
        larch_mback(
            group,
            z=xraydb.atomic_number(element),
            edge=edge,
            e0=e0_ev,
            pre1=options.pre_ev[0],
            pre2=options.pre_ev[1],
            norm1=options.post_ev[0],
            norm2=options.post_ev[1],
            order=DEFAULT_ORDER,
        )
        # larch repairs silently: grids that it changed, or a step that it lost, are no result.
        if group.norm.shape == group.energy.shape == (there.sum(),) and group.edge_step > 0:
            normalised[i, there], step[i] = group.norm, group.edge_step
    return normalised, step
