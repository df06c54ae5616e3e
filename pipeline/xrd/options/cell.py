"""Options of cells, of what intensities and widths say, and of an internal standard."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options
from pipeline.xrd.options.phases import Reflection

Correction = Literal["displacement", "zero", "none", "standard"]


class StandardOptions(Options):
    """A line that does not move: of a cell window, a current collector, or an added powder."""

    two_theta_deg: float = Field(
        gt=0, lt=180, description="where it is on the measured axis, in the first good frame"
    )
    true_deg: float | None = Field(
        None,
        gt=0,
        lt=180,
        description="where it belongs; absent: it only keeps the frames together, and the absolute scale stays as measured",
    )
    spacing_angstrom: float | None = Field(
        None, gt=0, description="its spacing, in place of `true_deg`"
    )
    search_deg: float = Field(0.3, gt=0, description="it is looked for within this")
    tolerance_deg: float = Field(
        0.02, gt=0, description="a frame where it moved by more than this is flagged"
    )

    @model_validator(mode="after")
    def _one(self) -> StandardOptions:
        if self.true_deg and self.spacing_angstrom:
            raise ValueError("give `true_deg` or `spacing_angstrom`, not both")
        return self


class RatioOptions(Options):
    """A ratio of integrated intensities."""

    over: list[Reflection] = Field(description="lines whose areas are summed", min_length=1)
    under: list[Reflection] = Field(
        description="lines by whose summed area it is divided", min_length=1
    )


class CellOptions(Options):
    """Cell of a phase from its lines, by least squares."""

    phase: str | None = Field(None, description="whose cell; absent: the first that is followed")
    lines: list[Reflection] | None = Field(
        None, description="lines that are used; absent: all that were fitted"
    )
    correction: Correction = Field(
        "displacement",
        description="what is refined beside the cell: `displacement` of the sample (the law depends on the geometry), "
        "`zero` of the angle, `none`, or taken from the internal `standard`",
    )
    standard: StandardOptions | None = Field(None, description="internal standard; absent: none")
    ratios: dict[str, RatioOptions] = Field(
        {}, description="named ratios of integrated intensities, such as `i003_i104`"
    )
    splittings: dict[str, tuple[Reflection, Reflection]] = Field(
        {}, description="named differences of two positions, such as `s108_110`, second minus first"
    )
    reference: str | None = Field(
        None, description="data set whose cell the first frame should have, such as the powder"
    )
    reference_tolerance_ratio: float = Field(
        0.01, gt=0, description="a cell further than this from the reference's is flagged"
    )

    @model_validator(mode="after")
    def _standard_is_there(self) -> CellOptions:
        if self.correction == "standard" and self.standard is None:
            raise ValueError("`correction: standard` needs a `standard` block")
        return self


class BroadeningOptions(Options):
    """Size and strain by Williamson and Hall."""

    instrument: str | None = Field(
        None,
        description="data set of role `standard` whose widths are the instrument's; absent: they are not taken off, and the result says so",
    )
    shape_factor_ratio: float = Field(
        0.94, gt=0.5, lt=1.5, description="Scherrer's factor K for integral breadths"
    )
    lines: list[Reflection] | None = Field(
        None, description="lines that are used; absent: all that were fitted"
    )
