"""Matched-filter maps: how much a line of a given width would explain at each place of each frame.

At a place `x` the template `g`, a pseudo-Voigt line with its Kalpha2 partner, is freed of what a straight
background explains within the window, `k = g - P g`; then

    area(x) = sum k y / sum k g,   sigma(x)^2 = sum k^2 v / (sum k g)^2,   S = area / sigma

is the test of a line there, with the smoothed data's variance `v` (G. L. Turin, IRE Trans. Inf. Theory 6
(1960) 311, doi:10.1109/TIT.1960.1057571). Maps serve to find lines; numbers come from fits of the data as measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.physics.lineshapes import doublet, partner_position
from pipeline.xrd.track_data import Frames
from pipeline.xrd.track_state import Fitted

MOST_BINS = 1200
BETWEEN = 0.5  # Lorentzian share of a template
TINY = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Intensities around the expected place of a line, in bins `offset_deg` `(q,)` from it.

    `mean` `(n, q)` is the mean of the points in a bin, `variance` that mean's, `there` where a bin has points;
    `centre_deg` `(n, q)` or `(1, q)` is where these points lie on average.
    """

    offset_deg: FloatArray
    centre_deg: FloatArray
    mean: FloatArray
    variance: FloatArray
    there: BoolArray

    @property
    def bin_deg(self) -> float:
        """Width of a bin."""
        return float(self.offset_deg[1] - self.offset_deg[0])


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """Score and area `(n, q)` of a line of width `fwhm_deg` at the places `offset_deg` `(q,)`.

    `hidden` `(n, q)` are places so close to a stronger line that nothing is seen there. Kalpha2 lies `partner_deg` above Kalpha1.
    """

    offset_deg: FloatArray
    score: FloatArray
    area: FloatArray
    fwhm_deg: float
    hidden: BoolArray
    partner_deg: float = 0.0


