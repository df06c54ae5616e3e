"""Edge positions beside the crossing of a level: the maximum of the derivative, and the area.

**Derivative.** The inflection of steepest slope within a window, from a cubic through the points
around (a Savitzky-Golay filter that does not ask for even steps):
`mu = c0 + c1 t + c2 t^2 + c3 t^3` has its steepest point where `mu'' = 0`, at `t = -c2 / (3 c3)`.
It jumps between the features of an edge as their heights change, so the ratio of the second
steepest inflection to the steepest is given with it; near one, the position is an accident.

**Area.** The mean energy at which the spectrum rises from the level `m1` to the level `m2`,

    E_area = 1/(m2 - m1) int_{m1}^{m2} E dm = E2 - 1/(m2 - m1) int_{E1}^{E2} (mu - m1) dE,

with the crossings `mu(E1) = m1` and `mu(E2) = m2`. It uses every point of the edge, so that
noise hardly moves it, and an error of E1 or E2 does not move it at all to first order.

References: A. Savitzky, M. Golay, Anal. Chem. 36 (1964) 1627, doi:10.1021/ac60214a047;
H. Dau, P. Liebisch, M. Haumann, Anal. Bioanal. Chem. 376 (2003) 562,
doi:10.1007/s00216-003-1982-2 (integral method, levels 0.15 and 1);
T. Capehart et al., Phys. Rev. B 52 (1995) 7907, doi:10.1103/PhysRevB.52.7907 (edge area).
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.core.options import Window
from pipeline.physics import polyfit
from pipeline.xas.edge_position import FEWEST_POINTS_ASIDE, EdgePositions, crossing
from pipeline.xas.options import NormaliseOptions, PositionOptions
from pipeline.xas.records import EdgeEnergies, NormalisedSeries

SAME_GRID_EV = 1e-6  # axes that differ by less, once their shifts are taken out, are one


def positions(
    series: NormalisedSeries, normalise: NormaliseOptions, options: PositionOptions
) -> EdgeEnergies:
    """Edge positions of every scan by the derivative and by the area.

    Args:
        series: normalised scans; a failed one gets NaN.
        normalise: its windows; the area's levels are looked for between them.
        options: window of the derivative relative to the series' E0, its smoothing, the levels.
    """
    low, high = options.derivative_ev
    window_ev = (series.e0_ev + low, series.e0_ev + high)
    steepest, ratio = derivative_maximum(
        series.energy_ev,
        series.flattened,
        window_ev,
        options.smooth_ev,
        noise=series.noise_normalised,
        shift_sigma_ev=series.shift_sigma_ev,
    )
    mean = area(
        series.energy_ev,
        series.flattened,
        options.area_level,
        (series.e0_ev + normalise.pre_ev[1], series.e0_ev + normalise.post_ev[0]),
        noise=series.noise_normalised,
        step_relative_sigma=series.edge_step_sigma / series.edge_step,
        shift_sigma_ev=series.shift_sigma_ev,
    )
    return EdgeEnergies(steepest.energy_ev, steepest.sigma_ev, ratio, mean.energy_ev, mean.sigma_ev)


def derivative(
    energy_ev: FloatArray, spectra: FloatArray, aside: int
) -> tuple[FloatArray, FloatArray]:
    """Slope of each spectrum at each of its inner points, from local cubics.

    Args:
        energy_ev: `(n, p)`, ascending, NaN at the end of short scans.
        spectra: `(n, p)`.
        aside: how many points on either side a cubic takes.

    Returns:
        Energies and slopes per eV, both `(n, p - 2 aside)`; NaN where one of the points is missing.
    """
    width = 2 * aside + 1
    if energy_ev.shape[1] < width:
        nothing = np.full((len(energy_ev), 0), np.nan)
        return nothing, nothing
    # Scans of one series differ by their shift alone: then one set of cubics serves them all.
    relative = energy_ev - energy_ev[:, :1]
    if np.isfinite(relative).all() and np.ptp(relative, axis=0).max() < SAME_GRID_EV:
        relative = relative[:1]
    around = sliding_window_view(relative, width, axis=1)
    t = around - around[..., aside : aside + 1]
    reach = np.abs(t).max(axis=-1)
    reach = np.where(np.isfinite(reach), reach, 1.0)
    design = np.nan_to_num(t / reach[..., None])[..., None] ** np.arange(4)
    gram = np.swapaxes(design, -1, -2) @ design
    gram[~np.isfinite(t).all(axis=-1)] = np.eye(4)
    # The slope is a fixed combination of the points: the second row of (D^T D)^-1 D^T.
    second = np.broadcast_to(np.eye(4)[1][:, None], (*gram.shape[:2], 4, 1))
    filters = (design @ np.linalg.solve(gram, second))[..., 0] / reach[..., None]
    points = sliding_window_view(spectra, width, axis=1)
    slopes = (filters * points).sum(axis=-1)
    known = np.isfinite(energy_ev[:, width - 1 :])
    return energy_ev[:, aside : energy_ev.shape[1] - aside], np.where(known, slopes, np.nan)


def derivative_maximum(
    energy_ev: FloatArray,
    spectra: FloatArray,
    window_ev: Window,
    half_width_ev: float,
    *,
    noise: FloatArray,
    shift_sigma_ev: FloatArray,
) -> tuple[EdgePositions, FloatArray]:
    """Find the steepest inflection of each spectrum within a window.

    Args:
        energy_ev: calibrated energies `(n, p)`.
        spectra: flattened spectra, of the same shape.
        window_ev: energies between which it is looked for.
        half_width_ev: half width of the local cubics.
        noise: sigma of one point `(n,)`.
        shift_sigma_ev: sigma of the calibration shift `(n,)`; NaN adds nothing.

    Returns:
        Positions, with the noise of `-c2 / (3 c3)` and the shift as sigma (a scale error of the
        spectrum does not move its inflection), NaN where the slope has no maximum inside the
        window; and the slope of the next steepest inflection over that of the steepest `(n,)`,
        0 where there is no other.
    """
    n = len(spectra)
    nowhere = np.full(n, np.nan)
    columns = np.flatnonzero(
        ((energy_ev >= window_ev[0]) & (energy_ev <= window_ev[1])).any(axis=0)
    )
    if columns.size < 2 * FEWEST_POINTS_ASIDE:
        return EdgePositions(nowhere, nowhere), nowhere
    aside = points_aside(energy_ev[:, columns], half_width_ev)
    part = slice(max(columns[0] - aside, 0), columns[-1] + aside + 1)
    x, slope = derivative(energy_ev[:, part], spectra[:, part], aside)
    inside = (x >= window_ev[0]) & (x <= window_ev[1]) & np.isfinite(slope)
    peak = _local_maxima(np.where(inside, slope, -np.inf))
    if not peak.any():
        return EdgePositions(nowhere, nowhere), nowhere
    row = np.arange(n)
    height = np.where(peak, slope, 0.0)
    best = height.argmax(axis=1)
    found = peak.any(axis=1) & (height[row, best] > 0)
    apart = np.abs(x - x[row, best][:, None]) > 2 * half_width_ev  # no point in common
    ratio = np.where(apart, height, 0.0).max(axis=1) / np.where(found, height[row, best], np.nan)

    centre = best + part.start + aside
    cubic = polyfit.fit(
        energy_ev,
        spectra,
        np.where(found, centre - aside, 0),
        np.where(found, centre + aside + 1, 0),
        degree=3,
    )
    c2, c3 = cubic.coefficients[:, 2], cubic.coefficients[:, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = -c2 / (3 * c3)
        # mu'' = 2 c2 + 6 c3 t = 0, differentiated: dt = -(dc2 + 3 t dc3) / (3 c3)
        gradient = np.stack([np.zeros(n), np.zeros(n), -1 / (3 * c3), -t / c3], axis=1)
        unit = np.einsum("ni,nij,nj->n", gradient, cubic.covariance, gradient)
        sigma = np.hypot(noise * np.sqrt(unit) * cubic.half_width, np.nan_to_num(shift_sigma_ev))
        solved = found & (c3 < 0) & (np.abs(t) < 1)
    energy = cubic.centre + t * cubic.half_width
    return (
        EdgePositions(np.where(solved, energy, np.nan), np.where(solved, sigma, np.nan)),
        np.where(solved, ratio, np.nan),
    )


def area(
    energy_ev: FloatArray,
    spectra: FloatArray,
    levels: tuple[float, float],
    search_ev: tuple[float, float],
    *,
    noise: FloatArray,
    step_relative_sigma: FloatArray,
    shift_sigma_ev: FloatArray,
) -> EdgePositions:
    """Give the mean energy at which each spectrum rises between two levels (see the module).

    Args:
        energy_ev: calibrated energies `(n, p)`.
        spectra: flattened spectra, of the same shape.
        levels: the lower and the upper level.
        search_ev: energies between which their crossings are looked for.
        noise: sigma of one point `(n,)`.
        step_relative_sigma: relative sigma of the edge step `(n,)`, which scales the spectrum.
        shift_sigma_ev: sigma of the calibration shift `(n,)`; NaN adds nothing.

    Returns:
        Energies; `sigma^2` adds `noise^2 sum w_i^2` with the weights `w_i` of the points in the
        integral, `(step_relative_sigma int mu dE)^2`, both over `(m2 - m1)^2`, and the shift's.
        NaN where a level is not crossed.
    """
    low, high = levels
    unknown = np.zeros(len(spectra))
    start, end = (
        crossing(
            *(energy_ev, spectra, level, search_ev),
            noise=unknown,
            step_relative_sigma=unknown,
            shift_sigma_ev=unknown,
        ).energy_ev[:, None]
        for level in levels
    )
    found = (start < end)[:, 0]
    # All points outside collapse onto the two ends, where the spectrum is at its levels: what is
    # left of the trapezoids is the integral from E1 to E2.
    x = np.clip(energy_ev, start, end)
    inside = (energy_ev > start) & (energy_ev < end)
    y = np.where(inside, spectra, np.where(energy_ev <= start, low, high))
    x, y = np.where(np.isfinite(x), x, end), np.where(np.isfinite(y), y, high)
    integral = np.trapezoid(y, x, axis=1)
    weight = np.zeros_like(x)
    weight[:, 1:-1] = (x[:, 2:] - x[:, :-2]) / 2
    point = np.sqrt((np.where(inside, weight, 0.0) ** 2).sum(axis=1))
    rise = high - low
    energy = end[:, 0] - (integral - low * (end - start)[:, 0]) / rise
    sigma = np.sqrt(
        (noise * point / rise) ** 2
        + (step_relative_sigma * integral / rise) ** 2
        + np.nan_to_num(shift_sigma_ev) ** 2
    )
    return EdgePositions(np.where(found, energy, np.nan), np.where(found, sigma, np.nan))


def points_aside(energy_ev: FloatArray, half_width_ev: float) -> int:
    """How many points span a half width on a typical stretch of some axes `(n, p)`; three at least."""
    spacing = np.diff(energy_ev, axis=1)
    known = spacing[np.isfinite(spacing)]
    typical = float(np.median(known)) if known.size else half_width_ev
    return max(FEWEST_POINTS_ASIDE, round(half_width_ev / typical))


def _local_maxima(values: FloatArray) -> BoolArray:
    """Where a value is above its neighbours, the ends left out, `(n, m)`; -inf is no neighbour."""
    peak = np.zeros(values.shape, dtype=np.bool_)
    middle, left, right = values[:, 1:-1], values[:, :-2], values[:, 2:]
    peak[:, 1:-1] = (middle > left) & (middle >= right) & np.isfinite(left) & np.isfinite(right)
    return peak
