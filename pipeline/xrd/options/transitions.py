"""Options of changes: which quantity, against what, by which model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window
from pipeline.xrd.options.phases import Reflection

Covariate = Literal["temperature_c", "time_s", "voltage_v", "cycle", "charge_mah", "frame"]
OF_LINE = ("area", "position", "fwhm", "spacing")
OF_CELL = ("a", "b", "c", "volume", "c_over_a")


class ChangeOptions(Options):
    """One change: a quantity that rises, falls or bends with the covariate."""

    quantity: Literal[
        "area",
        "position",
        "fwhm",
        "spacing",
        "a",
        "b",
        "c",
        "volume",
        "c_over_a",
        "splitting",
        "ratio",
    ] = Field(description="what changes: of a line, of the cell, or a named splitting or ratio")
    phase: str | None = Field(None, description="phase of the line; absent: the cell's")
    hkl: Reflection | None = Field(None, description="the line, for quantities of one")
    name: str | None = Field(None, description="the splitting or ratio, by its name")
    model: Literal["logistic", "broken_line", "expansion", "sequence"] = Field(
        "logistic",
        description="`logistic`: from one level to another; `broken_line`: straight until the onset, then with "
        "another slope; `expansion`: one straight line, whose relative slope is the expansion coefficient; `sequence`: "
        "rises, then falls, by straight parts, such as c through H1, H2 and H3",
    )
    range: Window | None = Field(
        None, description="part of the covariate that is used; absent: all of it"
    )

    @model_validator(mode="after")
    def _named(self) -> ChangeOptions:
        if (self.quantity in OF_LINE) != (self.hkl is not None):
            needs = "needs" if self.quantity in OF_LINE else "does not take"
            raise ValueError(f"the quantity `{self.quantity}` {needs} `hkl`")
        if (self.quantity in ("splitting", "ratio")) != (self.name is not None):
            needs = "needs" if self.quantity in ("splitting", "ratio") else "does not take"
            raise ValueError(f"the quantity `{self.quantity}` {needs} `name`")
        return self


class TransitionOptions(Options):
    """Changes over a series."""

    against: Covariate = Field("temperature_c", description="what the changes are given in")
    changes: dict[str, ChangeOptions] = Field(
        description="named changes, such as `spinel_onset`", min_length=1
    )
