"""Refined powders of one simulated beam time, counted and refined without files, compared with their truth."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from pipeline.core.covariates import Covariates
from pipeline.demo.refined import POWDERS, Powder, mean_counts
from pipeline.demo.refined_truth import numbers
from pipeline.rietveld.calibration import profiles
from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.instrument_source import instrument_source
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.options import RietveldOptions
from pipeline.rietveld.records import InstrumentProfiles, Patterns, Refinements
from pipeline.rietveld.refinement import refinements

BY_NAME = {powder.dataset: powder for powder in POWDERS}
PARAMETERS = {"a": "a_angstrom", "c": "c_angstrom"} | {
    f"u_iso_{site}": f"u_{site}_angstrom2" for site in ("li", "tm", "o")
}
DERIVED = {
    "z_o": "z_o",
    "li_ni_mixing": "mixing_percent",
    "slab_mo2": "slab_mo2_angstrom",
    "slab_lio2": "slab_lio2_angstrom",
}


@cache
def study_options(root: Path) -> RietveldOptions:
    """The demo study's own `rietveld` block."""
    study = YAML(typ="safe").load(root / "config" / "config.yaml")
    return RietveldOptions.model_validate(study["rietveld"])


def counted(powder: Powder, seed: int, mirrored: bool = False) -> Patterns:
    """A powder's pattern as `xrd read` gives it; `mirrored` with the opposite noise.

    The pulls of a pattern and its mirror image have opposite signs but for what is systematic, so that a few pairs show a
    bias that many independent patterns would hide.
    """
    instrument = powder.instrument
    counts = powder.measure(seed).astype(np.float64)
    if mirrored:
        counts = 2.0 * mean_counts(powder) - counts
    (first, one), (second, other) = (*instrument.wavelengths, (math.nan, math.nan))[:2]

    def single(value: float) -> np.ndarray:
        return np.array([value])

    return Patterns(
        powder.dataset,
        "debye-scherrer" if math.isnan(instrument.radius_mm) else "bragg-brentano",
        (powder.path,),
        instrument.two_theta_deg[None],
        counts[None],
        np.sqrt(counts)[None] if math.isnan(second) else np.full((1, counts.size), np.nan),
        single(1.0),
        single(first),
        single(second),
        single(other / one),
        single(instrument.radius_mm),
        Covariates.unknown(1),
        ("ok",),
        ("",),
        ((),),
    )


def calibrated(
    options: RietveldOptions,
    names: Sequence[str],
    seed: int,
    engines: Sequence[Engine],
    mirrored: bool = False,
) -> dict[str, InstrumentProfiles]:
    """Line profiles of the instruments from standards, by the data sets' names."""
    found = {}
    for name in names:
        standard = options.standards[name]
        (model,) = phase_models({standard.phase: options.phases[standard.phase]}, {})
        pattern = counted(BY_NAME[name], seed, mirrored)
        found[name] = profiles(pattern, model, standard, options, engines)
    return found


def refined(
    options: RietveldOptions,
    name: str,
    seed: int,
    known: Mapping[str, InstrumentProfiles],
    engines: Sequence[Engine],
    starts: int | None = None,
    mirrored: bool = False,
) -> Refinements:
    """Refine a powder as the study asks; `starts` takes the place of the study's."""
    used = options.for_dataset(name)
    if starts is not None:
        used = used.model_copy(update={"starts": starts})
    phases = {phase: used.phases[phase] for phase in used.use or used.phases}
    standard = used.instrument.standard
    assert standard is not None
    source = instrument_source(used.instrument, {}, known[standard])
    models = phase_models(phases, {})
    return refinements(counted(BY_NAME[name], seed, mirrored), used, models, source, engines)


def compared(found: Refinements, row: int = 0) -> dict[str, tuple[float, float]]:
    """Pull and sigma of each number that is known, by its name."""
    oxide = BY_NAME[found.dataset].oxide
    assert oxide is not None
    truth = {name: value for name, _, value in numbers(oxide)}
    out = {}
    for table, columns in ((found.parameters, PARAMETERS), (found.derived, DERIVED)):
        for name, column in columns.items():
            value, sigma = table.column(f"{found.main_phase}.{column}")
            out[name] = (float((value[row] - truth[name]) / sigma[row]), float(sigma[row]))
    return out
