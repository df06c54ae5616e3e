"""The smooth spectrum of a foil, and the pool of points that it is drawn through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline, make_smoothing_spline
from scipy.signal import find_peaks

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics import polyfit

BIN_EV = 0.1
FINE_EV = 0.01
# The slope is taken over this much either side: together the core-hole width of the 3d metals.
# A point slope would follow the noise that a smoothing spline leaves; on calibrated foils of
# Ni, Mn, Co, Fe and Cu this one gives the first inflection of their source within 0.03 eV.
SLOPE_ASIDE_EV = 0.75
OTHER_SLOPES_EV = (0.5, 1.0)
# A maximum of the slope counts from this part of the highest on, if it stands out this much.
PEAK_HEIGHT, PEAK_PROMINENCE = 0.3, 0.1
CUBIC_ASIDE_EV = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class FoilCurve:
    """A smooth spectrum: `curve(energy_ev, 0)` is its value, `curve(energy_ev, 1)` its slope."""

    spline: BSpline

    @classmethod
    def smooth(
        cls, energy_ev: FloatArray, mu: FloatArray, weight: FloatArray | None = None
    ) -> FoilCurve:
        """Draw a smoothing spline through points, smoothed by generalised cross-validation."""
        spline = make_smoothing_spline(energy_ev, mu, weight)
        return cls(BSpline(spline.t, spline.c, spline.k))

    def __call__(self, energy_ev: FloatArray, nu: int) -> FloatArray:
        """Value, or `nu`-th derivative per eV, at some energies."""
        value: FloatArray = self.spline(energy_ev, nu)
        return value

    def moved(self, shift_ev: float) -> FoilCurve:
        """The same curve with its energies shifted."""
        return FoilCurve(BSpline(self.spline.t + shift_ev, self.spline.c, self.spline.k))

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
        inner = self.spline.t[[self.spline.k, -self.spline.k - 1]]
        start = max(low_ev, inner[0] + aside_ev)
        grid = np.arange(start, min(high_ev, inner[1] - aside_ev), FINE_EV)
        if grid.size < 3:
            return None
        slope = self(grid + aside_ev, 0) - self(grid - aside_ev, 0)
        peaks, _ = find_peaks(
            slope, height=PEAK_HEIGHT * slope.max(), prominence=PEAK_PROMINENCE * slope.max()
        )
        if not len(peaks) or slope.max() <= 0:
            return None
        top = peaks[0]
        left, middle, right = slope[top - 1 : top + 2]
        bend = left - 2 * middle + right
        return float(grid[top] + (0.5 * FINE_EV * (left - right) / bend if bend < 0 else 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Points of many aligned scans, averaged in narrow bins: mean energy, mean mu, number."""

    energy_ev: FloatArray
    mu: FloatArray
    count: IntArray

    @classmethod
    def of(cls, energy_ev: FloatArray, mu: FloatArray, range_ev: tuple[float, float]) -> Pool:
        """Pool the points `(n, p)` inside a range."""
        inside = (energy_ev >= range_ev[0]) & (energy_ev <= range_ev[1]) & np.isfinite(mu)
        e, y = energy_ev[inside], mu[inside]
        bins = ((e - range_ev[0]) / BIN_EV).astype(np.int64)
        count = np.bincount(bins)
        filled = count > 0
        total = np.maximum(count, 1)
        # About the bin's edge, not about zero: 8 keV to a hundredth of a bin would lose digits.
        within = np.bincount(bins, weights=e - range_ev[0] - bins * BIN_EV) / total
        mean = range_ev[0] + np.arange(len(count)) * BIN_EV + within
        return cls(mean[filled], (np.bincount(bins, weights=y) / total)[filled], count[filled])

    def smooth(self) -> FoilCurve:
        """The smooth curve through the pool; a bin weighs as many points as it holds."""
        return FoilCurve.smooth(self.energy_ev, self.mu, self.count / self.count.mean())

    def sigma_of(self, curve: FoilCurve, energy_ev: FloatArray) -> FloatArray:
        """Sigma of the curve at some energies: scatter of the bins around, over their number."""
        low, high = (
            np.searchsorted(self.energy_ev, energy_ev + side * SLOPE_ASIDE_EV) for side in (-1, 1)
        )
        square = np.append(0.0, np.cumsum((self.mu - curve(self.energy_ev, 0)) ** 2))
        number = np.maximum(high - low, 1)
        sigma: FloatArray = np.sqrt(square[high] - square[low]) / number
        return sigma

    def inflection_sigma_ev(self, curve: FoilCurve, inflection_ev: float) -> float:
        """Sigma of the first inflection: noise, and what the width of the slope changes.

        The noise is that of the zero of the second derivative of a cubic through the bins around,
        `t = -c2 / (3 c3)`; the width's part is half the change between two other widths.
        """
        first, stop = (
            np.searchsorted(self.energy_ev, [inflection_ev + side * CUBIC_ASIDE_EV])
            for side in (-1, 1)
        )
        cubic = polyfit.fit(self.energy_ev, self.mu[None], first, stop, degree=3)
        _, _, c2, c3 = cubic.coefficients[0]
        gradient = np.array([[0.0, 0.0, -1 / (3 * c3), c2 / (3 * c3**2)]]) * cubic.half_width
        noise = float(np.nan_to_num(cubic.sigma_of(gradient)[0]))
        others = [
            curve.inflection(inflection_ev - 5.0, inflection_ev + 5.0, aside)
            for aside in OTHER_SLOPES_EV
        ]
        found = [other for other in others if other is not None]
        return float(np.hypot(noise, (max(found) - min(found)) / 2 if found else 0.0))
