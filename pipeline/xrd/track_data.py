"""What tracking needs of a series: its good frames, where each line is expected in them, and their noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.physics.batchfit import Noise
from pipeline.physics.bragg import two_theta_deg
from pipeline.physics.residuals import point_noise
from pipeline.xrd.options import StandardOptions, TrackOptions
from pipeline.xrd.records import ConvertedSeries, FrameStatus, Lines
from pipeline.xrd.reflections import STANDARD
from pipeline.xrd.shift_laws import displacement_law

ROAM = 5.0  # times `search_deg`, where `roam_deg` is absent


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Good frames of a series, `n` of them, and the lines `L` that are followed.

    `x_deg` and `y` are `(n, m)`; `shared` says that all rows of the angles are one. `expected_deg`
    `(L, n)` are NaN where the angle does not exist. `search_deg` and `roam_deg` `(L,)` are each line's.
    `number` `(n,)` are the frames' numbers in the series.
    """

    number: IntArray
    x_deg: FloatArray
    y: FloatArray
    sigma: FloatArray
    gain: FloatArray
    wavelength_ratio: FloatArray
    intensity_ratio: FloatArray
    shared: bool
    expected_deg: FloatArray
    search_deg: FloatArray
    roam_deg: FloatArray
    exclude_deg: tuple[tuple[float, float], ...]

    @property
    def kind(self) -> IntArray:
        """Noise of each frame `(n,)`: 0 counts, 1 esds as given, 2 unknown scale."""
        given = np.isfinite(self.sigma).any(axis=1)
        return np.where(np.isfinite(self.gain), 0, np.where(given, 1, 2))

    @property
    def step_deg(self) -> float:
        """Typical step of the angles."""
        return float(np.nanmedian(np.diff(self.x_deg[0])))

    def only(self, rows: IntArray) -> Frames:
        """Some of the frames `(k,)`."""
        x = self.x_deg[rows]
        return replace(
            self,
            number=self.number[rows],
            x_deg=x,
            y=self.y[rows],
            sigma=self.sigma[rows],
            gain=self.gain[rows],
            wavelength_ratio=self.wavelength_ratio[rows],
            intensity_ratio=self.intensity_ratio[rows],
            shared=bool((x == x[:1]).all()),
            expected_deg=self.expected_deg[:, rows],
        )

    def columns(self, left_deg: FloatArray, right_deg: FloatArray, rows: IntArray) -> IntArray:
        """Places `(k, w)` in the rows of the points from left to right `(k,)`, and a few beyond."""
        if self.shared:
            first = np.searchsorted(self.x_deg[0], left_deg)
            last = np.searchsorted(self.x_deg[0], right_deg, side="right")
        else:
            first = (self.x_deg[rows] < left_deg[:, None]).sum(axis=1)
            last = (self.x_deg[rows] <= right_deg[:, None]).sum(axis=1)
        width = int(max(1, (last - first).max(initial=1)))
        places: IntArray = np.minimum(first[:, None] + np.arange(width), self.x_deg.shape[1] - 1)
        return places

    def usable(self, x_deg: FloatArray, y: FloatArray) -> BoolArray:
        """Points that hold numbers and are not excluded."""
        used = np.isfinite(x_deg) & np.isfinite(y)
        for low, high in self.exclude_deg:
            used &= (x_deg < low) | (x_deg > high)
        return used

    def noise(self, rows: IntArray, columns: IntArray, used: BoolArray, kind: int) -> Noise:
        """Noise of a window of frames of one kind."""
        if kind == 0:
            return Noise(used, gain=self.gain[rows])
        if kind == 1:
            variance = self.sigma[rows[:, None], columns] ** 2
            return Noise(used & (variance > 0), variance=variance)
        return Noise(used)


