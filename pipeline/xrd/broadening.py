"""Size and strain from the breadths of lines, after G. K. Williamson and W. H. Hall.

`beta cos(theta) = K lambda / D + 4 e sin(theta)` with integral breadths `beta` in radians, volume-weighted
size `D` and upper-limit strain `e` (Acta Metall. 1 (1953) 22, doi:10.1016/0001-6160(53)90006-6). Breadths are of
the Voigt line, freed of the instrument's by its Lorentz and Gauss parts (`pipeline.physics.breadths`). Between the
instrument's own lines its parts follow `beta_G^2 = U tan(theta)^2 + V tan(theta) + W` (G. Caglioti et al., Nucl.
Instrum. 3 (1958) 223, doi:10.1016/0369-643X(58)90029-X) and `beta_L = X tan(theta) + Y / cos(theta)`.

Valid for broadening that is isotropic, and of a shape near to Lorentzian. Where lines of different
families lie off one straight line, the reduced chi2 says so and the sigmas are scaled by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.core.errors import AnalysisError
from pipeline.physics.breadths import freed_breadth, voigt_parts
from pipeline.xrd.merged_lines import fitted_alone
from pipeline.xrd.options import BroadeningOptions, hkl_label
from pipeline.xrd.records import (
    Broadening,
    Flag,
    Flags,
    FrameStatus,
    PeakTracks,
)

SAME_WAVELENGTH_RATIO = 1e-3
POOR_REDUCED_CHI2 = 9.0
SHAPE_STEP = (
    1e-4  # for derivatives of a freed breadth by the width (relative) and the Lorentz fraction
)
HELD_SHAPE_SIGMA = 0.05  # of a Lorentz fraction that the line itself did not tell


def broadening(
    tracks: PeakTracks,
    phase: str,
    options: BroadeningOptions,
    instrument: PeakTracks | None,
) -> Broadening:
    """Fit a Williamson-Hall line to each frame.

    The sigma of a breadth is from those of width and Lorentz fraction and their correlation, scaled to the scatter
    about the peak fit; the instrument's widths are taken as exact. Sigmas of size and strain are scaled by the root of the
    reduced chi2 where above one.

    Args:
        tracks: the followed lines.
        phase: whose lines.
        options: which lines, and Scherrer's factor.
        instrument: lines of a standard that has no broadening of its own; None: nothing is taken off, and
            every frame is flagged `INSTRUMENT_NOT_REMOVED`: sizes are lower limits and strains upper ones.

    Returns:
        Size and strain. `correlation_ratio` is that of the two, `NO_DEGREES_OF_FREEDOM` marks a line through two
        points. A frame has none, with a reason, where fewer than two lines are broader than the
        instrument's, or where the line says a size or a strain below zero (`NOT_PHYSICAL`).

    Raises:
        AnalysisError: the instrument's standard was measured at another wavelength, or none of its lines was fitted.
    """
    wanted = None if options.lines is None else {hkl_label(h) for h in options.lines}
    columns = [
        j
        for j, (name, hkl) in enumerate(zip(tracks.lines.phase, tracks.lines.hkl, strict=True))
        if name == phase and (wanted is None or hkl in wanted)
    ]
    fitted = fitted_alone(tracks)[:, columns]
    angle = np.where(fitted, tracks.position_deg[:, columns], np.nan)
    breadth, sigma = _breadths(tracks, columns, angle, instrument)
    known = fitted & np.isfinite(breadth) & (sigma > 0)
    line = _straight_lines(angle, breadth, sigma, known)
    wavelength = tracks.wavelength_angstrom
    positive = np.where(line.intercept > 0, line.intercept, np.nan)
    size_nm = options.shape_factor_ratio * wavelength / positive / 10
    found = [
        _verdict(tracks, i, int(fitted[i].sum()), int(known[i].sum()), line)
        for i in range(tracks.n_frames)
    ]
    good = np.array([status is FrameStatus.OK for status, _ in found], dtype=np.bool_)

    def where_good(values: FloatArray) -> FloatArray:
        return np.where(good, values, np.nan)

    return Broadening(
        phase=phase,
        lines=tuple(tracks.lines.hkl[j] for j in columns),
        instrument=options.instrument or "" if instrument is not None else "",
        shape_factor_ratio=options.shape_factor_ratio,
        size_nm=where_good(size_nm),
        size_sigma_nm=where_good(size_nm * line.intercept_sigma / positive),
        strain_percent=where_good(100 * line.slope),
        strain_sigma_percent=where_good(100 * line.slope_sigma),
        correlation_ratio=where_good(-line.correlation),
        two_theta_deg=angle,
        breadth_deg=np.where(known, breadth, np.nan),
        breadth_sigma_deg=np.where(known, sigma, np.nan),
        wavelength_angstrom=wavelength,
        line_count=known.sum(axis=1),
        reduced_chi2=where_good(line.reduced_chi2),
        source_file=tracks.source_file,
        covariates=tracks.covariates,
        status=tuple(status for status, _ in found),
        reason=tuple(reason for _, reason in found),
        flags=tuple(_flags(i, good, line, instrument) for i in range(tracks.n_frames)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Straight lines `y = intercept + slope x`, all `(n_frames,)`; NaN where there are fewer than two points."""

    intercept: FloatArray
    intercept_sigma: FloatArray
    slope: FloatArray
    slope_sigma: FloatArray
    correlation: FloatArray
    reduced_chi2: FloatArray


