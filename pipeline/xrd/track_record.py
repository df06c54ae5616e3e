"""The record of a tracked series, from fits of its good frames."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.bragg import (
    convert_two_theta,
    converted_sigma_deg,
    spacing_angstrom,
    spacing_sigma_angstrom,
)
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.records import (
    ConvertedSeries,
    Flag,
    Flags,
    FrameStatus,
    Lines,
    LineStatus,
    PeakTracks,
)
from pipeline.xrd.track_data import Frames
from pipeline.xrd.track_state import POOR_SCATTER, Fitted, Followed
from pipeline.xrd.track_status import CODES, FITTED, LEFT, MERGED


def record_of(
    series: ConvertedSeries,
    lines: Lines,
    options: TrackOptions,
    frames: Frames,
    found: Followed | None,
) -> PeakTracks:
    """Put the numbers of the good frames in their places; `found` is None where no frame is good."""
    measured = series.measured
    n_frames, n_lines = measured.n_frames, len(lines.hkl)
    failed = LineStatus.FRAME_FAILED
    words = [(failed,) * n_lines] * n_frames
    marks = [("-",) * n_lines] * n_frames
    status, reason, flags = list(series.status), list(series.reason), list(series.flags)

    state, code = (found.state, found.code) if found else (None, None)

    def spread(values: FloatArray | None, keep: FloatArray | None) -> FloatArray:
        made = np.full((n_frames, n_lines), np.nan)
        if values is not None:
            made[frames.number] = np.where(keep, values, np.nan).T if keep is not None else values.T
        return made

    fitted = code == FITTED if code is not None else None
    own = {
        name: spread(getattr(state, name) if state else None, fitted)
        for name in (
            *("position_deg", "position_sigma_deg", "fwhm_deg", "fwhm_sigma_deg", "area"),
            *("area_sigma", "height", "background", "lorentz", "asymmetry", "reduced_chi2"),
            *("scatter", "lorentz_sigma", "width_shape_correlation"),
        )
    }
    if state is not None and code is not None:
        line_flags = _line_flags(state, code, 2 * options.window_deg)
        for i, number in enumerate(frames.number):
            words[number] = tuple(CODES[c] for c in code[:, i])
            marks[number] = tuple(
                "+".join(f) or "-" for f in (line_flags[k][i] for k in range(n_lines))
            )
            flags[number] = _frame_flags(flags[number], [line_flags[k][i] for k in range(n_lines)])
            if all(word is LineStatus.OUT_OF_RANGE for word in words[number]):
                status[number] = FrameStatus.NO_LINES
                reason[number] = "no line lies within the measured angles"
    wavelength = measured.wavelength_angstrom[:, None]
    target = series.target_angstrom
    position, sigma = own["position_deg"], own["position_sigma_deg"]
    low, high = 1 + own["asymmetry"], 1 - own["asymmetry"]
    return PeakTracks(
        lines=lines,
        geometry=measured.geometry,
        target_angstrom=target,
        limit_level_fraction=options.limit_level,
        source_file=measured.source_file,
        position_deg=position,
        position_sigma_deg=sigma,
        position_target_deg=convert_two_theta(position, wavelength, target),
        position_target_sigma_deg=converted_sigma_deg(position, sigma, wavelength, target),
        spacing_angstrom=spacing_angstrom(position, wavelength),
        spacing_sigma_angstrom=spacing_sigma_angstrom(position, sigma, wavelength),
        fwhm_deg=own["fwhm_deg"],
        fwhm_sigma_deg=own["fwhm_sigma_deg"],
        area_counts_deg=own["area"],
        area_sigma_counts_deg=own["area_sigma"],
        area_limit_counts_deg=spread(found.area_limit if found else None, None),
        height_counts=own["height"],
        background_counts=own["background"],
        lorentz_fraction=own["lorentz"],
        asymmetry_ratio=low / high,
        reduced_chi2=own["reduced_chi2"],
        scatter_ratio=own["scatter"],
        wavelength_angstrom=measured.wavelength_angstrom,
        radius_mm=measured.radius_mm,
        covariates=measured.covariates,
        line_status=tuple(words),
        line_flags=tuple(marks),
        status=tuple(status),
        reason=tuple(reason),
        flags=tuple(flags),
        lorentz_sigma_fraction=own["lorentz_sigma"],
        width_shape_correlation_ratio=own["width_shape_correlation"],
    )


def _line_flags(state: Fitted, code: IntArray, together_deg: float) -> list[list[tuple[Flag, ...]]]:
    """Remarks on each line in each frame; a line hides in one that is no further than `together_deg`."""
    fitted = code == FITTED
    with np.errstate(invalid="ignore"):
        poor = fitted & (state.scatter > POOR_SCATTER)
    bound = fitted & state.at_bound
    merged = code == MERGED
    # The line in which another hides carries the remark: its area is that of both.
    holds = np.zeros_like(fitted)
    for line in np.flatnonzero(merged.any(axis=1)):
        with np.errstate(invalid="ignore"):
            gap = np.abs(state.position_deg - state.position_deg[line])
            gap = np.where(fitted & (gap < together_deg), gap, np.inf)
        gap[line] = np.inf
        host, rows = gap.argmin(axis=0), np.arange(code.shape[1])
        near = merged[line] & np.isfinite(gap[host, rows])
        holds[host[near], rows[near]] = True
    which = (
        (Flag.FIT_POOR, poor),
        (Flag.WIDTH_AT_BOUND, bound),
        (Flag.LINES_MERGED, holds | merged),
        (Flag.LINE_LEFT_WINDOW, code == LEFT),
    )
    none: list[list[tuple[Flag, ...]]] = [[()] * code.shape[1] for _ in range(code.shape[0])]
    for flag, where in which:
        for line, frame in zip(*np.nonzero(where), strict=True):
            none[line][frame] += (flag,)
    return none


def _frame_flags(before: Flags, of_lines: list[tuple[Flag, ...]]) -> Flags:
    more = dict.fromkeys(flag for flags in of_lines for flag in flags)
    return (*before, *(flag for flag in more if flag not in before))
