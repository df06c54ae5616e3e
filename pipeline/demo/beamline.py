"""The simulated beamline: what three ion chambers count while a monochromator scans.

The chambers stand before the specimen (I0), behind it (It), and behind a metal foil after it (Ir).
The monochromator reads a wrong energy, by another amount in each scan; its true error is
`shift_ev` with `energy in the file + shift_ev = true energy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.demo.spectra import FOIL, WAVENUMBER2_PER_EV, Edge

COUNTS_PER_POINT = 4.0e6
ELECTRONIC_NOISE_COUNTS = 150.0
COMMON_SHIFT_EV = -1.8
SHIFT_DRIFT_EV_PER_H = 0.02
SHIFT_SCATTER_EV = 0.15
FOIL_STEP = 0.9
FOIL_BACKGROUND = 0.35
GLITCH_EV = 24.0
GLITCH_HALF_WIDTH_EV = 0.14  # one point of the fine grid, or two
GLITCH_FACTOR = 0.9


@dataclass(frozen=True, slots=True)
class Specimen:
    """What stands in the beam, at one edge.

    `fractions` of the absorbing element's species, `step` its edge step `mu t`, `background` the
    absorption by everything else at the edge, and a slope of the detectors that is none of the
    specimen's.
    """

    edge: Edge
    fractions: Mapping[str, float]
    step: float
    background: float
    slope_per_ev: float = 0.0

    def absorption(self, energy_ev: FloatArray) -> FloatArray:
        """Give `mu t` on the true energy axis, without noise."""
        species = sum(
            (
                share * self.edge.normalised(name, energy_ev)
                for name, share in self.fractions.items()
            ),
            start=np.zeros_like(energy_ev),
        )
        matter = (self.step * species + self.background) * self.edge.atomic(energy_ev)
        return matter + self.slope_per_ev * (energy_ev - self.edge.e0_ev)


def foil(edge: Edge) -> Specimen:
    """Give the metal foil of an edge."""
    return Specimen(edge, {FOIL: 1.0}, FOIL_STEP, FOIL_BACKGROUND, slope_per_ev=5e-5)


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """One simulated scan: energies as the file says, counts, and the truth behind them.

    `absorption` is the noise-free `mu t` of the specimen at the true energies.
    """

    energy_ev: FloatArray
    i0_counts: IntArray
    it_counts: IntArray
    ir_counts: IntArray
    shift_ev: float
    absorption: FloatArray


def measure(
    specimen: Specimen,
    rng: np.random.Generator,
    time_h: float,
    count_time: float = 1.0,
    *,
    with_glitch: bool = False,
) -> Scan:
    """Simulate one scan.

    Args:
        specimen: what stands in the beam.
        rng: random numbers of this scan alone.
        time_h: hours since the begin of the beam time, for the drift of the monochromator.
        count_time: relative to an ordinary scan.
        with_glitch: I0 counts a tenth less at one energy above the white line, as when another
            reflection of the crystal takes the beam and the specimen is not uniform.

    Returns:
        The scan. Numbers are rounded as the files print them, so that the truth is exact.
    """
    scatter_ev = rng.normal(0.0, SHIFT_SCATTER_EV)
    shift_ev = round(COMMON_SHIFT_EV + SHIFT_DRIFT_EV_PER_H * time_h + scatter_ev, 4)
    energy_ev = _encoder_grid_ev(specimen.edge, rng)
    true_ev = energy_ev + shift_ev
    absorption = specimen.absorption(true_ev)
    # The beam weakens over a scan as the stored current decays, by less than the foil's step.
    decay = np.linspace(1.0, 0.96, energy_ev.size)
    i0 = COUNTS_PER_POINT * count_time * decay
    it = i0 * np.exp(-absorption)
    ir = it * np.exp(-foil(specimen.edge).absorption(true_ev))
    if with_glitch:
        glitch_ev = specimen.edge.e0_ev + GLITCH_EV
        i0 = np.where(np.abs(true_ev - glitch_ev) < GLITCH_HALF_WIDTH_EV, GLITCH_FACTOR, 1.0) * i0
    return Scan(
        energy_ev=energy_ev,
        i0_counts=_count(i0, rng),
        it_counts=_count(it, rng),
        ir_counts=_count(ir, rng),
        shift_ev=shift_ev,
        absorption=absorption,
    )


def _encoder_grid_ev(edge: Edge, rng: np.random.Generator) -> FloatArray:
    """Give a scan's energies: coarse, fine over the edge, then even steps in k, as encoders read them."""
    k = np.arange(3.2, 12.94, 0.055)
    asked_ev = edge.e0_ev + np.concatenate(
        (
            np.arange(-212.0, -32.0, 5.0),
            np.arange(-32.0, 38.0, 0.3),
            k**2 / WAVENUMBER2_PER_EV,
        )
    )
    start_ev = rng.uniform(-0.15, 0.15)
    return np.round(asked_ev + start_ev + rng.normal(0.0, 0.003, asked_ev.size), 3)


def _count(mean_counts: FloatArray, rng: np.random.Generator) -> IntArray:
    electronic = np.rint(rng.normal(0.0, ELECTRONIC_NOISE_COUNTS, mean_counts.size))
    return rng.poisson(mean_counts) + electronic.astype(np.int64)
