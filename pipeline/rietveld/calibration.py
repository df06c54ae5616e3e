"""The instrument's line profile from a standard: the cell is held at the certified one, the lines are the instrument's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.arrays import FloatArray, stack_ragged
from pipeline.core.quantities import stacked
from pipeline.rietveld.assemble import reflection_table
from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.instrument_source import REFINED_ON_SAMPLE, InstrumentSource
from pipeline.rietveld.interface import Failure, Job, PhaseModel
from pipeline.rietveld.jobs import job_of
from pipeline.rietveld.judge import Judged, tried
from pipeline.rietveld.numbers import background_chi2
from pipeline.rietveld.options import RietveldOptions, SampleOptions, StandardOptions
from pipeline.rietveld.points import Refused
from pipeline.rietveld.records import FitStatus, Flag, Flags, InstrumentProfiles, Patterns

Named = tuple[tuple[str, ...], FloatArray, FloatArray]

NO_SIZE_NM = 1e6  # lines of such crystallites are as narrow as those of none
TERMS = (*REFINED_ON_SAMPLE, "zero_deg")
SHIFTS = ("zero_deg", "displacement_um")
CELL_OFF = "cell_difference_ppm"
OFF_PPM = 50.0  # what 8 K expand LaB6 by; a wavelength is known better, once it is calibrated
OFF_SIGMA = 3.0
NOWHERE = (float("nan"), float("nan"))


def profiles(
    patterns: Patterns,
    model: PhaseModel,
    standard: StandardOptions,
    everything: RietveldOptions,
    engines: Sequence[Engine],
) -> InstrumentProfiles:
    """Refine the profile on the first good frame of a standard, by each engine.

    Refined are the terms of the profile with the axial divergence, zero or displacement, scale, background and displacement
    parameters of atoms; cell, size and strain are held. A term that stops at none is held there. Then all is refined once more with
    the cell free: where it leaves the certified one the wavelength is wrong, which a profile can hide.

    Args:
        patterns: the standard's patterns.
        model: its phase, with the certified cell.
        standard: its options.
        everything: common choices: position, scattering factors, polarisation, gates.
        engines: who refines.

    Returns:
        One row an engine.
    """
    held = _held(model, standard)
    used = everything.model_copy(
        update={
            "range_deg": standard.range_deg,
            "background_terms": standard.background_terms,
            "excluded_deg": [],
            "stages": None,
        }
    )
    good = [k for k, status in enumerate(patterns.status) if status == "ok"]
    frame = good[0] if good else 0
    rows = [_one(patterns, frame, used, held, standard, engine) for engine in engines]
    off = [
        _cell_difference_ppm(job, engine, used) if job and isinstance(answer, Judged) else NOWHERE
        for engine, (job, answer) in zip(engines, rows, strict=True)
    ]
    return _record(patterns, frame, model, engines, rows, off)


def _held(model: PhaseModel, standard: StandardOptions) -> PhaseModel:
    return replace(
        model,
        refine_cell=False,
        refine_size=False,
        refine_strain=False,
        size_nm=standard.size_nm or NO_SIZE_NM,
        strain_percent=0.0,
        march_axis=None,
        march_ratio=1.0,
    )


def _one(
    patterns: Patterns,
    frame: int,
    used: SampleOptions,
    model: PhaseModel,
    standard: StandardOptions,
    engine: Engine,
) -> tuple[Job | None, Judged | Failure | Refused]:
    free = REFINED_ON_SAMPLE if standard.refine_axial else REFINED_ON_SAMPLE[:-1]
    given = used.instrument.polarisation_ratio
    nothing = InstrumentSource({}, {}, None, free, given, ())
    job = job_of(patterns, frame, used, (model,), nothing, engine.name)
    if isinstance(job, Refused):
        return None, job
    return job, tried(job, engine, (model,), used.gates, background_chi2(job))


def _cell_difference_ppm(job: Job, engine: Engine, used: SampleOptions) -> tuple[float, float]:
    """By how much the cell, where it is refined too, is larger than the certified one; NaN where that fit does not stand."""
    phase = replace(job.phases[0], refine_cell=True)
    free = replace(job, name=f"{job.name}_free_cell", phases=(phase,))
    answer = tried(free, engine, free.phases, used.gates, background_chi2(job))
    if isinstance(answer, Failure) or not answer.passed:
        return NOWHERE
    a, sigma = answer.fit.of(f"{phase.name}.a_angstrom")
    ppm = 1e6 / phase.cell[0]
    return (a - phase.cell[0]) * ppm, sigma * answer.quality.esd_inflation * ppm


def _true_wavelength(job: Job, off_ppm: float) -> str:
    true = job.wavelength_angstrom / (1.0 + 1e-6 * off_ppm)
    return (
        f"with its cell free the standard is fitted, {off_ppm:+.0f} ppm off the certified cell: the wavelength is probably "
        f"{true:.6f} angstrom and not {job.wavelength_angstrom:.6f}, or the angles are wrong."
    )


def _profile_row(answer: Judged, off: tuple[float, float]) -> Named:
    """Terms of the profile, and what shifts the lines; held ones as they were asked last; how far the cell is off."""
    names = (*TERMS, "displacement_um", CELL_OFF)
    fit, job = answer.fit, answer.job
    value, sigma = np.full(len(names), np.nan), np.full(len(names), np.nan)
    value[-1], sigma[-1] = off[0], off[1] / answer.quality.esd_inflation
    for k, name in enumerate(names[:-1]):
        own = name if name in SHIFTS else f"profile.{name}"
        if own in fit.parameters or own in fit.fixed:
            value[k], sigma[k] = fit.of(own)
        else:
            held = job if name == "displacement_um" else job.profile
            value[k] = getattr(held, name)
    return names, value, sigma * answer.quality.esd_inflation


def _record(
    patterns: Patterns,
    frame: int,
    model: PhaseModel,
    engines: Sequence[Engine],
    rows: list[tuple[Job | None, Judged | Failure | Refused]],
    differences: list[tuple[float, float]],
) -> InstrumentProfiles:
    names = (*TERMS, "displacement_um", CELL_OFF)
    none = np.full(len(names), np.nan)
    status: list[FitStatus] = []
    reason: list[str] = []
    flags: list[Flags] = []
    terms: list[Named] = []
    for (job, answer), (off, off_sigma) in zip(rows, differences, strict=True):
        terms.append((names, none, none))
        flags.append(answer.flags if isinstance(answer, Judged) else ())
        if isinstance(answer, Refused):
            status.append(answer.status)
            reason.append(answer.reason)
        elif isinstance(answer, Failure):
            late = answer.kind == "time_limit"
            status.append(FitStatus.TIME_LIMIT if late else FitStatus.ENGINE_FAILED)
            reason.append(answer.message)
        elif job is not None:
            row = _profile_row(answer, (off, off_sigma))
            words = [text for _, text in answer.failed]
            if abs(off) > max(OFF_PPM, OFF_SIGMA * off_sigma):
                flags[-1] = (*answer.flags, Flag.STANDARD_CELL_OFF)
                words += [_true_wavelength(job, off)] if words else []
            said = " ".join(word[:1].upper() + word[1:] for word in words if word)
            status.append(FitStatus.GATE_FAILED if said else FitStatus.OK)
            reason.append(said)
            if not said:
                terms[-1] = row

    judged = [answer if isinstance(answer, Judged) else None for _, answer in rows]
    jobs = [job for job, _ in rows]

    def curves(found: list[FloatArray | None]) -> FloatArray:
        longest = max((c.size for c in found if c is not None), default=0)
        return stack_ragged([c if c is not None else np.full(longest, np.nan) for c in found])

    return InstrumentProfiles(
        dataset=patterns.dataset,
        phase=model.name,
        geometry=patterns.geometry,
        wavelength_angstrom=float(patterns.wavelength_angstrom[frame]),
        cell_a_angstrom=model.cell[0],
        cell_c_angstrom=model.cell[2],
        engine=tuple(e.name for e in engines),
        engine_version=tuple(e.version for e in engines),
        status=tuple(status),
        reason=tuple(reason),
        flags=tuple(flags),
        rwp_percent=np.array([j.quality.rwp_percent if j else np.nan for j in judged]),
        gof=np.array([j.quality.gof if j else np.nan for j in judged]),
        profile=stacked(terms),
        two_theta_deg=curves([j.two_theta_deg if j else None for j in jobs]),
        observed_counts=curves([j.counts if j else None for j in jobs]),
        sigma_counts=curves([j.sigma_counts if j else None for j in jobs]),
        calculated_counts=curves([j.fit.calculated_counts if j else None for j in judged]),
        background_counts=curves([j.fit.background_counts if j else None for j in judged]),
        reflections=reflection_table([j.fit.reflections if j else None for j in judged]),
    )
