"""Jobs for engines: the layered oxide of ../shared/data/simulated_gsas2, rock salt, LaB6, and patterns made of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import Affine, Atom, Job, PhaseModel, Profile, Variable

BIG = 1e5
CENTIDEG2 = 8.0 * np.log(2.0) / 1e4

LAB = Profile(
    u_deg2=2.0 * CENTIDEG2,
    v_deg2=-2.0 * CENTIDEG2,
    w_deg2=5.0 * CENTIDEG2,
    x_deg=0.01,
    y_deg=0.08,
    axial_ratio=0.02,
)
"""../shared/data/simulated_gsas2/lab.instprm: a Gaussian variance in square centidegrees, Lorentzian FWHM in centidegrees."""

SYNCHROTRON = Profile(
    u_deg2=1e-4, v_deg2=0.0, w_deg2=1.5e-4, x_deg=0.004, y_deg=0.01, axial_ratio=0.002
)

LAB_TRUTH = {
    "NCM.c_angstrom": 14.19522,
    "NCM.mixing_fraction": 0.0185,
    "NCM.O.z_fraction": 0.24065,
    "NCM.u_li_angstrom2": 0.012,
    "NCM.u_tm_angstrom2": 0.004,
    "NCM.u_o_angstrom2": 0.009,
}
LAB_A_ANGSTROM = 2.87707


def follows(variable: str, constant: float = 0.0, factor: float = 1.0) -> Affine:
    return Affine(constant, (variable,), (factor,))


def layered(
    *,
    a: float = 2.88,
    c: float = 14.2,
    z: float = 0.24,
    mixing: float = 0.03,
    u: tuple[float, float, float] = (0.01, 0.005, 0.01),
    nickel: float = 0.96,
    **changes: Any,
) -> PhaseModel:
    """LiNi0.96Co0.018Mn0.032O2 as the simulated patterns have it: their transition metals add up to 1.01."""
    li, tm, o = follows("u_li"), follows("u_tm"), follows("u_o")
    atoms = (
        Atom("Li1", "Li", 1, "3a", 0, 0, 0, 3, follows("mixing", 1.0, -1.0), li),
        Atom("Ni1", "Ni", 2, "3a", 0, 0, 0, 3, follows("mixing"), li),
        Atom("Ni2", "Ni", 3, "3b", 0, 0, 0.5, 3, follows("mixing", nickel, -1.0), tm),
        Atom("Co", "Co", 3, "3b", 0, 0, 0.5, 3, Affine(0.018), tm),
        Atom("Mn", "Mn", 4, "3b", 0, 0, 0.5, 3, Affine(0.032), tm),
        Atom("Li2", "Li", 1, "3b", 0, 0, 0.5, 3, follows("mixing"), tm),
        Atom("O", "O", -2, "6c", 0, 0, z, 6, Affine(1.0), o, ("z",)),
    )
    variables = (
        Variable("mixing", "fraction", mixing, -0.2, 0.6),
        Variable("u_li", "angstrom2", u[0], -0.02, 0.2),
        Variable("u_tm", "angstrom2", u[1], -0.02, 0.2),
        Variable("u_o", "angstrom2", u[2], -0.02, 0.2),
    )
    phase = PhaseModel(
        name="NCM",
        kind="layered-oxide",
        space_group="R -3 m:H",
        cell=(a, a, c, 90.0, 90.0, 120.0),
        system="trigonal",
        atoms=atoms,
        variables=variables,
        size_nm=300.0,
        strain_percent=0.05,
    )
    return replace(phase, **changes)


def rock_salt(**changes: Any) -> PhaseModel:
    u = follows("u")
    phase = PhaseModel(
        name="NiO",
        kind="general",
        space_group="F m -3 m",
        cell=(4.1771, 4.1771, 4.1771, 90.0, 90.0, 90.0),
        system="cubic",
        atoms=(
            Atom("Ni", "Ni", 2, "4a", 0, 0, 0, 4, Affine(1.0), u),
            Atom("O", "O", -2, "4b", 0.5, 0.5, 0.5, 4, Affine(1.0), u),
        ),
        variables=(Variable("u", "angstrom2", 0.005, -0.02, 0.2),),
        size_nm=100.0,
        strain_percent=0.05,
    )
    return replace(phase, **changes)


def lanthanum_hexaboride(**changes: Any) -> PhaseModel:
    """A standard: its cell is held, and nothing of it broadens."""
    phase = PhaseModel(
        name="LaB6",
        kind="general",
        space_group="P m -3 m",
        cell=(4.156826, 4.156826, 4.156826, 90.0, 90.0, 90.0),
        system="cubic",
        atoms=(
            Atom("La", "La", 3, "1a", 0, 0, 0, 1, Affine(1.0), follows("u_la")),
            Atom("B", "B", 0, "6f", 0.19975, 0.5, 0.5, 6, Affine(1.0), follows("u_b"), ("x",)),
        ),
        variables=(
            Variable("u_la", "angstrom2", 0.005, -0.02, 0.2),
            Variable("u_b", "angstrom2", 0.004, -0.02, 0.2),
        ),
        size_nm=BIG,
        strain_percent=0.0,
        refine_cell=False,
        refine_size=False,
        refine_strain=False,
    )
    return replace(phase, **changes)


def lab_job(two_theta: FloatArray, counts: FloatArray, *phases: PhaseModel, **changes: Any) -> Job:
    """A laboratory's pattern, Bragg-Brentano with the copper doublet."""
    job = Job(
        name="lab",
        two_theta_deg=two_theta,
        counts=counts,
        sigma_counts=np.sqrt(np.maximum(counts, 1.0)),
        wavelength_angstrom=1.5406,
        kalpha2_angstrom=1.5444,
        kalpha2_ratio=0.5,
        geometry="bragg-brentano",
        radius_mm=200.0,
        polarisation_ratio=0.5,
        profile=LAB,
        profile_free=(),
        position="displacement",
        displacement_um=0.0,
        background_counts=(float(np.quantile(counts, 0.1)), *[0.0] * 7),
        phases=phases or (layered(),),
        scattering_factors="neutral",
        dispersion=True,
    )
    return replace(job, **changes)


