"""Small records of Rietveld refinement, simulated with known numbers: layered oxides, mixtures, a standard.

Lines are Lorentzians, and records hold what a perfect refinement would give plus seeded noise: they are for tests of
what reads records, such as figures and tables. Rows go engine by engine, frames inside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import Covariates
from pipeline.core.quantities import stacked
from pipeline.rietveld.records import (
    FitStatus,
    Flags,
    InstrumentProfiles,
    Refinements,
    Sensitivity,
)
from tests.rietveld import tables
from tests.rietveld.numbers import (
    MAIN,
    NOTHING,
    Row,
    correlation,
    derived_of,
    parameters_of,
    rwp_of,
    started,
)
from tests.rietveld.pattern import LAB6, LAYERED, ROCK_SALT, Crystal, lines_of, pattern

WAVELENGTH_ANGSTROM = 1.5460
ENGINES = ("rietx", "gsas2")
VERSIONS = {"rietx": "1.10.0", "gsas2": "2.0.0"}
CHOICES = tuple(
    (f, d, o) for f in ("neutral", "ionic") for d in (True, False) for o in (True, False)
)
MOVED_PERCENT = {"ionic": -1.49, "dispersion": 1.19, "orientation": 0.06}
"""What each choice adds to the mixing, about as measured (DESIGN, section 8)."""


@dataclass(frozen=True)
class Refusal:
    """A row that is no answer, and how far the engine came: `curve` says whether it calculated a pattern."""

    reason: str
    status: FitStatus = FitStatus.GATE_FAILED
    gates: tuple[str, ...] = ("starts_agree",)
    curve: bool = True


MINIMA = Refusal("3 starts ended at 2 minima that fit equally well (Rwp 13.4 and 13.5 %)")
NO_ENGINE = Refusal(
    "GSAS-II ended with an error: singular matrix", FitStatus.ENGINE_FAILED, (), curve=False
)
NO_FRAME = Refusal(
    "frame 2 could not be read: no wavelength", FitStatus.FRAME_FAILED, (), curve=False
)


def with_known(n_frames: int, **known: FloatArray) -> Covariates:
    nan = np.full(n_frames, np.nan)
    names = ("cycle", "temperature_c", "voltage_v", "time_s", "charge_mah")
    return Covariates(**{name: known.get(name, nan) for name in names})


def charged(n_frames: int) -> tuple[Covariates, FloatArray, FloatArray]:
    """A series while charging: covariates, `a` and `c` of each frame."""
    x = np.linspace(0.0, 1.0, n_frames)
    c = 14.20 + 0.30 * x - 2.4 * np.clip(x - 0.75, 0, None)
    return with_known(n_frames, charge_mah=2.2 * x, voltage_v=3.6 + 0.7 * x), 2.877 - 0.05 * x, c


def refinements(
    dataset: str = "ncm96_hr",
    *,
    engines: Sequence[str] = ENGINES,
    a_angstrom: FloatArray | None = None,
    c_angstrom: FloatArray | None = None,
    mixing_percent: float = 1.85,
    covariates: Covariates | None = None,
    refused: Mapping[int, Refusal] | None = None,
    flags: Mapping[int, Flags] | None = None,
    weights_percent: Mapping[str, float] | None = None,
    wavelength_angstrom: float = WAVELENGTH_ANGSTROM,
    step_deg: float = 0.02,
    seed: int = 5,
) -> Refinements:
    """Refinements of one data set by each engine: `len(a_angstrom)` frames of a layered oxide.

    Args:
        dataset: its id.
        engines: who refined.
        a_angstrom: cell of each frame; absent: one frame of the dual-gradient cathode.
        c_angstrom: as `a_angstrom`.
        mixing_percent: of every frame.
        covariates: of the frames; absent: unknown.
        refused: rows that are no answer.
        flags: remarks of rows.
        weights_percent: a mixture: weight of `NCM` and `NiO`; absent: NCM alone.
        wavelength_angstrom: of the pattern.
        step_deg: of the pattern, 10 to 130 degrees.
        seed: of the noise.
    """
    refused, flags = refused or {}, flags or {}
    a = np.array([LAYERED.a_angstrom]) if a_angstrom is None else a_angstrom
    c = np.array([LAYERED.c_angstrom]) if c_angstrom is None else c_angstrom
    shares = {MAIN: 100.0} if weights_percent is None else dict(weights_percent)
    random = np.random.default_rng(seed)
    angle = np.arange(10.0, 130.0, step_deg)
    curves, found, numbers, follow, kept = [], [], [], [], []
    observed_of = []
    for k in range(a.size):
        crystals = _crystals(float(a[k]), float(c[k]), shares)
        lines = [lines_of(one, wavelength_angstrom, 130.0) for one in crystals]
        model, background = pattern(angle, lines, [shares[one.name] for one in crystals])
        observed_of.append((random.poisson(model).astype(float), model, background, lines))
    frames = [k for _ in engines for k in range(a.size)]
    for row, k in enumerate(frames):
        observed, model, background, lines = observed_of[k]
        no = refused.get(row)
        if no is not None and not no.curve:
            model, background = np.full(angle.size, np.nan), np.full(angle.size, np.nan)
        read = no is None or no.status is not FitStatus.FRAME_FAILED
        curves.append((angle, observed if read else observed * np.nan, model, background))
        if no is None or no.curve:
            found += [(row, one) for one in lines]
        refined = parameters_of(float(a[k]), float(c[k]), mixing_percent, shares, random)
        derived = derived_of(refined, shares, random)
        numbers.append(refined if no is None else NOTHING)
        follow.append(derived if no is None else NOTHING)
        kept.append(refined if no is not None and no.curve else NOTHING)
    count = len(frames)
    x, observed, model, background = (np.array(part) for part in zip(*curves, strict=True))
    sigma = np.sqrt(np.maximum(observed, 1.0))
    rwp = rwp_of(observed, model, sigma)
    under = np.nansum((observed / sigma) ** 2, axis=1)
    rexp = 100 * np.sqrt(angle.size / np.where(np.isfinite(rwp), under, np.nan))
    parameters = stacked(numbers)
    ok = [i for i in range(count) if i not in refused]
    beside = Covariates.unknown(a.size) if covariates is None else covariates
    index = np.array(frames)
    return Refinements(
        dataset=dataset,
        geometry="debye-scherrer",
        main_phase=MAIN,
        phases=tuple(shares),
        kinds=tuple("layered-oxide" if n == MAIN else "general" for n in shares),
        space_groups=tuple("R -3 m:H" if n == MAIN else "F m -3 m" for n in shares),
        scattering_factors="neutral",
        dispersion=True,
        covariates=Covariates(*(getattr(beside, n)[index] for n in Covariates.__slots__)),
        frame=index,
        engine=tuple(e for e in engines for _ in range(a.size)),
        engine_version=tuple(VERSIONS[e] for e in engines for _ in range(a.size)),
        status=tuple(refused[i].status if i in refused else FitStatus.OK for i in range(count)),
        reason=tuple(refused[i].reason if i in refused else "" for i in range(count)),
        flags=tuple(flags.get(i, ()) for i in range(count)),
        failed_gates=tuple(refused[i].gates if i in refused else () for i in range(count)),
        rwp_percent=rwp,
        rp_percent=0.75 * rwp,
        rexp_percent=rexp,
        gof=rwp / rexp,
        reduced_chi2=(rwp / rexp) ** 2,
        esd_inflation=np.where(np.isfinite(rwp), 1.04, np.nan),
        point_count=np.isfinite(observed).sum(axis=1),
        refined_count=np.full(count, 24.0),
        shift_ratio=np.where(np.isfinite(rwp), 0.01, np.nan),
        initial=started(parameters, ok),
        parameters=parameters,
        derived=stacked(follow),
        refused=stacked(kept),
        correlation_ratio=correlation(parameters),
        two_theta_deg=x,
        observed_counts=observed,
        sigma_counts=sigma,
        calculated_counts=model,
        background_counts=background,
        atoms=tables.atoms(ok, mixing_percent, random),
        bonds=tables.bonds(ok),
        reflections=tables.reflections(found),
        stages=tables.stages(count),
        starts=tables.starts(count, refused),
    )


def _crystals(a: float, c: float, shares: Mapping[str, float]) -> list[Crystal]:
    known = {MAIN: Crystal(MAIN, a, c, LAYERED.atoms, LAYERED.system), ROCK_SALT.name: ROCK_SALT}
    return [known[name] for name in shares]


def instrument_profiles(
    dataset: str = "lab6_hr",
    *,
    engines: Sequence[str] = ENGINES,
    refused: Mapping[int, Refusal] | None = None,
    wavelength_angstrom: float = WAVELENGTH_ANGSTROM,
    seed: int = 7,
) -> InstrumentProfiles:
    """A LaB6 standard's profile by each engine."""
    refused = refused or {}
    angle = np.arange(15.0, 130.0, 0.02)
    lines = lines_of(LAB6, wavelength_angstrom, 130.0)
    model, background = pattern(angle, [lines], [100.0])
    observed = np.random.default_rng(seed).poisson(model).astype(float)
    sigma = np.sqrt(np.maximum(observed, 1.0))
    names = (
        "u_deg2",
        "v_deg2",
        "w_deg2",
        "x_deg",
        "y_deg",
        "axial_ratio",
        "zero_deg",
        "displacement_um",
        "cell_difference_ppm",
    )
    value = np.array([8e-4, -3e-4, 4e-4, 0.003, 0.012, 0.004, 0.0008, 0.0, 2.0])
    rows: list[Row] = [
        NOTHING if i in refused else (names, value * (1 + 0.01 * i), np.abs(value) * 0.05)
        for i in range(len(engines))
    ]
    good = np.array([[i not in refused or refused[i].curve for i in range(len(engines))]]).T
    own = [
        rows[i] if len(rows[i][0]) else (names, value * np.nan, value * np.nan)
        for i in range(len(rows))
    ]
    curve = np.where(good, model, np.nan)
    observed_rows, sigma_rows = (np.tile(v, (len(engines), 1)) for v in (observed, sigma))
    rwp = rwp_of(observed_rows, curve, sigma_rows)
    return InstrumentProfiles(
        dataset=dataset,
        phase=LAB6.name,
        geometry="debye-scherrer",
        wavelength_angstrom=wavelength_angstrom,
        cell_a_angstrom=LAB6.a_angstrom,
        cell_c_angstrom=LAB6.c_angstrom,
        engine=tuple(engines),
        engine_version=tuple(VERSIONS[e] for e in engines),
        status=tuple(
            refused[i].status if i in refused else FitStatus.OK for i in range(len(engines))
        ),
        reason=tuple(refused[i].reason if i in refused else "" for i in range(len(engines))),
        flags=tuple(() for _ in engines),
        rwp_percent=rwp,
        gof=np.where(np.isfinite(rwp), 1.02, np.nan),
        profile=stacked(own),
        two_theta_deg=np.tile(angle, (len(engines), 1)),
        observed_counts=observed_rows,
        sigma_counts=sigma_rows,
        calculated_counts=curve,
        background_counts=np.where(good, background, np.nan),
        reflections=tables.reflections([(i, lines) for i in range(len(engines)) if good[i, 0]]),
    )


