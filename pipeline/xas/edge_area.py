"""Edge position by the area: the mean energy at which a spectrum rises from one level to another.

    E_area = 1/(m2 - m1) int_{m1}^{m2} E dm = E2 - 1/(m2 - m1) int_{E1}^{E2} (mu - m1) dE

with the crossings `mu(E1) = m1` and `mu(E2) = m2`. It uses every point of the edge, so that noise
hardly moves it, and to first order an error of E1 or E2 does not move it at all.

References: H. Dau, P. Liebisch, M. Haumann, Anal. Bioanal. Chem. 376 (2003) 562,
doi:10.1007/s00216-003-1982-2 (integral method, levels 0.15 and 1);
T. Capehart et al., Phys. Rev. B 52 (1995) 7907, doi:10.1103/PhysRevB.52.7907 (edge area).
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.xas.edge_position import EdgePositions, crossing


def between_levels(
    energy_ev: FloatArray,
    spectra: FloatArray,
    levels: tuple[float, float],
    search_ev: tuple[float, float],
    *,
    noise: FloatArray,
    step_relative_sigma: FloatArray,
    shift_sigma_ev: FloatArray,
) -> EdgePositions:
    """Give the mean energy at which each spectrum rises between two levels (see the module).

    Args:
        energy_ev: calibrated energies `(n, p)`.
        spectra: flattened spectra, of the same shape.
        levels: the lower and the upper level.
        search_ev: energies between which their crossings are looked for.
        noise: sigma of one point `(n,)`.
        step_relative_sigma: relative sigma of the edge step `(n,)`, which scales the spectrum.
        shift_sigma_ev: sigma of the calibration shift `(n,)`; NaN adds nothing.

    Returns:
        Energies; `sigma^2` adds `noise^2 sum w_i^2` with the weights `w_i` of the points in the
        integral, `(step_relative_sigma int mu dE)^2`, both over `(m2 - m1)^2`, and the shift's.
        NaN where a level is not crossed.
    """
    low, high = levels
    unknown = np.zeros(len(spectra))
    start, end = (
        crossing(
            *(energy_ev, spectra, level, search_ev),
            noise=unknown,
            step_relative_sigma=unknown,
            shift_sigma_ev=unknown,
        ).energy_ev[:, None]
        for level in levels
    )
    found = (start < end)[:, 0]
    # All points outside collapse onto the two ends, where the spectrum is at its levels: what is
    # left of the trapezoids is the integral from E1 to E2.
    x = np.clip(energy_ev, start, end)
    inside = (energy_ev > start) & (energy_ev < end)
    y = np.where(inside, spectra, np.where(energy_ev <= start, low, high))
    x, y = np.where(np.isfinite(x), x, end), np.where(np.isfinite(y), y, high)
    integral = np.trapezoid(y, x, axis=1)
    weight = np.zeros_like(x)
    weight[:, 1:-1] = (x[:, 2:] - x[:, :-2]) / 2
    point = np.sqrt((np.where(inside, weight, 0.0) ** 2).sum(axis=1))
    rise = high - low
    energy = end[:, 0] - (integral - low * (end - start)[:, 0]) / rise
    sigma = np.sqrt(
        (noise * point / rise) ** 2
        + (step_relative_sigma * integral / rise) ** 2
        + np.nan_to_num(shift_sigma_ev) ** 2
    )
    return EdgePositions(np.where(found, energy, np.nan), np.where(found, sigma, np.nan))
