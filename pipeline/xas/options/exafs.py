"""Options of the extended fine structure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window


class ExafsOptions(Options):
    """Extended fine structure by larch: background (autobk) and Fourier transform (xftf)."""

    e0_ev: float | None = Field(
        None,
        gt=0,
        description="energy of k = 0 on the calibrated axis; without it `normalise.e0_ev`",
    )
    rbkg_angstrom: float = Field(
        1.0, gt=0, description="the background takes what |chi(R)| has below this distance"
    )
    background_kweight: int = Field(2, ge=0, le=3, description="power of k in the background's fit")
    kweight: int = Field(2, ge=0, le=3, description="power of k in the Fourier transform")
    k_inv_angstrom: Window = Field((3.0, 12.0), description="range of the Fourier transform")
    dk_inv_angstrom: float = Field(
        1.0, gt=0, description="width of the window's taper, half of it beyond each end"
    )
    window: Literal["hanning", "kaiser", "parzen", "welch", "sine"] = Field(
        "hanning", description="form of the Fourier window"
    )
    r_angstrom: Window = Field(
        (1.0, 3.0),
        description="where the first shell's peak of |chi(R)| is looked for; not corrected for phase",
    )
    r_end_angstrom: float = Field(6.0, gt=0, lt=15, description="|chi(R)| is kept up to here")

    @model_validator(mode="after")
    def _inside(self) -> ExafsOptions:
        if self.k_inv_angstrom[0] - self.dk_inv_angstrom / 2 < 0:
            raise ValueError(
                "the window begins below k = 0: raise `k_inv_angstrom` or lower `dk_inv_angstrom`"
            )
        if self.r_angstrom[1] > self.r_end_angstrom:
            raise ValueError("`r_angstrom` ends beyond `r_end_angstrom`")
        return self

    @property
    def spline_end_inv_angstrom(self) -> float:
        """Where the background ends: the end of the Fourier window with its taper."""
        return self.k_inv_angstrom[1] + self.dk_inv_angstrom / 2
