"""The block `ms` of the study file, and overrides by data set."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pipeline.core.options import Options
from pipeline.core.overrides import laid_over
from pipeline.ms.options.blocks import BaselineOptions, ClockOptions, MassOptions, ReleaseOptions


class GasOptions(Options):
    """Everything about one data set."""

    clock: ClockOptions = Field(ClockOptions(), description="the shared clock")
    normalise_by: str | None = Field(
        None,
        description="channel by which the others are divided, such as the carrier gas `mz_40`; absent: "
        "all by one number, the mean sum of the channels",
    )
    channels: list[str] | None = Field(
        None,
        description="channels that are analysed, such as `[mz_32, mz_44]`; absent: all but "
        "the one that is divided by",
    )
    baseline: BaselineOptions = Field(BaselineOptions(), description="background of a trace")
    release: ReleaseOptions = Field(ReleaseOptions(), description="what counts as a release")
    mass: MassOptions = Field(MassOptions(), description="steps of a thermobalance's mass")


class MsOptions(GasOptions):
    """Options of mass spectra and thermogravimetry, for all data sets; `overrides` for single ones."""

    overrides: dict[str, dict[str, Any]] = Field(
        {}, description="options that differ for one data set: `{dataset: {clock: {...}}}`"
    )

    def for_dataset(self, dataset: str) -> GasOptions:
        """Options of a data set: the common ones with its overrides laid over them.

        Raises:
            pydantic.ValidationError: an override is no valid option.
        """
        common = self.model_dump(exclude={"overrides"})
        return GasOptions.model_validate(laid_over(common, self.overrides.get(dataset, {})))
