"""What the scatter of points about a fit does to its weights.

Noise may differ along a spectrum and hang together from point to point. The covariance of weights is then
`C (sum_i a_i a_i^T v_i) C` with `C = (A A^T)^-1`, where the square of each residual stands for the
variance of its own point, `v_i = r_i^2 / (1 - h_i)^2` with its leverage `h_i = a_i^T C a_i` (the
HC3 of econometrics, which does not take one noise for all points), times two factors: the
autocorrelation time `tau` of the residuals, and `(p - K) / (p - K tau)`, for a fit takes up K tau
points' worth of residuals that hang together, not K.

A curve that is off in energy leaves a residual too, of known shape: its slope. What calibration may
account for is counted as calibration, so it is taken out of the residuals before they are looked at.

References: J. MacKinnon, H. White, J. Econometrics 29 (1985) 305,
doi:10.1016/0304-4076(85)90158-7 (variances from single residuals).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics.residuals import correlation_inflation

LEAST_FREE_SHARE = 0.25  # of the points, however far residuals hang together
LEAST_SHAPE = 1e-8  # of shapes of unit length, what is no rounding
LARGEST_LEVERAGE = 0.9  # a point that decides a fit alone says nothing of its own noise


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """Residuals that stand for the noise of their points `(n, p)`, zero where there is none.

    `inflation` `(n,)` is the autocorrelation time; `factor` `(n,)` what the variance of a weight is
    multiplied by for it: with the degrees of freedom that it costs.
    """

    noise: FloatArray
    inflation: FloatArray
    factor: FloatArray

    @classmethod
    def of(
        cls,
        residual: FloatArray,
        components: FloatArray,
        inverse: FloatArray,
        n_parameters: int,
        known: FloatArray | None = None,
    ) -> Scatter:
        """Look at the residuals of a fit.

        Args:
            residual: residuals over sigma `(n, p)`, NaN where there is no point.
            components: components over sigma `(n, K, p)`.
            inverse: `C`, the covariance for unit variance `(n, K, K)`.
            n_parameters: parameters of the fit.
            known: shapes `(n, M, p)` of residuals that are accounted for elsewhere; rows of zeros say
                nothing.
        """
        used = np.isfinite(residual)
        a = np.where(used[:, None], components, 0.0)
        leverage = np.einsum("nkp,nkp->np", a, inverse @ a)
        count = used.sum(axis=1)
        if known is not None:
            shapes = _orthonormal(np.where(used[:, None], known, 0.0), a, inverse)
            along = np.einsum("nmp,np->nm", shapes, np.where(used, residual, 0.0))
            residual = residual - np.einsum("nm,nmp->np", along, shapes)
            leverage = leverage + np.einsum("nmp,nmp->np", shapes, shapes)
            n_parameters += known.shape[1]
        inflation = correlation_inflation(residual, n_parameters)
        free = np.maximum(count - n_parameters * inflation, LEAST_FREE_SHARE * count)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = inflation * (count - n_parameters) / free
        factor = np.where(count > n_parameters, factor, np.nan)
        noise = np.where(used, residual, 0.0) / (1.0 - np.minimum(leverage, LARGEST_LEVERAGE))
        return cls(noise, inflation, factor)

    def covariance(self, components: FloatArray, inverse: FloatArray) -> FloatArray:
        """Covariance of weights `(n, K, K)`; components are finite here."""
        scored = components * self.noise[:, None]
        middle = scored @ np.swapaxes(scored, -1, -2)
        found: FloatArray = inverse @ middle @ inverse * self.factor[:, None, None]
        return found


def _orthonormal(shapes: FloatArray, components: FloatArray, inverse: FloatArray) -> FloatArray:
    """Orthonormal shapes `(n, M, p)` of what the components do not take up; zero where nothing is left."""
    seen = shapes @ np.swapaxes(components, -1, -2)
    rest = shapes - (seen @ inverse) @ components
    length = np.sqrt(np.einsum("nmp,nmp->nm", rest, rest))
    unit = rest / np.where(length > 0, length, 1.0)[:, :, None]
    gram = np.nan_to_num(unit @ np.swapaxes(unit, -1, -2))
    size, vectors = np.linalg.eigh(gram)
    scale = np.where(size > LEAST_SHAPE, 1.0 / np.sqrt(np.maximum(size, LEAST_SHAPE)), 0.0)
    made: FloatArray = (np.swapaxes(vectors, -1, -2) * scale[:, :, None]) @ unit
    return made
