"""Options of one data set's refinement: instrument, range, background, choices, starts, gates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window

Group = Literal[
    "scale",
    "background",
    "cell",
    "position",
    "profile",
    "widths",
    "coordinates",
    "occupancies",
    "u_iso",
    "orientation",
]
"""What a stage of a plan sets free: groups of parameters that go together."""


class InstrumentOptions(Options):
    """The instrument's own line profile."""

    standard: str | None = Field(
        None, description="data set of a standard (role `standard`) whose profile is used"
    )
    file: str | None = Field(
        None,
        description="GSAS-II instrument parameter file (.instprm) below the raw folder; what it means differs between engines by its axial divergence, see docs/rietveld.md",
    )
    refine: bool = Field(
        False,
        description="refine the profile on the sample itself, where no standard was measured; size and strain are then not the sample's",
    )
    polarisation_ratio: float | None = Field(
        None,
        ge=0,
        le=1,
        description="share of the beam polarised in the plane that holds no scattering angle: 0.5 for a tube without a monochromator, 0.95 to 1 for a synchrotron; absent: 0.5 for a doublet or a known anode, else 0.95",
    )

    @model_validator(mode="after")
    def _one(self) -> InstrumentOptions:
        if self.standard and self.file:
            raise ValueError("give `standard` or `file`, not both")
        return self


class StageOptions(Options):
    """One stage of a plan: what is set free in addition, and up to which angle."""

    free: list[Group] = Field(description="groups that are set free from here on", min_length=1)
    up_to_deg: float | None = Field(
        None, gt=0, lt=180, description="use the pattern below this angle alone; absent: all"
    )


class GateOptions(Options):
    """Limits beyond which a refinement is no answer."""

    rwp_percent: float = Field(25.0, gt=0, description="largest weighted profile R factor")
    gof_ratio: float = Field(8.0, gt=0, description="largest goodness of fit, Rwp over Rexp")
    shift_sigma: float = Field(
        0.05, gt=0, description="largest shift of the last cycle over its sigma"
    )
    correlation_ratio: float = Field(
        0.995, gt=0, lt=1, description="largest correlation between two refined numbers"
    )
    cell_percent: float = Field(
        3.0, gt=0, description="largest change of a cell length from its start"
    )
    mixing_percent: Window = Field(
        (0.0, 50.0), description="what mixing can be; two sigmas beyond it is refused"
    )


Starts = Annotated[int, Field(ge=1, le=20)]


class RefinementOptions(Options):
    """How one data set is refined."""

    use: list[str] | None = Field(
        None, description="phases that are in this sample; absent: all of `phases`"
    )
    instrument: InstrumentOptions = Field(
        InstrumentOptions(), description="the instrument's own line profile"
    )
    range_deg: Window | None = Field(None, description="angles that are used; absent: all")
    excluded_deg: list[Window] = Field([], description="angles that are left out")
    background_terms: int = Field(8, ge=1, le=36, description="Chebyshev terms of the background")
    position: Literal["auto", "zero", "displacement", "none"] = Field(
        "auto",
        description="what shifts the lines: a zero error or a displaced sample, never both; `auto`: displacement for bragg-brentano, zero else",
    )
    scattering_factors: Literal["neutral", "ionic"] = Field(
        "neutral",
        description="form factors; the choice moves the mixing by more than its sigma, see the sensitivity table",
    )
    dispersion: bool = Field(True, description="use f' and f''")
    starts: Starts = Field(
        3, description="refinements from displaced starts, which must agree; 1: none is displaced"
    )
    stages: list[StageOptions] | None = Field(
        None, description="own plan; absent: the engine's tried one"
    )
    gates: GateOptions = Field(GateOptions(), description="limits of an acceptable refinement")
    brindley: bool = Field(
        False,
        description="correct weight fractions for microabsorption with each phase's `particle_um`",
    )


class StandardOptions(Options):
    """A standard whose cell is certified: its lines are the instrument's."""

    phase: str = Field(description="phase of the standard, one of `phases`; its cell is held")
    background_terms: int = Field(8, ge=1, le=36, description="Chebyshev terms of the background")
    range_deg: Window | None = Field(None, description="angles that are used; absent: all")
    size_nm: float | None = Field(
        None, gt=0, description="crystallite size of the standard, if it broadens; absent: none"
    )
    refine_axial: bool = Field(True, description="refine the axial divergence")
