"""Options of linear-combination fits and valences."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window


class LcfOptions(Options):
    """Linear-combination fit of each scan by standards; exact, non-negative."""

    standards: Annotated[list[str], Field(min_length=1, max_length=6)] = Field(
        description="ids of the data sets used as standards (role `standard` or `sample`), 1 to 6"
    )
    range_ev: Window = Field((-20.0, 60.0), description="fit range, relative to `normalise.e0_ev`")
    signal: Literal["normalised", "flattened"] = Field(
        "flattened", description="which spectrum is fitted"
    )
    sum: Literal["free", "one"] = Field(
        "free",
        description="`free`: weights are renormalised to fractions and their sum is a quality flag; "
        "`one`: the sum is forced to one",
    )
    sum_tolerance: float = Field(
        0.05, gt=0, description="a free sum further from one than this is flagged"
    )
    weights: Literal["uniform", "variance"] = Field(
        "uniform",
        description="`uniform`: all points weigh alike; `variance`: by the noise around each point",
    )
    bootstrap: int = Field(
        0,
        ge=0,
        le=10_000,
        description="replicates of the residual block bootstrap (200 are enough for a sigma); 0: none",
    )
    model_windows: bool = Field(
        True,
        description="fit with other normalisation windows too, for the model sigma; other fit ranges always",
    )

    @model_validator(mode="after")
    def _distinct(self) -> LcfOptions:
        twice = {s for s in self.standards if self.standards.count(s) > 1}
        if twice:
            raise ValueError(f"standard named twice: {', '.join(sorted(twice))}")
        return self


class ValenceOptions(Options):
    """Average valence of the element."""

    methods: Annotated[list[Literal["lcf"]], Field(min_length=1)] = Field(
        ["lcf"],
        description="`lcf`: sum of fraction times valence of each standard (column `valence` of the table)",
    )
