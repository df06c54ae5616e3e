"""NMC811 on a laboratory diffractometer with a molybdenum tube: before and after cycles, and while it is charged.

On charge lithium leaves and `c` first grows, since the oxygen layers repel each other without lithium between
them (H1, then faster in H2), then collapses when oxygen's charge is used up (H3); `a` shrinks with the
radius of nickel. The corners are rounded over a few thousandths of the capacity. After J. U. Choi, N. Voronina, Y.-K. Sun, S.-T.
Myung, Adv. Energy Mater. 10 (2020) 2002027, doi:10.1002/aenm.202002027, and R. Jung et al., J. Electrochem. Soc. 164
(2017) A1361, doi:10.1149/2.0021707jes.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.demo import patterns
from pipeline.demo.cathodes import NMC811, layered
from pipeline.demo.crystals import Crystal, powder_lines
from pipeline.demo.patterns import Instrument, Texture

LABORATORY = Instrument(
    wavelengths=((0.709317, 2.0 / 3.0), (0.713607, 1.0 / 3.0)),
    first_deg=5.0,
    last_deg=35.0,
    step_deg=0.016,
    caglioti_deg2=(0.006, -0.0012, 0.0030),
    lorentz_deg=0.010,
    polarised_fraction=0.5,
    radius_mm=240.0,
)
COUNTING_TIME_S = 24.0
SMALLEST_ANGSTROM = 1.17
A_ANGSTROM, C_ANGSTROM = 2.8720, 14.2050  # discharged
CORNERS = (0.248, 0.648)
"""Share of the capacity where H1 ends and where the collapse of c begins, each half way between two frames."""
C_SLOPES_ANGSTROM = (0.12, 0.45, -1.30)
"""Growth of c over the whole capacity at the rate of each part, in angstrom."""
ROUNDING = 0.002
CAPACITY_MAH = 2.0
LITHIUM_LEFT = 0.12
N_FRAMES = 40
FRAME_PERIOD_S = 900.0


@dataclass(frozen=True, slots=True)
class Powder:
    """One specimen of NMC811 measured once.

    `area_003_counts_deg` is what (003) of the pristine oxide would have: it stands for the beam, the
    time and the amount of powder, so that a specimen's own (003) says what became of its crystals.
    """

    dataset: str
    title: str
    start_h: float
    crystal: Crystal
    texture: Texture
    area_003_counts_deg: float

    @property
    def path(self) -> str:
        """Name of its file."""
        return f"{self.dataset}.xrdml"

    def measure(self, seed: int) -> IntArray:
        """Count its pattern `(n,)`."""
        rng = np.random.default_rng([seed, zlib.crc32(self.dataset.encode())])
        return _counted(self.crystal, self.texture, self.area_003_counts_deg, rng)


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge of a cell, a pattern every quarter of an hour."""

    dataset: str
    title: str
    start_h: float
    area_003_counts_deg: float

    @property
    def sidecar(self) -> str:
        """Name of the cycler's table."""
        return f"{self.dataset}_cycler.csv"

    def path(self, frame: int) -> str:
        """Name of the file that holds a frame."""
        return f"{self.dataset}_{frame + 1:02d}.xrdml"

    def measure(self, seed: int) -> IntArray:
        """Count the patterns `(n_frames, n_points)`; each frame has its own stream of random numbers."""
        frames = []
        for frame, share in enumerate(frame_share().tolist()):
            rng = np.random.default_rng([seed, zlib.crc32(f"{self.dataset}/{frame}".encode())])
            texture = Texture(
                size_nm=160.0, strain_percent=0.06, displacement_mm=0.08 + 0.02 * share
            )
            frames.append(_counted(charged(share), texture, self.area_003_counts_deg, rng))
        return np.array(frames)


def charged(share: float) -> Crystal:
    """Give NMC811 from which a share of the capacity was taken."""
    a, c = cell_angstrom(np.array([share]))
    lithium = 1.0 - (1.0 - LITHIUM_LEFT) * share
    return layered(NMC811, float(a[0]), float(c[0]), lithium, 0.03, 0.2410 - 0.0055 * share)


def cell_angstrom(share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give `a` and `c` at a share of the capacity `(n,)`."""
    a = A_ANGSTROM - 0.075 * share + 0.022 * share**2
    steps = np.diff(C_SLOPES_ANGSTROM)
    bent = (d * _ramp(share - corner) for d, corner in zip(steps, CORNERS, strict=True))
    return a, C_ANGSTROM + C_SLOPES_ANGSTROM[0] * share + sum(bent, start=np.zeros_like(share))


def share_of_capacity(time_s: FloatArray) -> FloatArray:
    """Share of the capacity that was taken after a time, at constant current."""
    return np.clip(time_s / (N_FRAMES * FRAME_PERIOD_S), 0.0, 1.0)


def voltage_v(share: FloatArray) -> FloatArray:
    """Voltage of the cell: a rise at the begin, a slope, the step before 4.2 V of nickel-rich oxides."""
    rise = 0.35 * (1.0 - np.exp(-share / 0.03))
    step = 0.10 / (1.0 + np.exp((0.72 - share) / 0.03))
    return np.asarray(3.35 + rise + 0.50 * share + step + 0.06 * share**6)


def frame_share() -> FloatArray:
    """Share of the capacity in the middle of each frame `(n_frames,)`."""
    from pipeline.demo.powder_files import scan_duration_s

    half_s = scan_duration_s(LABORATORY, COUNTING_TIME_S) / 2.0
    return share_of_capacity(FRAME_PERIOD_S * np.arange(N_FRAMES, dtype=np.float64) + half_s)


def _ramp(x: FloatArray) -> FloatArray:
    """Zero below zero, `x` above, its corner rounded: the integral of a logistic function."""
    return np.asarray(ROUNDING * np.logaddexp(0.0, x / ROUNDING))


@cache
def _pristine_003() -> float:
    """Strength of (003) of the discharged oxide, with its Lorentz and polarisation factors."""
    kalpha1 = LABORATORY.wavelength_angstrom
    lines = powder_lines(charged(0.0), kalpha1, SMALLEST_ANGSTROM)
    place = lines.place(0, 0, 3)
    angle_deg = patterns.two_theta_deg(lines.spacing_angstrom, kalpha1)
    factor = patterns.lorentz_polarisation(angle_deg, LABORATORY.polarised_fraction)
    return float((lines.strength * factor)[place])


def _counted(
    crystal: Crystal, texture: Texture, area_003: float, rng: np.random.Generator
) -> IntArray:
    kalpha1 = LABORATORY.wavelength_angstrom
    lines = powder_lines(crystal, kalpha1, SMALLEST_ANGSTROM)
    angle_deg = patterns.two_theta_deg(lines.spacing_angstrom, kalpha1)
    factor = patterns.lorentz_polarisation(angle_deg, LABORATORY.polarised_fraction)
    area = area_003 / _pristine_003() * lines.strength * factor
    axis = LABORATORY.two_theta_deg
    background = patterns.smooth_background(axis, 60.0, 160.0, 40.0, 11.0)
    mean = patterns.expected_counts(LABORATORY, lines.spacing_angstrom, area, texture, background)
    return patterns.count(mean, rng)
