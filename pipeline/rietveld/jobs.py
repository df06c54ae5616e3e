"""A job from a pattern, its options and its phases: what every engine is asked alike, but for the profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics.radiation import KALPHA_ANGSTROM, SAME_ANGSTROM
from pipeline.rietveld.instrument_source import InstrumentSource, Measured
from pipeline.rietveld.interface import Job, PhaseModel, Profile, Stage
from pipeline.rietveld.line_widths import start_profile
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.points import FEWEST_POINTS, Points, Refused, points_of
from pipeline.rietveld.records import FitStatus, Patterns

Position = Literal["zero", "displacement", "none"]

TUBE_POLARISATION = 0.5  # a tube's beam is not polarised
SYNCHROTRON_POLARISATION = (
    0.95  # most of a storage ring's light is polarised in the plane of the ring
)
BACKGROUND_QUANTILE = 0.1  # of the intensities; most points of a pattern lie between the lines
SAME_INSTRUMENT = 0.01  # of the wavelength: a beamline's drifts by less, and Cu Kalpha1 is 0.1 % from the mean of the doublet
LONGEST_ANGSTROM, SHORTEST_ANGSTROM = 5.0, 0.05


def job_of(
    patterns: Patterns,
    frame: int,
    used: SampleOptions,
    models: tuple[PhaseModel, ...],
    instrument: InstrumentSource,
    engine: str,
) -> Job | Refused:
    """Ask an engine to refine one frame.

    Args:
        patterns: the series.
        frame: number of the frame.
        used: options of the data set.
        models: its phases, the main one first.
        instrument: where the line profile comes from.
        engine: name of the engine, which has a profile of its own where a standard was refined.

    Returns:
        The job, or why the frame is not refined.
    """
    if engine in instrument.refused:
        reason = f"no profile of the instrument: {instrument.refused[engine]}"
        return Refused(FitStatus.BAD_INPUT, reason)
    taken = points_of(patterns, frame, used)
    if isinstance(taken, Refused):
        return taken
    problem = _problem(patterns, frame) or _other_instrument(patterns, frame, instrument.standard)
    problem = problem or _empty_stage(taken, used)
    if problem:
        return Refused(FitStatus.BAD_INPUT, problem)
    doublet = bool(patterns.kalpha2_ratio[frame] > 0)
    stages = tuple(Stage(tuple(s.free), s.up_to_deg) for s in used.stages or ())
    job = Job(
        name=f"{patterns.dataset}_{frame}_{engine}",
        two_theta_deg=taken.two_theta_deg,
        counts=taken.counts,
        sigma_counts=taken.sigma_counts,
        wavelength_angstrom=float(patterns.wavelength_angstrom[frame]),
        kalpha2_angstrom=float(patterns.kalpha2_angstrom[frame]) if doublet else None,
        kalpha2_ratio=float(patterns.kalpha2_ratio[frame]) if doublet else None,
        geometry=patterns.geometry,
        radius_mm=_known(patterns.radius_mm, frame),
        polarisation_ratio=polarisation(patterns, frame, instrument.polarisation_ratio),
        profile=_start_profile(taken, instrument, engine, patterns.geometry),
        profile_free=instrument.refine,
        position=position(used.position, patterns.geometry),
        displacement_um=0.0,
        background_counts=start_background(taken, used.background_terms),
        phases=models,
        scattering_factors=used.scattering_factors,
        dispersion=used.dispersion,
        stages=stages,
    )
    return without_broadening(job) if instrument.refine else job


def noise_from_scatter(patterns: Patterns, frame: int) -> bool:
    """Whether neither esds nor counts are known, so that the noise is what neighbouring points scatter by."""
    stated = np.isfinite(patterns.sigma_counts[frame]).any()
    return not (stated or np.isfinite(patterns.gain_ratio[frame]))


def without_broadening(job: Job) -> Job:
    """Hold size and strain of the main phase, whose lines are as wide as the profile that is refined; others may be wider."""
    main = replace(job.phases[0], refine_size=False, refine_strain=False)
    return replace(job, phases=(main, *job.phases[1:]))


def position(asked: Literal["auto", "zero", "displacement", "none"], geometry: str) -> Position:
    """What shifts the lines, where it is left to us: the sample's displacement on a focusing circle, else a zero error."""
    if asked != "auto":
        return asked
    return "displacement" if geometry == "bragg-brentano" else "zero"


