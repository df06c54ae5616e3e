"""What the scatter of points says: the noise of one point, and how far residuals hang together.

Both work on batches, `(n, p)`, with NaN where there is no point.

References: T. Gasser, L. Sroka, C. Jennen-Steinmetz, Biometrika 73 (1986) 625,
doi:10.1093/biomet/73.3.625 (noise from the misfit of each point to its neighbours);
C. Geyer, Statist. Sci. 7 (1992) 473, doi:10.1214/ss/1177011137 (integrated autocorrelation time,
summed while the correlation is positive).
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.core.arrays import FloatArray

MAD_TO_SIGMA = 1.4826022185056018  # 1 / Phi^-1(3/4): median |x| of a normal x to its sigma
SIGNIFICANT_LAG_ONE = (
    1.645  # in units of 1/sqrt(p), the sd of the lag-one correlation of white noise
)
NEIGHBOURS = (-2, -1, 1, 2)
LOCAL_POINTS = 31
LEAST_NOISE_RATIO = 0.3


def point_noise(x: FloatArray, y: FloatArray) -> FloatArray:
    """Estimate the white-noise sigma of one point of each curve, whatever its shape.

    Each point is compared with the cubic through its four neighbours,
    `e_i = (y_i - sum_j L_j y_{i+j}) / sqrt(1 + sum_j L_j^2)`, and `sigma = 1.4826 median |e_i|`.
    The cubic follows edges and oscillations; the median ignores glitches. Data that were
    interpolated before have correlated noise, and then this is a lower limit.

    Args:
        x: ascending abscissa, `(p,)` shared or `(n, p)`.
        y: curves `(n, p)`.

    Returns:
        Sigma of one point `(n,)`, in the unit of `y`; NaN with fewer than five points.
    """
    n, p = y.shape
    if p < 5:
        return np.full(n, np.nan)
    error, gain = cubic_misfit(x, y)
    scaled = np.abs(error) / gain
    if np.isfinite(scaled).all():
        return MAD_TO_SIGMA * np.median(scaled, axis=1)
    # Sorting puts NaN last, so that rows of their own length have their median at once.
    ranked = np.sort(scaled, axis=1)
    count = np.isfinite(ranked).sum(axis=1)
    row, middle = np.arange(n), np.maximum(count - 1, 0)
    median = (ranked[row, middle // 2] + ranked[row, (middle + 1) // 2]) / 2
    return MAD_TO_SIGMA * np.where(count > 0, median, np.nan)


def local_noise(x: FloatArray, y: FloatArray) -> FloatArray:
    """Estimate the white-noise sigma at each point of each curve, from its surroundings.

    As `point_noise`, with the median over the `LOCAL_POINTS` points around each point instead of
    over all; no less than `LEAST_NOISE_RATIO` times the noise of the whole curve, so that no few
    points that agree by chance decide a fit.

    Args:
        x: ascending abscissa, `(p,)` shared or `(n, p)`.
        y: curves `(n, p)`, NaN where there is no point.

    Returns:
        Sigma `(n, p)` in the unit of `y`; that of the whole curve where a point has no neighbours.
    """
    n, p = y.shape
    whole = point_noise(x, y)[:, None]
    if p < LOCAL_POINTS + 4:
        return np.broadcast_to(whole, (n, p)).copy()
    error, gain = cubic_misfit(x, y)
    scaled = np.pad(np.abs(error) / gain, [(0, 0), (2, 2)], constant_values=np.nan)
    side = LOCAL_POINTS // 2
    padded = np.pad(scaled, [(0, 0), (side, side)], constant_values=np.nan)
    around = sliding_window_view(padded, LOCAL_POINTS, axis=1)
    ranked = np.sort(around, axis=2)
    count = np.isfinite(ranked).sum(axis=2)
    middle = np.maximum(count - 1, 0)
    lower, upper = (
        np.take_along_axis(ranked, (m // 2)[..., None], axis=2)[..., 0]
        for m in (middle, middle + 1)
    )
    median = np.where(count >= side, (lower + upper) / 2, np.nan)
    local = np.maximum(MAD_TO_SIGMA * median, LEAST_NOISE_RATIO * whole)
    return np.where(np.isfinite(local), local, whole)


def cubic_misfit(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compare each point with the cubic through its four neighbours.

    Args:
        x: ascending abscissa, `(p,)` shared or `(n, p)`, `p` at least 5.
        y: curves `(n, p)`.

    Returns:
        `y_i - sum_j L_j y_{i+j}` of every point but the first and last two `(n, p - 4)`, and its
        sigma where each point has noise of one, `sqrt(1 + sum_j L_j^2)`, `(1 or n, p - 4)`.
    """
    p = y.shape[1]
    x = np.atleast_2d(x)
    centre = x[:, 2:-2]
    node = {j: x[:, 2 + j : p - 2 + j] for j in NEIGHBOURS}
    error = y[:, 2:-2].copy()
    gain = np.ones_like(centre)
    for j in NEIGHBOURS:
        others = [k for k in NEIGHBOURS if k != j]
        lagrange = np.prod([(centre - node[k]) / (node[j] - node[k]) for k in others], axis=0)
        error -= lagrange * y[:, 2 + j : p - 2 + j]
        gain += lagrange**2
    return error, np.sqrt(gain)


def correlation_inflation(residual: FloatArray, n_parameters: int = 0) -> FloatArray:
    """Factor by which residual autocorrelation inflates the variance of a fitted parameter.

    It is the integrated autocorrelation time `tau = 1 + 2 sum_{k>0} rho_k` in points, summed up to
    the first lag at which the correlation is not positive: beyond it, the correlations of
    residuals are noise, and low, for the fit has taken some. A parameter whose sensitivity varies
    slowly from point to point has `tau` times the variance that white noise would give it. Where
    the lag-one correlation is what white noise shows by chance the factor is one.

    A fit takes slow residuals up: with K parameters all correlations come out low by about
    `b = K tau / p`. Where `n_parameters` is given they are put back, `(rho + b) / (1 + b)`.

    Args:
        residual: `(n, p)`, NaN where there is no point; neighbours in the array are neighbours.
        n_parameters: parameters of the fit that left these residuals; 0 leaves correlations as found.

    Returns:
        Factor `(n,)`, at least 1.
    """
    n, p = residual.shape
    if p < 3:
        return np.ones(n)
    used = np.isfinite(residual)
    count = used.sum(axis=1)
    r = np.where(used, residual, 0.0)
    size = 1 << (2 * p - 1).bit_length()
    power = np.abs(np.fft.rfft(r, size, axis=1)) ** 2
    covariance = np.fft.irfft(power, size, axis=1)[:, :p]
    scatter = covariance[:, :1]
    rho = np.divide(covariance, scatter, out=np.zeros_like(covariance), where=scatter > 0)
    positive = np.logical_and.accumulate(rho > 0, axis=1)
    inflation = 2.0 * (rho * positive).sum(axis=1) - 1.0
    if n_parameters:
        taken = np.minimum(n_parameters * inflation / np.maximum(count, 1), 1.0)[:, None]
        inflation = 2.0 * ((rho + taken) / (1.0 + taken) * positive).sum(axis=1) - 1.0
    white = rho[:, 1] * np.sqrt(np.maximum(count, 1)) < SIGNIFICANT_LAG_ONE
    return np.where(white, 1.0, inflation)
