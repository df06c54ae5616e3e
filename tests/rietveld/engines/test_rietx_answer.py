"""What a fit of the embedded engine holds: names, covariance, ties, stages; and what it refuses."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.engines import Engine
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.engines.rietx import refine as refine_module
from pipeline.rietveld.engines.rietx.broadening import STRAIN_CONSTANT, size_constant
from pipeline.rietveld.engines.rietx.constraints import B_OF_U
from pipeline.rietveld.interface import Affine, Failure, Fit, Job, Stage, dumped, loaded
from pipeline.rietveld.start_cell import lines_of
from tests.rietveld.engines.jobs import lab_job, layered, noisy, predicted, rock_salt

TWO_THETA = np.arange(15.0, 110.0, 0.04)


@pytest.fixture(scope="module")
def engine() -> Engine:
    with opened_rietx() as ready:
        return ready


@pytest.fixture(scope="module")
def pattern() -> tuple[FloatArray, FloatArray]:
    truth = layered(a=2.87707, c=14.19522, z=0.24065, mixing=0.05, scale=0.006)
    return noisy(lab_job(TWO_THETA, TWO_THETA, truth, background_counts=(300.0, -100.0)), 7)


@pytest.fixture(scope="module")
def cold(engine: Engine, pattern: tuple[FloatArray, FloatArray]) -> Fit:
    answer = engine.refine(lab_job(*pattern, layered(a=2.90, c=14.1, mixing=0.2, z=0.236)))
    assert isinstance(answer, Fit), answer
    return answer


def test_everything_refined_has_its_name(cold: Fit) -> None:
    assert cold.parameters == (
        *("NCM.a_angstrom", "NCM.c_angstrom", "NCM.scale", "NCM.mixing_fraction"),
        *("NCM.u_li_angstrom2", "NCM.u_tm_angstrom2", "NCM.u_o_angstrom2", "NCM.O.z_fraction"),
        *("NCM.size_nm", "NCM.strain_percent", "displacement_um"),
        *(f"background.{k}_counts" for k in range(8)),
    )
    assert set(cold.fixed) == {
        "zero_deg",
        *(f"profile.{t}" for t in ("u_deg2", "v_deg2", "w_deg2", "x_deg", "y_deg", "axial_ratio")),
    }
    assert dict(zip(cold.fixed, cold.fixed_value, strict=True))["profile.axial_ratio"] == 0.02
    assert cold.engine == "rietx"
    assert cold.version


def test_initial_values_are_what_was_asked(cold: Fit) -> None:
    initial = dict(zip(cold.parameters, cold.initial, strict=True))
    assert initial["NCM.a_angstrom"] == 2.90
    assert initial["NCM.c_angstrom"] == 14.1
    assert initial["NCM.mixing_fraction"] == 0.2
    assert initial["NCM.O.z_fraction"] == 0.236
    assert initial["NCM.size_nm"] == pytest.approx(300.0)
    assert initial["NCM.strain_percent"] == pytest.approx(0.05)


def test_the_covariance_is_the_sigmas(cold: Fit) -> None:
    assert np.sqrt(np.diag(cold.covariance)) == pytest.approx(cold.sigma)
    assert cold.covariance == pytest.approx(cold.covariance.T)
    scaled = cold.covariance / np.outer(cold.sigma, cold.sigma)
    assert np.linalg.eigvalsh(scaled).min() > 0
    k, m = cold.parameters.index("NCM.scale"), cold.parameters.index("NCM.u_tm_angstrom2")
    assert 0.3 < scaled[k, m] < 1.0  # more scale, more damping


def test_sigmas_are_those_of_the_curvature(
    engine: Engine, cold: Fit, pattern: tuple[FloatArray, FloatArray]
) -> None:
    """Our own Jacobian, by differences of calculated patterns: (J' W J)^-1 chi2 / (N - P)."""

    def model(value: FloatArray) -> FloatArray:
        v = dict(zip(cold.parameters, value, strict=True))
        phase = layered(
            a=v["NCM.a_angstrom"],
            c=v["NCM.c_angstrom"],
            z=v["NCM.O.z_fraction"],
            mixing=v["NCM.mixing_fraction"],
            u=(v["NCM.u_li_angstrom2"], v["NCM.u_tm_angstrom2"], v["NCM.u_o_angstrom2"]),
            scale=v["NCM.scale"],
            size_nm=v["NCM.size_nm"],
            strain_percent=v["NCM.strain_percent"],
        )
        background = tuple(v[f"background.{k}_counts"] for k in range(8))
        job = lab_job(
            *pattern,
            phase,
            displacement_um=v["displacement_um"],
            background_counts=background,
        )
        return predicted(job)

    counts = pattern[1]
    sigma = np.sqrt(np.maximum(counts, 1.0))
    jacobian = np.empty((len(counts), len(cold.value)))
    for k in range(len(cold.value)):
        step = np.zeros(len(cold.value))
        step[k] = 0.1 * cold.sigma[k]
        change = model(cold.value + step) - model(cold.value - step)
        jacobian[:, k] = change / (2.0 * step[k]) / sigma
    chi2 = np.sum(((counts - cold.calculated_counts) / sigma) ** 2)
    covariance = np.linalg.inv(jacobian.T @ jacobian) * chi2 / (len(counts) - len(cold.value))
    assert np.sqrt(np.diag(covariance)) == pytest.approx(cold.sigma, rel=0.03)
    assert model(cold.value) == pytest.approx(cold.calculated_counts, rel=0.02)


def test_residuals_are_those_of_the_stage_log(
    cold: Fit, pattern: tuple[FloatArray, FloatArray]
) -> None:
    counts = pattern[1]
    weight = 1.0 / np.maximum(counts, 1.0)
    rwp = 100 * np.sqrt(
        np.sum(weight * (counts - cold.calculated_counts) ** 2) / np.sum(weight * counts**2)
    )
    assert cold.stages.rwp_percent[-1] == pytest.approx(rwp, rel=1e-3)
    assert cold.stages.free[0] == "scale background"
    assert cold.stages.free[-1] == "all"
    assert cold.stages.refined_count[-1] == len(cold.parameters)
    assert all(cold.stages.converged)
    assert cold.shift_sigma_ratio < 0.02


def test_reflections_are_kalpha1_alone(cold: Fit) -> None:
    lines = cold.reflections
    hkl = list(zip(lines.h_index, lines.k_index, lines.l_index, strict=True))
    assert hkl[0] == (0, 0, 3)
    assert lines.multiplicity_count[0] == 2
    a, c = cold.of("NCM.a_angstrom")[0], cold.of("NCM.c_angstrom")[0]
    assert lines.d_angstrom[0] == pytest.approx(c / 3)
    k = hkl.index((1, 0, 4))
    inverse = 4 / (3 * a**2) + 16 / c**2
    assert lines.d_angstrom[k] == pytest.approx(inverse**-0.5)
    assert len(set(hkl)) == len(hkl)
    # the strongest line's area: peak counts over a few hundredths of a degree
    near = np.abs(TWO_THETA - lines.two_theta_deg[0]) < 0.6
    net = (cold.calculated_counts - cold.background_counts)[near].sum() * 0.04
    assert lines.intensity_counts_deg[0] == pytest.approx(net / 1.5, rel=0.06)


def test_structure_factors_are_those_of_gemmi(
    engine: Engine, pattern: tuple[FloatArray, FloatArray]
) -> None:
    """Occupancies, displacements and coordinates of a fit, put into another program's sum; tables of f differ below 1 %."""
    fit = engine.refine(lab_job(*pattern, warm=True, dispersion=False))
    assert isinstance(fit, Fit)
    names = ("u_li_angstrom2", "u_tm_angstrom2", "u_o_angstrom2")
    phase = layered(
        a=fit.of("NCM.a_angstrom")[0],
        c=fit.of("NCM.c_angstrom")[0],
        z=fit.of("NCM.O.z_fraction")[0],
        mixing=fit.of("NCM.mixing_fraction")[0],
        u=tuple(fit.of(f"NCM.{n}")[0] for n in names),
    )
    there = fit.reflections
    ours = dict(
        zip(
            zip(there.h_index, there.k_index, there.l_index, strict=True),
            zip(
                there.f_squared_normalised * there.multiplicity_count, there.d_angstrom, strict=True
            ),
            strict=True,
        )
    )
    lines = lines_of(phase, 1.5406, 109.0)
    compared = 0
    for hkl, amplitude in zip(lines.hkl.tolist(), lines.amplitude, strict=True):
        if tuple(hkl) not in ours:  # the other of two equivalent indices
            continue
        intensity, d = ours[tuple(hkl)]
        theta = np.arcsin(1.5406 / (2.0 * d))
        factor = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
        assert intensity == pytest.approx(amplitude**2 / factor, rel=0.012), hkl
        compared += 1
    assert compared >= 8


def test_ties_hold_exactly(pattern: tuple[FloatArray, FloatArray]) -> None:
    """Occupancies and displacements of rietx's own structure after a fit."""
    kept = []
    original = refine_module.answer_of

    def spy(job: Job, refinement: object, *rest: object) -> Fit | Failure:
        kept.append(refinement)
        return original(job, refinement, *rest)  # type: ignore[arg-type]

    refine_module.answer_of = spy
    try:
        fit = refine_module.refine(lab_job(*pattern, warm=True))
    finally:
        refine_module.answer_of = original
    assert isinstance(fit, Fit)
    x = fit.of("NCM.mixing_fraction")[0]
    atoms = kept[0].fitted_structure.phases[0].atoms  # type: ignore[attr-defined]
    occupancies = [a.occ.value for a in atoms]
    assert occupancies == pytest.approx([1 - x, x, 0.96 - x, 0.018, 0.032, x, 1.0], abs=1e-12)
    displacements = {a.label: a.biso.value / B_OF_U for a in atoms}
    assert displacements["Ni1"] == displacements["Li1"]
    assert displacements["Li2"] == pytest.approx(fit.of("NCM.u_tm_angstrom2")[0], abs=1e-12)
    cell = kept[0].fitted_structure.phases[0].cell  # type: ignore[attr-defined]
    assert cell.b.value == cell.a.value


def test_a_warm_start_ends_where_a_cold_one_does(
    engine: Engine, cold: Fit, pattern: tuple[FloatArray, FloatArray]
) -> None:
    warm = engine.refine(lab_job(*pattern, layered(a=2.8775, c=14.197, z=0.2408), warm=True))
    assert isinstance(warm, Fit)
    assert len(warm.stages.free) == 2
    assert np.max(np.abs(warm.value - cold.value) / cold.sigma) < 0.02
    assert warm.sigma == pytest.approx(cold.sigma, rel=0.01)


def test_the_same_job_gives_the_same_bytes(
    engine: Engine, pattern: tuple[FloatArray, FloatArray]
) -> None:
    job = lab_job(*pattern, warm=True)
    first, second = dumped(engine.refine(job)), dumped(engine.refine(loaded_job(job)))
    assert first == second


def loaded_job(job: Job) -> Job:
    import json

    return loaded(json.loads(dumped(job)), Job)


def test_stages_of_the_job_are_used(engine: Engine, pattern: tuple[FloatArray, FloatArray]) -> None:
    stages = (
        Stage(("scale", "background"), up_to_deg=60.0),
        Stage(("cell", "position"), up_to_deg=60.0),
        Stage(("widths", "coordinates", "u_iso")),
    )
    fit = engine.refine(lab_job(*pattern, layered(a=2.8775, c=14.197), stages=stages))
    assert isinstance(fit, Fit)
    assert fit.stages.free == (
        "scale background",
        "cell position",
        "widths coordinates u_iso",
        "all",
    )
    assert "NCM.mixing_fraction" in fit.fixed
    assert fit.of("NCM.mixing_fraction")[0] == 0.03
    assert fit.stages.refined_count.tolist()[:2] == [9.0, 12.0]


def test_size_and_strain_are_those_of_scherrer_and_of_tan_theta() -> None:
    # 100 nm with Cu Kalpha1: 0.15406 / 100 rad = 0.0883 deg over cos theta; GSAS-II's microstrain 1000 is 0.1 %
    assert size_constant(1.5406) / 100.0 == pytest.approx(0.08827, abs=1e-5)
    assert pytest.approx(np.degrees(1e-3)) == STRAIN_CONSTANT * 0.1


def test_what_the_pattern_does_not_show_is_told(
    engine: Engine, pattern: tuple[FloatArray, FloatArray]
) -> None:
    """A phase that is not there: its cell was held by rietx, and has no sigma."""
    fit = engine.refine(lab_job(*pattern, layered(), rock_salt(scale=1e-4)))
    assert isinstance(fit, Fit)
    assert "NiO.a_angstrom" in fit.singular
    assert np.isnan(fit.of("NiO.a_angstrom")[1])
    assert abs(fit.of("NiO.scale")[0]) < 4 * fit.of("NiO.scale")[1]
    assert "NCM.a_angstrom" not in fit.singular
    assert fit.of("NCM.a_angstrom")[1] < 1e-3
    assert any("PHASE_UNCONSTRAINED" in r for r in fit.remarks)


def test_atoms_of_a_site_move_together(
    engine: Engine, cold: Fit, pattern: tuple[FloatArray, FloatArray]
) -> None:
    """Oxygen as two halves of which the first names the freedom: the same fit."""
    phase = layered(a=2.877, c=14.195, z=0.2406)
    oxygen = phase.atoms[-1]
    halves = (
        replace(oxygen, occupancy=Affine(0.5)),
        replace(oxygen, label="O_2", occupancy=Affine(0.5), free=()),
    )
    split = replace(phase, atoms=(*phase.atoms[:-1], *halves))
    fit = engine.refine(lab_job(*pattern, split, warm=True))
    assert isinstance(fit, Fit)
    assert fit.parameters == cold.parameters
    assert np.max(np.abs(fit.value - cold.value) / cold.sigma) < 0.02


def test_choices_move_the_calculated_pattern(pattern: tuple[FloatArray, FloatArray]) -> None:
    job = lab_job(*pattern, layered(scale=0.006))
    plain = predicted(job)
    ionic = predicted(replace(job, scattering_factors="ionic"))
    without = predicted(replace(job, dispersion=False))
    assert np.max(np.abs(ionic - plain) / plain) > 0.01
    assert np.max(np.abs(without - plain) / plain) > 0.05
    single = predicted(replace(job, kalpha2_angstrom=None, kalpha2_ratio=None))
    net = plain - plain.min()
    assert np.sum(single - single.min()) / np.sum(net) == pytest.approx(1 / 1.5, abs=0.03)


def test_nothing_is_written_and_no_thread_started(tmp_path: Path) -> None:
    """In a fresh interpreter and an empty folder: the variables are set before rietx is imported."""
    code = (
        "import numpy as np, os, threading\n"
        "from pipeline.rietveld.engines.rietx import opened_rietx\n"
        "from tests.rietveld.engines.jobs import lab_job, noisy, layered\n"
        "t = np.arange(15.0, 60.0, 0.05)\n"
        "job = lab_job(t, t, layered(scale=0.006), background_counts=(300.0,))\n"
        "with opened_rietx() as engine:\n"
        "    fit = engine.refine(lab_job(*noisy(job, 0), warm=True))\n"
        "assert fit.converged, fit\n"
        "print(os.environ['RIETX_TELEMETRY'], os.environ['RIETX_COMPILED_THREADS'], threading.active_count())\n"
    )
    root = Path(__file__).resolve().parents[3]
    cleared = {k: v for k, v in os.environ.items() if not k.startswith("RIETX")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=cleared | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "1", "1"]
    assert list(tmp_path.iterdir()) == []