def frames_of(
    series: ConvertedSeries, lines: Lines, options: TrackOptions, standard: StandardOptions | None
) -> Frames:
    """Take the good frames of a series; the internal standard is searched for as its own options say."""
    measured = series.measured
    good = np.array([s is FrameStatus.OK for s in series.status], dtype=bool)
    number = np.flatnonzero(good)
    every = len(number) == measured.n_frames
    x, y, sigma = measured.two_theta_deg, measured.intensity_counts, measured.sigma_counts
    if not every:
        x, y, sigma = x[number], y[number], sigma[number]
    sigma = _with_scatter(x, y, sigma, measured.gain_ratio[number])
    wavelength = measured.wavelength_angstrom[number]
    expected = two_theta_deg(lines.spacing_angstrom[:, None], wavelength[None, :])
    search = np.full(len(lines.hkl), options.search_deg)
    both = zip(lines.phase, lines.hkl, strict=True)
    is_standard = np.array([one == ("", STANDARD) for one in both], dtype=bool)
    roam = np.full(len(lines.hkl), options.roam_deg or ROAM * options.search_deg)
    if standard is not None:
        search[is_standard] = standard.search_deg
        # It does not move, but a cell that is moved takes it along.
        roam[is_standard] = max(standard.search_deg, 2 * standard.tolerance_deg)
        shift = start_shift_deg(standard, measured.geometry, expected, wavelength)
        expected = np.where(is_standard[:, None], standard.two_theta_deg, expected + shift)
    ratio = measured.kalpha2_angstrom[number] / wavelength
    share = np.nan_to_num(measured.kalpha2_ratio[number])
    shared = len(number) > 0 and bool(x.strides[0] == 0 or (x == x[:1]).all())
    return Frames(
        number,
        x,
        y,
        sigma,
        measured.gain_ratio[number],
        ratio,
        np.where(np.isfinite(ratio), share, 0.0),
        shared,
        expected,
        search,
        roam,
        tuple(options.exclude_deg),
    )


def _with_scatter(x: FloatArray, y: FloatArray, sigma: FloatArray, gain: FloatArray) -> FloatArray:
    """Esds, and the scatter of neighbouring points where there is neither an esd nor a gain.

    So a reduced chi2 is near one in whatever unit intensities are; without scatter there is still no esd.
    """
    unknown = np.isnan(gain) & ~np.isfinite(sigma).any(axis=1)
    if not unknown.any():
        return sigma
    noise = np.full(len(y), np.nan)
    noise[unknown] = point_noise(x[unknown], y[unknown])
    noise = np.where(noise > 0, noise, np.nan)
    return np.where(unknown[:, None] & np.isfinite(y), noise[:, None], sigma)


def start_shift_deg(
    standard: StandardOptions, geometry: str, expected_deg: FloatArray, wavelength: FloatArray
) -> FloatArray:
    """How far off the lines are looked for, where the standard says how far off it is itself.

    Args:
        standard: where it is seen and, perhaps, where it belongs.
        geometry: whose law the displacement follows.
        expected_deg: where the lines belong, `(n_lines, n_frames)`.
        wavelength: of each frame.

    Returns:
        The shift of that shape; zero where nobody says where the standard belongs.
    """
    belongs = np.full(wavelength.shape, np.nan)
    if standard.true_deg is not None:
        belongs[:] = standard.true_deg
    elif standard.spacing_angstrom is not None:
        belongs = two_theta_deg(standard.spacing_angstrom, wavelength)
    off = standard.two_theta_deg - belongs
    ratio = displacement_law(geometry, expected_deg) / displacement_law(geometry, belongs)
    return np.nan_to_num(off * ratio)


def out_of_range(frames: Frames, position_deg: FloatArray, fwhm_deg: FloatArray) -> BoolArray:
    """Places `(L, n)` without data within a width on both sides, or that are excluded."""
    ends = frames.x_deg if not frames.shared else frames.x_deg[:1]
    first = np.nanmin(ends, axis=1)
    last = np.nanmax(ends, axis=1)
    reach = np.maximum(fwhm_deg, 2 * frames.step_deg)
    with np.errstate(invalid="ignore"):
        inside = (position_deg - reach >= first) & (position_deg + reach <= last)
        for low, high in frames.exclude_deg:
            inside &= (position_deg < low) | (position_deg > high)
    return np.asarray(~inside)
