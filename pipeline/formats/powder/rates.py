"""Counts per second back to counts, where that is exact."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray


def as_counts(rate: FloatArray, time_s: float | FloatArray, decimals: int = 6) -> FloatArray | None:
    """Counts behind counts per second, or None where they do not come back as whole numbers.

    Args:
        rate: counts per second, `(n,)`.
        time_s: counting time of a point, one number or `(n,)`.
        decimals: digits after the point in which the rates were printed.

    Returns:
        `rate time`, rounded, where rounding changes no point by more than what printing did
        (and that is below a quarter of a count, else anything would look whole).
    """
    counts = rate * time_s
    if not np.isfinite(counts).all():
        return None
    printed = 0.6 * 10.0**-decimals * float(np.max(time_s)) + 1e-9 * float(np.max(np.abs(counts)))
    whole = np.rint(counts)
    if printed > 0.25 or np.abs(counts - whole).max() > printed:
        return None
    return whole
