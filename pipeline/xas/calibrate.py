"""Energy calibration: the shift of each scan, `E_calibrated = E_raw + shift_ev`.

With `method: foil` the foil scan that was measured with each sample scan is aligned to the
study's template of that foil. Energies as measured are never overwritten; the shift, its sigma
and how well the foil agreed are kept beside them.

Reference: B. Ravel, M. Newville, J. Synchrotron Rad. 12 (2005) 537,
doi:10.1107/S0909049505012719 (alignment by a simultaneous reference).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import CubicSpline

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.core.covariates import Covariates
from pipeline.core.errors import AnalysisError
from pipeline.physics.align import align
from pipeline.physics.residuals import point_noise
from pipeline.xas.drift import drift
from pipeline.xas.options import CalibrateOptions
from pipeline.xas.records import (
    CalibratedSeries,
    Flag,
    FoilTemplate,
    RawSeries,
    ScanStatus,
)
from pipeline.xas.verdicts import Verdicts

# Misfit of the foil beyond its noise, as a part of its step. The same metal measured elsewhere
# (other resolution, thickness, harmonics) stays below the first; another compound of the same
# element, or another element, is above the second.
POOR_MISFIT, WRONG_MISFIT = 0.02, 0.05
POOR_SIGMA_EV = 0.1
# Of one point, over the step; with more, noise finds itself a place to fit.
DROWNED_NOISE = 0.3
LARGE_SHIFT_EV = 10.0
SEARCH_BEYOND_EV = 2.0


def calibrate(
    series: RawSeries,
    covariates: Covariates,
    template: FoilTemplate | None,
    options: CalibrateOptions,
) -> CalibratedSeries:
    """Find the shift of every scan.

    Args:
        series: scans as measured.
        covariates: what is known beside each scan; passed on.
        template: the foil's template, for method `foil`; without one no scan is shifted, and all
            are flagged `NO_REFERENCE`.
        options: method and window.

    Returns:
        The series with shifts. A scan without a foil (or, for method `file`, without a stated
        shift, or with method `none`) keeps its energies: shift 0, sigma `shift_sigma_ev`, flag
        `NO_REFERENCE`. One whose foil cannot be aligned fails with `NOT_CONVERGED` and flag `CALIBRATION_FAILED`. Scans of a series that drifts
        are flagged `DRIFT`. An energy scale that no foil checks is not known exactly: its
        sigma is `shift_sigma_ev`, never zero by default.

    Raises:
        AnalysisError: the window leaves the template, which was built for another one.
    """
    verdicts = Verdicts(series.status, series.reason, series.flags)
    n = series.n_scans
    shift = np.zeros(n)
    sigma = np.full(n, options.shift_sigma_ev)
    misfit, scale_sigma_ev = np.full(n, np.nan), float("nan")
    if options.method == "foil":
        shift, sigma, misfit = _by_foil(series, template, options, verdicts)
        scale_sigma_ev = template.inflection_sigma_ev if template is not None else float("nan")
    elif options.method == "given":
        shift = np.full(n, options.shift_ev, dtype=np.float64)
    elif options.method == "file":
        stated = np.isfinite(series.file_shift_ev)
        shift = np.where(stated, series.file_shift_ev, 0.0)
        verdicts.flag(verdicts.ok & ~stated, Flag.NO_REFERENCE)
    else:
        verdicts.flag(verdicts.ok, Flag.NO_REFERENCE)
    verdicts.flag(verdicts.ok & (np.abs(shift) > LARGE_SHIFT_EV), Flag.SHIFT_LARGE)
    drift_ev = drift_sigma_ev = float("nan")
    if options.method in {"foil", "file"}:
        measured = verdicts.ok & np.array([Flag.NO_REFERENCE not in f for f in verdicts.flags])
        drift_ev, drift_sigma_ev, drifting = drift(shift, covariates.time_s, measured)
        verdicts.flag(drifting, Flag.DRIFT)
    return CalibratedSeries(
        raw=series,
        shift_ev=np.where(verdicts.ok, shift, np.nan),
        shift_sigma_ev=np.where(verdicts.ok, sigma, np.nan),
        misfit_ratio=misfit,
        scale_sigma_ev=scale_sigma_ev,
        method=options.method,
        covariates=covariates,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
        drift_ev=drift_ev,
        drift_sigma_ev=drift_sigma_ev,
    )


def _by_foil(
    series: RawSeries,
    template: FoilTemplate | None,
    options: CalibrateOptions,
    verdicts: Verdicts,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Shift, sigma and misfit `(n,)` from the foil scans; scans without one are flagged."""
    n = series.n_scans
    shift, sigma, misfit = np.zeros(n), np.full(n, options.shift_sigma_ev), np.full(n, np.nan)
    has_foil: BoolArray = np.any(np.isfinite(series.reference_mu), axis=1) & verdicts.ok
    if template is None:
        has_foil = np.zeros(n, dtype=np.bool_)
    verdicts.flag(verdicts.ok & ~has_foil, Flag.NO_REFERENCE)
    if template is None or not has_foil.any():
        return shift, sigma, misfit
    e0_ev = template.inflection_ev
    window = (e0_ev + options.window_ev[0], e0_ev + options.window_ev[1])
    if window[0] < template.energy_ev[0] or window[1] > template.energy_ev[-1]:
        raise AnalysisError(
            f"data set '{series.dataset}': `calibrate.window_ev` is {window[0]:.1f} to "
            f"{window[1]:.1f} eV, but the foil's template runs from {template.energy_ev[0]:.1f} to "
            f"{template.energy_ev[-1]:.1f} eV; give the same window to the edge's block"
        )
    energy, foil = series.energy_ev[has_foil], series.reference_mu[has_foil]
    curve = CubicSpline(template.energy_ev, template.mu)
    reach = options.max_shift_ev + SEARCH_BEYOND_EV
    found = align(energy, foil, curve, window, reach)
    noise = point_noise(energy, foil) / found.scale
    beyond_noise = np.sqrt(np.maximum(found.misfit**2 - noise**2, 0.0))
    shift[has_foil], sigma[has_foil], misfit[has_foil] = (
        found.shift,
        found.shift_sigma,
        found.misfit,
    )
    structured, noise_of_step = np.zeros(n), np.zeros(n)
    structured[has_foil] = np.nan_to_num(beyond_noise)
    noise_of_step[has_foil] = np.nan_to_num(noise)

    covered = np.zeros(n, dtype=np.bool_)
    covered[has_foil] = found.covered
    low, high = options.window_ev
    limit = options.max_shift_ev
    failures: tuple[tuple[BoolArray, str | Callable[[int], str]], ...] = (
        (
            has_foil & ~covered,
            (
                f"the foil scan does not cover [{low:g}, {high:g}] eV about {e0_ev:g} eV at any "
                f"shift up to {limit:g} eV"
            ),
        ),
        (
            has_foil & np.isnan(shift),
            f"the foil scan cannot be aligned within {limit:g} eV: another foil, or no foil",
        ),
        (
            has_foil & (noise_of_step > DROWNED_NOISE),
            lambda i: (
                f"the foil's noise is {noise_of_step[i]:.2g} of its step (limit {DROWNED_NOISE:g}): "
                "another foil, or no foil"
            ),
        ),
        (
            has_foil & (np.abs(shift) > limit),
            lambda i: f"the foil is {shift[i]:.2f} eV off, more than `max_shift_ev` {limit:g} eV",
        ),
        (
            has_foil & (structured > WRONG_MISFIT),
            lambda i: (
                f"the foil differs from the template by {structured[i]:.3f} of its step beyond noise "
                f"(limit {WRONG_MISFIT:g}): another foil, or no foil"
            ),
        ),
    )
    for scans, why in failures:
        failed = verdicts.fail(scans, ScanStatus.NOT_CONVERGED, why)
        verdicts.flag(failed, Flag.CALIBRATION_FAILED)
    poor = (structured > POOR_MISFIT) | (sigma > POOR_SIGMA_EV)
    verdicts.flag(verdicts.ok & has_foil & poor, Flag.CALIBRATION_POOR)
    return shift, sigma, misfit
