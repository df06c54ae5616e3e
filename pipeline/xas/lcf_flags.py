"""What fails a linear-combination fit, and remarks on one that stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics import grids
from pipeline.xas.lcf_curves import Curves
from pipeline.xas.options import LcfOptions
from pipeline.xas.records import Flag, NormalisedSeries, ScanStatus
from pipeline.xas.standards import Standard
from pipeline.xas.verdicts import Verdicts

# Of unit-length standards. Spectra are off by about 1 % whatever their noise (steps, harmonics,
# thickness, neighbours that differ); fractions are off by up to this many times as much.
ALIKE_CONDITION = 50.0
CORRELATED_INFLATION = 2.0  # sigma is then 1.4 times that of white noise
ABOVE_STANDARD_SIGMAS = 2.0
ABOVE_STANDARD_EV = 0.1


def judge_range(
    sample: NormalisedSeries,
    means: Sequence[Standard],
    window_ev: tuple[float, float],
    options: LcfOptions,
    verdicts: Verdicts,
) -> None:
    """Fail what does not cover the fit range."""
    low, high = window_ev
    asked = f"the fit range [{options.range_ev[0]:g}, {options.range_ev[1]:g}] is {low:.2f} to {high:.2f} eV"
    everything = np.ones(len(sample.status), dtype=np.bool_)
    for m in means:
        if m.spline is None:
            verdicts.fail(
                everything, ScanStatus.STANDARD_FAILED, f"standard '{m.name}' has no good scan"
            )
        elif not (m.start_ev <= low and m.end_ev >= high):
            verdicts.fail(
                everything,
                ScanStatus.STANDARD_TOO_SHORT,
                f"{asked}, but standard '{m.name}' runs from {m.start_ev:.2f} to {m.end_ev:.2f} eV; "
                "narrow `range_ev`",
            )
    start, end = grids.ends(sample.energy_ev)
    verdicts.fail(
        ~((start <= low) & (end >= high)),
        ScanStatus.WINDOW_OUTSIDE_SCAN,
        lambda i: f"{asked}, but the scan runs from {start[i]:.2f} to {end[i]:.2f} eV",
    )


ROUNDING = 1e-10  # of the edge step; a smaller residual is that of a sample fitted by itself
POOR_RMS = 0.02  # of the edge step; spectra of one laboratory agree better than that


def _rms(curves: Curves, weights: FloatArray) -> FloatArray:
    """Root mean square of the residual of each scan `(n,)`, in edge steps."""
    residual = curves.data - np.einsum("nk,nkp->np", weights, curves.components)
    count = np.maximum(np.isfinite(residual).sum(axis=1), 1)
    rms: FloatArray = np.sqrt(np.nansum(residual**2, axis=1) / count)
    return rms


def flag_fit(
    verdicts: Verdicts,
    sample: NormalisedSeries,
    means: Sequence[Standard],
    curves: Curves,
    weights: FloatArray,
    inflation: FloatArray,
    options: LcfOptions,
) -> None:
    """Add the remarks of a fit to its scan."""
    ok, total = verdicts.ok, weights.sum(axis=1)
    if options.sum == "free":
        verdicts.flag(ok & (np.abs(total - 1) > options.sum_tolerance), Flag.SUM_NOT_ONE)
    verdicts.flag(ok & (weights == 0).any(axis=1), Flag.WEIGHT_AT_BOUND)
    rms = _rms(curves, weights)
    itself = ok & (rms < ROUNDING)
    verdicts.flag(itself, Flag.SAMPLE_IS_STANDARD)
    correlated = ok & (inflation > CORRELATED_INFLATION) & ~itself
    verdicts.flag(correlated, Flag.RESIDUAL_CORRELATED)
    verdicts.flag(ok & (rms > POOR_RMS), Flag.FIT_POOR)
    if not all(m.is_calibrated for m in means):
        verdicts.flag(ok, Flag.STANDARD_NOT_CALIBRATED)
    if any(m.mode != sample.mode for m in means):
        verdicts.flag(ok, Flag.STANDARD_MODE_DIFFERS)
    verdicts.flag(ok & (curves.condition() > ALIKE_CONDITION), Flag.STANDARDS_ALIKE)
    half_steps = np.array([m.half_step_ev for m in means])
    if np.isfinite(half_steps).any():
        highest = int(np.nanargmax(half_steps))
        above = sample.half_step_ev - half_steps[highest]
        sigma = np.hypot(
            np.nan_to_num(sample.half_step_sigma_ev), means[highest].half_step_sigma_ev
        )
        beyond = above > np.maximum(ABOVE_STANDARD_SIGMAS * sigma, ABOVE_STANDARD_EV)
        verdicts.flag(ok & beyond, Flag.EDGE_ABOVE_HIGHEST_STANDARD)
