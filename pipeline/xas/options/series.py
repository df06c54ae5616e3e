"""Options of what looks at a whole series at once: principal components and curve resolution."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window


class PcaOptions(Options):
    """Principal components of a series, and which standards lie in the space that it spans."""

    range_ev: Window = Field((-20.0, 60.0), description="range, relative to `normalise.e0_ev`")
    signal: Literal["normalised", "flattened"] = Field(
        "flattened", description="which spectrum is decomposed"
    )
    components: Annotated[int, Field(ge=1, le=12)] | None = Field(
        None,
        description="number of components that standards are tested against; without it those whose "
        "singular value is above noise, calibration and `floor_ratio`",
    )
    floor_ratio: float = Field(
        1e-3,
        ge=0,
        description="differences between scans whose rms is below this part of the edge step are no "
        "component: beam, detector and normalisation are not better than that",
    )
    standards: list[str] = Field(
        [], description="ids of the data sets that are tested as targets; none tests none"
    )

    @model_validator(mode="after")
    def _distinct(self) -> PcaOptions:
        _refuse_twice(self.standards)
        return self


class McrOptions(Options):
    """Resolution of a series into spectra and concentrations (MCR-ALS), beside the fit by standards."""

    components: int = Field(
        ge=2, le=6, description="number of components; the step `pca` says how many there are"
    )
    range_ev: Window = Field((-20.0, 60.0), description="range, relative to `normalise.e0_ev`")
    signal: Literal["normalised", "flattened"] = Field(
        "flattened", description="which spectrum is resolved"
    )
    initial: Literal["purest", "standards"] = Field(
        "purest",
        description="spectra to start from: `purest`: the scans that differ most; `standards`: those named",
    )
    standards: list[str] = Field(
        [], description="ids of data sets to start from, to hold, or to show beside the result"
    )
    fixed: list[str] = Field(
        [], description="standards whose spectrum is a component as it is; the others are resolved"
    )
    max_iterations: int = Field(2000, ge=1, description="more than these is a failure to converge")
    change_tolerance: float = Field(
        1e-5,
        gt=0,
        description="converged once no concentration changes by more than this in an iteration",
    )
    ambiguity_tolerance: float = Field(
        0.05, gt=0, description="a band of equally good concentrations wider than this is flagged"
    )

    @model_validator(mode="after")
    def _consistent(self) -> McrOptions:
        _refuse_twice(self.standards)
        _refuse_twice(self.fixed)
        strange = [name for name in self.fixed if name not in self.standards]
        if strange:
            raise ValueError(f"`fixed` names '{strange[0]}', which is not among `standards`")
        if len(self.fixed) >= self.components:
            raise ValueError(
                "`fixed` leaves no component to resolve; a fit by standards alone is `lcf`"
            )
        if self.initial == "standards" and len(self.standards) < self.components:
            raise ValueError(
                f"{len(self.standards)} standards cannot start {self.components} components"
            )
        return self


def _refuse_twice(names: list[str]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"standard named twice: {', '.join(sorted(twice))}")
