"""Shapes of changes: a logistic step between levels that may drift, and straight lines with breaks.

All are linear in their coefficients once a location and a width, or two places, are given (`pipeline.physics.separable`).
Slopes are per span of the points, so that they and the levels are of one size.

The logistic step is `1 / (1 + exp(-(x - m) / s))`. Its tangent at the midpoint `m` meets the levels at
`m - 2 s` and `m + 2 s`: these are its onset and its end, the extrapolated ones of thermal analysis
(ISO 11357-1), and `4 s` its width. With drifting levels the same is said of the step, drift taken off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import expit

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.separable import Box

Name = Literal["step", "step_from_slope", "step_to_slope", "step_between_slopes", "kink", "ramp"]
STEPS: tuple[Name, ...] = ("step", "step_from_slope", "step_to_slope", "step_between_slopes")
BREAKS: tuple[Name, ...] = ("kink", "ramp")
COEFFICIENTS: dict[Name, int] = {
    "step": 2,
    "step_from_slope": 3,
    "step_to_slope": 3,
    "step_between_slopes": 4,
    "kink": 3,
    "ramp": 4,
}
MOST_PLACES = 120  # of the first grid
MOST_BREAKS = 48  # likewise, of each of two
FIRST_WIDTHS = 8
LEAST_WIDTH = 1e-9  # of the span: a step this narrow is a jump, and divides by no zero


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A shape at the points `x` `(n,)`; `stop` is the last point of a fit, `shortest` the least distance of two breaks.

    Location and second parameter are the midpoint and the width `4 s` of a step; of a `kink` the break,
    and 0; of a `ramp` the two breaks.
    """

    name: Name
    x: FloatArray
    span: float
    stop: float
    shortest: float

    @property
    def is_step(self) -> bool:
        """Whether it is a logistic step."""
        return self.name in STEPS

    @property
    def parameters(self) -> int:
        """Number of its parameters, location and width included."""
        return COEFFICIENTS[self.name] + (1 if self.name == "kink" else 2)

    def __call__(self, location: FloatArray, second: FloatArray) -> FloatArray:
        """Functions `(g, k, n)` at locations and widths or second breaks `(g,)`."""
        t = (self.x - location[:, None]) / self.span
        if self.is_step:
            after = logistic(t, second[:, None] / self.span)
            before = 1 - after
            rows = [before, after]
            if self.name in ("step_from_slope", "step_between_slopes"):
                rows.append(before * t)
            if self.name in ("step_to_slope", "step_between_slopes"):
                rows.append(after * t)
        else:
            rows = [np.ones_like(t), t, np.maximum(t, 0.0)]
            if self.name == "ramp":
                rows.append(np.maximum((self.x - second[:, None]) / self.span, 0.0))
        return np.stack(rows, axis=1)

    def allowed(self, location: FloatArray, second: FloatArray) -> BoolArray:
        """Whether a second break comes after the first `(g,)`."""
        if self.name != "ramp":
            return np.ones(location.shape, dtype=np.bool_)
        apart: BoolArray = second - location >= self.shortest
        return apart

    def limits(self, low: float, high: float) -> Box:
        """Box of this shape for locations between two places; a width is no more than the span."""
        top = {"kink": 0.0, "ramp": high}.get(self.name, self.span)
        return Box(np.array([low, low if self.name == "ramp" else 0.0]), np.array([high, top]))

    def first_grid(self, limits: Box) -> tuple[FloatArray, FloatArray]:
        """Locations as fine as the points are, and widths in a geometric row, or as many second breaks."""
        many = int(np.clip(2 * self.x.size, 2, MOST_PLACES))
        if self.name == "ramp":
            many = min(many, MOST_BREAKS)
            return tuple(
                np.linspace(*ends, many) for ends in zip(limits.low, limits.high, strict=True)
            )  # type: ignore[return-value]
        places = np.linspace(limits.low[0], limits.high[0], many)
        if self.name == "kink":
            return places, np.zeros(1)
        narrow = min(places[1] - places[0], self.span / 2)
        return places, np.concatenate([[0.0], np.geomspace(narrow, self.span, FIRST_WIDTHS)])

    def levels(self, location: FloatArray, second: FloatArray) -> FloatArray:
        """Gradients `(g, 2, k)` of the levels before and after with respect to the coefficients.

        Of a step both at its midpoint; of breaks where the change ends, at the second break or the last
        point: the first line, and the curve.
        """
        gradients = np.zeros((location.size, 2, COEFFICIENTS[self.name]))
        if self.is_step:
            gradients[:, 0, 0] = gradients[:, 1, 1] = 1.0
            return gradients
        stop = second if self.name == "ramp" else np.full_like(location, self.stop)
        beyond = (stop - location) / self.span
        gradients[:, :, 0] = 1.0
        gradients[:, :, 1] = beyond[:, None]
        gradients[:, 1, 2] = beyond
        return gradients

    def places(self, location: FloatArray, second: FloatArray) -> dict[str, FloatArray]:
        """Onset, midpoint, end and width `(g,)`; of a line with one break the onset alone."""
        if self.name == "kink":
            return {"onset": location}
        onset = location - second / 2 if self.is_step else location
        width = second if self.is_step else second - location
        return {
            "onset": onset,
            "midpoint": onset + width / 2,
            "end": onset + width,
            "width": width,
        }

    def drifts(self, coefficients: FloatArray) -> tuple[float, float]:
        """Slopes of the levels before and after a step, per unit of the covariate; 0 where they have none."""
        slopes = coefficients[2:] / self.span
        before = slopes[0] if self.name in ("step_from_slope", "step_between_slopes") else 0.0
        after = slopes[-1] if self.name in ("step_to_slope", "step_between_slopes") else 0.0
        return float(before), float(after)

    def at(self, x: FloatArray) -> Shape:
        """The same shape at other points."""
        return replace(self, x=x)

    def progress(
        self, location: FloatArray, second: FloatArray, coefficients: FloatArray
    ) -> FloatArray:
        """Share of the change that is done `(n,)`, at one location and width or second break `(1,)`."""
        if self.is_step:
            return logistic((self.x - location) / self.span, second / self.span)
        before, after = self.levels(location, second)[0] @ coefficients
        bent: FloatArray = coefficients[2:] @ self(location, second)[0, 2:] / (after - before)
        return bent


def logistic(t: FloatArray, width: FloatArray) -> FloatArray:
    """Logistic step from 0 to 1 at `t = 0`, of a width `4 s`."""
    step: FloatArray = expit(4 * t / np.maximum(width, LEAST_WIDTH))
    return step
