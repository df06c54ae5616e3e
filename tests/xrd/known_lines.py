"""Tracked lines at positions that are known: what a perfect peak fit of a known cell would give."""

import numpy as np

from pipeline.core.covariates import Covariates
from pipeline.physics.bragg import (
    convert_two_theta,
    converted_sigma_deg,
    spacing_angstrom,
    spacing_sigma_angstrom,
    two_theta_deg,
)
from pipeline.physics.lattice import spacing_angstrom as spacing_of_hkl
from pipeline.xrd.options import PhaseOptions, hkl_label
from pipeline.xrd.records import FrameStatus, Lines, LineStatus, PeakTracks
from pipeline.xrd.reflections import STANDARD

CU = 1.540593
LAYERED = [(0, 0, 3), (1, 0, 1), (0, 0, 6), (1, 0, 2), (1, 0, 4), (1, 0, 7), (1, 0, 8), (1, 1, 0)]
NMC = PhaseOptions(a_angstrom=2.86, c_angstrom=14.25, reflections=LAYERED)
"""A start cell that is half a percent off the true ones below."""


def true_two_theta(hkl, cell, wavelength=CU):
    """Angles `(n_frames, n_lines)` of cells `(n_frames, 6)` or one cell."""
    return two_theta_deg(spacing_of_hkl(hkl, np.atleast_2d(np.asarray(cell, float))), wavelength)


def tracks(
    phase: PhaseOptions,
    position,
    sigma=0.001,
    *,
    wavelength=CU,
    geometry="bragg-brentano",
    radius=240.0,
    status=None,
    frames=None,
    standard=None,
    target=1.5406,
    **given,
) -> PeakTracks:
    """Tracks of one phase `NMC` with lines at `position` `(n_frames, n_lines)`.

    `status` is the lines' status, `frames` that of frames, `standard` `(n_frames,)` adds the
    standard's line with its position, NaN where it was not found; `given` sets other fields.
    """
    position = np.atleast_2d(np.asarray(position, float))
    n, n_lines = position.shape
    hkl = np.array(phase.reflections, float)
    labels, names = [hkl_label(h) for h in phase.reflections], ["NMC"] * n_lines
    spacing = spacing_of_hkl(hkl, phase.cell)
    sigma = np.broadcast_to(np.asarray(sigma, float), position.shape)
    words = np.full((n, n_lines), LineStatus.FITTED, dtype=object)
    if status is not None:
        words[:] = status
    if standard is not None:
        standard = np.asarray(standard, float)
        position = np.concatenate([position, standard[:, None]], axis=1)
        sigma = np.concatenate([sigma, np.full((n, 1), 0.001)], axis=1)
        found = np.where(np.isfinite(standard), LineStatus.FITTED, LineStatus.ABSENT)
        words = np.concatenate([words, found.astype(object)[:, None]], axis=1)
        hkl = np.concatenate([hkl, np.full((1, 3), np.nan)])
        spacing = np.append(spacing, spacing_angstrom(standard[np.isfinite(standard)][0], CU))
        labels, names = [*labels, STANDARD], [*names, ""]
    shape = position.shape
    nan, one = np.full(shape, np.nan), np.ones(shape)
    fields = {
        "lines": Lines(tuple(names), tuple(labels), *hkl.T, spacing),
        "geometry": geometry,
        "target_angstrom": target,
        "limit_level_fraction": 0.95,
        "source_file": tuple(f"frame_{i}.xy" for i in range(n)),
        "position_deg": position,
        "position_sigma_deg": sigma,
        "position_target_deg": convert_two_theta(position, wavelength, target),
        "position_target_sigma_deg": converted_sigma_deg(position, sigma, wavelength, target),
        "spacing_angstrom": spacing_angstrom(position, wavelength),
        "spacing_sigma_angstrom": spacing_sigma_angstrom(position, sigma, wavelength),
        "fwhm_deg": 0.1 * one,
        "fwhm_sigma_deg": 0.002 * one,
        "area_counts_deg": 100.0 * one,
        "area_sigma_counts_deg": one,
        "area_limit_counts_deg": nan,
        "height_counts": nan,
        "background_counts": nan,
        "lorentz_fraction": 0.5 * one,
        "asymmetry_ratio": one,
        "reduced_chi2": one,
        "scatter_ratio": one,
        "wavelength_angstrom": np.full(n, wavelength),
        "radius_mm": np.full(n, radius),
        "covariates": Covariates.unknown(n),
        "line_status": tuple(tuple(LineStatus(w) for w in row) for row in words),
        "line_flags": (("-",) * shape[1],) * n,
        "status": tuple(frames or (FrameStatus.OK,) * n),
        "reason": ("",) * n,
        "flags": ((),) * n,
    }
    return PeakTracks(**(fields | given))
