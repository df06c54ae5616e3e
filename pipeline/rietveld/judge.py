"""One refinement and its judgement: what stopped at nothing is held and refined again, then every gate is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.evidence import Evidence, is_width, strongest
from pipeline.rietveld.gates import GATES, NUMERICAL
from pipeline.rietveld.interface import Failure, Fit, Job, PhaseModel
from pipeline.rietveld.numbers import Quality, quality
from pipeline.rietveld.options import GateOptions
from pipeline.rietveld.records import Flag, Gate
from pipeline.rietveld.warm import values_of, warmed

MOST_REPEATS = 4  # widths and phases that are held one after the other
UNSEEN_SIGMA = 3.0
INFLATED = 1.2  # sigmas that grow by less than a fifth are no remark
STRONG = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A fit, what was asked last, and which gates it did not pass, each with its words."""

    job: Job
    fit: Fit
    quality: Quality
    failed: tuple[tuple[Gate, str], ...]
    flags: tuple[Flag, ...]

    @property
    def passed(self) -> bool:
        """Whether its numbers stand."""
        return not self.failed

    @property
    def arrived(self) -> bool:
        """Whether it ended at a minimum, a possible one or not."""
        return not any(gate in NUMERICAL for gate, _ in self.failed)

    def without(self, gate: Gate) -> bool:
        """Whether it passed this gate."""
        return all(g is not gate for g, _ in self.failed)


def tried(
    job: Job,
    engine: Engine,
    models: tuple[PhaseModel, ...],
    limits: GateOptions,
    background_chi2: float,
) -> Judged | Failure:
    """Refine a job and judge the answer.

    A width that stops at none (size, strain, a term of the profile) is held there, and a phase besides the main one that is
    not seen keeps its scale alone, or is left out where that stops at none; each time all else is refined again, so that the
    sigmas of what remains mean what they say.

    Args:
        job: what is asked.
        engine: who is asked.
        models: phases as the study gives them.
        limits: of the gates.
        background_chi2: weighted sum of squares without any phase.
    """
    answer = engine.refine(job)
    if len(job.phases) > 1 and not (isinstance(answer, Fit) and answer.converged):
        job, answer = _in_turn(job, engine, answer)
    flags: list[Flag] = []
    for _ in range(MOST_REPEATS):
        if isinstance(answer, Failure):
            return answer
        problem = _unusable(job, answer)
        if problem:
            return Failure(answer.engine, answer.version, "engine_failed", problem)
        simpler, why = _simpler(job, answer)
        if simpler is None:
            break
        again = engine.refine(simpler)
        if isinstance(again, Failure) or _unusable(simpler, again):
            break  # the first answer is judged, with the width at its bound
        flags += why
        job, answer = simpler, again
    if isinstance(answer, Failure):  # pragma: no cover (the loop has returned it)
        return answer
    found = quality(job, answer)
    evidence = Evidence(job, answer, models, found, background_chi2, limits)
    failed = tuple((gate, words) for gate, ask in GATES.items() if (words := ask(evidence)))
    flags += _remarks(evidence)
    return Judged(job, answer, found, failed, tuple(dict.fromkeys(flags)))


def _in_turn(job: Job, engine: Engine, answer: Fit | Failure) -> tuple[Job, Fit | Failure]:
    """What did not converge with all phases at once: the main one first, the others by their scales, then those that are seen.

    A phase that is not there, or is weak, takes its cell and displacements anywhere, and the others with it.
    """
    others = tuple(_bare(phase) for phase in job.phases[1:])
    simple = replace(job, phases=(job.phases[0], *others))
    first = engine.refine(simple)
    if isinstance(first, Failure) or not first.converged or _unusable(simple, first):
        return job, answer
    phases = [
        bare if k and _unseen(phase, first) else phase
        for k, (phase, bare) in enumerate(zip(job.phases, simple.phases, strict=True))
    ]
    seen = warmed(replace(job, phases=tuple(phases)), values_of(first))
    if seen.phases == warmed(simple, values_of(first)).phases:
        return simple, first
    second = engine.refine(seen)
    if isinstance(second, Failure) or not second.converged:
        return job, answer
    return seen, second


def _unusable(job: Job, fit: Fit) -> str:
    """Why curves cannot be judged at all: an engine that answers so has failed."""
    if fit.calculated_counts.shape != job.counts.shape:
        return f"the engine calculated {fit.calculated_counts.size} points of {job.counts.size}."
    bad = ~np.isfinite(fit.calculated_counts)
    if bad.any():
        where = job.two_theta_deg[int(np.argmax(bad))]
        return f"the calculated curve is no number at {int(bad.sum())} points, the first at {where:.4f} deg."
    return ""


def _simpler(job: Job, fit: Fit) -> tuple[Job | None, list[Flag]]:
    """The job with what stopped at none held there, started where the fit ended; None where nothing did."""
    stopped = {n for n, at in zip(fit.parameters, fit.at_bound, strict=True) if at}
    widths = {name for name in stopped if is_width(name)}
    flags = [Flag.WIDTH_AT_ZERO] if widths else []
    profile_free = tuple(t for t in job.profile_free if f"profile.{t}" not in widths)
    phases = []
    for k, phase in enumerate(job.phases):
        if k and _unseen(phase, fit):
            if _bare(phase) != phase or f"{phase.name}.scale" in stopped:
                flags.append(Flag.PHASE_NOT_SEEN)
            if f"{phase.name}.scale" not in stopped:
                phases.append(_bare(phase))
            continue
        size = phase.refine_size and f"{phase.name}.size_nm" not in widths
        strain = phase.refine_strain and f"{phase.name}.strain_percent" not in widths
        phases.append(replace(phase, refine_size=size, refine_strain=strain))
    if not flags:
        return None, []
    simpler = replace(job, profile_free=profile_free, phases=tuple(phases))
    return warmed(simpler, values_of(fit)), flags


def _unseen(phase: PhaseModel, fit: Fit) -> bool:
    scale, sigma = fit.of(f"{phase.name}.scale")
    return not scale > UNSEEN_SIGMA * (sigma if np.isfinite(sigma) else 0.0)


def _bare(phase: PhaseModel) -> PhaseModel:
    """A phase of which the scale alone is refined."""
    return replace(
        phase,
        refine_cell=False,
        refine_size=False,
        refine_strain=False,
        march_axis=None,
        march_ratio=1.0,
        variables=tuple(replace(v, refine=False) for v in phase.variables),
        atoms=tuple(replace(a, free=()) for a in phase.atoms),
    )


def _remarks(e: Evidence) -> list[Flag]:
    flags = []
    if any(_unseen(phase, e.fit) for phase in e.job.phases[1:]):
        flags.append(Flag.PHASE_NOT_SEEN)
    if e.quality.esd_inflation > INFLATED:
        flags.append(Flag.RESIDUALS_CORRELATED)
    if strongest(e.fit, answers_only=True)[0] > STRONG:
        flags.append(Flag.STRONG_CORRELATION)
    return flags
