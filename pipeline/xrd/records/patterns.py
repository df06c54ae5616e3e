"""Series of patterns: as measured, and their angles at another wavelength."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.xrd.records.status import Flags, FrameStatus


@dataclass(frozen=True, slots=True, eq=False)
class PatternSeries:
    """The patterns of one data set, one row a frame.

    `two_theta_deg`, `intensity_counts` and `sigma_counts` are `(n_frames, n_points)`; frames that
    share a grid share it in memory, shorter ones end in NaN, failed ones are NaN. Angles
    are as measured. `sigma_counts` is the esd as the file states it, NaN where it states none.
    `gain_ratio` `(n_frames,)` is the variance over the mean where that is one number: 1 for
    counts, `1/t` for counts per second, the file's own where its esds are proportional to the root of its
    intensities; NaN where intensities are on an unknown scale. Wavelengths are
    `(n_frames,)`: Kalpha1 or the only one; `kalpha2_angstrom` and `kalpha2_ratio` are NaN without a doublet.
    """

    dataset: str
    geometry: str
    source_file: tuple[str, ...]
    label: tuple[str, ...]
    format: tuple[str, ...]
    two_theta_deg: FloatArray
    intensity_counts: FloatArray
    sigma_counts: FloatArray
    gain_ratio: FloatArray
    counting_time_s: FloatArray
    wavelength_angstrom: FloatArray
    kalpha2_angstrom: FloatArray
    kalpha2_ratio: FloatArray
    radius_mm: FloatArray
    time_iso: tuple[str, ...]
    covariates: Covariates
    remarks: tuple[str, ...]
    status: tuple[FrameStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("two_theta_deg", "intensity_counts", "sigma_counts"), ndim=2)
        freeze_fields(
            self,
            (
                *("gain_ratio", "counting_time_s", "wavelength_angstrom"),
                *("kalpha2_angstrom", "kalpha2_ratio", "radius_mm"),
            ),
            ndim=1,
        )

    @property
    def n_frames(self) -> int:
        """Number of frames, good and bad."""
        return len(self.status)


@dataclass(frozen=True, slots=True, eq=False)
class ConvertedSeries:
    """A series and its axis at another wavelength.

    `two_theta_target_deg` `(n_frames, n_points)` is NaN where the angle does not exist at `target_angstrom`;
    `unreachable_count` `(n_frames,)` says how many. Where a common grid was asked for, `rebinned_deg` `(m,)`,
    `rebinned_counts` and `rebinned_sigma_counts` `(n_frames, m)` hold the counts shared out to it, else they are None.
    """

    measured: PatternSeries
    target_angstrom: float
    target_is_mean: bool
    two_theta_target_deg: FloatArray
    unreachable_count: FloatArray
    rebinned_deg: FloatArray | None
    rebinned_counts: FloatArray | None
    rebinned_sigma_counts: FloatArray | None
    status: tuple[FrameStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("two_theta_target_deg",), ndim=2)
        freeze_fields(self, ("unreachable_count", "rebinned_deg"), ndim=1)
        freeze_fields(self, ("rebinned_counts", "rebinned_sigma_counts"), ndim=2)
