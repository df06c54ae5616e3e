"""A toy engine: a layered oxide with Gaussian lines and made-up scattering, fitted in milliseconds, and its patterns.

It answers jobs as a real engine does, so that starts, gates and series are tested without one.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares

from pipeline.core.covariates import Covariates
from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.evidence import expected
from pipeline.rietveld.instrument_source import InstrumentSource
from pipeline.rietveld.interface import (
    Affine,
    Atom,
    Failure,
    Fit,
    Job,
    PhaseModel,
    Profile,
    Reflections,
    Stages,
    Variable,
)
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.records import Patterns
from pipeline.rietveld.warm import warmed

WAVELENGTH = 1.5460
TRUTH = {
    "NCM.a_angstrom": 2.87707,
    "NCM.c_angstrom": 14.19522,
    "NCM.scale": 1.0,
    "NCM.mixing_fraction": 0.0185,
    "NCM.u_li_angstrom2": 0.010,
    "NCM.u_tm_angstrom2": 0.004,
    "NCM.u_o_angstrom2": 0.008,
    "NCM.O1.z_fraction": 0.24065,
    "NCM.strain_percent": 0.15,
    "zero_deg": 0.01,
    "background.0_counts": 100.0,
    "background.1_counts": -20.0,
}
HKL = np.array(
    [
        *((0, 0, 3), (1, 0, 1), (0, 0, 6), (0, 1, 2), (1, 0, 4), (0, 1, 5), (1, 0, 7)),
        *((0, 1, 8), (1, 1, 0), (1, 1, 3), (1, 0, 10), (0, 0, 12), (0, 2, 1), (2, 0, 2)),
        *((0, 2, 4), (2, 0, 5), (1, 1, 9), (0, 2, 7), (2, 0, 8), (1, 1, 12)),
    ]
)
MULTIPLICITY = np.where(HKL[:, :2].any(axis=1), np.where(HKL[:, 2] == 0, 6, 6), 2)
AXIS = np.arange(14.0, 84.0, 0.08)


def model(lithium: float = 1.0, **changes: object) -> PhaseModel:
    """The layered oxide as it starts; `changes` of its fields."""
    mixing = ("mixing",)
    atoms = (
        Atom("Li1", "Li", 1, "li", 0, 0, 0, 3, Affine(lithium, mixing, (-1.0,)), _u("li")),
        Atom("Ni1", "Ni", 2, "li", 0, 0, 0, 3, Affine(0.0, mixing, (1.0,)), _u("li")),
        Atom("Ni2", "Ni", 3, "tm", 0, 0, 0.5, 3, Affine(1.0, mixing, (-1.0,)), _u("tm")),
        Atom("Li2", "Li", 1, "tm", 0, 0, 0.5, 3, Affine(0.0, mixing, (1.0,)), _u("tm")),
        Atom("O1", "O", -2, "o", 0, 0, 0.24, 6, Affine(1.0), _u("o"), ("z",)),
    )
    variables = (
        Variable("mixing", "fraction", 0.03, -0.2, 0.6),
        Variable("u_li", "angstrom2", 0.010, -0.02, 0.2),
        Variable("u_tm", "angstrom2", 0.004, -0.02, 0.2),
        Variable("u_o", "angstrom2", 0.008, -0.02, 0.2),
    )
    made = PhaseModel(
        name="NCM",
        kind="layered-oxide",
        space_group="R -3 m:H",
        cell=(2.88, 2.88, 14.2, 90.0, 90.0, 120.0),
        system="trigonal",
        atoms=atoms,
        variables=variables,
        size_nm=300.0,
        strain_percent=0.12,
        refine_size=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _u(site: str) -> Affine:
    return Affine(0.0, (f"u_{site}",), (1.0,))


def curve(job: Job, values: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Calculated pattern and its background for values by their names."""
    x = job.two_theta_deg
    start = values.get("background.0_counts", job.background_counts[0])
    terms = [start, *job.background_counts[1:]]
    terms = [values.get(f"background.{k}_counts", t) for k, t in enumerate(terms)]
    background = np.polynomial.chebyshev.chebval(2 * (x - 14.0) / 86.0 - 1, terms)
    total = background.copy()
    shift = values.get("zero_deg", job.profile.zero_deg)
    for phase in warmed(job, values, warm=False).phases:
        scale = values.get(f"{phase.name}.scale", phase.scale)
        total += scale * _lines(job, phase, shift, x, values)
    return total, background


