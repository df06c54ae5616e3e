"""Simulated powder patterns: lines with a width on a background, counted one by one.

A line is a Voigt function (exact, by the Faddeeva function) averaged over the step of the detector. Its Gaussian part
is the instrument's, `H^2 = U tan^2 theta + V tan theta + W` (G. Caglioti et al., Nucl. Instrum. 3 (1958) 223,
doi:10.1016/0369-643X(58)90029-X), its Lorentzian part the instrument's plus the specimen's size and strain. No
analysis step uses these functions: the fits have their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray

REACH_DEG = 1.6
"""A line is left out of the sum further than this from its middle: below a thousandth of its height."""
NODES = np.array([-0.5, 0.0, 0.5]) * np.sqrt(0.6)
NODE_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0
FWHM_OF_GAUSS = 2.0 * np.sqrt(2.0 * np.log(2.0))


@dataclass(frozen=True, slots=True)
class Instrument:
    """A diffractometer: its radiation, its axis, and the widths that it gives to every line.

    `wavelengths` are (angstrom, share of the intensity). `zero_deg` is added to all angles.
    `radius_mm` is NaN where the geometry is not that of Bragg and Brentano. Polarised radiation, and a detector whose
    software has divided by the polarisation, give lines a Lorentz factor alone.
    """

    wavelengths: tuple[tuple[float, float], ...]
    first_deg: float
    last_deg: float
    step_deg: float
    caglioti_deg2: tuple[float, float, float]
    lorentz_deg: float
    is_polarised: bool
    zero_deg: float = 0.0
    radius_mm: float = np.nan

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


def lorentz_polarisation(two_theta_deg: FloatArray, is_polarised: bool) -> FloatArray:
    """Lorentz factor of powder lines, `1 / (sin^2 theta cos theta)`, times the polarisation.

    Unpolarised radiation gives `1 + cos^2 2 theta`, polarised or corrected one 1.
    """
    theta = np.radians(two_theta_deg) / 2.0
    polarisation = np.ones_like(theta) if is_polarised else 1.0 + np.cos(2.0 * theta) ** 2
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
    axis = instrument.two_theta_deg
    total = background.copy()
    for wavelength, share in instrument.wavelengths:
        true_deg = two_theta_deg(spacing_angstrom, wavelength)
        shown_deg = _shown_deg(true_deg, instrument, texture)
        gauss, lorentz = _widths_deg(true_deg, wavelength, instrument, texture)
        for place, area, sigma, half in zip(
            shown_deg, share * area_counts_deg, gauss / FWHM_OF_GAUSS, lorentz / 2.0, strict=True
        ):
            first, last = np.searchsorted(axis, (place - REACH_DEG, place + REACH_DEG))
            offsets = axis[first:last] - place
            total[first:last] += area * _voigt(offsets, instrument.step_deg, sigma, half)
    return total


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
    lorentz = instrument.lorentz_deg + np.degrees(of_size + of_strain) * 2.0 / np.pi
    return np.sqrt(u * tangent**2 + v * tangent + w), lorentz


def _voigt(
    offsets_deg: FloatArray, step_deg: float, sigma_deg: float, half_deg: float
) -> FloatArray:
    """Voigt function of unit area, averaged over each step by three Gauss-Legendre nodes."""
    from scipy.special import wofz

    x = offsets_deg[:, None] + step_deg * NODES
    values = wofz((x + 1j * half_deg) / (sigma_deg * np.sqrt(2.0))).real
    return np.asarray(values @ NODE_WEIGHTS / (sigma_deg * np.sqrt(2.0 * np.pi)))
