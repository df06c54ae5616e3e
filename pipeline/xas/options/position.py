"""Options of the edge positions that stand beside the half step."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window


class PositionOptions(Options):
    """Edge positions beside the half step: maximum of the derivative, area."""

    derivative_ev: Window = Field(
        (-20.0, 30.0),
        description="window in which the maximum of the derivative is looked for, relative to `normalise.e0_ev`; "
        "narrow it to keep the maximum on one feature of the edge",
    )
    smooth_ev: float = Field(
        1.5, gt=0, description="half width of the local cubic that gives the derivative"
    )
    area_level: tuple[float, float] = Field(
        (0.15, 1.0),
        description="levels of the flattened spectrum between which the area method averages the energy",
    )

    @model_validator(mode="after")
    def _levels_ascend(self) -> PositionOptions:
        low, high = self.area_level
        if not 0 < low < high < 1.5:
            raise ValueError(
                f"`area_level` [{low:g}, {high:g}] must be two levels that ascend between 0 and 1.5"
            )
        return self
