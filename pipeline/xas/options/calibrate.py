"""Options of the energy calibration."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window
from pipeline.xas.options.energy import EnergyEv


class CalibrateOptions(Options):
    """Energy calibration: the shift of each scan, `E_calibrated = E_raw + shift`."""

    method: Literal["foil", "given", "file", "none"] = Field(
        "foil",
        description="`foil`: align the foil measured with each scan to the study's template of it; "
        "`given`: add `shift_ev`; `file`: take the shift that the file's maker states; `none`: leave as measured",
    )
    e0_ev: EnergyEv | None = Field(
        None,
        description="energy given to the foil's first inflection point; without it the tabulated edge energy",
    )
    shift_ev: float | None = Field(None, description="shift of every scan, for `method: given`")
    shift_sigma_ev: float = Field(
        0.5,
        ge=0,
        description="uncertainty of energies that no foil checks (methods `given`, `file`, `none`, and scans without a "
        "foil); the default is what a monochromator is easily off by, give a smaller one where you know it",
    )
    window_ev: Window = Field(
        (-25.0, 45.0), description="part of the foil scan that is aligned, relative to its edge"
    )
    max_shift_ev: float = Field(
        25.0, gt=0, description="a larger shift than this is a failed calibration"
    )

    @model_validator(mode="after")
    def _shift_for_given(self) -> CalibrateOptions:
        if (self.method == "given") != (self.shift_ev is not None):
            raise ValueError("`shift_ev` goes with `method: given`, and only with it")
        return self
