"""The smooth spectrum of a foil, and the pool of points that it is drawn through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline, make_smoothing_spline

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.residuals import point_noise

BIN_EV = 0.1
FINE_EV = 0.01
# The slope is taken over this much either side: together the core-hole width of the 3d metals.
# A point slope would follow the noise that a smoothing spline leaves; on calibrated foils of
# Ni, Mn, Co, Fe and Cu this one gives the first inflection of their source within 0.03 eV.
SLOPE_ASIDE_EV = 0.75
OTHER_SLOPES_EV = (0.5, 1.0)
NEAR_EV = 5.0
# A maximum of the slope counts from this part of the highest on, if it stands out this much.
PEAK_HEIGHT, PEAK_PROMINENCE = 0.3, 0.1
REPLICAS = 40
SEED = 7


@dataclass(frozen=True, slots=True, eq=False)
class FoilCurve:
    """A smooth spectrum: `curve(energy_ev, 0)` is its value, `curve(energy_ev, 1)` its slope.

    `penalty` is the weight of the integrated squared second derivative that smoothed it.
    """

    spline: BSpline
    penalty: float

    @classmethod
    def smooth(
        cls, energy_ev: FloatArray, mu: FloatArray, weight: FloatArray | None = None
    ) -> FoilCurve:
        """Draw a smoothing spline through points, smoothed by generalised cross-validation.

        The penalty `p` that was chosen is read off the spline's own condition of optimality,
        `weight (mu - f) = p x (jump of f''')` at every point.
        """
        weight = np.ones_like(mu) if weight is None else weight
        spline = make_smoothing_spline(energy_ev, mu, weight)
        third = spline.derivative(3)((energy_ev[1:] + energy_ev[:-1]) / 2)
        jump = np.diff(third, prepend=0.0, append=0.0)
        penalty = (weight * (mu - spline(energy_ev))) @ jump / max(jump @ jump, 1e-300)
        return cls(BSpline(spline.t, spline.c, spline.k), max(float(penalty), 0.0))

    def __call__(self, energy_ev: FloatArray, nu: int) -> FloatArray:
        """Value, or `nu`-th derivative per eV, at some energies."""
        value: FloatArray = self.spline(energy_ev, nu)
        return value

    def moved(self, shift_ev: float) -> FoilCurve:
        """The same curve with its energies shifted."""
        moved = BSpline(self.spline.t + shift_ev, self.spline.c, self.spline.k)
        return FoilCurve(moved, self.penalty)

    def levels(self, window_ev: tuple[float, float]) -> tuple[float, float]:
        """Mean below the edge and above it: the first tenth and the last third of a window."""
        low, high = window_ev
        width = high - low
        below = self(np.linspace(low, low + width / 10, 50), 0).mean()
        return float(below), float(self(np.linspace(high - width / 3, high, 50), 0).mean())

    def inflection(
        self, low_ev: float, high_ev: float, aside_ev: float = SLOPE_ASIDE_EV
    ) -> float | None:
        """Energy of the first significant maximum of the slope; None where there is none.

        Args:
            low_ev: where the search begins.
            high_ev: where it ends.
            aside_ev: the slope is `(mu(E + aside) - mu(E - aside)) / (2 aside)`.
        """
        from scipy.signal import find_peaks  # 0.3 s, and only a template needs it

        start, end = self.spline.t[[self.spline.k, -self.spline.k - 1]]
        grid = np.arange(max(low_ev, start + aside_ev), min(high_ev, end - aside_ev), FINE_EV)
        if grid.size < 3:
            return None
        slope = self(grid + aside_ev, 0) - self(grid - aside_ev, 0)
        steepest = slope.max()
        peaks, _ = find_peaks(
            slope, height=PEAK_HEIGHT * steepest, prominence=PEAK_PROMINENCE * steepest
        )
        return float(grid[peaks[0]]) if peaks.size and steepest > 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Points of many aligned scans, averaged in narrow bins: mean energy, mean mu, weight.

    `weight` is the number of points in a bin, over the mean number.
    """

    energy_ev: FloatArray
    mu: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, energy_ev: FloatArray, mu: FloatArray, range_ev: tuple[float, float]) -> Pool:
        """Pool the points `(n, p)` inside a range."""
        inside = (energy_ev >= range_ev[0]) & (energy_ev <= range_ev[1]) & np.isfinite(mu)
        e, y = energy_ev[inside], mu[inside]
        bins: IntArray = ((e - range_ev[0]) / BIN_EV).astype(np.int64)
        count = np.bincount(bins)
        filled = count > 0
        total = np.maximum(count, 1)
        # About the bin's edge, not about zero: sums of 8 keV would lose digits.
        within = np.bincount(bins, weights=e - range_ev[0] - bins * BIN_EV) / total
        energy = range_ev[0] + np.arange(len(count)) * BIN_EV + within
        mean = np.bincount(bins, weights=y) / total
        return cls(energy[filled], mean[filled], count[filled] / count[filled].mean())

    def smooth(self) -> FoilCurve:
        """The smooth curve through the pool."""
        return FoilCurve.smooth(self.energy_ev, self.mu, self.weight)

    def sigmas(
        self, curve: FoilCurve, energy_ev: FloatArray, inflection_ev: float
    ) -> tuple[FloatArray, float]:
        """Sigma of the curve at some energies, and of its first inflection.

        From replicas of the pool with noise as large as its own, each smoothed like the curve
        (parametric bootstrap, seeded). The inflection's sigma also holds what the width over which
        the slope is taken changes: half the difference between two others.
        """
        rng = np.random.default_rng(SEED)
        noise = point_noise(self.energy_ev, self.mu[None])[0] / np.sqrt(self.weight)
        true = curve(self.energy_ev, 0)
        near = (inflection_ev - NEAR_EV, inflection_ev + NEAR_EV)
        values, inflections = [], []
        for _ in range(REPLICAS):
            mu = true + noise * rng.standard_normal(true.size)
            spline = make_smoothing_spline(self.energy_ev, mu, self.weight, lam=curve.penalty)
            replica = FoilCurve(BSpline(spline.t, spline.c, spline.k), curve.penalty)
            values.append(replica(energy_ev, 0))
            inflections.append(replica.inflection(*near))
        found = [e for e in inflections if e is not None]
        others = [curve.inflection(*near, aside) for aside in OTHER_SLOPES_EV]
        moved = [e for e in others if e is not None]
        by_noise = float(np.std(found)) if found else np.nan
        by_width = (max(moved) - min(moved)) / 2 if moved else 0.0
        return np.std(values, axis=0), float(np.hypot(by_noise, by_width))
