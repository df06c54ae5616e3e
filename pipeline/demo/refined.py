"""Powders whose whole patterns are refined: dual-gradient C-NCM96, coated NCM, and LaB6 on the two instruments.

Cell, oxygen height, mixing and displacement parameters of C-NCM96 are those that a study of such powder printed, with the
composition that ICP gave; the cells of bare and coated NCM are printed ones too. What was not printed (the charged cell, the
widths, the backgrounds, how many photons were counted) is made up as such powders have it.

They diffract as Rietveld programs take it, so that what comes out tells of the analysis and not of these assumptions: lines
are pseudo-Voigt functions, and both wavelengths of the tube have the dispersion of Kalpha1, though each has the Lorentz and polarisation
factors of its own angle. Real lines are not so: were they Voigt functions, displacement parameters would come out up to 0.6 sigma off and
the mixing 0.3 lower; were Kalpha2's dispersion its own, the metals' displacement parameter 0.3 sigma lower. The synchrotron's beam is
polarised to 95 % across the plane of scattering, the tube's is not.

Counts are so many that the mixing has a sigma of 0.11 to 0.13 points, and a one of 0.7e-5 to 1.6e-5 angstrom.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.demo import patterns
from pipeline.demo.cathodes import (
    LAB6_660C_ANGSTROM,
    NCM96,
    NMC811,
    lanthanum_hexaboride,
    layered,
)
from pipeline.demo.crystals import Crystal, cromer_liberman, powder_lines, waasmaier_kirfel
from pipeline.demo.patterns import Instrument, Texture

SYNCHROTRON = Instrument(
    wavelengths=((1.5460, 1.0),),
    first_deg=10.0,
    last_deg=130.0,
    step_deg=0.01,
    caglioti_deg2=(0.0040, -0.0020, 0.0024),
    lorentz_deg=0.0,
    polarised_fraction=0.95,
    zero_deg=0.003,
    lorentz_cos_deg=0.004,
    lorentz_tan_deg=0.006,
    axial_ratios=(0.004, 0.004),
    pseudo_voigt=True,
)
LABORATORY = Instrument(
    wavelengths=((1.540593, 2.0 / 3.0), (1.544427, 1.0 / 3.0)),
    first_deg=5.0,
    last_deg=140.0,
    step_deg=0.02,
    caglioti_deg2=(0.0035, -0.0030, 0.0070),
    lorentz_deg=0.0,
    polarised_fraction=0.5,
    radius_mm=240.0,
    lorentz_cos_deg=0.010,
    lorentz_tan_deg=0.020,
    axial_ratios=(0.005, 0.005),
    pseudo_voigt=True,
)
BEYOND_DEG = 3.0
"""Lines this far beyond the end of the axis still have a tail on it."""


@dataclass(frozen=True, slots=True)
class Oxide:
    """A layered oxide as it truly is; `u_angstrom2` of the lithium site, of the metals' and of oxygen's."""

    metals: Mapping[str, float]
    a_angstrom: float
    c_angstrom: float
    lithium: float
    mixing: float
    z_oxygen: float
    u_angstrom2: tuple[float, float, float]

    @property
    def crystal(self) -> Crystal:
        """Its atoms."""
        b_li, b_tm, b_o = (8.0 * np.pi**2 * u for u in self.u_angstrom2)
        return layered(
            *(self.metals, self.a_angstrom, self.c_angstrom, self.lithium, self.mixing),
            *(self.z_oxygen, (b_li, b_tm, b_o)),
        )

    @property
    def slabs_angstrom(self) -> tuple[float, float]:
        """Thickness of the metal-oxygen slab, `2 (z - 1/6) c`, and of the lithium-oxygen slab, `c / 3` less that."""
        metal = 2.0 * (self.z_oxygen - 1.0 / 6.0) * self.c_angstrom
        return metal, self.c_angstrom / 3.0 - metal


@dataclass(frozen=True, slots=True, eq=False)
class Powder:
    """One powder measured once on one instrument; without an `oxide` it is the standard LaB6.

    `strongest_counts_deg` is the area of its strongest line, all wavelengths together; `background` are level, slope,
    hump and its middle of `patterns.smooth_background`.
    """

    dataset: str
    title: str
    start_h: float
    instrument: Instrument
    oxide: Oxide | None
    texture: Texture
    strongest_counts_deg: float
    background: tuple[float, float, float, float]

    @property
    def path(self) -> str:
        """Name of its file."""
        return f"{self.dataset}{'.xye' if self.instrument is SYNCHROTRON else '.xrdml'}"

    @property
    def crystal(self) -> Crystal:
        """Its atoms."""
        return self.oxide.crystal if self.oxide else lanthanum_hexaboride(LAB6_660C_ANGSTROM)

    def measure(self, seed: int) -> IntArray:
        """Count its pattern `(n,)`."""
        rng = np.random.default_rng([seed, zlib.crc32(self.dataset.encode())])
        return patterns.count(mean_counts(self), rng)


@cache
def mean_counts(powder: Powder) -> FloatArray:
    """Mean counts of a powder's pattern `(n,)`, which no noise changes."""
    instrument, crystal = powder.instrument, powder.crystal
    last_deg = min(instrument.last_deg + BEYOND_DEG, 179.0)
    shortest = min(wavelength for wavelength, _ in instrument.wavelengths)
    lines = powder_lines(
        *(crystal, shortest, shortest / (2.0 * np.sin(np.radians(last_deg) / 2.0))),
        *(waasmaier_kirfel, cromer_liberman),
    )
    total = patterns.smooth_background(instrument.two_theta_deg, *powder.background)
    scale = 0.0
    for wavelength, share in instrument.wavelengths:
        there = lines.spacing_angstrom > wavelength / 2.0
        spacing = lines.spacing_angstrom[there]
        angle_deg = patterns.two_theta_deg(spacing, wavelength)
        factor = patterns.lorentz_polarisation(angle_deg, instrument.polarised_fraction)
        area = lines.strength[there] * factor
        scale = scale or powder.strongest_counts_deg / float(area.max())
        patterns.add_lines(
            total, instrument, wavelength, spacing, share * scale * area, powder.texture
        )
    total.setflags(write=False)
    return total


