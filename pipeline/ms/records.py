"""Frozen records of gas analysis, one for each state of the data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.core.arrays import FloatArray, freeze_fields


class ChannelStatus(StrEnum):
    """What became of one channel, or of one step of the mass."""

    OK = "ok"
    UNREADABLE = "unreadable"
    NOT_RECORDED = "not_recorded"
    TOO_SHORT = "too_short"
    NO_REFERENCE = "no_reference"
    NO_BASELINE = "no_baseline"
    NO_NOISE = "no_noise"
    NOT_RESOLVED = "not_resolved"


class Outcome(StrEnum):
    """Whether gas came; empty where that cannot be said."""

    RELEASE = "release"
    NO_RELEASE = "no_release"
    UNKNOWN = ""


class Flag(StrEnum):
    """A remark on a number that stands, for the `flags` column."""

    DELAY_NOT_GIVEN = "delay_not_given"
    CLOCK_ASSUMED = "clock_assumed"
    DATE_AMBIGUOUS = "date_ambiguous"
    TEMPERATURE_NOT_KNOWN = "temperature_not_known"
    POINTS_DROPPED = "points_dropped"
    BASELINE_EXTRAPOLATED = "baseline_extrapolated"
    NOISE_CORRELATED = "noise_correlated"
    RELEASE_NOT_COMPLETE = "release_not_complete"
    SEVERAL_PEAKS = "several_peaks"
    FEW_POINTS = "few_points"
    VERDICT_CLOSE = "verdict_close"


Flags = tuple[Flag, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MassCurve:
    """Temperature, and mass on a thermobalance, `(n,)`; NaN where the file has none.

    Times are as the file counts them. `stamp_iso` is the date that the file states, '' where it states none:
    programs put the beginning or the end of the run there, and do not say which.
    """

    source_file: str
    stamp_iso: str
    time_s: FloatArray
    temperature_c: FloatArray
    mass_mg: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, ("time_s", "temperature_c", "mass_mg"), ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Times and temperatures `(n,)` of what was measured together; `start_iso` is when frame 0 was, or ''."""

    start_iso: str
    time_s: FloatArray
    temperature_c: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, ("time_s", "temperature_c"), ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class GasRun:
    """What one file holds.

    Each channel has a clock of its own: `time_s`, `temperature_c` and `intensity_ratio` are `(n_channels,
    n_points)`, shorter rows end in NaN. Times count from `start_iso`, '' where the file does not say it.
    `intensity_ratio` is the file's number over one `unit` of it. `temperature_c` is NaN where the file has none. A
    file of a thermobalance alone has no channel, and `mass`.
    """

    source_file: str
    format: str
    start_iso: str
    end_iso: str
    channel: tuple[str, ...]
    label: tuple[str, ...]
    unit: tuple[str, ...]
    time_s: FloatArray
    temperature_c: FloatArray
    intensity_ratio: FloatArray
    dropped_count: FloatArray
    mass: MassCurve | None
    remarks: tuple[str, ...]
    flags: Flags

    def __post_init__(self) -> None:
        freeze_fields(self, ("time_s", "temperature_c", "intensity_ratio"), ndim=2)
        freeze_fields(self, ("dropped_count",), ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class GasTraces:
    """Traces on the shared clock, `(n_channels, n_points)`, NaN beyond a channel's own points.

    `intensity_normalised` is over `reference`: a channel, or the mean sum of all channels.
    """

    dataset: str
    source_file: str
    channel: tuple[str, ...]
    label: tuple[str, ...]
    reference: str
    time_s: FloatArray
    temperature_c: FloatArray
    intensity_normalised: FloatArray
    remarks: tuple[str, ...]
    status: tuple[ChannelStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("time_s", "temperature_c", "intensity_normalised"), ndim=2)


@dataclass(frozen=True, slots=True, eq=False)
class MassLosses:
    """Steps of mass loss, one row a step `(n_steps,)`, and the curve `(n,)` that they are of.

    `loss_percent` is of the mass at the start, positive for a loss; onset and end are where the tangent at
    the steepest point meets the lines before and after.
    """

    source_file: str
    time_s: FloatArray
    temperature_c: FloatArray
    mass_percent: FloatArray
    start_mg: float
    onset_s: FloatArray
    onset_c: FloatArray
    onset_sigma_c: FloatArray
    steepest_c: FloatArray
    end_s: FloatArray
    end_c: FloatArray
    end_sigma_c: FloatArray
    loss_percent: FloatArray
    loss_sigma_percent: FloatArray
    total_percent: float
    total_sigma_percent: float
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *("time_s", "temperature_c", "mass_percent", "onset_s", "onset_c", "onset_sigma_c"),
                *("steepest_c", "end_s", "end_c", "end_sigma_c"),
                *("loss_percent", "loss_sigma_percent"),
            ),
            ndim=1,
        )


