"""The cell of a phase in each frame from its lines, and what the lines' intensities and distances say."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics.bragg import two_theta_deg
from pipeline.physics.lattice import propagated_sigma, volume_angstrom3, volume_derivatives
from pipeline.xrd.cell_fit import Positions
from pipeline.xrd.cell_verdicts import far_from_reference, remarks, verdicts
from pipeline.xrd.corrections import CorrectedCells, corrected_cells, law_of, model_sigmas
from pipeline.xrd.intensities import intensity_ratios, splittings
from pipeline.xrd.merged_lines import fitted_alone
from pipeline.xrd.options import CellOptions, PhaseOptions, hkl_label
from pipeline.xrd.records import CellSeries, PeakTracks
from pipeline.xrd.standard import standard_line


def cells(
    tracks: PeakTracks,
    phase: str,
    options_of_phase: PhaseOptions,
    options: CellOptions,
    reference: CellSeries | None,
) -> CellSeries:
    """Fit the cell of every frame by weighted least squares of its lines' positions.

    Lines count with their sigma scaled to the scatter about the peak fit; one that stands for two, merged, does
    not count. `shift_deg` is observed minus true at
    the first of the lines; `displacement_um` has the sign of `pipeline.xrd.shift_laws`.

    Args:
        tracks: the followed lines.
        phase: whose cell.
        options_of_phase: its system and start cell.
        options: which lines, which correction, ratios and splittings.
        reference: cells that the first good frame's is compared with.

    Returns:
        The cells. A frame that has none says why: no line, too few lines, lines that do not determine the
        cell, no internal standard, no convergence. Flags: `LINE_EXCLUDED` (named in the reason),
        `NO_DEGREES_OF_FREEDOM`, `FIT_POOR`, `CORRECTION_MATTERS`, `STANDARD_MISSING`, `STANDARD_MOVED`,
        `CELL_FAR_FROM_REFERENCE`.
    """
    columns = _columns(tracks, phase, options)
    positions = _positions(tracks, columns)
    standard = standard_line(tracks, options.standard)
    used, others, excluded = corrected_cells(
        positions, options_of_phase, tracks.geometry, options.correction, standard
    )
    model, volume_model = model_sigmas(used, others)
    cell, sigma = used.fits.cell, propagated_sigma(np.eye(6), used.covariance[:, None])
    sigma = np.where(np.isfinite(cell), sigma, np.nan)
    a, b, c, alpha, beta, gamma = cell.T
    a_sigma, b_sigma, c_sigma, alpha_sigma, beta_sigma, gamma_sigma = sigma.T
    volume, volume_sigma, c_over_a, c_over_a_sigma = _derived(used)
    size_sigma = np.sqrt(used.size_variance)
    first_law = _law_at_first(tracks, columns, options.correction)
    is_displacement = options.correction in ("displacement", "standard")
    to_um = np.radians(tracks.radius_mm) * 1e3 if is_displacement else tracks.radius_mm * np.nan
    good = used.fits.good
    measured, as_cu = intensity_ratios(tracks, phase, options.ratios)
    difference, difference_sigma = splittings(tracks, phase, options.splittings)
    labels = tuple(tracks.lines.hkl[j] for j in columns)
    found = verdicts(tracks, positions, labels, options_of_phase, options, used, excluded, standard)
    far = far_from_reference(cell, good, reference, options.reference_tolerance_ratio)
    return CellSeries(
        phase=phase,
        system=options_of_phase.system,
        correction=options.correction,
        a_angstrom=a,
        a_sigma_angstrom=a_sigma,
        a_model_sigma_angstrom=model[:, 0],
        b_angstrom=b,
        b_sigma_angstrom=b_sigma,
        b_model_sigma_angstrom=model[:, 1],
        c_angstrom=c,
        c_sigma_angstrom=c_sigma,
        c_model_sigma_angstrom=model[:, 2],
        alpha_deg=alpha,
        alpha_sigma_deg=alpha_sigma,
        beta_deg=beta,
        beta_sigma_deg=beta_sigma,
        gamma_deg=gamma,
        gamma_sigma_deg=gamma_sigma,
        volume_angstrom3=volume,
        volume_sigma_angstrom3=volume_sigma,
        volume_model_sigma_angstrom3=volume_model,
        c_over_a_ratio=c_over_a,
        c_over_a_sigma_ratio=c_over_a_sigma,
        shift_deg=np.where(good, used.size_ratio * first_law, np.nan),
        shift_sigma_deg=np.where(good, size_sigma * np.abs(first_law), np.nan),
        displacement_um=np.where(good, used.size_ratio * to_um, np.nan),
        displacement_sigma_um=np.where(good, size_sigma * to_um, np.nan),
        standard_deg=standard.position_deg,
        standard_sigma_deg=standard.sigma_deg,
        line_count=(positions.used & (excluded == 0)).sum(axis=1),
        reduced_chi2=used.fits.reduced_chi2,
        ratio_names=tuple(options.ratios),
        intensity_ratio=measured[0],
        intensity_sigma_ratio=measured[1],
        intensity_cu_ratio=as_cu[0],
        intensity_cu_sigma_ratio=as_cu[1],
        splitting_names=tuple(options.splittings),
        splitting_deg=difference,
        splitting_sigma_deg=difference_sigma,
        source_file=tracks.source_file,
        covariates=tracks.covariates,
        status=tuple(status for status, _ in found),
        reason=tuple(reason for _, reason in found),
        flags=remarks(options, used, model[:, :3], excluded, standard, far),
    )


def _columns(tracks: PeakTracks, phase: str, options: CellOptions) -> list[int]:
    """Places of the lines that may be used."""
    wanted = None if options.lines is None else {hkl_label(h) for h in options.lines}
    return [
        j
        for j, (name, hkl) in enumerate(zip(tracks.lines.phase, tracks.lines.hkl, strict=True))
        if name == phase and (wanted is None or hkl in wanted)
    ]


def _positions(tracks: PeakTracks, columns: list[int]) -> Positions:
    lines = tracks.lines
    hkl = np.stack([lines.h_index, lines.k_index, lines.l_index], axis=1)[columns]
    observed = tracks.position_deg[:, columns]
    sigma = tracks.position_sigma_deg[:, columns] * np.fmax(tracks.scatter_ratio[:, columns], 1.0)
    fitted = fitted_alone(tracks)[:, columns]
    known = np.isfinite(observed) & np.isfinite(tracks.wavelength_angstrom)[:, None]
    used = fitted & known & (np.nan_to_num(sigma) > 0)
    return Positions(hkl, observed, sigma, used, tracks.wavelength_angstrom)


def _law_at_first(tracks: PeakTracks, columns: list[int], correction: str) -> FloatArray:
    """Shift that a correction of size one makes at the first line, `(n_frames,)`."""
    if not columns:
        return np.full(tracks.n_frames, np.nan)
    spacing = tracks.lines.spacing_angstrom[columns[0]]
    return law_of(correction, tracks.geometry, two_theta_deg(spacing, tracks.wavelength_angstrom))


def _derived(used: CorrectedCells) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Volume and c/a with their sigmas, each `(n_frames,)`."""
    good = used.fits.good & np.isfinite(used.fits.cell).all(axis=1)
    cell = np.where(good[:, None], used.fits.cell, (1.0, 1.0, 1.0, 90.0, 90.0, 90.0))
    a, c = cell[:, 0], cell[:, 2]
    by_cell = np.zeros_like(cell)
    by_cell[:, 0], by_cell[:, 2] = -c / a**2, 1 / a
    values = (
        volume_angstrom3(cell),
        propagated_sigma(volume_derivatives(cell), used.covariance),
        c / a,
        propagated_sigma(by_cell, used.covariance),
    )
    volume, volume_sigma, ratio, ratio_sigma = (np.where(good, v, np.nan) for v in values)
    return volume, volume_sigma, ratio, ratio_sigma
