"""The curve behind a fitted line, from its numbers: model, background, components and residuals of one window.

The record of the followed lines holds no curves. Lines are computed from their numbers; the background is the only
thing left over, and given the lines it is linear: the weighted least squares that the fit itself ended in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.physics.lineshapes import doublet
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.records import ConvertedSeries, LineStatus, PatternSeries, PeakTracks

_ROUNDS = 8  # of weights from the model's own variance; each halves what is left many times over
_LEAST_COUNT = 0.1  # a model below this has its variance
_VIEW_WINDOWS = 3.0  # a chain of neighbours is shown this far about its line


@dataclass(frozen=True, slots=True, eq=False)
class FitCurve:
    """One window of one frame, on the measured axis, all `(n,)` but `component_counts` `(n_lines, n)`.

    `component_counts` are lines on no background, named by `lines` (places in `PeakTracks`). `sigma_counts` is
    the root of the variance that the fit assumed; where the scale is unknown, the scatter
    about the model. `view_deg` is the part worth looking at.
    """

    frame: int
    line: int
    lines: tuple[int, ...]
    two_theta_deg: FloatArray
    counts: FloatArray
    model_counts: FloatArray
    background_counts: FloatArray
    component_counts: FloatArray
    sigma_counts: FloatArray
    view_deg: tuple[float, float]

    def __post_init__(self) -> None:
        names = ("two_theta_deg", "counts", "model_counts", "background_counts", "sigma_counts")
        freeze_fields(self, names, ndim=1)
        freeze_fields(self, ("component_counts",), ndim=2)


def worst_fit(tracks: PeakTracks) -> tuple[int, int] | None:
    """Frame and line with the largest reduced chi2 of all that were fitted; None where none was."""
    fitted = np.array(
        [[status is LineStatus.FITTED for status in row] for row in tracks.line_status], dtype=bool
    ).reshape(tracks.position_deg.shape)
    usable = fitted & np.isfinite(tracks.reduced_chi2) & np.isfinite(tracks.area_counts_deg)
    if not usable.any():
        return None
    flat = int(np.argmax(np.where(usable, tracks.reduced_chi2, -np.inf)))
    frame, line = np.unravel_index(flat, usable.shape)
    return int(frame), int(line)


def fit_curve(
    series: ConvertedSeries, tracks: PeakTracks, frame: int, line: int, options: TrackOptions
) -> FitCurve | None:
    """Curve of the group that a line was fitted in.

    Args:
        series: the patterns.
        tracks: lines that were followed in them.
        frame: number of the frame.
        line: number of the line.
        options: as used for the fit: half window, degree of the background, exclusions.

    Returns:
        The curve; None where the line was not fitted, or fewer points than parameters are left.
    """
    if not np.isfinite(tracks.area_counts_deg[frame, line]):
        return None
    lines = _group(tracks, frame, line, options.window_deg)
    places = tracks.position_deg[frame, lines]
    left, right = places.min() - options.window_deg, places.max() + options.window_deg
    measured = series.measured
    x, y = measured.two_theta_deg[frame], measured.intensity_counts[frame]
    used = (x >= left) & (x <= right) & np.isfinite(y)
    for low, high in options.exclude_deg:
        used &= (x < low) | (x > high)
    if used.sum() < 4 + options.background_degree:
        return None
    x, y = x[used], y[used]
    components = _components(tracks, measured, frame, lines, x)
    peaks = components.sum(axis=0)
    given = measured.sigma_counts[frame][used]
    gain = float(measured.gain_ratio[frame])
    scaled = (2 * x - left - right) / (right - left)
    background = _background(y, peaks, scaled, options.background_degree, gain, given)
    model = peaks + background
    place = tracks.position_deg[frame, line]
    reach = _VIEW_WINDOWS * options.window_deg
    return FitCurve(
        frame,
        line,
        tuple(int(i) for i in lines),
        x,
        y,
        model,
        background,
        components,
        np.sqrt(_variance(y, model, gain, given)),
        (max(left, place - reach), min(right, place + reach)),
    )


def _group(tracks: PeakTracks, frame: int, line: int, window_deg: float) -> list[int]:
    """Fitted lines whose windows join that of a line, one after the other."""
    places = tracks.position_deg[frame]
    known = [int(i) for i in np.argsort(places) if np.isfinite(tracks.area_counts_deg[frame, i])]
    apart = np.diff(places[known]) >= 2 * window_deg
    number = np.concatenate([[0], np.cumsum(apart)])
    mine = number[known.index(line)]
    return [i for i, own in zip(known, number, strict=True) if own == mine]


def _components(
    tracks: PeakTracks, measured: PatternSeries, frame: int, lines: list[int], x_deg: FloatArray
) -> FloatArray:
    """Lines `(n_lines, n)`, Kalpha2 included."""
    count = len(lines)
    ratio_of_halves = np.nan_to_num(tracks.asymmetry_ratio[frame, lines], nan=1.0)
    asymmetry = (ratio_of_halves - 1) / (ratio_of_halves + 1)  # half width below over that above
    share = np.nan_to_num(measured.kalpha2_ratio[frame])
    ratio = measured.kalpha2_angstrom[frame] / measured.wavelength_angstrom[frame]
    profile = doublet(
        np.broadcast_to(x_deg, (count, x_deg.size)),
        tracks.position_deg[frame, lines],
        tracks.fwhm_deg[frame, lines],
        tracks.lorentz_fraction[frame, lines],
        asymmetry if asymmetry.any() else None,
        np.full(count, ratio if np.isfinite(ratio) else 1.0),
        np.full(count, share if np.isfinite(ratio) else 0.0),
    )
    return np.asarray(tracks.area_counts_deg[frame, lines][:, None] * profile.value)


def _variance(y: FloatArray, model: FloatArray, gain: float, given: FloatArray) -> FloatArray:
    """Variance of the data `(n,)`: of the model's counts, as given, else the mean square about the model."""
    if np.isfinite(gain):
        return np.asarray(gain * np.maximum(model, _LEAST_COUNT))
    if (given > 0).any():
        return np.where(given > 0, given, np.inf) ** 2
    return np.full(y.size, float(np.mean((y - model) ** 2)) or 1.0)


def _background(
    y: FloatArray,
    peaks: FloatArray,
    scaled: FloatArray,
    degree: int,
    gain: float,
    given: FloatArray,
) -> FloatArray:
    """Polynomial under given lines, by least squares weighted with the model's own variance."""
    basis = np.vander(scaled, degree + 1, increasing=True)
    background = np.full(y.size, float(np.median(y - peaks)))
    for _ in range(_ROUNDS):
        root = np.sqrt(_variance(y, peaks + background, gain, given))
        found = np.linalg.lstsq(basis / root[:, None], (y - peaks) / root, rcond=None)[0]
        background = basis @ found
    return np.asarray(background)
