"""Alignment of many noisy curves to one smooth template, along the abscissa.

Each curve is `y(x) = a + b u + c T(x + s)`: the template moved by `s`, scaled and offset, on a
straight line if asked (`u` runs from -1 to 1 over the window). The template moves, the points
stay: interpolating noisy points would correlate their noise. A search over a grid of `s` for the
highest correlation comes first, so that no start value can mislead; then Gauss-Newton steps for all
curves at once. Each step is one linear fit of `y ~ a + b u + c T + d T'`, and `s` moves by `d / c`.

The variance of `s` is that of `d / c`: `(J^T J)^-1` times the residual variance, times the factor
for residual autocorrelation of `pipeline.physics.residuals`.

Reference: G. Golub, V. Pereyra, Inverse Problems 19 (2003) R1, doi:10.1088/0266-5611/19/2/201
(separable least squares).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.residuals import correlation_inflation

SEARCH_STEP = 1.0  # eV; Gauss-Newton finds its way over a few core-hole widths
SEARCH_POINTS = 200
TABLE_STEP = 0.05  # of the template during the search
LARGEST_STEP = 1.0
SETTLED = 1e-7
WINDOW_PASSES = 3
STEPS = 30
FEWEST_POINTS = 12
SMALLEST_EIGENVALUE = 1e-10  # of unit columns; below, they are dependent

Curve = Callable[[FloatArray, int], FloatArray]
"""A smooth template: `curve(x, 0)` is its value and `curve(x, 1)` its slope."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Shift, scale and what they are worth, `(n,)` each.

    `x_template = x_curve + shift`. `misfit` is the rms of the residual over the scale. Where
    `converged` is False the numbers are NaN: the curve does not cover the window at any shift in
    reach (`covered` is False), the steps did not settle, or the best scale is not positive.
    """

    shift: FloatArray
    shift_sigma: FloatArray
    scale: FloatArray
    offset: FloatArray
    slope: FloatArray
    misfit: FloatArray
    converged: BoolArray
    covered: BoolArray

    def on_template(
        self, x: FloatArray, y: FloatArray, window: tuple[float, float]
    ) -> tuple[FloatArray, FloatArray]:
        """Points `(n, p)` of the curves on the axis and in the units of the template."""
        z = x + self.shift[:, None]
        line = self.offset[:, None] + self.slope[:, None] * _across(z, window)
        return z, (y - line) / self.scale[:, None]


def align(
    x: FloatArray,
    y: FloatArray,
    template: Curve,
    window: tuple[float, float],
    max_shift: float,
    *,
    with_slope: bool = True,
) -> Alignment:
    """Align every curve to the template.

    Args:
        x: abscissa of the points, `(n, p)`, ascending, NaN at the end of short ones.
        y: curves `(n, p)`; points that are not finite are left out.
        template: the smooth curve; it is evaluated inside the window, and a little beyond while
            the steps settle.
        window: ends of the part of the template that is used, on its own axis. A curve must
            cover it whole at its shift.
        max_shift: largest shift that is searched, either way.
        with_slope: let the curves differ by a straight line.

    Returns:
        Shifts with sigma and misfit.
    """
    extent = _extent(x, y)
    shift = _search(x, y, extent, template, window, max_shift)
    found = _refine(x, y, template, window, shift, with_slope=with_slope)
    # Which points lie in the window depends on the shift: fixed during a pass, then looked up again.
    for _ in range(WINDOW_PASSES - 1):
        shift = np.where(
            found.converged & _covers(extent, found.shift, window), found.shift, np.nan
        )
        found = _refine(x, y, template, window, shift, with_slope=with_slope)
    reach = np.maximum(window[1] - extent[1], -max_shift)
    return replace(found, covered=reach <= np.minimum(window[0] - extent[0], max_shift))


def _across(z: FloatArray, window: tuple[float, float]) -> FloatArray:
    """Position in the window, from -1 to 1."""
    return (z - (window[0] + window[1]) / 2) / ((window[1] - window[0]) / 2)


def _extent(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and last abscissa that holds a point, `(n,)`; a curve without any has none."""
    there = np.isfinite(y) & np.isfinite(x)
    first = np.where(there, x, np.inf).min(axis=1, initial=np.inf)
    return first, np.where(there, x, -np.inf).max(axis=1, initial=-np.inf)


def _covers(
    extent: tuple[FloatArray, FloatArray], shift: FloatArray | float, window: tuple[float, float]
) -> BoolArray:
    """Whether the points of each curve reach both ends of the window, `(n,)`."""
    covered: BoolArray = (extent[0] + shift <= window[0]) & (extent[1] + shift >= window[1])
    return covered


