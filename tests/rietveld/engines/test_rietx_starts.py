"""Where the embedded engine ends from far away, and what a long series of fits leaves behind."""

import resource
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.engines import Engine
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.interface import Affine, Atom, Fit, Job, PhaseModel, Profile, Variable
from tests.rietveld.engines.jobs import (
    follows,
    lab_job,
    layered,
    noisy,
    simulated_lab,
    synchrotron_job,
)

SHARP = np.arange(10.0, 130.0, 0.01)


@pytest.fixture(scope="module")
def engine() -> Engine:
    with opened_rietx() as ready:
        return ready


def random_start(rng: np.random.Generator, nickel: float = 0.96) -> PhaseModel:
    return layered(
        a=2.87707 * (1 + rng.uniform(-0.015, 0.015)),
        c=14.19522 * (1 + rng.uniform(-0.015, 0.015)),
        z=rng.uniform(0.235, 0.25),
        mixing=rng.uniform(0.0, 0.25),
        nickel=nickel,
    )


def sharp_pattern(seed: int) -> tuple[FloatArray, FloatArray]:
    """The dual-gradient cathode on a synchrotron: lines of 0.02 deg, 100,000 counts in the strongest."""
    truth = layered(
        a=2.87707,
        c=14.19522,
        z=0.24065,
        mixing=0.0185,
        u=(0.00189, 0.00095, 0.00362),
        nickel=0.95,
        scale=0.02,
        strain_percent=0.03,
    )
    made = synchrotron_job(SHARP, SHARP, truth, background_counts=(800.0, -300.0, 100.0))
    return noisy(made, seed)


def same_minimum(engine: Engine, jobs: list[Job]) -> list[Fit]:
    fits = [engine.refine(job) for job in jobs]
    assert all(isinstance(f, Fit) and f.converged for f in fits), fits
    for fit in fits:
        assert np.max(np.abs(fit.value - fits[0].value) / fits[0].sigma) < 0.05
        assert fit.shift_sigma_ratio < 0.05
    return fits  # type: ignore[return-value]


@pytest.mark.data
@pytest.mark.slow
def test_twenty_starts_on_a_laboratory_pattern(engine: Engine, data_dir: Path) -> None:
    rng = np.random.default_rng(11)
    pattern = simulated_lab(data_dir)
    same_minimum(engine, [lab_job(*pattern, random_start(rng)) for _ in range(20)])


@pytest.mark.slow
def test_twenty_starts_on_sharp_lines(engine: Engine) -> None:
    rng = np.random.default_rng(12)
    pattern = sharp_pattern(0)
    fits = same_minimum(
        engine, [synchrotron_job(*pattern, random_start(rng, 0.95)) for _ in range(20)]
    )
    assert abs(fits[0].of("NCM.mixing_fraction")[0] - 0.0185) < 3 * 0.0005


@pytest.mark.slow
@pytest.mark.stats
def test_sigmas_are_the_scatter_over_forty_noise_seeds(engine: Engine) -> None:
    truth = {
        "NCM.a_angstrom": 2.87707,
        "NCM.c_angstrom": 14.19522,
        "NCM.mixing_fraction": 0.0185,
        "NCM.O.z_fraction": 0.24065,
        "NCM.u_li_angstrom2": 0.00189,
        "NCM.u_o_angstrom2": 0.00362,
        "NCM.size_nm": 300.0,
        "NCM.strain_percent": 0.03,
    }
    pulls = []
    for seed in range(40):
        fit = engine.refine(synchrotron_job(*sharp_pattern(seed), layered(nickel=0.95)))
        assert isinstance(fit, Fit)
        pulls.append([(fit.of(n)[0] - v) / fit.of(n)[1] for n, v in truth.items()])
    spread, mean = np.std(pulls, axis=0), np.mean(pulls, axis=0)
    assert np.all((spread > 0.7) & (spread < 1.35)), dict(zip(truth, spread, strict=True))
    assert np.all(np.abs(mean) < 0.45), dict(zip(truth, mean, strict=True))  # 0.3 for 100 seeds


@pytest.mark.data
@pytest.mark.slow
def test_lithium_cobalt_oxide_of_a_real_instrument(engine: Engine, data_dir: Path) -> None:
    """No standard was measured, so that the profile is refined on the sample; published Rwp 8.447 %."""
    text = (data_dir / "xrd/lco_powbase/LiCoO2.UXD").read_text(encoding="latin-1")
    counts = np.array([float(v) for v in text.split("_COUNTS")[1].split()])
    two_theta = 15.985 + 0.03 * np.arange(len(counts))
    rng = np.random.default_rng(13)
    jobs = []
    for _ in range(8):
        a, c = 2.8155 * (1 + rng.uniform(-0.015, 0.015)), 14.05 * (1 + rng.uniform(-0.015, 0.015))
        atoms = (
            Atom("Li", "Li", 1, "3a", 0, 0, 0, 3, Affine(1.0), follows("u_li")),
            Atom("Co", "Co", 3, "3b", 0, 0, 0.5, 3, Affine(1.0), follows("u_tm")),
            Atom(
                *("O", "O", -2, "6c", 0, 0, rng.uniform(0.235, 0.25), 6),
                *(Affine(1.0), follows("u_o"), ("z",)),
            ),
        )
        names = ("u_li", "u_tm", "u_o")
        variables = tuple(Variable(n, "angstrom2", 0.008, -0.02, 0.2) for n in names)
        phase = layered(
            cell=(a, a, c, 90.0, 90.0, 120.0),
            atoms=atoms,
            variables=variables,
            march_axis=(0, 0, 1),
            size_nm=1e5,
            strain_percent=0.0,
            refine_size=False,
            refine_strain=False,
        )
        job = lab_job(
            two_theta,
            counts,
            phase,
            kalpha2_angstrom=1.54443,
            kalpha2_ratio=0.514,
            polarisation_ratio=0.5556,  # a graphite monochromator after the sample
            profile=Profile(0.002, -0.002, 0.004, 0.03, 0.03, 0.02),
            profile_free=("u_deg2", "v_deg2", "w_deg2", "x_deg", "y_deg", "axial_ratio"),
            background_counts=(float(np.quantile(counts, 0.1)), *[0.0] * 11),
        )
        jobs.append(job)
    fit = same_minimum(engine, jobs)[0]
    assert fit.stages.rwp_percent[-1] < 7.1
    assert abs(fit.of("NCM.O.z_fraction")[0] - 0.240) < 0.001
    assert abs(fit.of("NCM.a_angstrom")[0] - 2.8155) < 0.0015
    assert abs(fit.of("NCM.c_angstrom")[0] - 14.050) < 0.008
    assert min(fit.of(f"NCM.{n}_angstrom2")[0] for n in names) > 0


@pytest.mark.slow
def test_a_hundred_fits_leave_no_memory_behind(engine: Engine) -> None:
    two_theta = np.arange(15.0, 80.0, 0.04)
    made = lab_job(two_theta, two_theta, layered(scale=0.006), background_counts=(300.0,))
    pattern = noisy(made, 0)
    used = []
    for k in range(100):
        assert isinstance(engine.refine(lab_job(*pattern, warm=True)), Fit)
        if k % 10 == 9:
            used.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)  # MiB
    assert used[-1] - used[2] < 15.0, used
