"""Base of the option classes: a typed, frozen part of the study file that refuses unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Options(BaseModel):
    """Options of one step. Every field has a description, and its name states its unit."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )


def _ascending(window: tuple[float, float]) -> tuple[float, float]:
    if not window[0] < window[1]:
        raise ValueError(f"the window [{window[0]:g}, {window[1]:g}] must ascend")
    return window


Window = Annotated[tuple[float, float], AfterValidator(_ascending)]
"""Two numbers, the first below the second."""


class SidecarOptions(Options):
    """Joining a sidecar table (column `sidecar`) to the scans by time."""

    clock_offset_s: float = Field(
        0.0, description="added to the times of the scans before they are looked up in the sidecar"
    )
    max_gap_s: float = Field(
        600.0,
        gt=0,
        description="a scan further than this from any row of the sidecar stays unmatched",
    )