def _straight_lines(
    angle_deg: FloatArray, breadth_deg: FloatArray, sigma_deg: FloatArray, known: BoolArray
) -> _Lines:
    theta = np.radians(np.where(known, angle_deg, 0.0) / 2)
    x = 4 * np.sin(theta)
    y = np.radians(np.where(known, breadth_deg, 0.0)) * np.cos(theta)
    error = np.radians(np.where(known, sigma_deg, 1.0)) * np.cos(theta)
    weight = np.where(known, 1 / error**2, 0.0)
    count = known.sum(axis=1)
    total = np.where(count > 1, weight.sum(axis=1), np.nan)
    mean_x, mean_y = ((weight * v).sum(axis=1) / total for v in (x, y))
    from_mean = x - mean_x[:, None]
    spread = (weight * from_mean**2).sum(axis=1)
    spread = np.where(spread > 1e-12 * total, spread, np.nan)
    slope = (weight * from_mean * (y - mean_y[:, None])).sum(axis=1) / spread
    intercept = mean_y - slope * mean_x
    misfit = y - intercept[:, None] - slope[:, None] * x
    chi2 = (weight * misfit**2).sum(axis=1)
    reduced = np.where(count > 2, chi2 / np.maximum(count - 2, 1), np.nan)
    scale = np.fmax(reduced, 1.0)
    intercept_variance = 1 / total + mean_x**2 / spread
    correlation = -mean_x / np.sqrt(spread * intercept_variance)
    return _Lines(
        intercept,
        np.sqrt(intercept_variance * scale),
        slope,
        np.sqrt(scale / spread),
        correlation,
        reduced,
    )


def _breadths(
    tracks: PeakTracks, columns: list[int], angle_deg: FloatArray, instrument: PeakTracks | None
) -> tuple[FloatArray, FloatArray]:
    """Integral breadths freed of the instrument's, and their sigmas, degrees `(n_frames, n_lines)`."""
    width = tracks.fwhm_deg[:, columns]
    mixing = tracks.lorentz_fraction[:, columns]
    own = _instrument_parts(tracks, angle_deg, instrument)

    def freed(fwhm: FloatArray, lorentz: FloatArray) -> FloatArray:
        return freed_breadth(*voigt_parts(fwhm, lorentz), *own)

    step = SHAPE_STEP * width
    by_width = (freed(width + step, mixing) - freed(width - step, mixing)) / (2 * step)
    low, high = np.maximum(mixing - SHAPE_STEP, 0.0), np.minimum(mixing + SHAPE_STEP, 1.0)
    by_shape = (freed(width, high) - freed(width, low)) / (high - low)
    width_part = by_width * tracks.fwhm_sigma_deg[:, columns]
    shape_sigma, correlation = _shape_sigmas(tracks, columns)
    shape_part = by_shape * shape_sigma
    variance = width_part**2 + shape_part**2 + 2 * correlation * width_part * shape_part
    scatter = np.fmax(tracks.scatter_ratio[:, columns], 1.0)
    return freed(width, mixing), np.sqrt(np.maximum(variance, 0.0)) * scatter


def _shape_sigmas(tracks: PeakTracks, columns: list[int]) -> tuple[FloatArray, FloatArray]:
    """Sigma of the Lorentz fraction, and its correlation with the width, each `(n_frames, n_lines)`."""
    sigma = correlation = np.zeros((tracks.n_frames, len(columns)))
    if tracks.lorentz_sigma_fraction is not None:
        sigma = np.nan_to_num(tracks.lorentz_sigma_fraction[:, columns], nan=HELD_SHAPE_SIGMA)
    if tracks.width_shape_correlation_ratio is not None:
        correlation = np.nan_to_num(tracks.width_shape_correlation_ratio[:, columns])
    return sigma, correlation


