"""The edge positions that stand beside the half step: by the derivative and by the area."""

from __future__ import annotations

import numpy as np

from pipeline.xas import edge_area, edge_derivative
from pipeline.xas.options import NormaliseOptions, PositionOptions
from pipeline.xas.records import EdgeEnergies, NormalisedSeries


def positions(
    series: NormalisedSeries, normalise: NormaliseOptions, options: PositionOptions
) -> EdgeEnergies:
    """Edge positions of every scan by the derivative and by the area.

    Args:
        series: normalised scans; a failed one gets NaN.
        normalise: its windows; the area's levels are looked for between them.
        options: window of the derivative relative to the series' E0, its smoothing, the levels.
    """
    low, high = options.derivative_ev
    window_ev = (series.e0_ev + low, series.e0_ev + high)
    steepest, ratio = edge_derivative.maximum(
        series.energy_ev,
        series.flattened,
        window_ev,
        options.smooth_ev,
        noise=series.noise_normalised,
        shift_sigma_ev=series.shift_sigma_ev,
    )
    mean = edge_area.between_levels(
        series.energy_ev,
        series.flattened,
        options.area_level,
        (series.e0_ev + normalise.pre_ev[1], series.e0_ev + normalise.post_ev[0]),
        noise=series.noise_normalised,
        step_relative_sigma=np.nan_to_num(series.edge_step_sigma / series.edge_step),
        shift_sigma_ev=series.shift_sigma_ev,
    )
    return EdgeEnergies(steepest.energy_ev, steepest.sigma_ev, ratio, mean.energy_ev, mean.sigma_ev)