PRISTINE = Oxide(NCM96, 2.87707, 14.19522, 1.0, 0.0185, 0.24065, (0.00189, 0.00095, 0.00362))
CHARGED = Oxide(NCM96, 2.8200, 14.4250, 0.30, 0.0185, 0.2330, (0.0060, 0.0020, 0.0055))
BARE = Oxide(NMC811, 2.874, 14.205, 1.0, 0.025, 0.2410, (0.0120, 0.0050, 0.0120))
COATED = Oxide(NMC811, 2.875, 14.204, 1.0, 0.028, 0.2410, (0.0120, 0.0050, 0.0120))
BEAM, TUBE = (300.0, 500.0, 100.0, 28.0), (260.0, 600.0, 90.0, 26.0)
POWDERS = (
    Powder("lab6_hr", "LaB6 SRM 660c", 60.0, SYNCHROTRON, None, Texture(), 8000.0, BEAM),
    Powder("ncm96_hr", "C-NCM96 pristine", 61.0, SYNCHROTRON, PRISTINE,
           Texture(size_nm=300.0, strain_percent=0.03), 1500.0, BEAM),
    Powder("ncm96_charged", "C-NCM96 at 4.3 V", 62.0, SYNCHROTRON, CHARGED,
           Texture(size_nm=250.0, strain_percent=0.10), 4000.0, BEAM),
    Powder("lab6_cu", "LaB6 SRM 660c", 80.0, LABORATORY, None,
           Texture(displacement_mm=0.010), 8000.0, TUBE),
    Powder("ncm96_cu", "C-NCM96 pristine", 82.0, LABORATORY, PRISTINE,
           Texture(300.0, 0.03, 0.030), 3000.0, TUBE),
    Powder("ncm_bare", "NCM bare", 84.0, LABORATORY, BARE, Texture(200.0, 0.05, -0.020), 3500.0, TUBE),
    Powder("ncm_coated", "NCM coated", 86.0, LABORATORY, COATED, Texture(200.0, 0.05, 0.040), 3500.0, TUBE),
)  # fmt: skip
