"""Between calibration and normalisation: glitches, windows taken out, repeated scans, rebinning.

In this order, each on the calibrated axis, each recorded: the series as measured stays in the result of
`calibrate`. Points are taken out and never replaced, for a number that was not measured has no error.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.outliers import isolated
from pipeline.physics.ragged import compact, kept_order
from pipeline.xas.merge import merge
from pipeline.xas.options import PrepareOptions
from pipeline.xas.rebin import rebin
from pipeline.xas.records import CalibratedSeries, Flag, Glitches, ScanStatus
from pipeline.xas.verdicts import Verdicts

MIN_POINTS = 20
DETECTED, WINDOW = "detected", "window"


def prepare(series: CalibratedSeries, e0_ev: float, options: PrepareOptions) -> CalibratedSeries:
    """Prepare a calibrated series for normalisation.

    Args:
        series: calibrated scans, `(n_scans, n_points)`.
        e0_ev: energy to which windows are relative, on the calibrated axis.
        options: what to do; by default glitches are looked for and flagged, and no point is changed.

    Returns:
        The series as it goes into normalisation, with its glitches. A scan of which fewer than 20
        points are left fails with `TOO_SHORT`.
    """
    series = _without_glitches(series, e0_ev, options)
    if options.merge:
        series = merge(series, options.merge_tolerance)
    if options.rebin == "xanes":
        series = rebin(series, e0_ev, options)
    return series


def _without_glitches(
    series: CalibratedSeries, e0_ev: float, options: PrepareOptions
) -> CalibratedSeries:
    """Find glitches and windows; take out what is to be taken out."""
    energy, raw = series.energy_ev, series.raw
    usable = np.array([status is ScanStatus.OK for status in series.status])
    point: BoolArray = np.isfinite(energy) & np.isfinite(raw.mu) & usable[:, None]
    inside = np.zeros_like(point)
    for low, high in options.remove_ev:
        inside |= point & (energy >= e0_ev + low) & (energy <= e0_ev + high)
    detected = np.zeros_like(point)
    deviation: FloatArray = np.full(point.shape, np.nan)
    if options.deglitch != "off" and point.any():
        seen = np.where(point & ~inside, energy, np.nan)
        order, is_point = kept_order(np.isfinite(seen))
        axis, mu = (compact(values, order, is_point) for values in (seen, raw.mu))
        found, size = isolated(axis, mu, options.glitch_level)
        row, column = np.nonzero(found)
        detected[row, order[row, column]] = True
        deviation[row, order[row, column]] = size[row, column]
    removed = inside | detected if options.deglitch == "remove" else inside
    verdicts = Verdicts(series.status, series.reason, series.flags)
    kept = point & ~removed
    gone = np.any(removed, axis=1)
    verdicts.fail(
        gone & (kept.sum(axis=1) < MIN_POINTS),
        ScanStatus.TOO_SHORT,
        lambda i: (
            f"{int(kept[i].sum())} of {int(point[i].sum())} points are left after `remove_ev` and "
            f"`deglitch`; at least {MIN_POINTS} are needed"
        ),
    )
    verdicts.flag(np.any(detected & ~removed, axis=1), Flag.GLITCH_FOUND)
    verdicts.flag(gone, Flag.GLITCH_REMOVED)
    if gone.any():
        order, is_point = kept_order(np.where(usable[:, None], kept, np.isfinite(raw.energy_ev)))
        energy_ev, mu, reference_mu = (
            compact(values, order, is_point) for values in (raw.energy_ev, raw.mu, raw.reference_mu)
        )
        raw = replace(raw, energy_ev=energy_ev, mu=mu, reference_mu=reference_mu)
    return replace(
        series,
        raw=raw,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
        glitches=_listed(series, energy, deviation, detected, inside, removed),
    )


def _listed(
    series: CalibratedSeries,
    energy_ev: FloatArray,
    deviation: FloatArray,
    detected: BoolArray,
    inside: BoolArray,
    removed: BoolArray,
) -> Glitches:
    """List the points, scan by scan and by energy."""
    row, column = np.nonzero(detected | inside)
    return Glitches(
        scan_index=row.astype(np.float64),
        glitch_ev=energy_ev[row, column],
        deviation_ratio=deviation[row, column],
        cause=tuple(WINDOW if within else DETECTED for within in inside[row, column]),
        source_file=tuple(series.raw.source_file[i] for i in row),
        removed=tuple(bool(gone) for gone in removed[row, column]),
    )
