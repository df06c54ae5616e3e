"""The template of a foil: one low-noise spectrum from many scans, its first inflection at E0.

Scans are aligned to a seed, pooled on the aligned axis, and a smoothing spline through the pool is
the next template; this repeats until the shifts stand still. The spline is as smooth as the pool's
own noise allows (generalised cross-validation), so one clean scan keeps its resolution and noisy
scans do not put their noise into the template.

The first inflection is the first significant maximum of the slope. In Ni, Co, Fe, Mn and Cu it is
the foot of the edge, several eV below a second maximum that can be higher; the tabulated edge
energies of the elements are defined there.

References: P. Craven, G. Wahba, Numer. Math. 31 (1979) 377, doi:10.1007/BF01404567 (smoothing);
S. Kraft et al., Rev. Sci. Instrum. 67 (1996) 681, doi:10.1063/1.1146657 (first inflections).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline, make_smoothing_spline
from scipy.signal import find_peaks

from pipeline.core.arrays import BoolArray, FloatArray, stack_ragged
from pipeline.core.errors import AnalysisError
from pipeline.physics.align import Alignment, align
from pipeline.xas.options import CalibrateOptions
from pipeline.xas.records import FoilTemplate

MOST_SCANS = 256  # more do not lower the template's noise below that of its systematics
SEEDS = 5
ROUNDS = 12
STANDSTILL_EV = 2e-4
MARGIN_EV = 5.0  # kept beyond the window, for the steps of an alignment
BIN_EV = 0.05
GRID_EV = 0.05
FINE_EV = 0.01
# A maximum of the slope counts from this part of the highest on, and if it stands out this much.
PEAK_HEIGHT, PEAK_PROMINENCE = 0.3, 0.1
BOOTSTRAPS = 60
BLOCK = 5
SEED = 20240229
OUTLIER_FACTOR, OUTLIER_MISFIT = 4.0, 0.01


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

    Args:
        energies_ev: energies of each scan as measured, off by up to `options.max_shift_ev`; NaN at
            the end is left out, so the rows of a padded array will do.
        mus: absorption of the foil in each scan.
        element: element of the foil.
        edge: its edge, such as `K`.
        e0_ev: energy given to the first inflection.
        options: `window_ev` and `max_shift_ev` are used.
        source: where the scans come from, kept in the record.

    Returns:
        The template, zero below its edge and about one above, with the sigma of each point and of
        the inflection from a bootstrap over the pool's residuals.

    Raises:
        AnalysisError: no scan, or none with an edge near `e0_ev` and the whole window about it.
    """
    what = f"foil template {element} {edge}"
    rows = _evenly(len(energies_ev), MOST_SCANS)
    x, y = _padded([energies_ev[i] for i in rows], [mus[i] for i in rows], e0_ev, options)
    seeds = [
        seeded
        for i in _evenly(len(rows), SEEDS)
        if (seeded := _try_seed(x, y, i, e0_ev, options)) is not None
    ]
    if not seeds:
        raise AnalysisError(
            f"{what}: none of {len(energies_ev)} scans has an edge within "
            f"{options.max_shift_ev:g} eV of {e0_ev:g} eV and the whole window "
            f"[{options.window_ev[0]:g}, {options.window_ev[1]:g}] about it; check element, edge, "
            "the reference column and `calibrate.e0_ev`"
        )
    curve, found = max(seeds, key=lambda seeded: _merit(seeded[1]))
    for _ in range(ROUNDS):
        before = found.shift
        good = _not_outlying(found)
        pool = _pool(x[good], y[good], _part(found, good), e0_ev, options)
        curve = _centred(_smooth(pool), e0_ev, options)
        found = align(x, y, curve, _window(e0_ev, options), options.max_shift_ev)
        moved = np.abs(found.shift - before)
        if (_not_outlying(found) == good).all() and moved[good].max() < STANDSTILL_EV:
            break
    good = _not_outlying(found)
    pool = _pool(x[good], y[good], _part(found, good), e0_ev, options)
    return _finish(
        pool,
        element=element,
        edge=edge,
        e0_ev=e0_ev,
        options=options,
        n_scans=int(good.sum()),
        source=source,
        rejected=_reasons(found, good, rows, options),
    )
