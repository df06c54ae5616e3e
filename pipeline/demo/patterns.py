"""Simulated powder patterns: lines with a width on a background, counted one by one.

A line is a Voigt function (exact, by the Faddeeva function), or the pseudo-Voigt function that Rietveld programs have in
its place, averaged over the step of the detector. Its Gaussian part
is the instrument's, `H^2 = U tan^2 theta + V tan theta + W` (G. Caglioti et al., Nucl. Instrum. 3 (1958) 223,
doi:10.1016/0369-643X(58)90029-X), its Lorentzian part the instrument's plus the specimen's size and strain. No
analysis step uses these functions: the fits have their own.

Axial divergence smears each line towards the middle of the axis, see `axial`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.demo.axial import axial_shifts_deg

REACH_DEG = 1.6
"""Further than this from its middle a line is below a thousandth of its height: left out, or summed as its tail alone."""
NODES = np.array([-0.5, 0.0, 0.5]) * np.sqrt(0.6)
NODE_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0
FWHM_OF_GAUSS = 2.0 * np.sqrt(2.0 * np.log(2.0))


@dataclass(frozen=True, slots=True)
class Instrument:
    """A diffractometer: its radiation, its axis, and the widths that it gives to every line.

    `wavelengths` are (angstrom, share of the intensity). `zero_deg` is added to all angles.
    `radius_mm` is NaN where the geometry is not that of Bragg and Brentano. `polarised_fraction` is the share of the
    beam polarised across the plane of scattering: 0.5 of a tube; 1, also for a detector whose software has divided by the
    polarisation, gives lines a Lorentz factor alone. The Lorentzian width is `lorentz_deg + lorentz_cos_deg / cos theta +
    lorentz_tan_deg tan theta`. `axial_ratios` are S/L and H/L of the axial divergence. With `pseudo_voigt` lines are
    that function, and are summed over the whole axis.
    """

    wavelengths: tuple[tuple[float, float], ...]
    first_deg: float
    last_deg: float
    step_deg: float
    caglioti_deg2: tuple[float, float, float]
    lorentz_deg: float
    polarised_fraction: float
    zero_deg: float = 0.0
    radius_mm: float = np.nan
    lorentz_cos_deg: float = 0.0
    lorentz_tan_deg: float = 0.0
    axial_ratios: tuple[float, float] = (0.0, 0.0)
    pseudo_voigt: bool = False

    @property
    def two_theta_deg(self) -> FloatArray:
        """The axis `(n,)`."""
        n_steps = round((self.last_deg - self.first_deg) / self.step_deg)
        return np.round(self.first_deg + self.step_deg * np.arange(n_steps + 1), 5)

    @property
    def wavelength_angstrom(self) -> float:
        """The only wavelength, or Kalpha1."""
        return self.wavelengths[0][0]


@dataclass(frozen=True, slots=True)
class Texture:
    """What a specimen does to lines: size (volume-weighted, of Lorentzian breadth) and strain.

    Infinite size and no strain leave them as sharp as the instrument. `displacement_mm` is how far the
    specimen stands outside the focusing circle.
    """

    size_nm: float = np.inf
    strain_percent: float = 0.0
    displacement_mm: float = 0.0
    shape_factor_ratio: float = 0.94


def lorentz_polarisation(two_theta_deg: FloatArray, polarised_fraction: float) -> FloatArray:
    """Lorentz factor of powder lines, `1 / (sin^2 theta cos theta)`, times the polarisation.

    The latter is `2 (P + (1 - P) cos^2 2 theta)` with the fraction `P` polarised across the plane of scattering, so
    that unpolarised radiation gives `1 + cos^2 2 theta`.
    """
    theta = np.radians(two_theta_deg) / 2.0
    cosine2 = np.cos(2.0 * theta) ** 2
    polarisation = 2.0 * (polarised_fraction + (1.0 - polarised_fraction) * cosine2)
    return np.asarray(polarisation / (np.sin(theta) ** 2 * np.cos(theta)))


def two_theta_deg(spacing_angstrom: FloatArray, wavelength_angstrom: float) -> FloatArray:
    """Angles of reflection, `2 arcsin(lambda / 2d)`."""
    return np.degrees(2.0 * np.arcsin(wavelength_angstrom / (2.0 * spacing_angstrom)))


def expected_counts(
    instrument: Instrument,
    spacing_angstrom: FloatArray,
    area_counts_deg: FloatArray,
    texture: Texture,
    background: FloatArray,
) -> FloatArray:
    """Mean counts of a pattern.

    Args:
        instrument: see there.
        spacing_angstrom: of each line `(m,)`.
        area_counts_deg: integrated intensity of each line over all wavelengths `(m,)`.
        texture: of the specimen.
        background: counts `(n,)` on the instrument's axis.

    Returns:
        Counts `(n,)`.
    """
    total = background.copy()
    for wavelength, share in instrument.wavelengths:
        add_lines(total, instrument, wavelength, spacing_angstrom, share * area_counts_deg, texture)
    return total


def add_lines(
    total: FloatArray,
    instrument: Instrument,
    wavelength_angstrom: float,
    spacing_angstrom: FloatArray,
    area_counts_deg: FloatArray,
    texture: Texture,
) -> None:
    """Add the lines of one wavelength to mean counts, in place.

    Args:
        total: counts `(n,)` on the instrument's axis.
        instrument: see there.
        wavelength_angstrom: one of its wavelengths.
        spacing_angstrom: of each line `(m,)`.
        area_counts_deg: integrated intensity of each line at this wavelength `(m,)`.
        texture: of the specimen.
    """
    axis = instrument.two_theta_deg
    true_deg = two_theta_deg(spacing_angstrom, wavelength_angstrom)
    shown_deg = _shown_deg(true_deg, instrument, texture)
    gauss, lorentz = _widths_deg(true_deg, wavelength_angstrom, instrument, texture)
    shape = pseudo_voigt if instrument.pseudo_voigt else voigt
    for line, place, area, fwhms in zip(
        true_deg, shown_deg, area_counts_deg, np.stack((gauss, lorentz), axis=1), strict=True
    ):
        first, last = np.searchsorted(axis, (place - REACH_DEG, place + REACH_DEG))
        shifts_deg, weights = axial_shifts_deg(float(line), *instrument.axial_ratios)
        nodes = np.subtract.outer(instrument.step_deg * NODES, shifts_deg).ravel()
        values = shape((axis[first:last] - place)[:, None] + nodes, *fwhms)
        total[first:last] += area * (values @ np.outer(NODE_WEIGHTS, weights).ravel())
        if instrument.pseudo_voigt:
            for tail in (slice(0, first), slice(last, None)):
                total[tail] += area * shape(axis[tail] - place, *fwhms)


def voigt(offsets_deg: FloatArray, gauss_deg: float, lorentz_deg: float) -> FloatArray:
    """Voigt function of unit area, of the FWHM of its two parts."""
    from scipy.special import wofz

    sigma_deg = gauss_deg / FWHM_OF_GAUSS
    scaled = (offsets_deg + 1j * lorentz_deg / 2.0) / (sigma_deg * np.sqrt(2.0))
    return np.asarray(wofz(scaled).real / (sigma_deg * np.sqrt(2.0 * np.pi)))


def pseudo_voigt(offsets_deg: FloatArray, gauss_deg: float, lorentz_deg: float) -> FloatArray:
    """Pseudo-Voigt function of unit area that stands for a Voigt function, of the FWHM of its two parts.

    P. Thompson, D. E. Cox, J. B. Hastings, J. Appl. Cryst. 20 (1987) 79, doi:10.1107/S0021889887087090: within a
    per cent of its height, with tails up to a quarter higher.
    """
    g, l = gauss_deg, lorentz_deg  # noqa: E741  (the paper's letters)
    mixed = g**4 * l * 2.69269 + g**3 * l**2 * 2.42843 + g**2 * l**3 * 4.47163 + g * l**4 * 0.07842
    fwhm = (g**5 + mixed + l**5) ** 0.2
    ratio = l / fwhm
    share = 1.36603 * ratio - 0.47719 * ratio**2 + 0.11116 * ratio**3
    square = (offsets_deg / fwhm) ** 2
    lorentz = 2.0 / np.pi / (1.0 + 4.0 * square)
    gauss = 2.0 * np.sqrt(np.log(2.0) / np.pi) * np.exp(-4.0 * np.log(2.0) * square)
    return np.asarray((share * lorentz + (1.0 - share) * gauss) / fwhm)


def count(mean_counts: FloatArray, rng: np.random.Generator) -> IntArray:
    """Count photons one by one: Poisson statistics."""
    return rng.poisson(mean_counts).astype(np.int64)


def smooth_background(
    axis_deg: FloatArray, level: float, slope: float, hump: float, hump_deg: float
) -> FloatArray:
    """Air scatter that falls with the angle, and the broad hump of a glass or a polymer.

    Args:
        axis_deg: `(n,)`.
        level: counts at the end of the axis.
        slope: counts more at its begin.
        hump: height of the hump in counts.
        hump_deg: its middle; it is a seventh of the axis wide.
    """
    share = (axis_deg - axis_deg[0]) / (axis_deg[-1] - axis_deg[0])
    wide = (axis_deg[-1] - axis_deg[0]) / 7.0
    bump = np.exp(-0.5 * ((axis_deg - hump_deg) / wide) ** 2)
    return np.asarray(level + slope * np.exp(-3.0 * share) + hump * bump)


def _shown_deg(true_deg: FloatArray, instrument: Instrument, texture: Texture) -> FloatArray:
    """Angles as shown: displaced `2 s cos(theta) / R` by a specimen outside the circle, plus the zero."""
    if np.isnan(instrument.radius_mm):
        return true_deg + instrument.zero_deg
    tilt = 2.0 * texture.displacement_mm / instrument.radius_mm
    moved = np.degrees(tilt * np.cos(np.radians(true_deg) / 2.0))
    return np.asarray(true_deg - moved + instrument.zero_deg)


def _widths_deg(
    true_deg: FloatArray, wavelength: float, instrument: Instrument, texture: Texture
) -> tuple[FloatArray, FloatArray]:
    """FWHM of the Gaussian and of the Lorentzian part.

    The integral breadth of a Lorentz function is pi/2 of its FWHM; size gives a breadth of `K lambda /
    (L cos theta)`, strain one of `4 e tan theta`.
    """
    tangent = np.tan(np.radians(true_deg) / 2.0)
    cosine = np.cos(np.radians(true_deg) / 2.0)
    u, v, w = instrument.caglioti_deg2
    of_size = texture.shape_factor_ratio * wavelength / (10.0 * texture.size_nm * cosine)
    of_strain = 4.0 * texture.strain_percent / 100.0 * tangent
    of_instrument = (
        instrument.lorentz_deg
        + instrument.lorentz_cos_deg / cosine
        + instrument.lorentz_tan_deg * tangent
    )
    lorentz = of_instrument + np.degrees(of_size + of_strain) * 2.0 / np.pi
    return np.sqrt(u * tangent**2 + v * tangent + w), lorentz
