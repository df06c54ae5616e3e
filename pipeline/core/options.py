"""Base of the option classes: a typed, frozen part of the study file that refuses unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


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
