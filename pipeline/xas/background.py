"""The arithmetic of a normalisation: pre-edge, post-edge, step, normalised and flattened spectra.

`normalised = (mu - pre) / step`, and above E0 `flattened = normalised - (post / step - 1)`, where
`post` is fitted to `mu - pre` and `step = post(E0)`. Which points a window holds, what fails a
scan and what a step is worth stand in `pipeline.xas.normalise`; this is only what every spectrum
goes through, for a whole series at once.

Reference: B. Ravel and M. Newville, J. Synchrotron Rad. 12 (2005) 537,
doi:10.1107/S0909049505012719.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics import polyfit
from pipeline.physics.polyfit import PolynomialFits

Range = tuple[IntArray, IntArray]
# Rows of spectra that are worked on at a time, few enough for a cache of the second level.
BLOCK_ROWS = 32


@dataclass(frozen=True, slots=True, eq=False)
class EdgeFit:
    """Fits of `mu` and of `mu - pre`, the step `(n,)`, and spectra `(n, p)`; NaN where not fitted."""

    pre: PolynomialFits
    post: PolynomialFits
    step: FloatArray
    normalised: FloatArray
    flattened: FloatArray

    def with_scatter(
        self, grid: FloatArray, mu: FloatArray, pre_window: Range, post_window: Range
    ) -> tuple[PolynomialFits, PolynomialFits]:
        """Both fits with the scatter of their points, from which sigmas follow."""
        absorption = self.normalised * self.step[:, None]
        return (
            polyfit.with_scatter(self.pre, grid, mu, *pre_window),
            polyfit.with_scatter(self.post, grid, absorption, *post_window),
        )


def remove_background(
    grid: FloatArray,
    mu: FloatArray,
    nearest: IntArray,
    at_e0: FloatArray,
    pre_window: Range,
    post_window: Range,
    degrees: tuple[int, int],
) -> EdgeFit:
    """Fit pre-edge and post-edge and divide by the step.

    Args:
        grid: energies as measured, eV, `(p,)` where all scans share them, else `(n, p)`.
        mu: absorption `(n, p)`.
        nearest: the point nearest to E0 `(n,)`, from which a spectrum is flattened.
        at_e0: energy of that point on `grid`, eV, `(n,)`, at which the step is taken.
        pre_window: first point and one past the last of the pre-edge, each `(n,)`.
        post_window: the same of the post-edge.
        degrees: degree of the pre-edge polynomial and of the post-edge one.
    """
    pre = polyfit.fit(grid, mu, *pre_window, degrees[0], scatter=False)
    low, high = int(post_window[0].min()), int(post_window[1].max())
    inside = grid[low:high] if grid.ndim == 1 else grid[:, low:high]
    seen = mu[:, low:high] - pre.at(inside)
    window = (post_window[0] - low, post_window[1] - low)
    post = polyfit.fit(inside, seen, *window, degrees[1], scatter=False)
    step = post.value_at(at_e0)
    normalised, flattened = np.empty(mu.shape), np.empty(mu.shape)
    first = int(nearest.min())
    column = np.arange(first, mu.shape[1])
    for i in range(0, len(mu), BLOCK_ROWS):
        rows = slice(i, i + BLOCK_ROWS)
        axis = grid if grid.ndim == 1 else grid[rows]
        scale = step[rows, None]
        block, flat = normalised[rows], flattened[rows]
        np.subtract(mu[rows], pre.of_rows(rows).at(axis), out=block)
        with np.errstate(divide="ignore", invalid="ignore"):
            block /= scale
            curvature = post.of_rows(rows).at(axis[..., first:]) / scale
        flat[:] = block
        if (nearest[rows] == first).all():
            curvature -= 1.0
            flat[:, first:] -= curvature
        else:
            above = column >= nearest[rows, None]
            flat[:, first:] -= np.where(above, curvature - 1.0, 0.0)
    return EdgeFit(pre, post, step, normalised, flattened)
