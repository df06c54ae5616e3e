"""The block `xrd` of the study file, and overrides by data set."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pipeline.core.options import Options, SidecarOptions
from pipeline.core.overrides import laid_over
from pipeline.xrd.options.cell import BroadeningOptions, CellOptions
from pipeline.xrd.options.phases import PhaseOptions
from pipeline.xrd.options.radiation import SourceOptions, TargetOptions
from pipeline.xrd.options.track import TrackOptions
from pipeline.xrd.options.transitions import TransitionOptions


class DiffractionOptions(Options):
    """Everything about one data set."""

    source: SourceOptions = Field(SourceOptions(), description="what the files do not say")
    sidecar: SidecarOptions = Field(SidecarOptions(), description="joining of sidecar tables")
    target: TargetOptions = Field(TargetOptions(), description="the wavelength of shown angles")
    phases: dict[str, PhaseOptions] = Field({}, description="crystalline phases, by name")
    track: TrackOptions | None = Field(None, description="following of lines; absent: none")
    cell: CellOptions | None = Field(None, description="cell from the lines; absent: none")
    broadening: BroadeningOptions | None = Field(None, description="size and strain; absent: none")
    transitions: TransitionOptions | None = Field(
        None, description="changes over a series; absent: none"
    )


class XrdOptions(DiffractionOptions):
    """Options of powder diffraction, for all data sets; `overrides` for single ones."""

    overrides: dict[str, dict[str, Any]] = Field(
        {},
        description="options that differ for one data set: `{dataset: {track: {...}}}`; `null` takes a block away",
    )

    def for_dataset(self, dataset: str) -> DiffractionOptions:
        """Options of a data set: the common ones with its overrides laid over them.

        Raises:
            pydantic.ValidationError: an override is no valid option.
        """
        common = self.model_dump(exclude={"overrides"})
        changes = self.overrides.get(dataset, {})
        return DiffractionOptions.model_validate(laid_over(common, changes, whole=("phases",)))