def _search(
    x: FloatArray,
    y: FloatArray,
    extent: tuple[FloatArray, FloatArray],
    template: Curve,
    window: tuple[float, float],
    max_shift: float,
) -> FloatArray:
    """Shift `(n,)` of highest correlation on a grid; NaN where the window is never covered."""
    n = len(x)
    near = (x >= window[0] - max_shift) & (x <= window[1] + max_shift) & np.isfinite(y)
    columns = np.flatnonzero(near.any(axis=0))
    best, where_best = np.zeros(n), np.full(n, np.nan)
    if columns.size < FEWEST_POINTS:
        return where_best
    columns = columns[:: max(1, columns.size // SEARCH_POINTS)]
    points, values, near = x[:, columns], y[:, columns], near[:, columns]
    centre = np.where(near, values, 0.0).sum(axis=1) / np.maximum(near.sum(axis=1), 1)
    values = np.where(near, values - centre[:, None], 0.0)
    table = template(np.arange(window[0], window[1] + TABLE_STEP, TABLE_STEP), 0)
    for s in np.arange(-np.ceil(max_shift), np.ceil(max_shift) + SEARCH_STEP / 2, SEARCH_STEP):
        place = (points - (window[0] - s)) / TABLE_STEP
        used = near & (place >= 0) & (place <= len(table) - 1)
        count = used.sum(axis=1)
        t = np.where(used, table[np.where(used, place, 0.0).astype(np.intp)], 0.0)
        v = np.where(used, values, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            vt = (v * t).sum(axis=1) - v.sum(axis=1) * t.sum(axis=1) / count
            vv = (v * v).sum(axis=1) - v.sum(axis=1) ** 2 / count
            tt = (t * t).sum(axis=1) - t.sum(axis=1) ** 2 / count
            correlation = vt / np.sqrt(vv * tt)
        better = (correlation > best) & (count >= FEWEST_POINTS) & _covers(extent, s, window)
        best[better], where_best[better] = correlation[better], s
    return where_best


def _refine(
    x: FloatArray,
    y: FloatArray,
    template: Curve,
    window: tuple[float, float],
    start: FloatArray,
    *,
    with_slope: bool,
) -> Alignment:
    """Gauss-Newton from `start` on the points that are in the window there."""
    z = x + start[:, None]
    used = np.isfinite(y) & (z >= window[0]) & (z <= window[1])
    columns = np.flatnonzero(used.any(axis=0))
    part = slice(columns[0], columns[-1] + 1) if columns.size else slice(0, 0)
    z, used = z[:, part], used[:, part]
    z = np.where(used, z, window[0])
    y = np.where(used, y[:, part], 0.0)
    u = _across(z, window)
    line = [np.ones_like(u), u] if with_slope else [np.ones_like(u)]
    move, previous = np.zeros(len(x)), np.zeros(len(x))
    damping = np.ones(len(x))
    for _ in range(STEPS):
        moved = z + move[:, None]
        design = np.stack([template(moved, 0), template(moved, 1), *line], axis=-1)
        design *= used[:, :, None]
        coefficients, covariance = _least_squares(design, y)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = coefficients[:, 1] / coefficients[:, 0]
        swings = (step * previous < 0) & (np.abs(step) > 0.5 * np.abs(previous))
        damping = np.where(swings, damping / 2, damping)
        step = damping * np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        move, previous = move + step, step
        if not (np.abs(step) > SETTLED).any():
            break
    scale = coefficients[:, 0]
    residual = np.where(used, y - (design @ coefficients[:, :, None])[:, :, 0], np.nan)
    count = used.sum(axis=1)
    squares = np.nansum(residual**2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = squares / (count - design.shape[-1]) * correlation_inflation(residual)
        sigma = np.sqrt(covariance[:, 1, 1] * variance) / scale
        misfit = np.sqrt(squares / count) / scale
    converged = (np.abs(step) <= SETTLED) & (scale > 0) & (count >= FEWEST_POINTS)
    found = Alignment(
        shift=start + move,
        shift_sigma=sigma,
        scale=scale,
        offset=coefficients[:, 2],
        slope=coefficients[:, 3] if with_slope else np.zeros(len(x)),
        misfit=misfit,
        converged=converged,
        covered=converged,
    )
    kept = {
        f.name: np.where(converged, getattr(found, f.name), np.nan)
        for f in fields(found)
        if f.name not in ("converged", "covered")
    }
    return replace(found, **kept)


def _least_squares(design: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients `(n, k)` and unit covariance `(n, k, k)`; NaN where columns are dependent.

    The few columns are scaled to unit length and far from parallel, so the normal equations do.
    """
    length = np.sqrt((design**2).sum(axis=1))
    unit = design / np.where(length > 0, length, 1.0)[:, None, :]
    gram = np.swapaxes(unit, -1, -2) @ unit
    lost = ~np.isfinite(gram).all(axis=(1, 2))
    gram[lost] = 0.0
    singular = lost | ~(np.linalg.eigvalsh(gram)[:, 0] > SMALLEST_EIGENVALUE)
    gram[singular] = np.eye(gram.shape[-1])
    inverse = np.linalg.inv(gram)
    inverse[singular] = np.nan
    scaling = 1.0 / np.where(length > 0, length, np.nan)
    covariance = inverse * scaling[:, :, None] * scaling[:, None, :]
    projected = (np.swapaxes(design, -1, -2) @ y[:, :, None])[:, :, 0]
    return np.einsum("nij,nj->ni", covariance, projected), covariance
