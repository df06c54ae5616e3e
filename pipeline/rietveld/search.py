"""The minimum of a pattern: refinements from displaced starts, which one is reported, and whether the others agree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.evidence import is_answer
from pipeline.rietveld.interface import Failure, Job, PhaseModel, Stages
from pipeline.rietveld.judge import Judged, tried
from pipeline.rietveld.numbers import background_chi2
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.records import Flag, Gate
from pipeline.rietveld.starts import Start, starts_of
from pipeline.rietveld.warm import values_of, warmed

SAME_SIGMA = 0.5  # ends nearer than this are one minimum, found twice
EQUAL_CHI2 = 9.0  # minima whose sums of squares differ by less, in units of reduced chi2, are equally good: 3 sigma
NUISANCE = ("scale", "zero_deg", "displacement_um")


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """Where one start ended; `distance_sigma` from the reported one, NaN where it gave no fit."""

    what: str
    rwp_percent: float
    distance_sigma: float
    best: bool
    same: bool
    stages: Stages | None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What is reported of a pattern, and where each start ended."""

    answer: Judged | Failure
    ends: tuple[End, ...]


def searched(
    job: Job, engine: Engine, used: SampleOptions, models: tuple[PhaseModel, ...]
) -> Found:
    """Refine a pattern from all its starts; report the best, if it is one minimum.

    The best is that of the lowest sum of squares among those that arrived at a minimum: one that could not be is refused
    and not passed over for a worse one that could. Where two ends are equally good within noise but differ, the pattern does
    not tell which is right (gate `starts_agree`); a worse end of a displaced start is the remark `other_minimum`.
    """
    starts = starts_of(job, used.starts)
    return of_starts(starts, engine, used, models)


def of_starts(
    starts: tuple[Start, ...], engine: Engine, used: SampleOptions, models: tuple[PhaseModel, ...]
) -> Found:
    """As `searched`, from given starts, the first of which is the one as given."""
    alone = background_chi2(starts[0].job)
    answers = [tried(s.job, engine, models, used.gates, alone) for s in starts]
    best = _best(answers)
    if best is None:
        first = answers[0]
        ends = tuple(End(s.what, np.nan, np.nan, k == 0, False, None) for k, s in enumerate(starts))
        return Found(first, ends)
    answers = _polished(answers, best, engine, models, used, alone)
    best = _best(answers) or 0
    return _agreed(starts, answers, best)


def _best(answers: list[Judged | Failure]) -> int | None:
    """Number of the answer that is reported; None where there is none at all."""
    fits = [k for k, a in enumerate(answers) if isinstance(a, Judged)]
    arrived = [k for k in fits if _judged(answers[k]).arrived]
    pool = arrived or fits
    if not pool:
        return None
    lowest = min(pool, key=lambda k: _judged(answers[k]).quality.chi2)
    # Of equally good ones the first that passes: the one as given, where it is among them.
    for k in pool:
        if _judged(answers[k]).passed and _equal(_judged(answers[k]), _judged(answers[lowest])):
            return k
    return lowest


def _polished(
    answers: list[Judged | Failure],
    best: int,
    engine: Engine,
    models: tuple[PhaseModel, ...],
    used: SampleOptions,
    alone: float,
) -> list[Judged | Failure]:
    """Ends as good as the best or better that are apart from it, or did not arrive, refined once more: some had only not settled."""
    reference, polished = _judged(answers[best]), []
    for k, answer in enumerate(answers):
        if isinstance(answer, Failure) or not _unsettled(answer, reference, k == best):
            polished.append(answer)
            continue
        job = warmed(answer.job, values_of(answer.fit))
        again = tried(job, engine, models, used.gates, alone)
        polished.append(again if isinstance(again, Judged) else answer)
    return polished


def _unsettled(answer: Judged, reference: Judged, is_best: bool) -> bool:
    if not (_equal(answer, reference) or answer.quality.chi2 < reference.quality.chi2):
        return False
    if not answer.arrived:
        return answer.without(Gate.SIGNAL_THERE)  # where no line is seen nothing can settle
    return not is_best and distance_sigma(answer, reference) > SAME_SIGMA


def _agreed(starts: tuple[Start, ...], answers: list[Judged | Failure], best: int) -> Found:
    reported = _judged(answers[best])
    ends, rivals = [], []
    for k, (start, answer) in enumerate(zip(starts, answers, strict=True)):
        if isinstance(answer, Failure):
            ends.append(End(start.what, np.nan, np.nan, False, False, None))
            continue
        distance = distance_sigma(answer, reported)
        same = answer.arrived == reported.arrived and distance <= SAME_SIGMA
        end = End(
            start.what, answer.quality.rwp_percent, distance, k == best, same, answer.fit.stages
        )
        ends.append(end)
        better = answer.quality.chi2 < reported.quality.chi2
        if not same and (better if not answer.arrived else better or _equal(answer, reported)):
            rivals.append((start, answer))
    flags, failed = list(reported.flags), list(reported.failed)
    if len(starts) == 1:
        flags.append(Flag.ONE_START)
    if not all(end.same for end in ends):
        flags.append(Flag.OTHER_MINIMUM)
    if rivals and reported.arrived:
        failed.append((Gate.STARTS_AGREE, _words(reported, *rivals[0])))
    return Found(replace(reported, flags=tuple(flags), failed=tuple(failed)), tuple(ends))


def distance_sigma(one: Judged, other: Judged) -> float:
    """Largest difference of cell, coordinates, occupancies and displacements, in sigmas of the other."""
    return _farthest(one, other)[0]


def _farthest(one: Judged, other: Judged) -> tuple[float, str]:
    here, there = values_of(one.fit), values_of(other.fit)
    largest, which = 0.0, ""
    for name, sigma in zip(other.fit.parameters, other.fit.sigma, strict=True):
        if not is_answer(name) or name.rpartition(".")[2] in NUISANCE or name not in here:
            continue
        scale = sigma * other.quality.esd_inflation
        if not (np.isfinite(scale) and scale > 0):
            continue
        apart = abs(here[name] - there[name]) / scale
        if apart > largest:
            largest, which = float(apart), name
    return largest, which


def _equal(one: Judged, other: Judged) -> bool:
    """Whether two fits are equally good within noise."""
    noise = max(one.quality.reduced_chi2, 1e-30) * other.quality.esd_inflation**2
    return abs(one.quality.chi2 - other.quality.chi2) < EQUAL_CHI2 * noise


def _words(reported: Judged, start: Start, rival: Judged) -> str:
    distance, name = _farthest(rival, reported)
    if not rival.arrived and not _equal(rival, reported):
        return (
            f"the start '{start.what}' came to a lower Rwp ({rival.quality.rwp_percent:.3f} against "
            f"{reported.quality.rwp_percent:.3f} %) without settling: {rival.failed[0][1]}"
        )
    return (
        f"two minima are equally good (Rwp {reported.quality.rwp_percent:.3f} and {rival.quality.rwp_percent:.3f} %) but "
        f"{distance:.1f} sigma apart: {name} = {reported.fit.of(name)[0]:.6g}, and {rival.fit.of(name)[0]:.6g} from the start "
        f"'{start.what}'. The pattern does not tell which; hold something, or use a wider range."
    )


def _judged(answer: Judged | Failure) -> Judged:
    if isinstance(answer, Failure):
        raise TypeError("a failure has no fit")
    return answer
