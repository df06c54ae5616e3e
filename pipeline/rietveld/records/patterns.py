"""The patterns that are refined: what Rietveld needs of what powder diffraction has read."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """The patterns of one data set, one row a frame, as measured.

    `two_theta_deg`, `intensity_counts`, `sigma_counts` are `(n_frames, n_points)`, NaN at the end of shorter frames and
    throughout failed ones; the esd is NaN where the file states none. `gain_ratio` `(n_frames,)` is the variance over the
    mean (1 for counts), NaN where it is unknown. `status` is `ok`, or why the frame is none, with the `reason` in words.
    """

    dataset: str
    geometry: str
    source_file: tuple[str, ...]
    two_theta_deg: FloatArray
    intensity_counts: FloatArray
    sigma_counts: FloatArray
    gain_ratio: FloatArray
    wavelength_angstrom: FloatArray
    kalpha2_angstrom: FloatArray
    kalpha2_ratio: FloatArray
    radius_mm: FloatArray
    covariates: Covariates
    status: tuple[str, ...]
    reason: tuple[str, ...]
    flags: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("two_theta_deg", "intensity_counts", "sigma_counts"), ndim=2)
        freeze_fields(
            self,
            (
                *("gain_ratio", "wavelength_angstrom", "kalpha2_angstrom", "kalpha2_ratio"),
                "radius_mm",
            ),
            ndim=1,
        )

    @property
    def n_frames(self) -> int:
        """Number of frames, good and bad."""
        return len(self.status)