def _instrument_parts(
    tracks: PeakTracks, angle_deg: FloatArray, instrument: PeakTracks | None
) -> tuple[FloatArray, FloatArray]:
    """Lorentz and Gauss breadths of the instrument at some angles, degrees; zeros without one."""
    if instrument is None:
        return np.zeros_like(angle_deg), np.zeros_like(angle_deg)
    _same_wavelength(tracks, instrument)
    fitted = fitted_alone(instrument) & np.isfinite(instrument.fwhm_deg)
    count = fitted.sum(axis=0)
    lines = np.flatnonzero(count)
    if not lines.size:
        raise AnalysisError(
            f"broadening: no line of the instrument's standard ({', '.join(instrument.source_file[:1])}) was "
            "fitted, so its widths are not known. Look at its tracked lines, or leave `instrument` out."
        )
    mean = [
        np.where(fitted, values, 0.0).sum(axis=0)[lines] / count[lines]
        for values in (instrument.position_deg, instrument.fwhm_deg, instrument.lorentz_fraction)
    ]
    lorentz, gauss = voigt_parts(mean[1], mean[2])
    theta, wanted = np.radians(mean[0] / 2), np.radians(angle_deg / 2)
    lorentz_terms, gauss_terms = min(2, lines.size), min(3, lines.size)
    found = []
    for terms, values, powers in (
        (_lorentz_terms, lorentz, lorentz_terms),
        (_gauss_terms, gauss**2, gauss_terms),
    ):
        coefficients = np.linalg.lstsq(terms(theta)[:, :powers], values, rcond=None)[0]
        found.append(np.maximum(terms(wanted)[..., :powers] @ coefficients, 0.0))
    return found[0], np.sqrt(found[1])


def _lorentz_terms(theta: FloatArray) -> FloatArray:
    return np.stack([1 / np.cos(theta), np.tan(theta)], axis=-1)


def _gauss_terms(theta: FloatArray) -> FloatArray:
    return np.stack([np.ones_like(theta), np.tan(theta), np.tan(theta) ** 2], axis=-1)


def _same_wavelength(tracks: PeakTracks, instrument: PeakTracks) -> None:
    known = [
        t.wavelength_angstrom[np.isfinite(t.wavelength_angstrom)] for t in (tracks, instrument)
    ]
    if known[0].size and known[1].size:
        both = [float(np.median(values)) for values in known]
        if abs(both[0] / both[1] - 1) > SAME_WAVELENGTH_RATIO:
            raise AnalysisError(
                f"broadening: the sample was measured at {both[0]:.5f} angstrom, the instrument's standard at "
                f"{both[1]:.5f}; widths do not carry over. Name a standard measured at the same wavelength."
            )


def _verdict(
    tracks: PeakTracks, i: int, n_fitted: int, n_known: int, line: _Lines
) -> tuple[FrameStatus, str]:
    if tracks.status[i] is not FrameStatus.OK:
        return tracks.status[i], tracks.reason[i]
    if n_known < 2 or not np.isfinite(line.slope[i]):
        text = f"{n_fitted} lines were fitted, {n_known} are broader than the instrument's; two at different angles are needed"
        return FrameStatus.TOO_FEW_LINES, text
    if line.intercept[i] <= 0:
        text = "the line meets zero angle below zero: no size that these widths can tell"
        return FrameStatus.NOT_PHYSICAL, text
    if line.slope[i] < -2 * line.slope_sigma[i]:
        text = f"the strain would be {100 * line.slope[i]:.3f} %, below zero by more than two sigma"
        return FrameStatus.NOT_PHYSICAL, text
    return FrameStatus.OK, ""


def _flags(i: int, good: BoolArray, line: _Lines, instrument: PeakTracks | None) -> Flags:
    if not good[i]:
        return ()
    where = {
        Flag.INSTRUMENT_NOT_REMOVED: instrument is None,
        Flag.NO_DEGREES_OF_FREEDOM: bool(np.isnan(line.reduced_chi2[i])),
        Flag.FIT_POOR: bool(line.reduced_chi2[i] > POOR_REDUCED_CHI2),
    }
    return tuple(flag for flag, is_so in where.items() if is_so)
