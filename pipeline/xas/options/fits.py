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
