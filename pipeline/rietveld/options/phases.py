"""Options of phases: the built-in layered oxide, a well-known phase by its name, or any CIF."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options

Length = Annotated[float, Field(gt=0.5, lt=200.0)]
Axis = tuple[int, int, int]
LAYERED_ONLY = (
    *("composition", "li_fraction", "z_o_fraction"),
    *("mixing_element", "mixing_percent", "refine_mixing"),
)


class ConstraintOptions(Options):
    """One linear constraint: a number of an atom is a constant and multiples of variables."""

    atom: str = Field(description="label of the atom, as in the CIF")
    quantity: Literal["occupancy", "u_iso"] = Field(
        description="which of its numbers; `u_iso` in square angstrom"
    )
    equals: dict[str, float] = Field(
        description="factor of each variable, and the `constant`: `{constant: 0.95, y: -1}`"
    )


class VariableOptions(Options):
    """A refined number that constraints refer to, in the unit of what it stands for."""

    start_low_high: tuple[float, float, float] = Field(
        description="start value and bounds; bounds wider than what is physical, so that a wrong model shows"
    )

    @model_validator(mode="after")
    def _inside(self) -> VariableOptions:
        start, low, high = self.start_low_high
        if not low < start < high:
            raise ValueError(f"the start {start:g} must lie between {low:g} and {high:g}")
        return self


class PhaseOptions(Options):
    """One crystalline phase: `model: layered-oxide`, `known: <name>`, or `cif: <file>`."""

    model: Literal["layered-oxide"] | None = Field(
        None, description="the built-in R-3m model with one mixing parameter"
    )
    known: str | None = Field(
        None,
        description="a phase that is built in, such as `NiO`, `LaB6`, `Co3O4`, `Li2CO3`; `python -m pipeline doctor` lists them",
    )
    cif: str | None = Field(None, description="a CIF below the raw folder")
    a_angstrom: Length | None = Field(
        None, description="start cell; absent: of the CIF or the built-in phase"
    )
    b_angstrom: Length | None = Field(None, description="start cell; absent: as a_angstrom")
    c_angstrom: Length | None = Field(None, description="start cell; absent: as a_angstrom")
    composition: dict[str, float] = Field(
        {},
        description="layered oxide: transition metals and others on their site per formula unit, `{Ni: 0.95, Co: 0.018, Mn: 0.032}`",
    )
    li_fraction: float = Field(
        1.0,
        ge=0,
        le=1.2,
        description="layered oxide: lithium per formula unit; 1 when discharged, else from the charge passed or from ICP",
    )
    z_o_fraction: float = Field(
        0.24,
        gt=0.1,
        lt=0.4,
        description="layered oxide: start of the oxygen height, Li at 0, 0, 0",
    )
    mixing_element: str = Field(
        "Ni", description="layered oxide: the element that changes places with lithium"
    )
    mixing_percent: float | None = Field(
        None,
        ge=0,
        lt=50,
        description="layered oxide: start of the mixing; absent: 3 (0 and not refined where the phase has none of the element)",
    )
    refine_mixing: bool = Field(True, description="layered oxide: refine the mixing")
    refine_cell: bool = Field(True, description="refine the cell")
    refine_atoms: Literal["all", "u", "none"] = Field(
        "all",
        description="`all`: free coordinates and displacement parameters; `u`: these alone; `none`: as the model says",
    )
    refine_size: bool = Field(True, description="refine the crystallite size")
    refine_strain: bool = Field(True, description="refine the microstrain")
    size_nm: float = Field(300.0, gt=0, description="start, or fixed, volume-weighted size")
    strain_percent: float = Field(0.05, ge=0, description="start, or fixed, microstrain")
    preferred_orientation: Axis | None = Field(
        None, description="March-Dollase axis `[0, 0, 3]`; absent: no preferred orientation"
    )
    variables: dict[str, VariableOptions] = Field(
        {}, description="own variables for `constraints`, by name"
    )
    constraints: list[ConstraintOptions] = Field(
        [], description="linear constraints on occupancies and displacement parameters"
    )
    particle_um: float | None = Field(
        None, gt=0, description="particle diameter, for Brindley's microabsorption correction"
    )

    @model_validator(mode="after")
    def _one_source(self) -> PhaseOptions:
        given = [k for k in ("model", "known", "cif") if getattr(self, k) is not None]
        if len(given) != 1:
            said = (
                f"this phase has {' and '.join(f'`{k}`' for k in given)}"
                if given
                else "none is given"
            )
            raise ValueError(f"give one of `model`, `known` and `cif`; {said}")
        if self.model and not self.composition:
            raise ValueError(
                "a layered oxide needs its `composition`, such as {Ni: 0.8, Mn: 0.1, Co: 0.1}"
            )
        if self.model and (self.a_angstrom is None or self.c_angstrom is None):
            raise ValueError("a layered oxide needs its start cell, `a_angstrom` and `c_angstrom`")
        idle = [k for k in LAYERED_ONLY if k in self.model_fields_set]
        if not self.model and idle:
            said = " and ".join(f"`{k}`" for k in idle)
            raise ValueError(
                f"{said} would do nothing here: only `model: layered-oxide` has it; leave it out"
            )
        if self.model and self.b_angstrom not in (None, self.a_angstrom):
            raise ValueError("`b_angstrom` equals a in a layered oxide; leave it out")
        return self
