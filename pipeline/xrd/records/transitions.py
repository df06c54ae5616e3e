"""Changes of a quantity with a covariate: onset, midpoint, end, width."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.xrd.records.status import Flags, FrameStatus

PER_CHANGE = tuple(
    f"{name}{sigma}_of_covariate"
    for name in ("onset", "midpoint", "end", "width")
    for sigma in ("", "_sigma")
)


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """Changes of a data set, one row a change `(n_changes,)`.

    `covariate` names what it changes with (`temperature_c`, ...) and states the unit of everything that ends in
    `_of_covariate`; `_per_covariate` is one over it. Onset and end are where the tangent at the midpoint meets the
    levels before and after; of a broken line its breaks. Of a sequence the onset is where the quantity begins to fall
    most steeply, and the midpoint where it is largest. `step_ratio` is the change, after minus before, over the larger of the two
    levels (of a sequence the value at the end over the largest, less one); `significance_ratio` says by how many
    sigma there is a change at all, all places counted where it was looked for. Of an expansion,
    `slope_per_covariate` is the relative change per unit of the covariate, and its significance the slope over its
    sigma. Curves `(n_changes, n_frames)`, for figures, are the quantity scaled to its levels, 0 before and 1 after, at
    `at_of_covariate` `(n_frames,)`. `verdict` says in words what the quantity does, such as
    `rises to 0.48, rises faster to 1.32, falls`.
    """

    covariate: str
    names: tuple[str, ...]
    quantity: tuple[str, ...]
    models: tuple[str, ...]
    onset_of_covariate: FloatArray
    onset_sigma_of_covariate: FloatArray
    midpoint_of_covariate: FloatArray
    midpoint_sigma_of_covariate: FloatArray
    end_of_covariate: FloatArray
    end_sigma_of_covariate: FloatArray
    width_of_covariate: FloatArray
    width_sigma_of_covariate: FloatArray
    step_ratio: FloatArray
    step_sigma_ratio: FloatArray
    slope_per_covariate: FloatArray
    slope_sigma_per_covariate: FloatArray
    significance_ratio: FloatArray
    reduced_chi2: FloatArray
    at_of_covariate: FloatArray
    scaled_ratio: FloatArray
    scaled_sigma_ratio: FloatArray
    fitted_ratio: FloatArray
    status: tuple[FrameStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]
    verdict: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *PER_CHANGE,
                *("step_ratio", "step_sigma_ratio", "slope_per_covariate"),
                *("slope_sigma_per_covariate", "significance_ratio", "reduced_chi2"),
                "at_of_covariate",
            ),
            ndim=1,
        )
        freeze_fields(self, ("scaled_ratio", "scaled_sigma_ratio", "fitted_ratio"), ndim=2)
