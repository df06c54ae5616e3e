"""Normalisation: pre-edge curve, post-edge polynomial, edge step, flattened spectra.

`mu_norm(E) = (mu(E) - pre(E)) / step` with `step = post(E0) - pre(E0)`, where `pre` is fitted to
`mu` in the pre-edge window and `post - pre` to `mu - pre` in the post-edge window. The flattened
spectrum has `(post - pre) / step - 1` taken out above E0, so that it oscillates about one.

Which points a window holds, and where the step is taken, follows Athena, Ifeffit and larch, so
that an edge step is the number that a published analysis has with the same windows:

* a window begins with the last point at or below its lower end, which covers that end, and
  ends before the point nearest to its upper end;
* the step is taken at the point nearest to E0.

On the sparse grids of real scans another convention (only points inside, ends included) moves
the step of the reference spectra by up to 0.3 %. A window that the scan does not cover fails
the scan; it is never clipped, swapped or replaced.

References: B. Ravel and M. Newville, J. Synchrotron Rad. 12 (2005) 537,
doi:10.1107/S0909049505012719; M. Newville, J. Phys. Conf. Ser. 430 (2013) 012007,
doi:10.1088/1742-6596/430/1/012007.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.core.options import Window
from pipeline.physics import grids, polyfit
from pipeline.physics.residuals import point_noise
from pipeline.xas import edge_position
from pipeline.xas.background import remove_background
from pipeline.xas.edge_jump import jumps
from pipeline.xas.mback_larch import mback
from pipeline.xas.options import NormaliseOptions
from pipeline.xas.over_absorption import alpha, correct
from pipeline.xas.pre_edge import PreEdge
from pipeline.xas.records import CalibratedSeries, Flag, NormalisedSeries, ScanStatus
from pipeline.xas.step_sigma import variances
from pipeline.xas.verdicts import Verdicts

STEP_SIGNIFICANCE = 3.0  # a step within this many sigma of zero is no edge
SMALLEST_STEP_RATIO = 1e-9  # of the largest absorption; less is rounding


def normalise(
    series: CalibratedSeries, e0_ev: float, options: NormaliseOptions
) -> NormalisedSeries:
    """Normalise every scan of a series.

    A scan fails, with its reason in words, where a window leaves it (`WINDOW_OUTSIDE_SCAN`),
    holds too few points (`TOO_SHORT`), where its absorption is not finite (`NOT_FINITE`), falls
    at the edge (`INVERTED_EDGE`) or has no step beyond its uncertainty (`NO_EDGE`).

    Args:
        series: calibrated scans, `(n_scans, n_points)`.
        e0_ev: reference energy of windows and step, on the calibrated axis.
        options: windows, degrees, level; method `none` keeps spectra that came normalised.

    Returns:
        Normalised and flattened spectra with step, noise and edge positions, each with its
        sigma. The step has two: `edge_step_sigma` by the noise of the scan, and
        `edge_step_model_sigma` by the ambiguity of a window over EXAFS, which scans of one
        specimen share. Sigmas of edge positions hold both.
    """
    energy = series.energy_ev
    raw = series.raw
    verdicts = Verdicts(series.status, series.reason, series.flags)
    broken: BoolArray = np.any(np.isfinite(energy) & ~np.isfinite(raw.mu), axis=1)
    verdicts.fail(broken, ScanStatus.NOT_FINITE, "the absorption holds values that are not finite")
    if options.method == "none" or not verdicts.ok.any():
        kept = np.where(verdicts.ok[:, None], raw.mu, np.nan)
        step, unknown = np.where(verdicts.ok, 1.0, np.nan), np.full(len(kept), np.nan)
        found = _Normalised(kept, kept, step, unknown, unknown)
        verdicts.flag(verdicts.ok, Flag.NORMALISED_BY_MAKER)
    else:
        found = _by_windows(series, energy, e0_ev, options, verdicts)
    over_absorption_ratio = float("nan")
    if options.over_absorption is not None and raw.mode == "fluorescence":
        found, over_absorption_ratio = _corrected(found, series, e0_ev, options, verdicts)
    normalised, flattened, step = found.normalised, found.flattened, found.step
    # The step of a spectrum that came normalised is not known, and cannot be counted.
    step_relative_sigma = np.nan_to_num(np.hypot(found.step_sigma, found.step_model_sigma) / step)
    noise = point_noise(grids.shared_row(raw.energy_ev, verdicts.ok), normalised)
    search = (e0_ev + options.pre_ev[1], e0_ev + options.post_ev[0])

    def position(level: float) -> edge_position.EdgePositions:
        return edge_position.crossing(
            energy,
            flattened,
            level,
            search,
            noise=noise,
            step_relative_sigma=step_relative_sigma,
            shift_sigma_ev=series.shift_sigma_ev,
        )

    half = position(0.5)
    level = half if options.edge_level == 0.5 else position(options.edge_level)
    missing = np.isnan(half.energy_ev) | np.isnan(level.energy_ev)
    verdicts.flag(verdicts.ok & missing, Flag.EDGE_POSITION_MISSING)
    verdicts.flag(jumps(half.energy_ev, half.sigma_ev, verdicts.ok), Flag.EDGE_JUMP)
    return NormalisedSeries(
        dataset=raw.dataset,
        element=raw.element,
        edge=raw.edge,
        mode=raw.mode,
        e0_ev=e0_ev,
        edge_level=options.edge_level,
        energy_ev=energy,
        normalised=normalised,
        flattened=flattened,
        edge_step=step,
        edge_step_sigma=found.step_sigma,
        edge_step_model_sigma=found.step_model_sigma,
        noise_normalised=noise,
        half_step_ev=half.energy_ev,
        half_step_sigma_ev=half.sigma_ev,
        level_ev=level.energy_ev,
        level_sigma_ev=level.sigma_ev,
        shift_ev=series.shift_ev,
        shift_sigma_ev=series.shift_sigma_ev,
        covariates=series.covariates,
        source_file=raw.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
        over_absorption_ratio=over_absorption_ratio,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Normalised:
    """Spectra `(n, p)`, edge steps and their two sigmas `(n,)`."""

    normalised: FloatArray
    flattened: FloatArray
    step: FloatArray
    step_sigma: FloatArray
    step_model_sigma: FloatArray


def _by_windows(
    series: CalibratedSeries,
    energy_ev: FloatArray,
    e0_ev: float,
    options: NormaliseOptions,
    verdicts: Verdicts,
) -> _Normalised:
    """Normalise by the curves through the two windows, and flatten."""
    mu = series.raw.mu
    # Polynomials do not mind the origin: all are fitted on the grid as measured, which scans share.
    grid = grids.shared_row(series.raw.energy_ev, verdicts.ok)
    pre_window = _window("pre_ev", energy_ev, e0_ev, options.pre_ev, options.pre_degree, verdicts)
    post_window = _window(
        "post_ev", energy_ev, e0_ev, options.post_ev, options.post_degree, verdicts
    )
    nearest = grids.nearest(energy_ev, e0_ev)
    at_e0 = series.raw.energy_ev[np.arange(len(mu)), nearest]
    if options.pre_function == "polynomial" and options.method == "polynomial":
        degrees = (options.pre_degree, options.post_degree)
        edge = remove_background(grid, mu, nearest, at_e0, pre_window, post_window, degrees)
        polynomial, post = edge.with_scatter(grid, mu, pre_window, post_window)
        pre, step = PreEdge(polynomial, mu, None), edge.step
        absorption = edge.normalised * step[:, None]
        normalised, flattened = edge.normalised, edge.flattened
    else:
        pre = PreEdge.fit(grid, energy_ev, mu, e0_ev, pre_window, options)
        absorption = mu - pre.at(grid)
        post = polyfit.fit(grid, absorption, *post_window, options.post_degree)
        step = post.value_at(at_e0)
        normalised = absorption / step[:, None]
        flattened = _flattened(normalised, post.at(grid) / step[:, None], nearest)
    by_post = variances(post, post.basis(at_e0), grid, absorption, post_window)
    by_pre = pre.variances_of_step(grid, at_e0, pre_window, post_window, options.post_degree)
    sigma, model_sigma = (np.sqrt(a + b) for a, b in zip(by_post, by_pre, strict=True))
    _judge_step(step, np.hypot(sigma, model_sigma), mu, e0_ev, verdicts)
    if options.method == "mback":
        normalised, step = _matched(series, energy_ev, e0_ev, options, verdicts)
        curve = polyfit.fit(grid, normalised, *post_window, options.post_degree).at(grid)
        flattened = _flattened(normalised, curve, nearest)
    step, sigma, model_sigma = (
        np.where(verdicts.ok, s, np.nan) for s in (step, sigma, model_sigma)
    )
    failed = ~verdicts.ok
    normalised[failed] = flattened[failed] = np.nan
    return _Normalised(normalised, flattened, step, sigma, model_sigma)


def _flattened(normalised: FloatArray, curve: FloatArray, nearest: IntArray) -> FloatArray:
    """Spectra with the post-edge curve taken out from the point nearest to E0 on."""
    above = np.arange(normalised.shape[1]) >= nearest[:, None]
    flat: FloatArray = normalised - np.where(above, curve - 1.0, 0.0)
    return flat


def _matched(
    series: CalibratedSeries,
    energy_ev: FloatArray,
    e0_ev: float,
    options: NormaliseOptions,
    verdicts: Verdicts,
) -> tuple[FloatArray, FloatArray]:
    """Normalised spectra and steps by larch's MBACK; scans that it cannot match are failed."""
    raw = series.raw
    normalised, step = mback(
        *(energy_ev, raw.mu, verdicts.ok),
        element=raw.element,
        edge=raw.edge,
        e0_ev=e0_ev,
        options=options,
    )
    verdicts.fail(np.isnan(step), ScanStatus.NOT_CONVERGED, "larch's MBACK found no edge step")
    return normalised, step


