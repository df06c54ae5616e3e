"""Standards of a linear-combination fit: one smooth curve each, from the mean of its good scans.

Standards are evaluated on the energies of the sample, never the other way round: interpolating
the sample's points would correlate their noise, and the quoted error would be too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from pipeline.core.arrays import FloatArray
from pipeline.xas.records import Flag, NormalisedSeries, ScanStatus


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """The mean spectrum of a standard as a cubic spline, and how well it is known.

    `spline` is None where no scan of the standard was good. `noise` is the sigma of one point of
    the mean; like it, the sigmas of step and shift fall with the number of scans. What scans
    share, such as the ambiguity of the windows of their steps, is not in here.
    """

    name: str
    title: str
    spline: CubicSpline | None
    start_ev: float
    end_ev: float
    noise: float
    step_relative_sigma: float
    shift_sigma_ev: float
    half_step_ev: float
    half_step_sigma_ev: float
    mode: str = ""
    is_calibrated: bool = True

    def evaluate(self, energy_ev: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Spectrum and its slope per eV; NaN outside the standard's own range."""
        if self.spline is None:
            nothing = np.full(energy_ev.shape, np.nan)
            return nothing, nothing
        outside = ~((energy_ev >= self.start_ev) & (energy_ev <= self.end_ev))
        safe = np.where(outside, self.start_ev, energy_ev)
        value, slope = self.spline(safe), self.spline(safe, 1)
        value[outside] = slope[outside] = np.nan
        return value, slope


def mean_standard(name: str, title: str, series: NormalisedSeries, signal: str) -> Standard:
    """Average the good scans of a standard.

    Scans on one energy axis are averaged point by point, else each is evaluated through its own
    cubic spline on the axis of the first, where all of them reach; weights are the inverse noise
    variances, or equal where a noise is not known.

    Args:
        name: id of the standard's data set.
        title: its label.
        series: its normalised scans.
        signal: `normalised` or `flattened`.
    """
    good = np.array([s is ScanStatus.OK for s in series.status], dtype=np.bool_)
    if not good.any():
        nan = float("nan")
        return Standard(name, title, None, nan, nan, nan, nan, nan, nan, nan)
    spectra: FloatArray = getattr(series, signal)
    scans = [
        (e[np.isfinite(e)], y[np.isfinite(e)])
        for e, y in zip(series.energy_ev[good], spectra[good], strict=True)
    ]
    noise = series.noise_normalised[good]
    known = bool((np.isfinite(noise) & (noise > 0)).all())
    weight = 1.0 / noise**2 if known else np.ones(len(noise))
    weight = weight / weight.sum()
    axis, mean = _mean_curve(scans, weight)
    calibrated = not any(
        Flag.NO_REFERENCE in flags for flags, ok in zip(series.flags, good, strict=True) if ok
    )
    shift_sigma_ev = series.shift_sigma_ev[good]
    return Standard(
        name=name,
        title=title,
        spline=CubicSpline(axis, mean),
        start_ev=float(axis[0]),
        end_ev=float(axis[-1]),
        noise=_of_mean(noise, weight),
        step_relative_sigma=_of_mean(series.edge_step_sigma[good] / series.edge_step[good], weight),
        # Scans that no foil checked are off together: their mean is no better than one of them.
        shift_sigma_ev=_of_mean(shift_sigma_ev, weight)
        if calibrated
        else float(np.nan_to_num(shift_sigma_ev).max()),
        half_step_ev=_mean_known(series.half_step_ev[good], empty=np.nan),
        half_step_sigma_ev=_mean_known(series.half_step_sigma_ev[good]),
        mode=series.mode,
        is_calibrated=calibrated,
    )


def _mean_curve(
    scans: Sequence[tuple[FloatArray, FloatArray]], weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Common axis and weighted mean of scans."""
    axis = scans[0][0]
    if all(np.array_equal(e, axis) for e, _ in scans[1:]):
        return axis, weight @ np.stack([y for _, y in scans])
    axis = axis[(axis >= max(e[0] for e, _ in scans)) & (axis <= min(e[-1] for e, _ in scans))]
    return axis, weight @ np.stack([CubicSpline(e, y)(axis) for e, y in scans])


def _of_mean(sigma: FloatArray, weight: FloatArray) -> float:
    """Sigma of the weighted mean of scans; what is not known adds nothing."""
    return float(np.sqrt((weight**2 * np.nan_to_num(sigma) ** 2).sum()))


def _mean_known(values: FloatArray, empty: float = 0.0) -> float:
    """Mean of the values that are known."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else empty
