"""Charged NMC622 heated in a synchrotron beam: from layered to spinel, a pattern a minute.

The transformation is topotactic: domains of the spinel grow in the layered crystal and share its oxygen lattice. Of
a grain the share `x(T)` has turned, by a logistic law; the lattice is between the layered one, which
expands linearly, and the spinel's, where `c / a = 2 sqrt(6)` and (108) meets (110). Intensities of the two
kinds of domain add up. Each family of cubic planes counts with the layered line of those planes ((111) with (003), (440)
with (108) and (110), ...); (220) and (422) have none and are lines of their own.

After S.-M. Bak et al., ACS Appl. Mater. Interfaces 6 (2014) 22594, doi:10.1021/am506712c (what happens in
charged NMC on heating), and K.-W. Nam et al., Adv. Funct. Mater. 23 (2013) 1047, doi:10.1002/adfm.201200693.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.demo import patterns
from pipeline.demo.cathodes import NMC622, layered, spinel
from pipeline.demo.crystals import PowderLines, powder_lines, spacing_angstrom
from pipeline.demo.patterns import Instrument, Texture

N_FRAMES = 120
FRAME_PERIOD_S = 60.0
EXPOSURE_S = 0.2
START_C = 25.0
HEATING_C_PER_S = 475.0 / (N_FRAMES * FRAME_PERIOD_S)
BEAMLINE = Instrument(
    wavelengths=((0.45220, 1.0),),
    first_deg=4.0,
    last_deg=20.0,
    step_deg=0.01,
    caglioti_deg2=(0.004, -0.0008, 0.0018),
    lorentz_deg=0.004,
    polarised_fraction=1.0,
    zero_deg=0.004,
)
A_ANGSTROM, C_ANGSTROM = 2.8230, 14.3000  # of the charged oxide at START_C
A_PER_C, C_PER_C = 1.1e-5, 1.9e-5
SPINEL_ANGSTROM, SPINEL_PER_C = 8.0900, 1.0e-5
B_GROWTH_ANGSTROM2_PER_C = 1.2e-3
SMALLEST_ANGSTROM = 1.33  # what lies below stays off the axis at any temperature
AREA_003_COUNTS_DEG = 1600.0
GRAINS = Texture(size_nm=150.0, strain_percent=0.05)
SHARED = {
    (1, 1, 1): {(0, 0, 3): 1.0},
    (3, 1, 1): {(1, 0, 1): 1.0},
    (2, 2, 2): {(0, 0, 6): 0.25, (0, 1, 2): 0.75},
    (4, 0, 0): {(1, 0, 4): 1.0},
    (3, 3, 1): {(0, 1, 5): 1.0},
    (3, 3, 3): {(0, 0, 9): 0.25, (1, 0, 7): 0.75},
    (5, 1, 1): {(1, 0, 7): 1.0},
    (4, 4, 0): {(0, 1, 8): 0.5, (1, 1, 0): 0.5},
    (5, 3, 1): {(1, 1, 3): 1.0},
}
"""Layered lines that the planes of each cubic family are, and the share of the family's planes."""


