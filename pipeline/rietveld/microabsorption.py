"""Absorption of phases, and how particles of unequal absorption falsify weight fractions.

G. W. Brindley, Phil. Mag. 36 (1945) 347, doi:10.1080/14786444508520918. The correction holds for fine and medium particles;
beyond, it says which way the weights move and not how far: J. C. Taylor, C. E. Matulis, J. Appl. Cryst. 24 (1991) 14.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import gemmi
import numpy as np

from pipeline.core.arrays import FloatArray

HC_EV_ANGSTROM = 12398.419843320026  # exact, SI 2019
GRAM_PER_DALTON = 1.66053906660  # 1e-24 g: dalton per cubic angstrom to g/cm3
CM_PER_UM = 1e-4
CYCLES = 200
SETTLED = 1e-12

Fineness = Literal["fine", "medium", "coarse", "very coarse"]


def cell_mass_dalton(content: Mapping[str, float]) -> float:
    """Mass of a unit cell from the number of atoms of each element in it."""
    return float(sum(n * gemmi.Element(e).weight for e, n in content.items()))


def mass_attenuation_cm2_g(content: Mapping[str, float], wavelength_angstrom: float) -> float:
    """Mass attenuation coefficient, all processes, of W. T. Elam et al., doi:10.1016/S0969-806X(01)00227-4 (xraydb).

    Raises:
        ValueError: a wavelength outside the tables, 100 eV to 950 keV.
    """
    energy_ev = HC_EV_ANGSTROM / wavelength_angstrom
    mass = cell_mass_dalton(content)
    parts = (
        n * gemmi.Element(e).weight * _elam(e, energy_ev) for e, n in content.items() if n != 0.0
    )
    return sum(parts) / mass


@lru_cache(maxsize=512)
def _elam(element: str, energy_ev: float) -> float:
    import xraydb

    return float(xraydb.mu_elam(element, energy_ev))


@lru_cache(maxsize=1)
def _paths() -> tuple[FloatArray, FloatArray]:
    """Paths of the beam in and out through points of a unit sphere, at right angles, and the points' weights.

    Gauss and Legendre in r^3 and the cosine, even steps in the azimuth. What the mean path is does not depend on the angle
    of scattering, and Brindley found the rest to depend little on it.
    """
    nodes, weights = np.polynomial.legendre.leggauss(24)
    radius = ((nodes + 1.0) / 2.0) ** (1.0 / 3.0)
    azimuth = (np.arange(24) + 0.5) * np.pi / 24.0
    r, cosine, phi = np.meshgrid(radius, nodes, azimuth, indexing="ij")
    along_in = r * cosine
    along_out = r * np.sqrt(1.0 - cosine**2) * np.cos(phi)
    path_in = along_in + np.sqrt(along_in**2 + 1.0 - r**2)
    path_out = -along_out + np.sqrt(along_out**2 + 1.0 - r**2)
    weight = weights[:, None, None] * weights[None, :, None] * np.ones(24)
    return (path_in + path_out).ravel(), (weight / weight.sum()).ravel()


def absorption_factor(contrast_ratio: float) -> float:
    """Brindley's tau of a sphere, `1 / V integral exp(-(mu - mean mu) path) dV`.

    Args:
        contrast_ratio: (mu of the phase - mean mu) times the radius.
    """
    path, weight = _paths()
    return float(weight @ np.exp(-contrast_ratio * path))


def fineness(mu_per_cm: float, particle_um: float) -> Fineness:
    """Brindley's classes of powders by mu D: fine below 0.01, medium below 0.1, coarse below 1."""
    product = mu_per_cm * particle_um * CM_PER_UM
    limits: tuple[tuple[float, Fineness], ...] = ((0.01, "fine"), (0.1, "medium"), (1.0, "coarse"))
    return next((name for limit, name in limits if product < limit), "very coarse")


def corrected_weights(
    weight_fraction: FloatArray,
    density_g_cm3: FloatArray,
    mu_per_cm: FloatArray,
    particle_um: FloatArray,
) -> FloatArray:
    """Weight fractions freed of microabsorption, `(n_phases,)`: each over its tau, which depends on the mean mu of all.

    Args:
        weight_fraction: as refined.
        density_g_cm3: of each phase.
        mu_per_cm: linear absorption of each phase.
        particle_um: diameter of the particles of each phase.

    Returns:
        Fractions that sum to 1; NaN where the iteration does not settle.
    """
    start = np.maximum(weight_fraction, 0.0)
    weights = start
    if not np.all(np.isfinite(weights)) or weights.sum() <= 0:
        return np.full(weights.size, np.nan)
    for _ in range(CYCLES):
        volumes = weights / density_g_cm3
        mean = float(volumes @ mu_per_cm / volumes.sum())
        contrast = (mu_per_cm - mean) * particle_um * CM_PER_UM / 2.0
        new = start / np.array([absorption_factor(x) for x in contrast])
        new /= new.sum()
        if np.max(np.abs(new - weights)) < SETTLED:
            return np.asarray(new)
        weights = new
    return np.full(weights.size, np.nan)
