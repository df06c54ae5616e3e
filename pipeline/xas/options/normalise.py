"""Options of normalisation and edge position."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window
from pipeline.xas.options.energy import EnergyEv


class OverAbsorptionOptions(Options):
    """Over-absorption (self-absorption) of fluorescence from an infinitely thick sample, undone."""

    formula: str = Field(description="what the sample is made of, such as `LiNi0.6Mn0.2Co0.2O2`")
    angle_in_deg: float = Field(
        45.0, gt=0, le=90, description="angle between the beam and the surface of the sample"
    )
    angle_out_deg: float = Field(
        45.0, gt=0, le=90, description="angle between the surface and the direction of the detector"
    )


class NormaliseOptions(Options):
    """Pre-edge line, post-edge polynomial, edge step; windows are relative to `e0_ev`."""

    method: Literal["polynomial", "mback", "none"] = Field(
        "polynomial",
        description="`polynomial`: pre-edge and post-edge fits; `mback`: match tabulated f'' in the same "
        "windows, by larch; `none`: the file holds normalised spectra, keep them",
    )
    e0_ev: EnergyEv | None = Field(
        None,
        description="reference energy of all windows and of the step; without it the tabulated edge energy",
    )
    pre_ev: Window = Field((-150.0, -50.0), description="pre-edge fit window")
    post_ev: Window = Field((100.0, 500.0), description="post-edge fit window")
    pre_degree: int = Field(1, ge=0, le=2, description="degree of the pre-edge polynomial")
    pre_function: Literal["polynomial", "victoreen"] = Field(
        "polynomial",
        description="`polynomial` in E; `victoreen`: a polynomial over E^4, with degree 1 `a E^-3 + b E^-4` (larch's `nvict` 4)",
    )
    post_degree: int = Field(
        2,
        ge=0,
        le=3,
        description="true degree of the post-edge polynomial (Athena's `nnorm` 3 is degree 2)",
    )
    edge_level: float = Field(
        0.5,
        gt=0,
        lt=1.5,
        description="level of the flattened spectrum at which an edge energy is given beside the half step",
    )

    over_absorption: OverAbsorptionOptions | None = Field(
        None,
        description="correction of data sets of mode `fluorescence`, thick samples; absent: none. Others are not touched",
    )

    @model_validator(mode="after")
    def _windows_on_their_sides(self) -> NormaliseOptions:
        if self.pre_ev[1] >= 0:
            raise ValueError(f"`pre_ev` must end below the edge, not at {self.pre_ev[1]:g} eV")
        if self.post_ev[0] <= 0:
            raise ValueError(f"`post_ev` must begin above the edge, not at {self.post_ev[0]:g} eV")
        return self