def synchrotron_job(
    two_theta: FloatArray, counts: FloatArray, *phases: PhaseModel, **changes: Any
) -> Job:
    """A synchrotron's pattern of a capillary."""
    changes = {
        "wavelength_angstrom": 1.546,
        "kalpha2_angstrom": None,
        "kalpha2_ratio": None,
        "geometry": "debye-scherrer",
        "radius_mm": None,
        "polarisation_ratio": 0.95,
        "profile": SYNCHROTRON,
        "position": "zero",
    } | changes
    return lab_job(two_theta, counts, *phases, **changes)


def simulated_lab(data_dir: Path, number: int = 1) -> tuple[FloatArray, FloatArray]:
    """2theta and counts of a pattern that GSAS-II simulated."""
    file = data_dir / "simulated_gsas2" / f"lab_0{number}.xye"
    two_theta, counts, _ = np.loadtxt(file, unpack=True)
    return two_theta, counts


def predicted(job: Job) -> FloatArray:
    """What rietx calculates for a job as it starts, without noise."""
    from pipeline.rietveld.engines.rietx.instrument import instrument_of
    from pipeline.rietveld.engines.rietx.library import rietx
    from pipeline.rietveld.engines.rietx.structure import structure_of

    refinement = rietx.Refinement(structure_of(job), instrument_of(job), history=False)
    calculated: FloatArray = np.array(refinement.predict(job.two_theta_deg))
    return calculated


def noisy(job: Job, seed: int) -> tuple[FloatArray, FloatArray]:
    """2theta and counts of a job's own pattern with Poisson noise."""
    counts = np.random.default_rng(seed).poisson(predicted(job)).astype(np.float64)
    return job.two_theta_deg, counts