def _lines(
    job: Job, phase: PhaseModel, shift: float, x: np.ndarray, values: dict[str, float]
) -> np.ndarray:
    cell = phase.cell
    h, k, l = HKL.T  # noqa: E741
    inverse2 = 4 / 3 * (h * h + h * k + k * k) / cell[0] ** 2 + (l / cell[2]) ** 2
    sine = np.sqrt(inverse2) * job.wavelength_angstrom / 2
    keep = sine < 0.98
    theta = np.arcsin(np.minimum(sine, 0.98))
    fraction = {v.name: values.get(f"{phase.name}.{v.key}", v.start) for v in phase.variables}
    power = {"Li": 3.0, "Ni": 28.0, "O": 8.0}
    amplitude = np.zeros(len(HKL))
    for atom in phase.atoms:
        damped = np.exp(np.minimum(-2 * np.pi**2 * atom.u_iso.at(fraction) * inverse2, 20.0))
        wave = np.cos(2 * np.pi * l * atom.z_fraction) * (2 if atom.element == "O" else 1)
        amplitude += power[atom.element] * atom.occupancy.at(fraction) * damped * wave
    area = np.where(keep, MULTIPLICITY * amplitude**2, 0.0) / np.sin(theta) ** 2 / 20
    width2 = 0.12**2 + (np.degrees(4 * phase.strain_percent / 100 * np.tan(theta)) / 2) ** 2
    centre = 2 * np.degrees(theta) + shift
    z2 = (x[:, None] - centre) ** 2 / width2
    return np.asarray(
        (np.exp(-4 * np.log(2) * np.minimum(z2, 60)) * (area / np.sqrt(width2))).sum(1)
    )


def refine(job: Job) -> Fit:
    """Refine what a job sets free, all at once after scale and background."""
    names = tuple(
        sorted(expected(job) | {f"{p.name}.c_angstrom" for p in job.phases if p.refine_cell})
    )
    start = np.array([_start(job, name) for name in names])
    linear = [k for k, n in enumerate(names) if n.endswith(".scale") or n.startswith("backg")]
    unit = np.array([_unit(n) for n in names])

    def residual(v: np.ndarray) -> np.ndarray:
        made = curve(job, dict(zip(names, v, strict=True)))[0]
        return (job.counts - made) / job.sigma_counts

    def jacobian(v: np.ndarray, which: list[int]) -> np.ndarray:
        base = residual(v)
        columns = []
        for k in which:
            moved = v.copy()
            moved[k] += 1e-4 * unit[k]
            columns.append((residual(moved) - base) / (1e-4 * unit[k]))
        return np.array(columns).T

    value = start.copy()
    if linear:
        value[linear] -= np.linalg.lstsq(jacobian(value, linear), residual(value), rcond=None)[0]
    everything = list(range(len(names)))

    def fitted(value: np.ndarray, which: list[int], most: int = 60) -> np.ndarray:
        def full(t: np.ndarray) -> np.ndarray:
            v = value.copy()
            v[which] = t * unit[which]
            return v

        found = least_squares(
            lambda t: residual(full(t)),
            value[which] / unit[which],
            jac=lambda t: jacobian(full(t), which) * unit[which],
            method="lm",
            xtol=1e-8,
            ftol=1e-8,
            max_nfev=most,
        )
        return full(found.x)

    if not job.warm:
        # Wide lines first, which see each other from farther away.
        widths = [k for k, n in enumerate(names) if n.endswith("strain_percent")]
        cell = [k for k, n in enumerate(names) if n.endswith(("a_angstrom", "c_angstrom"))]
        narrow = value[widths].copy()
        value[widths] = 1.0
        value = fitted(value, sorted({*linear, *cell}), most=12)
        value[widths] = narrow
        value = fitted(value, sorted({*linear, *cell}), most=12)
    value = fitted(value, everything)
    j = jacobian(value, everything) * unit
    chi2 = float((residual(value) ** 2).sum())
    covariance = np.linalg.pinv(j.T @ j) * np.outer(unit, unit)
    covariance *= chi2 / (len(job.counts) - len(names))
    calculated, background = curve(job, dict(zip(names, value, strict=True)))
    return fit_of(job, names, start, value, covariance, calculated, background)


def fit_of(
    job: Job,
    names: tuple[str, ...],
    start: np.ndarray,
    value: np.ndarray,
    covariance: np.ndarray,
    calculated: np.ndarray,
    background: np.ndarray,
) -> Fit:
    """An answer in the form of a real engine's."""
    all_names = {**_fixed(job)}
    fixed = {n: v for n, v in all_names.items() if n not in names}
    none = np.zeros(1)
    return Fit(
        *("toy", "1", True, names, start, value, np.sqrt(np.abs(np.diag(covariance))), covariance),
        at_bound=tuple(False for _ in names),
        fixed=tuple(fixed),
        fixed_value=np.array(list(fixed.values())),
        shift_sigma_ratio=1e-4,
        singular=(),
        calculated_counts=calculated,
        background_counts=background,
        reflections=Reflections(("NCM",), none, none, none, none, none, none, none, none),
        stages=Stages(("all",), np.array([5.0]), np.array([float(len(names))]), (True,)),
        remarks=(),
    )


