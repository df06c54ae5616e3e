"""Options of wavelengths: what patterns were measured with, and what they are shown at."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pipeline.core.options import Options
from pipeline.physics.radiation import KALPHA_ANGSTROM, Radiation, named_radiation

NAMES = tuple(f"{anode}-{line}" for anode in KALPHA_ANGSTROM for line in ("Ka1", "Ka", "Kam"))


def _known(name: str) -> str:
    if name not in NAMES:
        raise ValueError(
            f"'{name}' is no radiation; write an anode ({', '.join(KALPHA_ANGSTROM)}) and a line: "
            "`Cu-Ka1` (Kalpha1 alone), `Cu-Ka` (the doublet), `Cu-Kam` (its mean as one wavelength)"
        )
    return name


RadiationName = Annotated[str, AfterValidator(_known)]
WAVELENGTHS_ANGSTROM = 0.05, 10.0  # gamma rays, and longer than any lattice diffracts
WavelengthAngstrom = Annotated[float, Field(gt=WAVELENGTHS_ANGSTROM[0], lt=WAVELENGTHS_ANGSTROM[1])]


class TargetOptions(Options):
    """The wavelength at which angles are shown beside the measured ones; spacings do not depend on it."""

    line: RadiationName | None = Field(
        None, description="named line, such as `Cu-Ka1` or `Mo-Ka1`; of a doublet (`Cu-Ka`) Kalpha1"
    )
    wavelength_angstrom: WavelengthAngstrom | None = Field(
        None, description="any wavelength; without it and without `line`: 1.5406 (Cu Kalpha1)"
    )
    rebin_step_deg: float | None = Field(
        None,
        gt=0,
        description="share the counts out to a common grid of this step at the target wavelength; absent: none",
    )
    polarisation: Literal["keep", "correct"] = Field(
        "keep",
        description="`correct`: scale intensities by the ratio of Lorentz-polarisation factors of Cu and the "
        "measured wavelength, for comparison by eye; fits use the measured counts",
    )

    @model_validator(mode="after")
    def _one(self) -> TargetOptions:
        if self.line and self.wavelength_angstrom:
            raise ValueError("give `line` or `wavelength_angstrom`, not both")
        if self.polarisation == "correct" and self.rebin_step_deg is None:
            raise ValueError(
                "`polarisation: correct` needs `rebin_step_deg`: measured counts stay as measured"
            )
        return self

    @property
    def angstrom(self) -> float:
        """The wavelength."""
        if self.line:
            return named_radiation(self.line).wavelength_angstrom
        return self.wavelength_angstrom or 1.5406

    @property
    def is_mean(self) -> bool:
        """Whether it is the mean of a doublet (1.5418 for Cu), by name or by its value."""
        means = [named_radiation(f"{a}-Kam").wavelength_angstrom for a in KALPHA_ANGSTROM]
        return any(abs(self.angstrom - mean) < 2e-4 for mean in means)


class SourceOptions(Options):
    """What patterns were measured with, where their files do not say it."""

    radiation: RadiationName | None = Field(
        None,
        description="radiation of files that do not state it: `Cu-Ka` is the doublet. A file that states another "
        "wavelength is refused, not overruled",
    )
    kalpha2_ratio: float | None = Field(
        None, ge=0, lt=1, description="intensity of Kalpha2 over Kalpha1; 0.5 where nobody says"
    )
    wavelength_angstrom: WavelengthAngstrom | None = Field(
        None, description="the only wavelength of files that do not state it (synchrotron)"
    )
    radius_mm: float | None = Field(
        None, gt=0, description="goniometer radius, for a displacement in micrometres"
    )
    counts: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="whether intensities are counted photons; `auto`: where the file says so, or all are whole numbers",
    )

    @model_validator(mode="after")
    def _one(self) -> SourceOptions:
        if self.radiation and self.wavelength_angstrom:
            raise ValueError("give `radiation` or `wavelength_angstrom`, not both")
        return self

    @property
    def given(self) -> Radiation | None:
        """The radiation as given, or None."""
        if self.radiation:
            return named_radiation(
                self.radiation, 0.5 if self.kalpha2_ratio is None else self.kalpha2_ratio
            )
        return Radiation(self.wavelength_angstrom) if self.wavelength_angstrom else None
