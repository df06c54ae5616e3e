"""The pre-edge curve: a polynomial, or one of Victoreen's form.

Victoreen: `mu = a E^-3 + b E^-4` with `pre_degree` 1, in general `mu E^4` is a polynomial of degree
`pre_degree` in E. This is larch's `nvict = 4`, unweighted least squares in `mu E^4`. It follows
the true fall of the absorption where a line, carried on over the edge, is too low; a detector whose gain
drifts with energy falls otherwise than either.

Reference: J. A. Victoreen, J. Appl. Phys. 19 (1948) 855, doi:10.1063/1.1698286.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics import polyfit
from pipeline.xas.options import NormaliseOptions
from pipeline.xas.step_sigma import Bounds, variances

VICTOREEN_POWER = 4


@dataclass(frozen=True, slots=True, eq=False)
class PreEdge:
    """Pre-edge curves of a series: `polynomial` was fitted to `mu * stretch`.

    `stretch` is `(E / E0)^4` on the calibrated axis `(n, p)`, or None for plain polynomials, which
    do not mind the origin and are fitted on the grid as measured.
    """

    polynomial: polyfit.PolynomialFits
    stretched_mu: FloatArray
    stretch: FloatArray | None

    @classmethod
    def fit(
        cls,
        grid: FloatArray,
        energy_ev: FloatArray,
        mu: FloatArray,
        e0_ev: float,
        window: Bounds,
        options: NormaliseOptions,
    ) -> PreEdge:
        """Fit to the points of a window.

        Args:
            grid: energies as measured, `(p,)` shared or `(n, p)`.
            energy_ev: calibrated energies `(n, p)`.
            mu: absorption `(n, p)`.
            e0_ev: reference energy.
            window: first point and one past the last, `(n,)` each.
            options: form and degree.
        """
        stretch = None
        if options.pre_function == "victoreen":
            stretch = (energy_ev / e0_ev) ** VICTOREEN_POWER
        stretched = mu if stretch is None else mu * stretch
        return cls(polyfit.fit(grid, stretched, *window, options.pre_degree), stretched, stretch)

    def at(self, grid: FloatArray) -> FloatArray:
        """Evaluate every curve, `(n, p)`."""
        value = self.polynomial.at(grid)
        return value if self.stretch is None else value / self.stretch

    def variances_of_step(
        self,
        grid: FloatArray,
        at_e0: FloatArray,
        window: Bounds,
        post_window: Bounds,
        post_degree: int,
    ) -> tuple[FloatArray, FloatArray]:
        """What the pre-edge curve adds to the variance of the edge step, `(n,)`: by noise, by all else."""
        gradient = self._gradient_of_step(grid, at_e0, post_window, post_degree)
        return variances(self.polynomial, gradient, grid, self.stretched_mu, window)

    def _gradient_of_step(
        self, grid: FloatArray, at_e0: FloatArray, post_window: Bounds, post_degree: int
    ) -> FloatArray:
        """How the step moves with each coefficient of the pre-edge curve `(n, pre_degree + 1)`.

        A post-edge polynomial of no lower degree takes a pre-edge polynomial up whole, so that only its
        value at E0 counts. Any other sees it over the post-edge window.
        """
        fits = self.polynomial
        count = fits.coefficients.shape[1]
        if self.stretch is None and post_degree >= count - 1:
            return fits.basis(at_e0)
        t = (grid - fits.centre[:, None]) / fits.half_width[:, None]
        columns = []
        for power in range(count):
            curve = t**power if self.stretch is None else t**power / self.stretch
            columns.append(polyfit.fit(grid, curve, *post_window, post_degree).value_at(at_e0))
        return np.stack(columns, axis=1)
