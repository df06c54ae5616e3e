"""Peaks followed through a series."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.xrd.records.status import Flags, FrameStatus, LineStatus

PER_LINE = (
    *("position_deg", "position_sigma_deg", "position_target_deg", "position_target_sigma_deg"),
    *("spacing_angstrom", "spacing_sigma_angstrom", "fwhm_deg", "fwhm_sigma_deg"),
    *("area_counts_deg", "area_sigma_counts_deg", "area_limit_counts_deg", "height_counts"),
    *("background_counts", "lorentz_fraction", "asymmetry_ratio", "reduced_chi2"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The lines that are followed `(n_lines,)`: of which phase, with which indices, expected where.

    `hkl` are labels such as `003`, `1 0 -12`; `h_index`, `k_index`, `l_index` the numbers. A line
    of no phase (a named one, such as of a cell window) has indices NaN and its name as `hkl`.
    `spacing_angstrom` is what the start cell gives.
    """

    phase: tuple[str, ...]
    hkl: tuple[str, ...]
    h_index: FloatArray
    k_index: FloatArray
    l_index: FloatArray
    spacing_angstrom: FloatArray

    def __post_init__(self) -> None:
        names = ("h_index", "k_index", "l_index", "spacing_angstrom")
        freeze_fields(self, names, ndim=1)

    @property
    def label(self) -> tuple[str, ...]:
        """Phase and indices of each line, such as `NMC 003`."""
        return tuple(f"{p} {h}".strip() for p, h in zip(self.phase, self.hkl, strict=True))

    def index(self, phase: str, hkl: str) -> int:
        """Place of a line.

        Raises:
            KeyError: it is not followed.
        """
        for i, both in enumerate(zip(self.phase, self.hkl, strict=True)):
            if both == (phase, hkl):
                return i
        raise KeyError(f"{phase} {hkl}")


@dataclass(frozen=True, slots=True, eq=False)
class PeakTracks:
    """Peaks of each frame, all arrays `(n_frames, n_lines)`, NaN where there is no number.

    Positions are of Kalpha1 (or the only wavelength) on the measured axis, uncorrected for
    displacement; `position_target_deg` the same at `target_angstrom`; spacings from them.
    Sigmas are from the fit's covariance with the counts' own variance (Poisson of the model);
    `scatter_ratio` is the root of the reduced chi2 where above one, by which to multiply them for esds scaled
    to the scatter. `area_counts_deg` is the integral of the line, Kalpha2 included. Of a
    line that is absent or too weak, `area_limit_counts_deg` is the upper limit of its area at
    `limit_level_fraction` confidence. `line_status` has one word per frame and line, `line_flags` the
    line's own flags joined by `+`, or `-` for none. `lorentz_sigma_fraction` is NaN where the share was held, and
    `width_shape_correlation_ratio` that of the width and the share in the fit; None where nobody kept them.
    """

    lines: Lines
    geometry: str
    target_angstrom: float
    limit_level_fraction: float
    source_file: tuple[str, ...]
    position_deg: FloatArray
    position_sigma_deg: FloatArray
    position_target_deg: FloatArray
    position_target_sigma_deg: FloatArray
    spacing_angstrom: FloatArray
    spacing_sigma_angstrom: FloatArray
    fwhm_deg: FloatArray
    fwhm_sigma_deg: FloatArray
    area_counts_deg: FloatArray
    area_sigma_counts_deg: FloatArray
    area_limit_counts_deg: FloatArray
    height_counts: FloatArray
    background_counts: FloatArray
    lorentz_fraction: FloatArray
    asymmetry_ratio: FloatArray
    reduced_chi2: FloatArray
    scatter_ratio: FloatArray
    wavelength_angstrom: FloatArray
    radius_mm: FloatArray
    covariates: Covariates
    line_status: tuple[tuple[LineStatus, ...], ...]
    line_flags: tuple[tuple[str, ...], ...]
    status: tuple[FrameStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]
    lorentz_sigma_fraction: FloatArray | None = None
    width_shape_correlation_ratio: FloatArray | None = None

    def __post_init__(self) -> None:
        of_shape = ("lorentz_sigma_fraction", "width_shape_correlation_ratio")
        freeze_fields(self, (*PER_LINE, "scatter_ratio", *of_shape), ndim=2)
        freeze_fields(self, ("wavelength_angstrom", "radius_mm"), ndim=1)

    @property
    def n_frames(self) -> int:
        """Number of frames, good and bad."""
        return len(self.status)