def sensitivity(
    dataset: str = "ncm96_hr",
    *,
    engines: Sequence[str] = ("rietx",),
    mixing_percent: float = 1.85,
    refused: Mapping[int, Refusal] | None = None,
) -> Sensitivity:
    """The mixing under each of eight choices by each engine, row `as_asked` neutral with dispersion, no orientation."""
    refused = refused or {}
    rows = [(e, *c) for e in engines for c in CHOICES]
    numbers: list[Row] = []
    names = ("mixing_percent", "a_angstrom", "c_angstrom", "z_o")
    for i, (_, factors, dispersion, orientation) in enumerate(rows):
        moved = MOVED_PERCENT["ionic"] * (factors == "ionic")
        moved += MOVED_PERCENT["dispersion"] * (not dispersion)
        moved += MOVED_PERCENT["orientation"] * orientation
        value = np.array([mixing_percent + moved, 2.87707, 14.19522, 0.24065])
        sigma = np.array([0.1, 3e-5, 2e-4, 5e-5])
        gone = np.full(4, np.nan)
        numbers.append((names, gone, gone) if i in refused else (names, value, sigma))
    return Sensitivity(
        dataset=dataset,
        phase=MAIN,
        choice=tuple(_choice(*row[1:]) for row in rows),
        scattering_factors=tuple(row[1] for row in rows),
        dispersion=tuple(row[2] for row in rows),
        orientation=tuple(row[3] for row in rows),
        as_asked=tuple(row[1:] == ("neutral", True, False) for row in rows),
        engine=tuple(row[0] for row in rows),
        engine_version=tuple(VERSIONS[row[0]] for row in rows),
        status=tuple(refused[i].status if i in refused else FitStatus.OK for i in range(len(rows))),
        reason=tuple(refused[i].reason if i in refused else "" for i in range(len(rows))),
        flags=tuple(() for _ in rows),
        rwp_percent=np.array(
            [np.nan if i in refused else 13.5 + 0.1 * (i % 8) for i in range(len(rows))]
        ),
        gof=np.array([np.nan if i in refused else 1.1 for i in range(len(rows))]),
        derived=stacked(numbers),
    )


def _choice(factors: str, dispersion: bool, orientation: bool) -> str:
    return f"{factors}, {'with' if dispersion else 'no'} dispersion, {'with' if orientation else 'no'} orientation"