@dataclass(frozen=True, slots=True)
class Heating:
    """One heating run; `midpoint_c` and `scale_c` are of `x(T) = 1 / (1 + exp((midpoint - T) / scale))`."""

    dataset: str
    gas_dataset: str
    title: str
    start_h: float
    midpoint_c: float
    scale_c: float

    def path(self, frame: int) -> str:
        """Name of the file that holds a frame."""
        return f"{self.dataset}_{frame + 1:03d}.xy"

    @property
    def sidecar(self) -> str:
        """Name of the furnace's log."""
        return f"{self.dataset}_furnace.csv"

    def turned(self, temperature_c: FloatArray) -> FloatArray:
        """Share of the crystal that is spinel."""
        return np.asarray(1.0 / (1.0 + np.exp((self.midpoint_c - temperature_c) / self.scale_c)))

    def cell_angstrom(self, temperature_c: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give `a` and `c` of the common lattice, on hexagonal axes."""
        x, above_c = self.turned(temperature_c), temperature_c - START_C
        of_spinel = spinel_angstrom(temperature_c)
        a = (1 - x) * A_ANGSTROM * (1 + A_PER_C * above_c) + x * of_spinel / np.sqrt(8.0)
        c = (1 - x) * C_ANGSTROM * (1 + C_PER_C * above_c) + x * of_spinel * np.sqrt(3.0)
        return a, c

    def lines(self, temperature_c: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Spacings and integrated intensities of all lines at each temperature `(n_frames, n_lines)`."""
        first, second = _layered_lines(), _spinel_lines()
        a, c = self.cell_angstrom(temperature_c)
        x = self.turned(temperature_c)[:, None]
        own = _own(second)
        spacing = np.hstack(
            (
                spacing_angstrom(first.indices, a[:, None], c[:, None]),
                spacing_angstrom(second.indices[own], spinel_angstrom(temperature_c)[:, None]),
            )
        )
        strength = np.hstack(
            ((1 - x) * first.strength + x * _on_layered(first, second), x * second.strength[own])
        )
        b_more = B_GROWTH_ANGSTROM2_PER_C * (temperature_c[:, None] - START_C)
        angle_deg = patterns.two_theta_deg(spacing, BEAMLINE.wavelength_angstrom)
        factor = patterns.lorentz_polarisation(angle_deg, BEAMLINE.polarised_fraction)
        return spacing, _scale() * strength * factor * np.exp(-b_more / (2.0 * spacing**2))

    def measure(self, seed: int) -> IntArray:
        """Count the patterns `(n_frames, n_points)`; each frame has its own stream of random numbers."""
        spacing, area = self.lines(frame_temperature_c())
        axis = BEAMLINE.two_theta_deg
        background = patterns.smooth_background(axis, 240.0, 500.0, 160.0, 6.5)
        frames = []
        for frame in range(N_FRAMES):
            rng = np.random.default_rng([seed, zlib.crc32(f"{self.dataset}/{frame}".encode())])
            mean = patterns.expected_counts(
                BEAMLINE, spacing[frame], area[frame], GRAINS, background
            )
            frames.append(patterns.count(mean, rng))
        return np.array(frames)


def temperature_c(time_s: FloatArray) -> FloatArray:
    """Temperature of the specimen at a time since the run began."""
    return np.asarray(START_C + HEATING_C_PER_S * time_s)


def frame_temperature_c() -> FloatArray:
    """Temperature in the middle of each frame `(n_frames,)`."""
    return temperature_c(FRAME_PERIOD_S * np.arange(N_FRAMES, dtype=np.float64) + EXPOSURE_S / 2.0)


def spinel_angstrom(at_c: FloatArray) -> FloatArray:
    """Cell of the spinel."""
    return np.asarray(SPINEL_ANGSTROM * (1.0 + SPINEL_PER_C * (at_c - START_C)))


def line_labels() -> list[tuple[int, int, int]]:
    """Indices of the lines that `Heating.lines` gives: the layered oxide's, then the spinel's own."""
    second = _spinel_lines()
    return [*_labels(_layered_lines()), *(_labels(second)[n] for n in _own(second))]


@cache
def _layered_lines() -> PowderLines:
    charged = layered(NMC622, A_ANGSTROM, C_ANGSTROM, lithium=0.33, mixing=0.02, z_oxygen=0.2360)
    return powder_lines(charged, BEAMLINE.wavelength_angstrom, SMALLEST_ANGSTROM)


@cache
def _spinel_lines() -> PowderLines:
    made = spinel(NMC622, SPINEL_ANGSTROM, tetrahedral=0.4)
    return powder_lines(made, BEAMLINE.wavelength_angstrom, SMALLEST_ANGSTROM)


def _labels(lines: PowderLines) -> list[tuple[int, int, int]]:
    return [(row[0], row[1], row[2]) for row in lines.indices.tolist()]


def _own(lines: PowderLines) -> list[int]:
    """Rows of the spinel's lines that no planes of the layered oxide share."""
    return [n for n, hkl in enumerate(_labels(lines)) if hkl not in SHARED]


def _on_layered(first: PowderLines, second: PowderLines) -> FloatArray:
    """Strength of the spinel's lines on the layered lines of the same planes."""
    total = np.zeros_like(first.strength)
    for hkl, strength in zip(_labels(second), second.strength, strict=True):
        for planes, share in SHARED.get(hkl, {}).items():
            total[first.place(*planes)] += share * strength
    return total


def _scale() -> float:
    first = _layered_lines()
    place = first.place(0, 0, 3)
    angle_deg = patterns.two_theta_deg(first.spacing_angstrom, BEAMLINE.wavelength_angstrom)
    factor = patterns.lorentz_polarisation(angle_deg, BEAMLINE.polarised_fraction)
    return float(AREA_003_COUNTS_DEG / (first.strength * factor)[place])
