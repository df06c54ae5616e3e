"""The template of a foil: one low-noise spectrum from many scans, its first inflection at E0.

Scans are aligned to a seed, pooled on the aligned axis, and a smoothing spline through the pool is
the next template; this repeats until the shifts stand still. The spline is as smooth as the pool's
own noise allows (generalised cross-validation), so that one clean scan keeps its resolution and
noisy scans do not put their noise into the template.

The first inflection is the first significant maximum of the slope. In Ni, Co, Fe, Mn and Cu it is
the foot of the edge, several eV below a second maximum that can be higher; the tabulated edge
energies of the elements are defined there.

References: P. Craven, G. Wahba, Numer. Math. 31 (1979) 377, doi:10.1007/BF01404567 (smoothing);
S. Kraft et al., Rev. Sci. Instrum. 67 (1996) 681, doi:10.1063/1.1146657 (first inflections).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, stack_ragged
from pipeline.core.errors import AnalysisError
from pipeline.physics.align import Alignment, align
from pipeline.xas.foil_curve import FoilCurve, Pool
from pipeline.xas.options import CalibrateOptions
from pipeline.xas.records import FoilTemplate

MOST_SCANS = 256  # more do not lower the template's noise below its systematics
SEEDS = 5
ROUNDS = 12
STANDSTILL_EV = 2e-4
MARGIN_EV = 5.0  # kept beyond the window, for the steps of an alignment
GRID_EV = 0.05
OUTLIER_FACTOR, OUTLIER_MISFIT = 4.0, 0.01
FEWEST_POINTS = 12


def build_template(
    energies_ev: Sequence[FloatArray],
    mus: Sequence[FloatArray],
    *,
    element: str,
    edge: str,
    e0_ev: float,
    options: CalibrateOptions,
    source: str = "",
) -> FoilTemplate:
    """Average the scans of a foil on one axis and put its first inflection at `e0_ev`.

    Of more than 256 scans, 256 spread evenly over the series are used.

    Args:
        energies_ev: energies of each scan as measured, off by up to `options.max_shift_ev`; NaN
            is left out, so the rows of a padded array will do.
        mus: absorption of the foil in each scan.
        element: element of the foil.
        edge: its edge, such as `K`.
        e0_ev: energy given to the first inflection.
        options: `window_ev` and `max_shift_ev` are used.
        source: where the scans come from, kept in the record.

    Returns:
        The template, zero below its edge and one above, with the sigma of each point and of
        the inflection. Scans left out are named with the reason: they never cover the window, or
        differ from the others by four times the usual misfit.

    Raises:
        AnalysisError: no scan has an edge near `e0_ev` and the whole window about it.
    """
    chosen = _evenly(len(energies_ev), MOST_SCANS)
    x, y = _cut([energies_ev[i] for i in chosen], [mus[i] for i in chosen], e0_ev, options)
    curve, found = _best_seed(x, y, e0_ev, options)
    if curve is None or found is None:
        raise AnalysisError(
            f"foil template {element} {edge}: none of {len(energies_ev)} scans has a rising edge "
            f"within {options.max_shift_ev:g} eV of {e0_ev:g} eV and the whole window "
            f"[{options.window_ev[0]:g}, {options.window_ev[1]:g}] about it; check element, edge, "
            "the reference column and `calibrate.e0_ev`"
        )
    window = _window(e0_ev, options)
    for _ in range(ROUNDS):
        good = _alike(found)
        pool = _pool(x, y, found, good, window)
        curve = pool.smooth()
        inflection = curve.inflection(e0_ev - MARGIN_EV, e0_ev + MARGIN_EV)
        curve = curve.moved(0.0 if inflection is None else e0_ev - inflection)
        before, found = found.shift, align(x, y, curve, window, options.max_shift_ev)
        same = bool((_alike(found) == good).all())
        moved = (found.shift - before)[good & found.converged]
        if same and np.ptp(moved) < STANDSTILL_EV:
            break
    good = _alike(found)
    pool = _pool(x, y, found, good, window)
    grid = np.arange(pool.energy_ev[0], pool.energy_ev[-1], GRID_EV)
    zero, one = curve.levels(window)
    mu_sigma, inflection_sigma_ev = pool.sigmas(curve, grid, e0_ev)
    return FoilTemplate(
        element=element,
        edge=edge,
        energy_ev=grid,
        mu=(curve(grid, 0) - zero) / (one - zero),
        mu_sigma=mu_sigma / (one - zero),
        inflection_ev=e0_ev,
        inflection_sigma_ev=inflection_sigma_ev,
        n_scans=int(good.sum()),
        source=source,
        rejected=_reasons(found, good, chosen, options),
    )


def _evenly(count: int, most: int) -> list[int]:
    """Up to `most` indices spread over `range(count)`."""
    return sorted(set(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()))


def _window(e0_ev: float, options: CalibrateOptions) -> tuple[float, float]:
    return e0_ev + options.window_ev[0], e0_ev + options.window_ev[1]


def _pool(
    x: FloatArray, y: FloatArray, found: Alignment, good: BoolArray, window: tuple[float, float]
) -> Pool:
    """All points of the good scans on the axis and scale of the template."""
    on_axis, in_units = found.on_template(x, y, window)
    return Pool.of(on_axis[good], in_units[good], (window[0] - MARGIN_EV, window[1] + MARGIN_EV))


def _cut(
    energies_ev: Sequence[FloatArray],
    mus: Sequence[FloatArray],
    e0_ev: float,
    options: CalibrateOptions,
) -> tuple[FloatArray, FloatArray]:
    """The scans within reach of the window, stacked."""
    reach = options.max_shift_ev + MARGIN_EV
    low, high = _window(e0_ev, options)
    xs, ys = [], []
    for e, mu in zip(energies_ev, mus, strict=True):
        near = (e >= low - reach) & (e <= high + reach) & np.isfinite(mu)
        xs.append(np.asarray(e)[near])
        ys.append(np.asarray(mu)[near])
    return stack_ragged(xs), stack_ragged(ys)


def _best_seed(
    x: FloatArray, y: FloatArray, e0_ev: float, options: CalibrateOptions
) -> tuple[FoilCurve | None, Alignment | None]:
    """Of a few scans, the one to which most scans can be aligned, and best."""
    window = _window(e0_ev, options)
    best: tuple[FoilCurve | None, Alignment | None] = (None, None)
    merit = (0, 0.0)
    for i in _evenly(len(x), SEEDS):
        curve = _seed(x[i], y[i], e0_ev, options)
        if curve is None:
            continue
        found = align(x, y, curve, window, options.max_shift_ev)
        good = _alike(found)
        this = (int(good.sum()), -float(np.median(found.misfit[good])) if good.any() else 0.0)
        if this > merit:
            best, merit = (curve, found), this
    return best


def _seed(
    x: FloatArray, y: FloatArray, e0_ev: float, options: CalibrateOptions
) -> FoilCurve | None:
    """One scan, smoothed, its first inflection at E0; None where it does not cover the window."""
    x, y = x[np.isfinite(x)], y[np.isfinite(x)]
    if len(x) < FEWEST_POINTS:
        return None
    curve = FoilCurve.smooth(x, y)
    low = max(e0_ev - options.max_shift_ev, x[0])
    high = min(e0_ev + options.max_shift_ev, x[-1])
    inflection = curve.inflection(low, high)
    if inflection is None:
        return None
    shift = e0_ev - inflection
    window = _window(e0_ev, options)
    covers = x[0] + shift <= window[0] and x[-1] + shift >= window[1]
    below, above = curve.moved(shift).levels(window)
    return curve.moved(shift) if covers and above > below else None


def _alike(found: Alignment) -> BoolArray:
    """Scans that could be aligned and do not differ much more than the others, `(n,)`."""
    if not found.converged.any():
        return found.converged
    usual = float(np.median(found.misfit[found.converged]))
    limit = max(OUTLIER_FACTOR * usual, OUTLIER_MISFIT)
    return found.converged & (np.where(found.converged, found.misfit, np.inf) <= limit)


def _reasons(
    found: Alignment, good: BoolArray, chosen: Sequence[int], options: CalibrateOptions
) -> tuple[str, ...]:
    """Why each scan that was left out was, in words."""
    usual = float(np.median(found.misfit[good]))
    reasons = []
    for i in np.flatnonzero(~good).tolist():
        if found.converged[i]:
            why = f"differs from the others: misfit {found.misfit[i]:.3g} of the step, usual {usual:.3g}"
        elif found.covered[i]:
            why = f"cannot be aligned to the others within {options.max_shift_ev:g} eV"
        else:
            low, high = options.window_ev
            why = (
                f"does not cover [{low:g}, {high:g}] eV about the edge at any shift up to "
                f"{options.max_shift_ev:g} eV"
            )
        reasons.append(f"scan {chosen[i]} {why}")
    return tuple(reasons)
