"""The block `rietveld` of the study file, and overrides by data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from pipeline.rietveld.options.engine import EngineChoice, Gsas2Options
from pipeline.rietveld.options.phases import PhaseOptions
from pipeline.rietveld.options.refine import RefinementOptions, StandardOptions


class SampleOptions(RefinementOptions):
    """Everything about one data set."""

    phases: dict[str, PhaseOptions] = Field({}, description="crystalline phases, by name")


class RietveldOptions(SampleOptions):
    """Options of Rietveld refinement, for all its data sets; `overrides` for single ones."""

    engine: EngineChoice = Field(
        "auto",
        description="`gsas2`, `rietx`, `both`, or `auto`: GSAS-II where it is found, else rietx",
    )
    gsas2: Gsas2Options = Field(Gsas2Options(), description="where GSAS-II is")
    datasets: list[str] = Field(
        [], description="diffraction data sets (technique `xrd`) that are refined"
    )
    standards: dict[str, StandardOptions] = Field(
        {}, description="diffraction data sets of standards, whose profile others use"
    )
    sensitivity: list[str] = Field(
        [],
        description="data sets that are refined again under each choice of scattering factors, dispersion and preferred orientation",
    )
    overrides: dict[str, dict[str, Any]] = Field(
        {},
        description="options that differ for one data set: `{dataset: {phases: {NCM: {li_fraction: 0.3}}}}`",
    )

    def for_dataset(self, dataset: str) -> SampleOptions:
        """Options of a data set: the common ones with its overrides laid over them, phases key by key.

        Raises:
            pydantic.ValidationError: an override is no valid option.
        """
        common = self.model_dump(include=set(SampleOptions.model_fields), exclude_unset=True)
        return SampleOptions.model_validate(_deep(common, self.overrides.get(dataset, {})))


def _deep(common: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(common)
    for key, value in changes.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = _deep(before, value) if both else value  # type: ignore[arg-type]
    return merged
