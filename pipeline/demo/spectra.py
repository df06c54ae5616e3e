"""Analytic Ni K-edge spectra of the demo: pure functions of the true energy.

A species is arctan edges, Gaussian lines and damped EXAFS waves, normalised to one step; it looks
like the real thing and is nobody's measurement. In the oxides the waves are nearly gone where a post-edge
fit begins, and all species share one atomic absorption: the normalisation of a mixture then gives
the mixture of the normalised species, so that the fractions that went in can come out.

References: M. Newville, Rev. Mineral. Geochem. 78 (2014) 33, doi:10.2138/rmg.2014.78.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.core.arrays import FloatArray

E0_EV = 8345.0
FOIL_INFLECTION_EV = 8333.0
WAVENUMBER2_PER_EV = 0.2624682917
"""2 m_e / hbar^2 in 1/angstrom^2 per eV: `k^2 = WAVENUMBER2_PER_EV (E - E0)`."""


@dataclass(frozen=True, slots=True)
class Species:
    """One normalised spectrum.

    `edges` are (centre, share of the step, half width), `lines` (centre, height, sigma), both at
    energies in eV; `shells` are EXAFS waves (amplitude, distance in angstrom, phase in rad,
    mean square displacement in angstrom^2) that set in above `onset_ev`.
    """

    edges: tuple[tuple[float, float, float], ...]
    lines: tuple[tuple[float, float, float], ...]
    shells: tuple[tuple[float, float, float, float], ...]
    onset_ev: float

    def normalised(self, energy_ev: FloatArray) -> FloatArray:
        """Give the spectrum: 0 far below the edge, 1 far above it."""
        out = np.zeros_like(energy_ev)
        for centre_ev, share, half_width_ev in self.edges:
            out += share * (0.5 + np.arctan((energy_ev - centre_ev) / half_width_ev) / np.pi)
        for centre_ev, height, sigma_ev in self.lines:
            out += height * np.exp(-0.5 * ((energy_ev - centre_ev) / sigma_ev) ** 2)
        return out + self._exafs(energy_ev)

    def _exafs(self, energy_ev: FloatArray) -> FloatArray:
        above_ev = np.maximum(energy_ev - self.onset_ev, 0.0)
        k2 = WAVENUMBER2_PER_EV * above_ev
        k = np.sqrt(k2)
        waves = np.zeros_like(energy_ev)
        for amplitude, distance_angstrom, phase_rad, sigma2_angstrom2 in self.shells:
            damping = np.exp(-2.0 * sigma2_angstrom2 * k2)
            waves += amplitude * np.sin(2.0 * distance_angstrom * k + phase_rad) * damping
        return waves * (1.0 - np.exp(-((above_ev / 12.0) ** 2)))


NIO = Species(
    edges=((8340.6, 0.26, 1.1), (8345.1, 0.74, 1.2)),
    lines=((8333.0, 0.022, 0.8), (8350.1, 0.49, 2.1), (8354.6, 0.15, 1.6), (8361.0, -0.19, 2.4)),
    shells=((0.22, 2.00, -0.9, 0.030), (0.05, 2.95, 2.8, 0.020)),
    onset_ev=8345.0,
)
LINIO2 = Species(
    edges=((8342.2, 0.26, 1.1), (8346.7, 0.74, 1.2)),
    lines=((8333.4, 0.024, 0.9), (8352.1, 0.42, 2.4), (8356.8, 0.09, 1.8), (8363.5, -0.12, 2.8)),
    shells=((0.22, 1.88, -0.9, 0.030), (0.05, 2.80, 2.5, 0.020)),
    onset_ev=8345.0,
)
_FOIL = Species(
    edges=((8333.0, 0.37, 1.4), (8339.3, 0.12, 1.2), (8345.9, 0.51, 2.2)),
    lines=((8349.2, 0.10, 2.2), (8353.5, -0.05, 2.0)),
    shells=((0.12, 2.05, 0.7, 0.006),),
    onset_ev=8345.0,
)


def first_inflection_ev(species: Species) -> float:
    """Give the first maximum of the derivative that reaches half of its greatest value."""
    energy_ev = np.arange(8325.0, 8360.0, 0.005)
    slope = np.gradient(species.normalised(energy_ev), energy_ev)
    is_peak = (slope[1:-1] > slope[:-2]) & (slope[1:-1] >= slope[2:])
    first = 1 + int(np.flatnonzero(is_peak & (slope[1:-1] > 0.5 * slope.max()))[0])
    below, top, above = slope[first - 1 : first + 2]
    return float(energy_ev[first] + 0.0025 * (below - above) / (below - 2.0 * top + above))


@cache
def _foil_offset_ev() -> float:
    return first_inflection_ev(_FOIL) - FOIL_INFLECTION_EV


def nickel_foil(energy_ev: FloatArray) -> FloatArray:
    """Give the normalised Ni metal, placed so that its first inflection is at 8333 eV."""
    return _FOIL.normalised(energy_ev + _foil_offset_ev())


def atomic(energy_ev: FloatArray) -> FloatArray:
    """Give the fall of the absorption with energy, Victoreen's leading term, one at `E0_EV`."""
    return (energy_ev / E0_EV) ** -3
