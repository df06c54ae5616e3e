"""Options of peak tracking."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.core.options import Options, Window


class TrackOptions(Options):
    """How lines are followed from frame to frame."""

    phases: list[str] | None = Field(
        None, description="phases whose lines are followed; absent: all of `phases`"
    )
    profile: Literal["pseudo-voigt", "split-pseudo-voigt"] = Field(
        "pseudo-voigt",
        description="shape of a line; `split` has a width of its own on either side, for axial asymmetry",
    )
    window_deg: float = Field(
        0.6, gt=0, description="data within this of a line, on either side, are fitted"
    )
    search_deg: float = Field(
        0.4,
        gt=0,
        description="a line is looked for within this of where the start cell puts it in the first frame, and "
        "within it of the neighbouring frame's afterwards",
    )
    roam_deg: float | None = Field(
        None,
        gt=0,
        description="farthest that a line may go from where the start cell puts it, in the whole series; absent: five times `search_deg`",
    )
    fwhm_deg: Window = Field((0.01, 1.5), description="range of widths that a line may have")
    background_degree: Literal[0, 1, 2] = Field(
        1, description="degree of the local background under a group of lines"
    )
    present_sigma: float = Field(
        4.0, gt=0, description="a line whose area is below this many of its sigmas is not there"
    )
    limit_level: float = Field(
        0.95, gt=0.5, lt=1, description="confidence of the upper limit of a line that is not there"
    )
    exclude_deg: list[Window] = Field(
        [], description="parts of the measured axis that are left out, such as lines of a holder"
    )

    @model_validator(mode="after")
    def _roams_as_far_as_it_searches(self) -> TrackOptions:
        if self.roam_deg is not None and self.roam_deg < self.search_deg:
            raise ValueError(
                f"`roam_deg` {self.roam_deg:g} is below `search_deg` {self.search_deg:g}: a line would be looked for "
                "where it may not be; widen the one or narrow the other"
            )
        return self
