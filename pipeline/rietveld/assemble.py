"""The record of a data set's refinements from its judged rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from pipeline.core.arrays import FloatArray, stack_ragged
from pipeline.core.covariates import Covariates
from pipeline.core.quantities import Quantities, stacked
from pipeline.rietveld.derived_rows import atom_table, bond_table, from_row
from pipeline.rietveld.evidence import correlation
from pipeline.rietveld.interface import PhaseModel, Reflections
from pipeline.rietveld.numbers import Quality
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.records import (
    FitStatus,
    Patterns,
    Refinements,
    ReflectionTable,
    StageTable,
    StartTable,
)
from pipeline.rietveld.series import Row, with_flag

Named = tuple[tuple[str, ...], FloatArray, FloatArray]
NOTHING: Named = ((), np.empty(0), np.empty(0))


def assembled(
    patterns: Patterns,
    used: SampleOptions,
    models: tuple[PhaseModel, ...],
    rows: list[Row],
) -> Refinements:
    """Put rows side by side, with what follows from each that is accepted."""
    found = [from_row(row, used, models) for row in rows]
    for i, derived in enumerate(found):
        for flag in derived.flags:
            rows[i] = with_flag(rows[i], flag)
    parameters = stacked([_parameters(row, accepted=True) for row in rows])
    frames = [row.frame for row in rows]
    measured = patterns.covariates
    covariates = Covariates(*(getattr(measured, name)[frames] for name in measured.__slots__))
    return Refinements(
        dataset=patterns.dataset,
        geometry=patterns.geometry,
        main_phase=models[0].name,
        phases=tuple(m.name for m in models),
        kinds=tuple(m.kind for m in models),
        space_groups=tuple(m.space_group for m in models),
        scattering_factors=used.scattering_factors,
        dispersion=used.dispersion,
        covariates=covariates,
        frame=np.array(frames, dtype=np.float64),
        engine=tuple(row.engine for row in rows),
        engine_version=tuple(row.version for row in rows),
        status=tuple(row.status for row in rows),
        reason=tuple(row.reason for row in rows),
        flags=tuple(row.flags for row in rows),
        failed_gates=tuple(row.failed_gates for row in rows),
        rwp_percent=_quality(rows, lambda q: q.rwp_percent),
        rp_percent=_quality(rows, lambda q: q.rp_percent),
        rexp_percent=_quality(rows, lambda q: q.rexp_percent),
        gof=_quality(rows, lambda q: q.gof),
        reduced_chi2=_quality(rows, lambda q: q.reduced_chi2),
        esd_inflation=_quality(rows, lambda q: q.esd_inflation),
        point_count=_quality(rows, lambda q: q.point_count),
        refined_count=_quality(rows, lambda q: q.refined_count),
        shift_ratio=_column(r.answer.fit.shift_sigma_ratio if r.answer else np.nan for r in rows),
        initial=stacked([_initial(row) for row in rows]),
        parameters=parameters,
        derived=stacked([(d.names, d.value, d.sigma) for d in found]),
        refused=stacked([_parameters(row, accepted=False) for row in rows]),
        correlation_ratio=_correlations(rows, parameters),
        two_theta_deg=_curve(rows, lambda r: r.start.two_theta_deg if r.start else None),
        observed_counts=_curve(rows, lambda r: r.start.counts if r.start else None),
        sigma_counts=_curve(rows, lambda r: r.start.sigma_counts if r.start else None),
        calculated_counts=_curve(
            rows, lambda r: r.answer.fit.calculated_counts if r.answer else None
        ),
        background_counts=_curve(
            rows, lambda r: r.answer.fit.background_counts if r.answer else None
        ),
        atoms=atom_table(found),
        bonds=bond_table(found),
        reflections=reflection_table(
            [r.answer.fit.reflections if r.answer else None for r in rows]
        ),
        stages=_stages(rows),
        starts=_starts(rows),
    )


def _parameters(row: Row, accepted: bool) -> Named:
    """Refined numbers of a row, their sigmas with the allowance for residuals that hang together."""
    if row.answer is None or (row.status is FitStatus.OK) is not accepted:
        return NOTHING
    fit = row.answer.fit
    return fit.parameters, fit.value, fit.sigma * row.answer.quality.esd_inflation


def _initial(row: Row) -> Named:
    if row.answer is None:
        return NOTHING
    fit = row.answer.fit
    return fit.parameters, fit.initial, np.full(fit.initial.size, np.nan)


def _correlations(rows: list[Row], parameters: Quantities) -> FloatArray:
    """Correlations of accepted rows, in the order of all parameters; NaN where a row has no such pair."""
    at = {name: k for k, name in enumerate(parameters.names)}
    found = np.full((len(rows), len(at), len(at)), np.nan)
    for i, row in enumerate(rows):
        if row.answer is not None and row.status is FitStatus.OK:
            own = [at[name] for name in row.answer.fit.parameters]
            found[i][np.ix_(own, own)] = correlation(row.answer.fit)
    return found


def _quality(rows: list[Row], of: Callable[[Quality], float]) -> FloatArray:
    return _column(of(row.answer.quality) if row.answer else np.nan for row in rows)


def _column(values: Iterable[float]) -> FloatArray:
    return np.array([float(v) for v in values], dtype=np.float64)


def _curve(rows: list[Row], of: Callable[[Row], FloatArray | None]) -> FloatArray:
    """One curve of each row; NaN where a row has none."""
    curves = [of(row) for row in rows]
    longest = max((c.size for c in curves if c is not None), default=0)
    return stack_ragged([c if c is not None else np.full(longest, np.nan) for c in curves])


def reflection_table(found: Sequence[Reflections | None]) -> ReflectionTable:
    """Of rows with an answer, accepted or not: a difference curve is looked at with its ticks."""
    some = [(i, reflections) for i, reflections in enumerate(found) if reflections is not None]
    names = ReflectionTable.__slots__[2:]
    arrays = {
        name: np.concatenate([getattr(r, name) for _, r in some] or [np.empty(0)]) for name in names
    }
    index = [i for i, r in some for _ in r.phase]
    return ReflectionTable(
        row_index=np.array(index, dtype=np.float64),
        phase=tuple(p for _, r in some for p in r.phase),
        **arrays,
    )


def _stages(rows: list[Row]) -> StageTable:
    log = [
        (i, k, free, rwp, count, ok)
        for i, row in enumerate(rows)
        for k, end in enumerate(row.ends)
        if end.stages is not None
        for free, rwp, count, ok in zip(
            end.stages.free,
            end.stages.rwp_percent,
            end.stages.refined_count,
            end.stages.converged,
            strict=True,
        )
    ]
    return StageTable(
        row_index=_column(entry[0] for entry in log),
        start_index=_column(entry[1] for entry in log),
        free=tuple(entry[2] for entry in log),
        rwp_percent=_column(entry[3] for entry in log),
        refined_count=_column(entry[4] for entry in log),
        converged=tuple(bool(entry[5]) for entry in log),
    )


def _starts(rows: list[Row]) -> StartTable:
    ends = [(i, k, end) for i, row in enumerate(rows) for k, end in enumerate(row.ends)]
    return StartTable(
        row_index=_column(i for i, _, _ in ends),
        start_index=_column(k for _, k, _ in ends),
        what=tuple(end.what for _, _, end in ends),
        rwp_percent=_column(end.rwp_percent for _, _, end in ends),
        distance_sigma=_column(end.distance_sigma for _, _, end in ends),
        best=tuple(end.best for _, _, end in ends),
        same=tuple(end.same for _, _, end in ends),
    )
