"""The frames of a series, one after the other: the first from all its starts, each next one from its neighbour's answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.instrument_source import InstrumentSource
from pipeline.rietveld.interface import Failure, Job, PhaseModel
from pipeline.rietveld.jobs import job_of, noise_from_scatter
from pipeline.rietveld.judge import Judged, tried
from pipeline.rietveld.numbers import background_chi2
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.orientation import orientation_seen
from pipeline.rietveld.points import Refused
from pipeline.rietveld.records import FitStatus, Flag, Flags, Gate, Patterns
from pipeline.rietveld.search import EQUAL_CHI2, End, Found, searched
from pipeline.rietveld.setting import in_our_setting
from pipeline.rietveld.warm import values_of, warmed

JUMP = 1.25  # an Rwp that grows by more from one frame to the next is asked again from all starts
OK = FitStatus.OK


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One frame by one engine. `start` is the job as the study asks it, None where there is none."""

    frame: int
    engine: str
    version: str
    status: FitStatus
    reason: str
    flags: Flags
    failed_gates: tuple[str, ...]
    start: Job | None
    answer: Judged | None
    ends: tuple[End, ...]


def series(
    patterns: Patterns,
    used: SampleOptions,
    models: tuple[PhaseModel, ...],
    instrument: InstrumentSource,
    engine: Engine,
) -> list[Row]:
    """Refine all frames of a data set by one engine.

    A frame starts from the answer of the last good one before it, which is near; where that fails a gate, or fits much
    worse than its neighbour, it is refined again from all starts (remark `restarted`). A frame that fails leaves no trace in
    the next.
    """
    rows: list[Row] = []
    near: Judged | None = None
    models, moved = in_our_setting(models)
    always = [*instrument.flags, *assumed(used, models)]
    if moved:
        always.append(Flag.SETTING_CHANGED)
    for frame in range(patterns.n_frames):
        job = job_of(patterns, frame, used, models, instrument, engine.name)
        if isinstance(job, Refused):
            rows.append(refused_row(frame, engine, job))
            continue
        found, restarted = _one(job, near, engine, used, models)
        flags = [*_of_file(patterns, frame), *always]
        if noise_from_scatter(patterns, frame):
            flags.append(Flag.NOISE_FROM_SCATTER)
        if restarted:
            flags.append(Flag.RESTARTED)
        row = row_of(frame, engine, job, found, flags)
        if row.status is OK:
            first, near = near is None, row.answer
            if first and near and orientation_seen(near, engine, models, used.gates):
                always.append(Flag.ORIENTATION_SEEN)
                row = with_flag(row, Flag.ORIENTATION_SEEN)
        rows.append(row)
    return rows


def assumed(used: SampleOptions, models: tuple[PhaseModel, ...]) -> list[Flag]:
    """Remark where the lithium content of a layered oxide is the one of our default and not the study's."""
    layered = [used.phases[m.name] for m in models if m.kind == "layered-oxide"]
    silent = any("li_fraction" not in phase.model_fields_set for phase in layered)
    return [Flag.LI_CONTENT_ASSUMED] if silent else []


def _one(
    job: Job,
    near: Judged | None,
    engine: Engine,
    used: SampleOptions,
    models: tuple[PhaseModel, ...],
) -> tuple[Found, bool]:
    if near is None:
        return searched(job, engine, used, models), False
    answer = tried(
        warmed(job, values_of(near.fit)),
        engine,
        models,
        used.gates,
        background_chi2(job),
    )
    warm = warm_found(answer)
    if warm is None or isinstance(answer, Failure):
        return searched(job, engine, used, models), True
    if answer.quality.rwp_percent <= JUMP * near.quality.rwp_percent:
        return warm, False
    cold = searched(job, engine, used, models)
    return (cold if _lower(cold.answer, answer) else warm), True


def warm_found(answer: Judged | Failure) -> Found | None:
    """An answer from a near start, if it passed all gates; else None."""
    return None if isinstance(answer, Failure) or not answer.passed else found_near(answer)


def found_near(answer: Judged) -> Found:
    """What was found from a near start alone."""
    rwp, stages = answer.quality.rwp_percent, answer.fit.stages
    return Found(answer, (End("from a neighbour", rwp, 0.0, True, True, stages),))


def _lower(cold: Judged | Failure, warm: Judged) -> bool:
    """Whether a refinement from all starts found something better than the neighbour's minimum, or that this is none."""
    if isinstance(cold, Failure):
        return False
    if not cold.passed and not cold.without(Gate.STARTS_AGREE):
        return True
    noise = EQUAL_CHI2 * warm.quality.reduced_chi2 * warm.quality.esd_inflation**2
    return cold.quality.chi2 < warm.quality.chi2 - noise


def row_of(frame: int, engine: Engine, job: Job, found: Found, flags: list[Flag]) -> Row:
    """A row from what was found of a frame."""
    answer = found.answer
    if isinstance(answer, Failure):
        kind = FitStatus.TIME_LIMIT if answer.kind == "time_limit" else FitStatus.ENGINE_FAILED
        version = answer.version or engine.version
        told = tuple(dict.fromkeys(flags))
        return Row(
            *(frame, engine.name, version, kind, answer.message, told, (), job, None, found.ends)
        )
    gates = tuple(gate.value for gate, _ in answer.failed)
    words = " ".join(_sentence(words) for _, words in answer.failed)
    status = FitStatus.GATE_FAILED if gates else OK
    told = tuple(dict.fromkeys((*flags, *answer.flags)))
    version = answer.fit.version or engine.version
    return Row(frame, engine.name, version, status, words, told, gates, job, answer, found.ends)


def refused_row(frame: int, engine: Engine, why: Refused) -> Row:
    """A row of a frame that no engine was asked for."""
    none = (None, None, ())
    return Row(frame, engine.name, engine.version, why.status, why.reason, (), (), *none)


def _of_file(patterns: Patterns, frame: int) -> list[Flag]:
    return [Flag.FILE_REMARK] if Flag.FILE_REMARK in patterns.flags[frame] else []


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def with_flag(row: Row, flag: Flag) -> Row:
    """A row with one more remark."""
    return replace(row, flags=tuple(dict.fromkeys((*row.flags, flag))))


def sigma_of(row: Row, name: str) -> tuple[float, float]:
    """Value and sigma of a parameter of an accepted row; NaN where there is none."""
    if row.answer is None or name not in row.answer.fit.parameters:
        return np.nan, np.nan
    value, sigma = row.answer.fit.of(name)
    return value, sigma * row.answer.quality.esd_inflation