MEASURED = (
    *("onset_s", "peak_s", "fwhm_s", "rise_s", "area_s"),
    *("onset_c", "peak_c", "fwhm_c", "rise_c", "area_c"),
    *("height_normalised", "share_ratio"),
)
"""Numbers of a release; each has its sigma beside it."""


def sigma_name(name: str) -> str:
    """Name of a number's sigma: `onset_c` to `onset_sigma_c`."""
    stem, _, unit = name.rpartition("_")
    return f"{stem}_sigma_{unit}"


@dataclass(frozen=True, slots=True, eq=False)
class GasReleases:
    """Releases of a data set, one row a channel `(n_channels,)`, NaN where there is none.

    `seen_s` and `seen_c` are where the threshold was passed; the onset is where the tangent at the steepest
    rise meets the baseline. `rise` is the time from there to the peak's height along that tangent. `area_s` and
    `area_c` are integrals of the normalised trace over time and temperature. `share_ratio` is the share of the area
    that lies near the peak, `verdict` the word for it: `sharp` or `gradual`. Where there is no release, `limit_s` is
    the upper limit of its area, for a release as wide as `limit_width_s`. `noise_normalised` is the sigma of one point,
    `correlation_ratio` the integrated autocorrelation time in points; `baseline_normalised` `(n_channels, n_points)`.
    """

    traces: GasTraces
    mass: MassLosses | None
    noise_normalised: FloatArray
    correlation_ratio: FloatArray
    baseline_normalised: FloatArray
    seen_s: FloatArray
    seen_c: FloatArray
    onset_s: FloatArray
    onset_sigma_s: FloatArray
    onset_c: FloatArray
    onset_sigma_c: FloatArray
    peak_s: FloatArray
    peak_sigma_s: FloatArray
    peak_c: FloatArray
    peak_sigma_c: FloatArray
    fwhm_s: FloatArray
    fwhm_sigma_s: FloatArray
    fwhm_c: FloatArray
    fwhm_sigma_c: FloatArray
    rise_s: FloatArray
    rise_sigma_s: FloatArray
    rise_c: FloatArray
    rise_sigma_c: FloatArray
    area_s: FloatArray
    area_sigma_s: FloatArray
    area_c: FloatArray
    area_sigma_c: FloatArray
    height_normalised: FloatArray
    height_sigma_normalised: FloatArray
    share_ratio: FloatArray
    share_sigma_ratio: FloatArray
    limit_s: FloatArray
    limit_width_s: FloatArray
    verdict: tuple[str, ...]
    outcome: tuple[Outcome, ...]
    status: tuple[ChannelStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        measured = (*MEASURED, *map(sigma_name, MEASURED))
        more = ("noise_normalised", "correlation_ratio", "seen_s", "seen_c")
        freeze_fields(self, (*measured, *more, "limit_s", "limit_width_s"), ndim=1)
        freeze_fields(self, ("baseline_normalised",), ndim=2)
