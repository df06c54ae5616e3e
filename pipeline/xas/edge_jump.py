"""Scans whose edge jumps against those before and after: a lost encoder step, or another sample.

Each half step is compared with those of two neighbours either side. A series may rise, turn or step as a
cell is charged, as fast as its neighbours show; one scan that leaves them and comes back may not.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.residuals import MAD_TO_SIGMA

ASIDE = 2
FEWEST_SCANS = 3
SIGNIFICANCE = 5.0
LEAST_EV = 0.2  # a tenth of the distance between valences


def jumps(half_step_ev: FloatArray, half_step_sigma_ev: FloatArray, scans: BoolArray) -> BoolArray:
    """Find the scans whose edge jumps.

    Args:
        half_step_ev: edge positions `(n,)`; NaN where there is none.
        half_step_sigma_ev: their sigmas, `(n,)`.
        scans: the good ones, `(n,)`.

    Returns:
        Scans `(n,)` that lie outside the range of their neighbours by 0.2 eV and five sigma, and by
        the largest step among the neighbours on top; sigma is that of the scan, and the scatter of the
        series about its running median.
    """
    found = np.zeros(len(scans), dtype=np.bool_)
    good = np.flatnonzero(scans & np.isfinite(half_step_ev))
    if len(good) < FEWEST_SCANS:
        return found
    edge_ev = half_step_ev[good]
    # The first scan has no neighbour before: NaN, which the nan-functions leave out.
    padded = np.pad(edge_ev, ASIDE, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * ASIDE + 1)
    neighbours = np.delete(around, ASIDE, axis=1)
    above = edge_ev - np.nanmax(neighbours, axis=1)
    below = np.nanmin(neighbours, axis=1) - edge_ev
    usual_step = np.nanmax(np.abs(np.diff(neighbours, axis=1)), axis=1)
    scatter = MAD_TO_SIGMA * np.median(np.abs(edge_ev - np.nanmedian(around, axis=1)))
    sigma = np.hypot(np.nan_to_num(half_step_sigma_ev[good]), scatter)
    limit = np.maximum(LEAST_EV, SIGNIFICANCE * sigma) + usual_step
    found[good] = np.maximum(above, below) > limit
    return found
