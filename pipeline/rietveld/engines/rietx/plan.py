"""From groups of parameters to rietx's stages: literal paths, because a glob with a typing error frees nothing in silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from pipeline.rietveld.engines.rietx.library import rietx
from pipeline.rietveld.engines.rietx.numbers import Number
from pipeline.rietveld.interface import Job, Stage

EVERYTHING = (
    *("scale", "background", "cell", "position", "profile", "widths"),
    *("coordinates", "occupancies", "u_iso", "orientation"),
)
PROFILE = {
    **dict.fromkeys(("w_deg2", "x_deg", "y_deg"), "profile_widths"),
    "axial_ratio": "profile_axial",
    **dict.fromkeys(("u_deg2", "v_deg2"), "profile_caglioti"),
}
"""Parts of the group `profile`, set free one after the other: from wide starts they do not settle all at once."""

COLD = (
    Stage(("scale", "background")),
    Stage(("cell", "position", "widths", "profile_widths")),
    Stage(("profile_axial",)),
    Stage(("profile_caglioti",)),
    Stage(("coordinates", "occupancies", "orientation", "u_iso")),
)
"""Everything at once after the first stage would do from a cell that lies on the lines; this order costs no more."""

STAGE_FTOL = 1e-4
ANSWER_FTOL = 1e-7
"""Relative fall of the sum of squares below which a stage ends; the answer's leaves shifts of a few thousandths of a sigma."""

WARM = (Stage(EVERYTHING),)


@dataclass(frozen=True, slots=True)
class Step:
    """A stage with what is free in it, `paths`, from the first stage on; `groups` are those that it adds."""

    groups: tuple[str, ...]
    paths: tuple[str, ...]
    up_to_deg: float | None


def steps_of(job: Job, numbers: Iterable[Number]) -> list[Step]:
    """The stages of a job that free something: its own, else one for a warm start, else the tried order.

    Raises:
        ValueError: a stage of the job's own frees nothing that the model has, or none frees anything.
    """
    by_group: dict[str, list[str]] = {}
    for number in numbers:
        if not number.refined:
            continue
        by_group.setdefault(number.group, []).extend(number.free)
        if number.group == "profile":
            part = PROFILE[number.name.removeprefix("profile.")]
            by_group.setdefault(part, []).extend(number.free)
    steps: list[Step] = []
    free: dict[str, None] = {}
    for k, stage in enumerate(job.stages or (WARM if job.warm else COLD)):
        new = [path for group in stage.free for path in by_group.get(group, ())]
        if job.stages and not new:
            raise ValueError(
                f"stage {k + 1} frees {', '.join(stage.free)}, of which this model has nothing to refine; "
                "leave the stage out"
            )
        if not job.stages and not set(new) - set(free):
            continue
        free.update(dict.fromkeys(new))
        groups = tuple(group for group in stage.free if by_group.get(group))
        steps.append(Step(groups, tuple(free), stage.up_to_deg))
    if not steps:
        raise ValueError("nothing is refined: no stage frees anything that this model has")
    if steps[-1].up_to_deg is not None:  # an answer is one of the whole pattern
        steps.append(Step((), tuple(free), None))
    return steps


def runs_of(steps: Iterable[Step]) -> list[tuple[float | None, list[Step]]]:
    """Stages that use the same part of the pattern, together."""
    return [(limit, list(same)) for limit, same in groupby(steps, key=lambda s: s.up_to_deg)]


def plan_of(steps: Iterable[Step], window: float | None) -> Any:
    """A plan of rietx; `window` closes it with a stage of wide peak windows, from which an answer is taken."""
    steps = list(steps)
    stages = [
        rietx.Stage(
            f"{k}: {' '.join(step.groups) or 'all'}",
            list(step.paths),
            ftol=ANSWER_FTOL if window is not None and step is steps[-1] else None,
        )
        for k, step in enumerate(steps)
    ]
    return rietx.RefinementPlan(
        stages=stages, closing_window_tol=window, intermediate_ftol=STAGE_FTOL
    )


def closing_window(job: Job) -> float:
    """The share of a line's area that may lie outside of its window in the answer.

    Wide windows take most of the time. What the tails leave out moves a number by less than a twentieth of its sigma at
    this share (measured), which has to fall as the counts rise.
    """
    signal = float(np.linalg.norm(job.counts / job.sigma_counts))
    return float(np.clip(7.0 / signal, 0.001, 0.005)) if signal > 0 else 0.005
