"""Options of linear-combination fits and valences."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window


class CombinationOptions(Options):
    """Fits by all sets of candidate standards, ranked by AICc."""

    candidates: Annotated[list[str], Field(min_length=1, max_length=12)] = Field(
        description="ids of the data sets to choose standards from, 1 to 12"
    )
    fewest: int = Field(1, ge=1, le=6, description="standards in the smallest set")
    most: int = Field(3, ge=1, le=6, description="standards in the largest set")
    keep: int = Field(20, ge=1, le=500, description="how many of the best sets of a scan are kept")

    @model_validator(mode="after")
    def _sizes(self) -> CombinationOptions:
        if self.fewest > min(self.most, len(self.candidates)):
            raise ValueError(
                f"`fewest` {self.fewest} exceeds `most` {self.most} or the number of candidates"
            )
        twice = {s for s in self.candidates if self.candidates.count(s) > 1}
        if twice:
            raise ValueError(f"candidate named twice: {', '.join(sorted(twice))}")
        return self


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
    combinations: CombinationOptions | None = Field(
        None,
        description="fit by all sets of candidate standards too, ranked; the spread of the valence over those "
        "that the data do not rule out goes into its model sigma; absent: none",
    )

    @model_validator(mode="after")
    def _distinct(self) -> LcfOptions:
        twice = {s for s in self.standards if self.standards.count(s) > 1}
        if twice:
            raise ValueError(f"standard named twice: {', '.join(sorted(twice))}")
        return self


class ValenceOptions(Options):
    """Average valence of the element."""

    methods: Annotated[list[Literal["lcf", "edge"]], Field(min_length=1)] = Field(
        ["lcf"],
        description="`lcf`: sum of fraction times valence of each standard (column `valence` of the table); "
        "`edge`: read off the line of edge energy against valence through `standards`",
    )
    standards: list[str] | None = Field(
        None,
        description="ids of the data sets that the line of method `edge` goes through; without it all "
        "of role `standard` with a valence",
    )
    edge_position: Literal["half_step", "level", "area", "derivative"] = Field(
        "half_step",
        description="which edge energy the line uses: half step, `normalise.edge_level`, area, or the maximum "
        "of the derivative (a poor measure: it jumps between features)",
    )
    scatter_ev: float | None = Field(
        None,
        ge=0,
        description="scatter of compounds of one family about the line, beyond the sigmas of their edges; "
        "without it, it is estimated, which needs three standards",
    )
    family_sigma_ev: float = Field(
        1.0,
        ge=0,
        description="sigma of the edge energy of a sample whose family is not the line's, where fewer than "
        "two compounds of known valence outside those families tell it (ligands move an edge by up to 2 eV)",
    )

    @model_validator(mode="after")
    def _distinct(self) -> ValenceOptions:
        for name in ("methods", "standards"):
            values = getattr(self, name) or []
            twice = {str(v) for v in values if values.count(v) > 1}
            if twice:
                raise ValueError(f"`{name}` names twice: {', '.join(sorted(twice))}")
        return self
