"""Analytic K-edge spectra of the demo: pure functions of the true energy.

A species is arctan edges, Gaussian lines and damped EXAFS waves, normalised to one step; it looks
like the real thing and is nobody's measurement. In the oxides the waves are nearly gone where a post-edge
fit begins, and all species of an edge share one atomic absorption: the normalisation of a mixture then gives
the mixture of the normalised species, so that the fractions that went in can come out.

References: M. Newville, Rev. Mineral. Geochem. 78 (2014) 33, doi:10.2138/rmg.2014.78.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.core.arrays import FloatArray

FOIL = "foil"
"""Name of the metal among the species of an edge."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """The K edge of an element: where it is, and what its compounds look like.

    Windows are relative to `e0_ev`; the first inflection of the metal lies at `inflection_ev` of the
    true axis, whatever energies the metal's own spectrum was written down with.
    """

    element: str
    e0_ev: float
    inflection_ev: float
    metal: Species
    oxides: Mapping[str, Species]

    def normalised(self, name: str, energy_ev: FloatArray) -> FloatArray:
        """Give the spectrum of an oxide, or of the metal (`FOIL`)."""
        if name == FOIL:
            offset_ev = first_inflection_ev(self.metal) - self.inflection_ev
            return self.metal.normalised(energy_ev + offset_ev)
        return self.oxides[name].normalised(energy_ev)

    def atomic(self, energy_ev: FloatArray) -> FloatArray:
        """Give the fall of the absorption with energy, Victoreen's leading term, one at `e0_ev`."""
        return (energy_ev / self.e0_ev) ** -3


@cache
def first_inflection_ev(species: Species) -> float:
    """Give the first maximum of the derivative that reaches half of its greatest value."""
    first_edge_ev = species.edges[0][0]
    energy_ev = np.arange(first_edge_ev - 8.0, first_edge_ev + 27.0, 0.005)
    slope = np.gradient(species.normalised(energy_ev), energy_ev)
    is_peak = (slope[1:-1] > slope[:-2]) & (slope[1:-1] >= slope[2:])
    first = 1 + int(np.flatnonzero(is_peak & (slope[1:-1] > 0.5 * slope.max()))[0])
    below, top, above = slope[first - 1 : first + 2]
    return float(energy_ev[first] + 0.0025 * (below - above) / (below - 2.0 * top + above))
