"""One job, start to answer; what goes wrong is told, never raised."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.rietveld.engines.rietx.answer import answer_of
from pipeline.rietveld.engines.rietx.checks import refusal
from pipeline.rietveld.engines.rietx.constraints import constrain
from pipeline.rietveld.engines.rietx.instrument import instrument_of
from pipeline.rietveld.engines.rietx.library import VERSION, rietx
from pipeline.rietveld.engines.rietx.numbers import LENGTHS, numbers_of, rows_of
from pipeline.rietveld.engines.rietx.plan import Step, closing_window, plan_of, runs_of, steps_of
from pipeline.rietveld.engines.rietx.structure import structure_of
from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.start_cell import with_found_cell

SETTLED = 0.02
"""Shift over sigma below which the last cycle moved nothing; well below what the gate asks."""

REPEATS = 3


def refine(job: Job) -> Fit | Failure:
    """Refine a job with rietx.

    Args:
        job: pattern and model.

    Returns:
        The fit, or why there is none: a model that rietx cannot take, a stage that freed nothing, numbers that ran away.
    """
    reason = refusal(job)
    if reason:
        return Failure("rietx", VERSION, "engine_failed", reason)
    try:
        return _refined(job, job if job.warm or job.stages else with_found_cell(job))
    # What rietx and the libraries below it raise for a model or numbers they cannot work with; pydantic's own is a ValueError.
    except (ValueError, LookupError, ArithmeticError, RuntimeError, np.linalg.LinAlgError) as error:
        said = str(error).strip() or type(error).__name__
        return Failure("rietx", VERSION, "engine_failed", f"rietx: {said}")


def _refined(asked: Job, job: Job) -> Fit | Failure:
    """Refine `job`, which is what was asked with, perhaps, a better start cell."""
    refinement = rietx.Refinement(structure_of(job), instrument_of(job), history=False)
    constrain(refinement, job)
    rows = rows_of(refinement)
    numbers = numbers_of(rows, job)
    initial = {n.name: n.ours(rows[n.path].value) for n in numbers} | _cells(asked)
    steps = steps_of(job, numbers)
    results = []
    runs = runs_of(steps)
    window = closing_window(job)
    for k, (limit, same) in enumerate(runs):
        closing = window if k == len(runs) - 1 else None
        results.append(_fit(refinement, job, plan_of(same, closing), limit))
        problem = _unfreed(same, results[-1])
        if problem:
            return Failure("rietx", VERSION, "engine_failed", problem)
    for _ in range(REPEATS):
        shift = results[-1].statistics.max_shift_over_esd
        if shift is None or shift < SETTLED:
            break
        results.append(_fit(refinement, job, plan_of(steps[-1:], window), None))
    return answer_of(job, refinement, numbers, initial, steps, results)


def _fit(refinement: Any, job: Job, plan: Any, up_to_deg: float | None) -> Any:
    data = rietx.PatternData(
        two_theta=job.two_theta_deg.tolist(),
        intensity=job.counts.tolist(),
        sigma=job.sigma_counts.tolist(),
    )
    limits = None if up_to_deg is None else (float(job.two_theta_deg[0]), up_to_deg)
    return refinement.fit(data, plan=plan, two_theta_limits=limits, telemetry=False)


def _cells(job: Job) -> dict[str, float]:
    """Start values of all cell lengths."""
    return {
        f"{phase.name}.{key}_angstrom": phase.cell[k]
        for phase in job.phases
        for k, key in enumerate(LENGTHS)
    }


def _unfreed(steps: list[Step], result: Any) -> str:
    """What a stage was to set free and did not; what rietx held and says so is told apart in the answer."""
    for step, stage in zip(steps, result.stages, strict=False):
        lost = set(step.paths) - set(stage.freed) - set(stage.held)
        if lost:
            return f"stage '{stage.name}' did not set free {', '.join(sorted(lost))}"
    return ""
