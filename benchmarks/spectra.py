"""Spectra to time on: smooth edges with noise, the same in every run."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray

E0_EV = 6549.0


def grid_ev(n_points: int = 401) -> FloatArray:
    """An XANES scan's energies: coarse below, fine at the edge, coarse above."""
    return np.concatenate(
        [
            np.linspace(E0_EV - 200, E0_EV - 20, n_points // 8, endpoint=False),
            np.linspace(E0_EV - 20, E0_EV + 60, n_points // 2, endpoint=False),
            np.linspace(E0_EV + 60, E0_EV + 500, n_points - n_points // 8 - n_points // 2),
        ]
    )


def standard(energy_ev: FloatArray, valence: float) -> FloatArray:
    """A normalised spectrum whose edge and white line move with the valence."""
    x = energy_ev - E0_EV - 2.2 * (valence - 3.0)
    edge = np.arctan(x / 1.5) / np.pi + 0.5
    white_line = (0.9 - 0.1 * valence) * np.exp(-(((x - 5.0) / 3.0) ** 2))
    above = np.clip(x, 0.0, None)
    waves = 0.12 * np.sin(0.9 * np.sqrt(above) * (2.0 + 0.1 * valence)) * np.exp(-above / 120.0)
    result: FloatArray = edge + white_line + waves * (x > 0)
    return result


def mixtures(
    n_spectra: int, n_points: int, valences: tuple[float, ...] = (2.0, 3.0, 4.0), seed: int = 0
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Energies `(p,)`, standards `(K, p)` and noisy mixtures `(n, p)` of random weights."""
    rng = np.random.default_rng(seed)
    energy = grid_ev(n_points)
    standards = np.stack([standard(energy, v) for v in valences])
    weights = rng.dirichlet(np.full(len(valences), 0.6), n_spectra)
    noise = 0.005 * rng.standard_normal((n_spectra, energy.size))
    return energy, standards, weights @ standards + noise
