"""Options of one data set, block by block."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window


class ClockOptions(Options):
    """Where the analyser's times stand on the clock of what was measured together with it."""

    clock_offset_s: float | None = Field(
        None,
        description="added to the analyser's times; absent: both clocks are taken as their files state "
        "them, or as started together, with a flag",
    )
    transfer_delay_s: float | None = Field(
        None,
        ge=0,
        description="time that the gas takes to reach the analyser, taken off its times; absent: none is, "
        "with a flag (the onset is late by delay times heating rate)",
    )
    transfer_delay_sigma_s: float = Field(
        0.0, ge=0, description="one sigma of the delay, carried into that of onset and peak"
    )
    sidecar_offset_s: float | None = Field(
        None,
        description="analyser's time at which the thermobalance's file begins; absent: from the dates in both",
    )
    date_order: Literal["day_first", "month_first"] | None = Field(
        None,
        description="how to read a date such as 03/04/2022; absent: told from the file, else no date is used",
    )


class BaselineOptions(Options):
    """The background under a release."""

    degree: Literal[0, 1] = Field(1, description="0: a constant; 1: a straight line")
    windows_c: list[Window] | None = Field(
        None, description="temperatures at which there is no release; absent: found"
    )
    windows_s: list[Window] | None = Field(
        None, description="times at which there is no release, instead of `windows_c`"
    )
    settle_s: float = Field(
        60.0, ge=0, description="time at the start, while the vacuum settles, that is left out"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> BaselineOptions:
        if self.windows_c is not None and self.windows_s is not None:
            raise ValueError("give `windows_c` or `windows_s`, not both")
        return self


class ReleaseOptions(Options):
    """What counts as a release, and what as a sharp one."""

    threshold_sigma: float = Field(
        5.0,
        gt=0,
        description="gas is there where the trace exceeds the baseline by this many sigmas",
    )
    points: int = Field(5, ge=1, description="at so many points, one after the other")
    sharp_within_c: float = Field(
        10.0, gt=0, description="a release is sharp where most of it lies this near its peak"
    )
    sharp_within_s: float | None = Field(
        None, gt=0, description="the same in time, for runs whose temperature is not known"
    )
    sharp_ratio: float = Field(
        0.5, gt=0, lt=1, description="share of the area near the peak from which a release is sharp"
    )
    limit_level: float = Field(
        0.95, gt=0.5, lt=1, description="confidence of the upper limit where there is no release"
    )
    replicates: int = Field(
        400, ge=50, description="repetitions with fresh noise, whose scatter gives the sigmas"
    )
    seed: int = Field(4, ge=0, description="seed of that noise")


class MassOptions(Options):
    """Steps of mass loss on a thermobalance."""

    rate_window_s: float = Field(
        120.0, gt=0, description="the rate of loss is the slope over so long a piece of the curve"
    )
    threshold_sigma: float = Field(
        5.0,
        gt=0,
        description="mass is lost where the rate exceeds the usual one by this many sigmas",
    )
    least_percent: float = Field(
        0.2, gt=0, description="steps smaller than this, in per cent of the start, are passed over"
    )
