"""Shapes of changes: a logistic step between levels that may drift, and straight lines with breaks.

All are linear in their coefficients once a location and a width are given (`pipeline.physics.separable`).
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
LEAST_WIDTH = 1e-9  # of the span: a step this narrow is a jump, and divides by no zero


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A shape at the points `x` `(n,)`; `stop` is the last point of a fit, `last` the latest place of a second break.

    Location and width are the midpoint and `4 s` of a step; of a `kink` the break, and 0; of a
    `ramp` the first break and the distance to the second.
    """

    name: Name
    x: FloatArray
    span: float
    stop: float
    last: float

    @property
    def is_step(self) -> bool:
        """Whether it is a logistic step."""
        return self.name in STEPS

    @property
    def parameters(self) -> int:
        """Number of its parameters, location and width included."""
        return COEFFICIENTS[self.name] + (1 if self.name == "kink" else 2)

    def __call__(self, location: FloatArray, width: FloatArray) -> FloatArray:
        """Functions `(g, k, n)` at locations and widths `(g,)`."""
        t = (self.x - location[:, None]) / self.span
        w = width[:, None] / self.span
        if self.is_step:
            after = logistic(t, w)
            before = 1 - after
            rows = [before, after]
            if self.name in ("step_from_slope", "step_between_slopes"):
                rows.append(before * t)
            if self.name in ("step_to_slope", "step_between_slopes"):
                rows.append(after * t)
        else:
            rows = [np.ones_like(t), t, np.maximum(t, 0.0)]
            if self.name == "ramp":
                rows.append(np.maximum(t - w, 0.0))
        return np.stack(rows, axis=1)

    def allowed(self, location: FloatArray, width: FloatArray) -> BoolArray:
        """Whether a second break lies before points that show what follows it `(g,)`."""
        if self.name != "ramp":
            return np.ones(location.shape, dtype=np.bool_)
        inside: BoolArray = location + width <= self.last
        return inside

    def levels(self, location: FloatArray, width: FloatArray) -> FloatArray:
        """Gradients `(g, 2, k)` of the levels before and after with respect to the coefficients.

        Of a step both at its midpoint; of breaks where the change ends, at the second break or the last
        point: the first line, and the curve.
        """
        gradients = np.zeros((location.size, 2, COEFFICIENTS[self.name]))
        if self.is_step:
            gradients[:, 0, 0] = gradients[:, 1, 1] = 1.0
            return gradients
        beyond = width if self.name == "ramp" else np.maximum(self.stop - location, 0.0)
        gradients[:, :, 0] = 1.0
        gradients[:, :, 1] = beyond[:, None] / self.span
        gradients[:, 1, 2] = beyond / self.span
        return gradients

    def at(self, x: FloatArray) -> Shape:
        """The same shape at other points."""
        return replace(self, x=x)

    def progress(
        self, location: FloatArray, width: FloatArray, coefficients: FloatArray
    ) -> FloatArray:
        """Share of the change that is done `(n,)`, at one location and width `(1,)`."""
        if self.is_step:
            t = (self.x - location) / self.span
            return logistic(t, width / self.span)
        before, after = self.levels(location, width)[0] @ coefficients
        bent: FloatArray = coefficients[2:] @ self(location, width)[0, 2:] / (after - before)
        return bent


def logistic(t: FloatArray, width: FloatArray) -> FloatArray:
    """Logistic step from 0 to 1 at `t = 0`, of a width `4 s`."""
    step: FloatArray = expit(4 * t / np.maximum(width, LEAST_WIDTH))
    return step
