"""What the mixing becomes under other choices: scattering factors, dispersion, preferred orientation.

These choices move the mixing by more than its sigma says, so that a number without them is half an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.quantities import stacked
from pipeline.rietveld.derived_rows import FromRow, from_row, stands
from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.instrument_source import InstrumentSource
from pipeline.rietveld.interface import Failure, Job, PhaseModel
from pipeline.rietveld.jobs import job_of
from pipeline.rietveld.judge import Judged, tried
from pipeline.rietveld.numbers import background_chi2
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.orientation import USUAL_AXIS
from pipeline.rietveld.points import Refused
from pipeline.rietveld.records import FitStatus, Patterns, Refinements, Sensitivity
from pipeline.rietveld.search import Found, searched
from pipeline.rietveld.series import Row, assumed, found_near, refused_row, row_of, sigma_of
from pipeline.rietveld.setting import in_our_setting
from pipeline.rietveld.warm import CELL, values_of_row, warmed

FROM_DERIVED = ("mixing_percent", "z_o")
Factors = Literal["neutral", "ionic"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of what moves the mixing."""

    scattering_factors: Factors
    dispersion: bool
    orientation: bool

    @property
    def words(self) -> str:
        """Such as `neutral, dispersion, no orientation`."""
        dispersion = "dispersion" if self.dispersion else "no dispersion"
        orientation = "orientation" if self.orientation else "no orientation"
        return f"{self.scattering_factors}, {dispersion}, {orientation}"


def choices() -> tuple[Choice, ...]:
    """All eight."""
    factors: tuple[Factors, ...] = ("neutral", "ionic")
    return tuple(Choice(f, d, o) for f, d, o in product(factors, (True, False), (False, True)))


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What all choices share."""

    patterns: Patterns
    used: SampleOptions
    models: tuple[PhaseModel, ...]
    instrument: InstrumentSource
    accepted: Refinements


def varied(
    patterns: Patterns,
    used: SampleOptions,
    models: tuple[PhaseModel, ...],
    instrument: InstrumentSource,
    engines: Sequence[Engine],
    accepted: Refinements,
) -> Sensitivity:
    """Refine the first accepted frame under each choice, from where the refinement as asked ended.

    What does not settle from there is refined from all starts. A choice that settles where no crystal can be keeps its numbers
    beside the status and reason that refuse them: what a wrong choice does is what is asked here. Preferred orientation is along the main phase's own axis, else [0 0 3].

    Args:
        patterns: the series.
        used: options of the data set.
        models: its phases, the main one first.
        instrument: where the line profile comes from.
        engines: who refines.
        accepted: the refinement as asked.

    Returns:
        Eight rows an engine.
    """
    models = in_our_setting(models)[0]
    asked = _Asked(patterns, used, models, instrument, accepted)
    own = Choice(used.scattering_factors, used.dispersion, models[0].march_axis is not None)
    tried_choices = [(c, _under(asked, engine, c)) for engine in engines for c in choices()]
    rows = [row for _, (row, _) in tried_choices]
    taken = [choice for choice, _ in tried_choices]
    main = models[0].name
    return Sensitivity(
        dataset=patterns.dataset,
        phase=main,
        choice=tuple(choice.words for choice in taken),
        scattering_factors=tuple(choice.scattering_factors for choice in taken),
        dispersion=tuple(choice.dispersion for choice in taken),
        orientation=tuple(choice.orientation for choice in taken),
        as_asked=tuple(choice == own for choice in taken),
        engine=tuple(row.engine for row in rows),
        engine_version=tuple(row.version for row in rows),
        status=tuple(row.status for row in rows),
        reason=tuple(row.reason for row in rows),
        flags=tuple(row.flags for row in rows),
        rwp_percent=np.array([r.answer.quality.rwp_percent if r.answer else np.nan for r in rows]),
        gof=np.array([r.answer.quality.gof if r.answer else np.nan for r in rows]),
        derived=stacked([_answers(row, derived, main) for _, (row, derived) in tried_choices]),
    )


def _under(asked: _Asked, engine: Engine, choice: Choice) -> tuple[Row, FromRow]:
    """One row: the first accepted frame of an engine under a choice."""
    row = _first_accepted(asked.accepted, engine)
    used = asked.used.model_copy(
        update={
            "scattering_factors": choice.scattering_factors,
            "dispersion": choice.dispersion,
        }
    )
    main = asked.models[0]
    axis = (main.march_axis or USUAL_AXIS) if choice.orientation else None
    models = (replace(main, march_axis=axis, march_ratio=1.0), *asked.models[1:])
    frame = int(asked.accepted.frame[row]) if row is not None else _first_good(asked.patterns)
    job = job_of(asked.patterns, frame, used, models, asked.instrument, engine.name)
    if isinstance(job, Job):
        job = replace(job, name=f"{job.name}_{choice.words.replace(', ', '_').replace(' ', '_')}")
    if isinstance(job, Refused):
        refused = refused_row(frame, engine, job)
        return refused, from_row(refused, used, models)
    found = None
    if row is not None:
        near = warmed(job, values_of_row(asked.accepted.parameters, row))
        found = _settled(tried(near, engine, models, used.gates, background_chi2(job)))
    if found is None:
        found = searched(job, engine, used, models)
    flags = [*asked.instrument.flags, *assumed(used, models)]
    judged = row_of(frame, engine, job, found, flags)
    return judged, from_row(judged, used, models, settled=True)


def _settled(answer: Judged | Failure) -> Found | None:
    """An answer that ended at a minimum, possible or not: a choice moves it little, so that no other is looked for."""
    if isinstance(answer, Failure) or not answer.arrived:
        return None
    return found_near(answer)


def _first_accepted(accepted: Refinements, engine: Engine) -> int | None:
    pairs = zip(accepted.engine, accepted.status, strict=True)
    rows = [i for i, (e, s) in enumerate(pairs) if e == engine.name and s is FitStatus.OK]
    return rows[0] if rows else None


def _first_good(patterns: Patterns) -> int:
    good = [k for k, status in enumerate(patterns.status) if status == "ok"]
    return good[0] if good else 0


def _answers(
    row: Row, derived: FromRow, main: str
) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Mixing, cell, height of oxygen and displacement parameters of the main phase."""
    found: dict[str, tuple[float, float]] = {}
    for name, value, sigma in zip(derived.names, derived.value, derived.sigma, strict=True):
        phase, _, quantity = name.rpartition(".")
        if phase == main and quantity in FROM_DERIVED:
            found[quantity] = float(value), float(sigma)
    if row.answer is not None and stands(row, settled=True):
        for name in row.answer.fit.parameters:
            phase, _, quantity = name.rpartition(".")
            if phase == main and (quantity in CELL or quantity.startswith("u_")):
                found[quantity] = sigma_of(row, name)
    values = [pair[0] for pair in found.values()]
    sigmas = [pair[1] for pair in found.values()]
    return tuple(found), np.array(values), np.array(sigmas)