def _fixed(job: Job) -> dict[str, float]:
    named = {f"{p.name}.{v.key}" for p in job.phases for v in p.variables}
    named |= {f"{p.name}.{n}" for p in job.phases for n in ("a_angstrom", "c_angstrom", "scale")}
    named |= {f"{p.name}.{n}" for p in job.phases for n in ("size_nm", "strain_percent")}
    named |= {f"{p.name}.O1.z_fraction" for p in job.phases} | {"zero_deg"}
    return {name: _start(job, name) for name in sorted(named)}


def _start(job: Job, name: str) -> float:
    phase, _, rest = name.partition(".")
    if phase == "background":
        return job.background_counts[int(rest.split("_")[0])]
    if phase == "profile":
        return float(getattr(job.profile, rest))
    if name == "zero_deg":
        return job.profile.zero_deg
    if name == "displacement_um":
        return job.displacement_um
    model_of = next(p for p in job.phases if p.name == phase)
    if rest.endswith(".z_fraction"):
        return next(a.z_fraction for a in model_of.atoms if a.label == rest.split(".")[0])
    own = {v.key: v.start for v in model_of.variables}
    own |= {"a_angstrom": model_of.cell[0], "c_angstrom": model_of.cell[2]}
    own |= {n: getattr(model_of, n) for n in ("scale", "size_nm", "strain_percent", "march_ratio")}
    return float(own[rest])


def _unit(name: str) -> float:
    units = {"a_angstrom": 1e-3, "c_angstrom": 1e-2, "z_fraction": 1e-3, "zero_deg": 1e-2}
    units |= {"mixing_fraction": 1e-2, "strain_percent": 1e-2, "march_ratio": 0.1}
    last = name.rpartition(".")[2]
    if last.startswith("u_"):
        return 1e-3
    return units.get(last, 10.0 if name.startswith("background") else 0.1)


def job(truth: dict[str, float] | None = None, seed: int = 1, **changes: object) -> Job:
    """A job whose pattern is the toy's own with Poisson noise; `changes` of its fields."""
    made = Job(
        name="toy",
        two_theta_deg=AXIS,
        counts=np.ones_like(AXIS),
        sigma_counts=np.ones_like(AXIS),
        wavelength_angstrom=WAVELENGTH,
        kalpha2_angstrom=None,
        kalpha2_ratio=None,
        geometry="debye-scherrer",
        radius_mm=None,
        polarisation_ratio=0.95,
        profile=Profile(0.001, 0.0, 0.0004, 0.003, 0.003, 0.002),
        profile_free=(),
        position="zero",
        displacement_um=0.0,
        background_counts=(80.0, 0.0),
        phases=(model(),),
        scattering_factors="neutral",
        dispersion=True,
    )
    made = replace(made, **changes)  # type: ignore[arg-type]
    counts = noisy(made, truth or TRUTH, seed)
    made = replace(made, counts=counts, sigma_counts=np.sqrt(np.maximum(counts, 1.0)))
    return replace(made, **changes)  # type: ignore[arg-type]


def noisy(made: Job, truth: dict[str, float], seed: int) -> np.ndarray:
    """Poisson counts of a truth."""
    return np.random.default_rng(seed).poisson(curve(made, truth)[0]).astype(np.float64)


def patterns(n: int = 1, seed: int = 1, truths: list[dict[str, float]] | None = None) -> Patterns:
    """A series of toy patterns, counts without stated esds."""
    rows = truths or [TRUTH] * n
    counts = np.array([noisy(job(), t, seed + k) for k, t in enumerate(rows)])
    one = np.ones(len(rows))
    nan = np.full(len(rows), np.nan)
    return Patterns(
        "toy",
        "debye-scherrer",
        tuple(f"{k}.xy" for k in range(len(rows))),
        np.broadcast_to(AXIS, counts.shape),
        counts,
        np.full(counts.shape, np.nan),
        one,
        WAVELENGTH * one,
        *(nan, nan, nan),
        Covariates.unknown(len(rows)),
        ("ok",) * len(rows),
        ("",) * len(rows),
        ((),) * len(rows),
    )


def used(**changes: object) -> SampleOptions:
    """Options of the toy's data set."""
    phase = {
        "model": "layered-oxide",
        "composition": {"Ni": 1.0},
        "a_angstrom": 2.88,
        "c_angstrom": 14.2,
        "li_fraction": 1.0,
    }
    given = {"phases": {"NCM": phase}, "background_terms": 2, "starts": 1, **changes}
    return SampleOptions.model_validate(given)


def instrument(**changes: object) -> InstrumentSource:
    """No profile known, nothing refined of it."""
    given = {"by_engine": {}, "refused": {}, "common": None, "refine": ()}
    given |= {"polarisation_ratio": None, "flags": ()}
    return InstrumentSource(**{**given, **changes})  # type: ignore[arg-type]


def engine(answer: Callable[[Job], Fit | Failure] = refine, name: str = "toy") -> Engine:
    """The toy as an engine, or another one that answers as given."""
    return Engine(name, "1", answer)
