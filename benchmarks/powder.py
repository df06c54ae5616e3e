"""Lab patterns of the demo's C-NCM96 for the benchmarks of refinement, and how they are refined.

The instrument's profile is the one that made them: none has to be calibrated, and every engine starts from the same.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.core.covariates import Covariates
from pipeline.demo.refined import LABORATORY, POWDERS, PRISTINE, mean_counts
from pipeline.rietveld.instrument_source import InstrumentSource
from pipeline.rietveld.interface import PhaseModel, Profile
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.options import PhaseOptions, RefinementOptions, SampleOptions, StageOptions
from pipeline.rietveld.records import Patterns

SEED = 20
PHASE = "NCM96"
STEP_ANGSTROM = 1e-4
"""What the cell loses in a from pattern to pattern, and gains five times over in c, as on charging."""

STAGES = [
    StageOptions(free=["scale", "background"]),
    StageOptions(free=["cell"]),
    StageOptions(free=["position"]),
    StageOptions(free=["widths"]),
    StageOptions(free=["coordinates", "occupancies"]),
    StageOptions(free=["u_iso"]),
]


def patterns(n_frames: int) -> Patterns:
    """Counted patterns of a cell that changes steadily, seeded."""
    powder = next(p for p in POWDERS if p.dataset == "ncm96_cu")
    rng = np.random.default_rng(SEED)
    counts = np.empty((n_frames, LABORATORY.two_theta_deg.size))
    for k in range(n_frames):
        cell = replace(
            PRISTINE,
            a_angstrom=PRISTINE.a_angstrom - k * STEP_ANGSTROM,
            c_angstrom=PRISTINE.c_angstrom + 5 * k * STEP_ANGSTROM,
        )
        counts[k] = rng.poisson(mean_counts(replace(powder, oxide=cell)))
    (one, share), (two, other) = LABORATORY.wavelengths
    every = np.ones(n_frames)
    return Patterns(
        dataset="bench",
        geometry="bragg-brentano",
        source_file=tuple(f"{k:05d}.xy" for k in range(n_frames)),
        two_theta_deg=np.tile(LABORATORY.two_theta_deg, (n_frames, 1)),
        intensity_counts=counts,
        sigma_counts=np.full_like(counts, np.nan),
        gain_ratio=every,
        wavelength_angstrom=one * every,
        kalpha2_angstrom=two * every,
        kalpha2_ratio=other / share * every,
        radius_mm=240.0 * every,
        covariates=Covariates.unknown(n_frames),
        status=("ok",) * n_frames,
        reason=("",) * n_frames,
        flags=((),) * n_frames,
    )


def used(stages: list[StageOptions] | None = None) -> SampleOptions:
    """Options: one start, and the engine's own plan where no stages are given."""
    phase = PhaseOptions(
        model="layered-oxide",
        composition=dict(PRISTINE.metals),
        a_angstrom=2.875,
        c_angstrom=14.20,
        li_fraction=1.0,
    )
    common = RefinementOptions(starts=1, stages=stages)
    return SampleOptions(**common.model_dump(), phases={PHASE: phase})


def models() -> tuple[PhaseModel, ...]:
    """The layered oxide as it starts."""
    return phase_models(used().phases, {})


def instrument() -> InstrumentSource:
    """The profile that the patterns have."""
    u, v, w = LABORATORY.caglioti_deg2
    profile = Profile(
        *(u, v, w, LABORATORY.lorentz_cos_deg, LABORATORY.lorentz_tan_deg),
        axial_ratio=sum(LABORATORY.axial_ratios),
    )
    return InstrumentSource({}, {}, profile, (), None, ())