def strip(frames: Frames, line: int, rows: IntArray, bin_deg: float, reach_deg: float) -> Strip:
    """Gather the points of some frames in bins, out to `reach_deg` from where a line is expected.

    A point belongs to the bin in which it lies, so that bins must not be finer than the steps.
    """
    half = int(np.clip(np.ceil(reach_deg / bin_deg), 2, MOST_BINS // 2))
    offset: FloatArray = np.arange(-half, half + 1, dtype=np.float64) * bin_deg
    expected = np.nan_to_num(frames.expected_deg[line, rows])
    low, high = offset[0] - bin_deg / 2, offset[-1] + bin_deg / 2
    if frames.shared and np.ptp(expected) == 0 and len(rows):
        summed, count, given, placed = _sums_of_shared(
            frames, rows, expected[0] + low, bin_deg, offset.size
        )
    else:
        summed, count, given, placed = _sums(
            frames, rows, expected, (low, high), bin_deg, offset.size
        )
    there = np.broadcast_to(count > 0, summed.shape)
    points = np.maximum(count, 1.0)
    mean: FloatArray = summed / points
    smooth = _box(mean) / np.maximum(_box(there.astype(np.float64)), 1.0)
    gain = frames.gain[rows][:, None]
    variance: FloatArray = gain * np.maximum(smooth, gain)
    if not np.isfinite(gain).all():
        stated = given / points
        scatter = np.median(np.abs(np.diff(mean, axis=1)), axis=1, keepdims=True).astype(np.float64)
        scatter = (scatter / 0.954) ** 2  # sqrt(2) 0.6745 sd: the median of a difference
        scatter = np.maximum(scatter, (1e-6 * np.abs(mean).max(axis=1, keepdims=True)) ** 2)
        stated = np.where(stated > 0, stated, scatter)
        variance = np.where(np.isfinite(gain), variance, stated).astype(np.float64)
    of_mean: FloatArray = np.maximum(variance / points, TINY)
    middle = low + bin_deg / 2 + np.arange(offset.size) * bin_deg + expected[: len(count), None]
    centre: FloatArray = np.where(count > 0, placed / points, middle)
    return Strip(offset, centre, mean, of_mean, there)


def _sums_of_shared(
    frames: Frames, rows: IntArray, first_deg: float, bin_deg: float, size: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Summed intensity, points, stated variance and angle in each bin, for frames on one grid."""
    x = frames.x_deg[0]
    inside = np.flatnonzero((x >= first_deg) & (x < first_deg + size * bin_deg))
    if not inside.size:
        none = np.zeros((len(rows), size))
        return none, np.zeros((1, size)), none, np.zeros((1, size))
    columns = slice(int(inside[0]), int(inside[-1]) + 1)
    bins = np.minimum(((x[columns] - first_deg) / bin_deg).astype(np.int64), size - 1)
    every = len(rows) == len(frames.y)
    y = frames.y[:, columns] if every else frames.y[rows][:, columns]
    filled, starts = np.unique(bins, return_index=True)
    used = frames.usable(x[columns], np.zeros(bins.size))
    bad = ~np.isfinite(y) | ~used
    count = np.zeros((1, size))
    count[0, filled] = np.add.reduceat(used.astype(np.float64), starts)
    placed = np.zeros((1, size))
    placed[0, filled] = np.add.reduceat(np.where(used, x[columns], 0.0), starts)
    if bad.any():
        y = np.where(bad, 0.0, y)
        count = np.zeros((len(rows), size))
        count[:, filled] = np.add.reduceat((~bad).astype(np.float64), starts, axis=1)
        placed = np.zeros((len(rows), size))
        placed[:, filled] = np.add.reduceat(np.where(bad, 0.0, x[columns]), starts, axis=1)
    summed, given = np.zeros((len(rows), size)), np.zeros((1, size))
    summed[:, filled] = np.add.reduceat(y, starts, axis=1)
    if not np.isfinite(frames.gain[rows]).all():
        sigma = np.nan_to_num(frames.sigma[rows][:, columns])
        given = np.zeros((len(rows), size))
        given[:, filled] = np.add.reduceat(np.where(bad, 0.0, sigma**2), starts, axis=1)
    return summed, count, given, placed


def _sums(
    frames: Frames,
    rows: IntArray,
    expected_deg: FloatArray,
    ends_deg: tuple[float, float],
    bin_deg: float,
    size: int,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The same for frames that have grids, or expected places, of their own."""
    low, high = ends_deg
    columns = frames.columns(expected_deg + low, expected_deg + high, rows)
    x, y = frames.x_deg[rows[:, None], columns], frames.y[rows[:, None], columns]
    used = frames.usable(x, y)
    used[:, 1:] &= columns[:, 1:] != columns[:, :-1]  # the last point stands for those beyond it
    bins = np.floor((np.nan_to_num(x, nan=-1e9) - expected_deg[:, None] - low) / bin_deg)
    used &= (bins >= 0) & (bins < size)
    place = (np.arange(len(rows))[:, None] * size + bins)[used].astype(np.int64)

    def summed(values: FloatArray) -> FloatArray:
        total = np.bincount(place, values, len(rows) * size).astype(np.float64)
        return total.reshape(len(rows), size)

    given = np.nan_to_num(frames.sigma[rows[:, None], columns][used] ** 2)
    ones = np.ones(place.size)
    return summed(y[used]), summed(ones), summed(given), summed(x[used])


def score_map(
    found: Strip, position_deg: float, fwhm_deg: float, window_deg: float, ratios: FloatArray
) -> Map:
    """Score a line of one width at every place of a strip.

    Args:
        found: the strip.
        position_deg: where about on the axis it lies, for the distance of Kalpha2.
        fwhm_deg: width of the template.
        window_deg: half the window in which the background is straight.
        ratios: wavelength and intensity of Kalpha2 over Kalpha1 `(2,)`, intensity 0 for none.

    Returns:
        Scores and areas; a score is 0 where the points do not reach to both sides.
    """
    score, area = np.zeros_like(found.mean), np.zeros_like(found.mean)
    if (found.there == found.there[:1]).all():
        masks, which = found.there[:1], np.zeros(len(score), dtype=np.int64)
    else:
        masks, which = np.unique(found.there, axis=0, return_inverse=True)
    for number, mask in enumerate(masks):
        rows = np.flatnonzero(which.reshape(-1) == number)
        kernel, reached = _kernels(found, mask, position_deg, fwhm_deg, window_deg, ratios)
        if not reached.any():
            continue
        every = len(rows) == len(score)
        mean = found.mean if every else found.mean[rows]
        variance = found.variance if every else found.variance[rows]
        own = mean @ kernel.T
        sigma = np.sqrt(variance @ (kernel**2).T)
        area[rows] = np.where(reached, own, 0.0)
        score[rows] = np.where(reached, own / np.maximum(sigma, TINY), 0.0)
    partner = 0.0
    if ratios[1] > 0:
        place = partner_position(np.array([position_deg]), ratios[:1])[0][0] - position_deg
        partner = float(np.nan_to_num(place))
    none = np.zeros(score.shape, dtype=bool)
    return Map(found.offset_deg, score, area, fwhm_deg, none, partner)


def _kernels(
    found: Strip,
    mask: BoolArray,
    position_deg: float,
    fwhm_deg: float,
    window_deg: float,
    ratios: FloatArray,
) -> tuple[FloatArray, BoolArray]:
    """Estimators of the area `(q, q)`, one row a place, and the places `(q,)` that have one."""
    x = found.offset_deg
    size = x.size
    template = doublet(
        np.broadcast_to(position_deg + x, (size, size)),
        position_deg + x,
        np.full(size, fwhm_deg),
        np.full(size, BETWEEN),
        None,
        np.full(size, ratios[0]),
        np.full(size, ratios[1]),
    ).value
    away = x[None, :] - x[:, None]
    inside = (np.abs(away) <= max(window_deg, 1.5 * fwhm_deg)) & mask
    weight = inside.astype(np.float64)
    n = weight.sum(axis=1)
    near = inside & (np.abs(away) <= max(fwhm_deg, 1.01 * found.bin_deg))
    both = (near & (away < 0)).any(axis=1) & (near & (away > 0)).any(axis=1)
    reached = both & (n >= 5)
    centre = (weight * away).sum(axis=1) / np.maximum(n, 1)
    arm = weight * (away - centre[:, None])
    spread = np.maximum((arm**2).sum(axis=1), TINY)
    level = (weight * template).sum(axis=1) / np.maximum(n, 1)
    tilt = (arm * template).sum(axis=1) / spread
    kernel = weight * (template - level[:, None]) - tilt[:, None] * arm
    norm = (kernel * template).sum(axis=1)
    reached &= norm > 1e-3 * (weight * template**2).sum(axis=1)
    return np.where(reached[:, None], kernel / np.where(reached, norm, 1.0)[:, None], 0.0), reached


def without(
    found: Strip,
    state: Fitted,
    at: tuple[int, IntArray],
    there: BoolArray,
    expected_deg: FloatArray,
    ratios: FloatArray,
    step_deg: float,
    doubt: float,
) -> Strip:
    """A strip without a line that was found, and with `doubt` of that line as further scatter.

    Args:
        found: the strip `(n, q)`.
        state: numbers of the lines.
        at: which line, and which frames `(n,)` the strip is of.
        there: frames `(n,)` in which the line is.
        expected_deg: place of the strip's middle `(n,)`.
        ratios: as in `score_map`.
        step_deg: step of the data.
        doubt: how wrong its model may be, relative.
    """
    n = len(there)
    # A bin of a coarse map is wider than the line's curvature allows: the model is averaged over it.
    parts = max(1, round(found.bin_deg / step_deg))
    within = (np.arange(parts) - (parts - 1) / 2) * (found.bin_deg / parts)
    places = (found.centre_deg[:, :, None] + within).reshape(len(found.centre_deg), -1)
    model = doublet(
        np.broadcast_to(places, (n, places.shape[1])),
        np.where(there, state.position_deg[at], expected_deg),
        np.where(there, state.fwhm_deg[at], 1.0),
        np.where(there, state.lorentz[at], BETWEEN),
        np.where(there, state.asymmetry[at], 0.0),
        np.full(n, ratios[0]),
        np.full(n, ratios[1]),
    ).value
    model = model.reshape(n, -1, parts).mean(axis=2)
    model *= np.where(there, np.maximum(state.area[at], 0.0), 0.0)[:, None]
    variance = found.variance + (doubt * model) ** 2
    mean = np.where(found.there, found.mean - model, 0.0)
    return Strip(found.offset_deg, found.centre_deg, mean, variance, found.there)


def _box(values: FloatArray) -> FloatArray:
    """Sum over five bins, fewer at the ends."""
    total = np.cumsum(np.pad(values, ((0, 0), (3, 2))), axis=1)
    result: FloatArray = total[:, 5:] - total[:, :-5]
    return result