def polarisation(patterns: Patterns, frame: int, asked: float | None) -> float:
    """Share of the beam polarised in the plane that holds no scattering angle; that of a tube where it is one."""
    if asked is not None:
        return asked
    wavelength = float(patterns.wavelength_angstrom[frame])
    lines = [line for pair in KALPHA_ANGSTROM.values() for line in pair]
    lines += [(2 * one + two) / 3 for one, two in KALPHA_ANGSTROM.values()]
    tube = any(abs(line - wavelength) < SAME_ANGSTROM for line in lines)
    tube = tube or bool(patterns.kalpha2_ratio[frame] > 0)
    return TUBE_POLARISATION if tube else SYNCHROTRON_POLARISATION


def start_background(points: Points, terms: int) -> tuple[float, ...]:
    """Chebyshev terms to start from: a constant below the lines."""
    level = float(np.quantile(points.counts, BACKGROUND_QUANTILE))
    return (level, *(0.0,) * (terms - 1))


def _start_profile(
    points: Points, instrument: InstrumentSource, engine: str, geometry: str
) -> Profile:
    """The instrument's profile; one as wide as the pattern's own lines where it is refined and none is known."""
    profile = instrument.profile(engine, geometry)
    known = engine in instrument.by_engine or instrument.common is not None
    if known or not instrument.refine:
        return profile
    return start_profile(points.two_theta_deg, points.counts, profile)


def _problem(patterns: Patterns, frame: int) -> str:
    wavelength = float(patterns.wavelength_angstrom[frame])
    if not np.isfinite(wavelength):
        return "the wavelength is not known; give `wavelength_angstrom` in the table, or `xrd: {source: {radiation: Cu-Ka}}` in the study file."
    if not SHORTEST_ANGSTROM < wavelength < LONGEST_ANGSTROM:
        return (
            f"a wavelength of {wavelength:g} angstrom; X-ray powder patterns are measured between {SHORTEST_ANGSTROM:g} and "
            f"{LONGEST_ANGSTROM:g}. Correct it in the table."
        )
    return ""


def _empty_stage(taken: Points, used: SampleOptions) -> str:
    """Why a stage of the study's own plan has nothing to refine on."""
    for k, stage in enumerate(used.stages or ()):
        limit = stage.up_to_deg
        if limit is not None and np.searchsorted(taken.two_theta_deg, limit) < FEWEST_POINTS:
            return (
                f"stage {k + 1} of `stages`: fewer than {FEWEST_POINTS} points lie below its `up_to_deg` of {limit:g}; the "
                f"pattern begins at {taken.two_theta_deg[0]:g} deg. Raise it."
            )
    return ""


def _other_instrument(patterns: Patterns, frame: int, standard: Measured | None) -> str:
    """Why a standard is of another instrument: its widths would go into size and strain of the sample unseen."""
    if standard is None:
        return ""
    where = f"the standard '{standard.dataset}' was measured"
    what = "Name a standard of the same instrument in `instrument.standard`, or correct the table."
    if patterns.geometry != standard.geometry:
        return f"{where} in {standard.geometry} geometry, and the pattern in {patterns.geometry}. {what}"
    own = float(patterns.wavelength_angstrom[frame])
    if abs(standard.wavelength_angstrom / own - 1) > SAME_INSTRUMENT:
        return f"{where} at {standard.wavelength_angstrom:.5g} angstrom, and the pattern at {own:.5g}. {what}"
    return ""


def _known(values: FloatArray, frame: int) -> float | None:
    value = float(values[frame])
    return value if np.isfinite(value) and value > 0 else None