def _corrected(
    found: _Normalised,
    series: CalibratedSeries,
    e0_ev: float,
    options: NormaliseOptions,
    verdicts: Verdicts,
) -> tuple[_Normalised, float]:
    """The spectra without over-absorption, and the ratio `alpha` at E0 that was used."""
    raw, asked = series.raw, options.over_absorption
    if asked is None:
        return found, float("nan")
    ratio = alpha(series.energy_ev, e0_ev, raw.element, raw.edge, asked)
    at_e0 = float(alpha(np.array([e0_ev]), e0_ev, raw.element, raw.edge, asked)[0])
    normalised, flattened = correct(found.normalised, found.flattened, ratio)
    lost = verdicts.ok & ~np.isfinite(flattened).any(axis=1)
    verdicts.fail(
        lost,
        ScanStatus.NOT_CONVERGED,
        f"the fluorescence rises to more than {1 + at_e0:.3g} of its step, which no thick sample of "
        f"{asked.formula} can give: wrong `over_absorption.formula` or angles, or a thin sample",
    )
    return replace(found, normalised=normalised, flattened=flattened), at_e0


def _window(
    name: str,
    energy_ev: FloatArray,
    e0_ev: float,
    window_ev: Window,
    degree: int,
    verdicts: Verdicts,
) -> tuple[IntArray, IntArray]:
    """First point and one past the last of a window `(n,)`; scans that it leaves are failed."""
    low, high = e0_ev + window_ev[0], e0_ev + window_ev[1]
    start, end = grids.ends(energy_ev)
    verdicts.fail(
        (start > low) | (end < high),
        ScanStatus.WINDOW_OUTSIDE_SCAN,
        lambda i: (
            f"`{name}` [{window_ev[0]:g}, {window_ev[1]:g}] about E0 {e0_ev:g} eV is "
            f"{low:.2f} to {high:.2f} eV, but the scan runs from {start[i]:.2f} to "
            f"{end[i]:.2f} eV; change the window, or override it for this data set"
        ),
    )
    first, stop = grids.at_or_below(energy_ev, low), grids.nearest(energy_ev, high)
    verdicts.fail(
        stop - first <= degree + 1,
        ScanStatus.TOO_SHORT,
        lambda i: (
            f"`{name}` [{window_ev[0]:g}, {window_ev[1]:g}] holds {stop[i] - first[i]} points, "
            f"too few for a polynomial of degree {degree} and its sigma"
        ),
    )
    return np.where(verdicts.ok, first, 0), np.where(verdicts.ok, stop, 0)


def _judge_step(
    step: FloatArray, sigma: FloatArray, mu: FloatArray, e0_ev: float, verdicts: Verdicts
) -> None:
    """Fail scans whose step is negative, or indistinguishable from none."""
    largest = np.abs(mu).max(axis=1, initial=0.0, where=np.isfinite(mu))
    least = np.maximum(STEP_SIGNIFICANCE * sigma, SMALLEST_STEP_RATIO * largest)
    verdicts.fail(
        step < -least,
        ScanStatus.INVERTED_EDGE,
        lambda i: (
            f"the absorption falls at the edge: step {step[i]:.4g} at E0 {e0_ev:g} eV; "
            "are i0 and it the right way round in `columns`?"
        ),
    )
    verdicts.fail(
        ~(step > least),
        ScanStatus.NO_EDGE,
        lambda i: (
            f"no edge at E0 {e0_ev:g} eV: step {step[i]:.3g} with sigma {sigma[i]:.2g}, "
            f"less than {STEP_SIGNIFICANCE:g} sigma"
        ),
    )
