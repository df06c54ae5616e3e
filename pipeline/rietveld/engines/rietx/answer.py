"""What rietx found, in our names: values, the covariance without allowance for correlated residuals, curves, lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.engines.rietx.library import VERSION
from pipeline.rietveld.engines.rietx.numbers import Number, rows_of
from pipeline.rietveld.engines.rietx.plan import Step
from pipeline.rietveld.interface import Failure, Fit, Job, Reflections, Stages

NOT_TOLD_APART = ("FLAT_DIRECTION", "COVARIANCE_DIRECTION_DISCARDED")
TOLD_ELSEWHERE = frozenset({"HIGH_CORRELATION", "BOUND_HIT", "FLOOR_HIT", *NOT_TOLD_APART})
"""What the fit's own fields say: no remark beside them."""


def answer_of(
    job: Job,
    refinement: Any,
    numbers: tuple[Number, ...],
    initial: dict[str, float],
    steps: list[Step],
    results: list[Any],
) -> Fit | Failure:
    """The fit of the last result; the stages of all.

    Raises:
        RuntimeError: rietx keeps its covariance elsewhere than this adapter knows.
    """
    result = results[-1]
    freed = set(steps[-1].paths)
    refined = [n for n in numbers if n.refined and freed & set(n.free)]
    fixed = [n for n in numbers if n not in refined]
    rows = rows_of(refinement)
    theirs = np.array([rows[n.path].value for n in refined])
    value = np.array([n.ours(rows[n.path].value) for n in refined])
    calculated = np.array(result.y_calc)
    if not (np.isfinite(value).all() and np.isfinite(calculated).all()):
        lost = [n.name for n, v in zip(refined, value, strict=True) if not np.isfinite(v)]
        what = ", ".join(lost) or "the calculated pattern"
        return Failure("rietx", VERSION, "engine_failed", f"rietx ended at no number for {what}")
    if len(calculated) != len(job.counts):
        said = f"rietx used {len(calculated)} points of the {len(job.counts)} it was given"
        return Failure("rietx", VERSION, "engine_failed", said)
    slopes = np.array([n.slope(t) for n, t in zip(refined, theirs, strict=True)])
    covariance = slopes[:, None] * _covariance(refinement, result, refined) * slopes
    at_bound = {p.path for p in result.parameters if p.at_bound}
    shift = result.statistics.max_shift_over_esd
    return Fit(
        engine="rietx",
        version=VERSION,
        converged=result.status == "converged",
        parameters=tuple(n.name for n in refined),
        initial=np.array([initial[n.name] for n in refined]),
        value=value,
        sigma=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        at_bound=tuple(bool(at_bound & set(n.free)) for n in refined),
        fixed=tuple(n.name for n in fixed),
        fixed_value=np.array([n.ours(rows[n.path].value) for n in fixed]),
        shift_sigma_ratio=0.0 if shift is None else float(shift),
        singular=_singular(refined, result),
        calculated_counts=calculated,
        background_counts=np.array(result.y_background),
        reflections=_reflections(job, refinement),
        stages=_stages(job, steps, results),
        remarks=_remarks(results),
    )


def _covariance(refinement: Any, result: Any, refined: list[Number]) -> FloatArray:
    """Covariance in rietx's own units; NaN for a number that it held because the pattern does not tell it.

    Its sigmas hold the factor of Berar and Lelann (doi:10.1107/S0021889890008391) for residuals that hang together, which is
    taken out again: every engine's numbers get one allowance, ours.
    """
    kept = getattr(refinement, "_answer_covariance", None)
    if not isinstance(kept, tuple) or len(kept) != 5 or kept[0] is not result:
        raise RuntimeError(
            "the covariance is not where this program knows it to be in rietx 1.10; install the version that "
            "requirements/lock.txt names"
        )
    _, table, theta, sigma, correlation = kept
    n = len(refined)
    if sigma is None:
        return np.full((n, n), np.nan)
    found = np.array(
        table.physical_covariance(theta, sigma, correlation, [r.path for r in refined])
    )
    factors = [
        (p.stderr / p.stderr_uncorrected) ** 2
        for p in result.parameters
        if p.stderr and p.stderr_uncorrected
    ]
    found /= factors[0] if factors else np.nan
    measured = {p.path for p in result.parameters if p.stderr}  # not a cell that ran away
    unknown = np.array([r.path not in measured for r in refined])
    unknown |= ~(np.isfinite(np.diag(found)) & (np.diag(found) > 0))
    found[unknown, :] = np.nan
    found[:, unknown] = np.nan
    return found


def _singular(refined: list[Number], result: Any) -> tuple[str, ...]:
    paths = set(result.stages[-1].held)
    for diagnostic in result.diagnostics:
        if diagnostic.code in NOT_TOLD_APART:
            paths |= set(diagnostic.where)
    return tuple(n.name for n in refined if paths & {n.path, *n.free})


def _stages(job: Job, steps: list[Step], results: list[Any]) -> Stages:
    """The log; rietx's cost of a stage is half of the sum of squared weighted residuals."""
    weighted = job.counts / job.sigma_counts
    names: list[str] = []
    rwp: list[float] = []
    count: list[float] = []
    converged: list[bool] = []
    limits = [s.up_to_deg for s in steps]
    for stage in (s for r in results for s in r.stages):
        k = len(names)
        limit = limits[k] if k < len(limits) else None
        used = slice(None) if limit is None else job.two_theta_deg <= limit
        names.append(" ".join(steps[k].groups) or "all" if k < len(steps) else "all")
        rwp.append(100.0 * np.sqrt(2.0 * stage.cost_final / np.sum(weighted[used] ** 2)))
        count.append(len(set(stage.freed) - set(stage.held)))
        converged.append(stage.status == "converged")
    return Stages(tuple(names), np.array(rwp), np.array(count), tuple(converged))


def _remarks(results: list[Any]) -> tuple[str, ...]:
    said = {
        f"{d.code}: {d.message}": None
        for d in results[-1].diagnostics
        if d.level != "info" and d.code not in TOLD_ELSEWHERE
    }
    return tuple(said)


def _reflections(job: Job, refinement: Any) -> Reflections:
    first, last = job.two_theta_deg[0], job.two_theta_deg[-1]
    rows = [
        r for r in refinement.reflection_table() if r.line == 0 and first <= r.two_theta <= last
    ]
    columns = ("h", "k", "l", "multiplicity", "d", "two_theta", "f_squared", "intensity")
    return Reflections(
        tuple(r.phase for r in rows),
        *(np.array([getattr(r, c) for r in rows], dtype=np.float64) for c in columns),
    )
