"""GSAS-II itself, where it is found: simulated patterns of known truth, its covariance, and what must not pass in silence."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.engines import Engine
from pipeline.rietveld.engines.gsas2 import find_gsas2, opened_gsas2
from pipeline.rietveld.interface import Failure, Fit, Job, PhaseModel, Stage
from pipeline.rietveld.options import Gsas2Options
from tests.rietveld.engines.jobs import (
    LAB_A_ANGSTROM,
    LAB_TRUTH,
    lab_job,
    layered,
    rock_salt,
    simulated_lab,
    synchrotron_job,
)

pytestmark = pytest.mark.gsas2

TWO_THETA = np.arange(10.0, 130.0, 0.02)
TRUE = {"a": 2.87707, "c": 14.19522, "z": 0.24065, "mixing": 0.0185}
BACKGROUND = 300.0


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    options = Gsas2Options()
    with opened_gsas2(find_gsas2(options), options, tmp_path_factory.mktemp("keep")) as ready:
        yield ready


def true_model(**changes: float) -> PhaseModel:
    return layered(**TRUE, u=(0.012, 0.004, 0.009), size_nm=500.0, strain_percent=0.03, **changes)


def lines_of(engine: Engine, job: Job) -> FloatArray:
    """What GSAS-II calculates for phases as they start: a refinement of a constant background alone."""
    flat = replace(
        job, background_counts=(BACKGROUND,), stages=(Stage(("background",)),), warm=False
    )
    fit = fitted(engine, flat)
    return fit.calculated_counts - fit.background_counts


def fitted(engine: Engine, job: Job) -> Fit:
    answer = engine.refine(job)
    assert isinstance(answer, Fit), answer.message
    return answer


def refusal(engine: Engine, job: Job) -> str:
    answer = engine.refine(job)
    assert isinstance(answer, Failure)
    assert answer.kind == "engine_failed"
    return answer.message


@pytest.fixture(scope="module")
def curve(engine: Engine) -> FloatArray:
    flat = np.full(TWO_THETA.shape, BACKGROUND)
    return lines_of(engine, lab_job(TWO_THETA, flat, true_model(scale=0.5))) + BACKGROUND


def measured(curve: FloatArray, seed: int, phase: PhaseModel | None = None) -> Job:
    counts = np.random.default_rng(seed).poisson(curve).astype(np.float64)
    return lab_job(TWO_THETA, counts, phase or layered())


@pytest.fixture(scope="module")
def cold(engine: Engine, curve: FloatArray) -> Fit:
    return fitted(engine, measured(curve, 0, layered(a=2.89, c=14.1, mixing=0.15, z=0.236)))


def pulls(fit: Fit) -> FloatArray:
    truth = LAB_TRUTH | {"NCM.a_angstrom": LAB_A_ANGSTROM, "displacement_um": 0.0}
    return np.array([(fit.of(n)[0] - v) / fit.of(n)[1] for n, v in truth.items()])


@pytest.mark.data
@pytest.mark.parametrize("number", [1, 2])
def test_patterns_simulated_by_gsas2_give_their_truth(
    engine: Engine, data_dir: Path, number: int
) -> None:
    """As its README says: mixing of single patterns 1.67 to 1.89 %, sigma 0.14 points from 20 of them with sigma below 0.22."""
    fit = fitted(engine, lab_job(*simulated_lab(data_dir, number)))
    assert fit.converged
    assert np.abs(pulls(fit)).max() < 4
    assert fit.of("NCM.mixing_fraction")[1] < 0.0025
    assert fit.of("NCM.a_angstrom")[1] < 5e-5


def test_truth_is_found_from_a_displaced_start(cold: Fit) -> None:
    assert cold.converged
    assert cold.shift_sigma_ratio < 0.05
    assert cold.singular == ()
    assert np.abs(pulls(cold)).max() < 4
    assert cold.of("NCM.size_nm")[0] == pytest.approx(500, abs=4 * cold.of("NCM.size_nm")[1])
    assert cold.of("NCM.scale")[0] == pytest.approx(0.5, abs=4 * cold.of("NCM.scale")[1])


def test_everything_has_its_name(cold: Fit) -> None:
    assert set(cold.parameters) == {
        *("NCM.a_angstrom", "NCM.c_angstrom", "NCM.scale", "NCM.mixing_fraction"),
        *("NCM.u_li_angstrom2", "NCM.u_tm_angstrom2", "NCM.u_o_angstrom2", "NCM.O.z_fraction"),
        *("NCM.size_nm", "NCM.strain_percent", "displacement_um"),
        *(f"background.{k}_counts" for k in range(8)),
    }
    assert {"zero_deg", "profile.u_deg2", "profile.axial_ratio"} <= set(cold.fixed)
    assert not any(cold.at_bound)
    initial = dict(zip(cold.parameters, cold.initial, strict=True))
    assert initial["NCM.mixing_fraction"] == 0.15
    assert initial["NCM.O.z_fraction"] == 0.236


def test_the_covariance_is_scaled_by_chi2_once(cold: Fit, curve: FloatArray) -> None:
    """Our own Jacobian of what is linear: background and scale, (J' W J)^-1 chi2 / (N - P), at everything else free."""
    assert np.sqrt(np.diag(cold.covariance)) == pytest.approx(cold.sigma)
    job = measured(curve, 0)
    chi2 = (((job.counts - cold.calculated_counts) / job.sigma_counts) ** 2).sum()
    gof2 = chi2 / (len(job.counts) - len(cold.parameters))
    x = 2 * (TWO_THETA - TWO_THETA[0]) / (TWO_THETA[-1] - TWO_THETA[0]) - 1
    columns = [np.polynomial.chebyshev.chebval(x, np.eye(8)[k]) for k in range(8)]
    lines = (cold.calculated_counts - cold.background_counts) / cold.of("NCM.scale")[0]
    jacobian = np.array([*columns, lines]).T / job.sigma_counts[:, None]
    alone = np.linalg.inv(jacobian.T @ jacobian) * gof2
    names = [*(f"background.{k}_counts" for k in range(8)), "NCM.scale"]
    places = [cold.parameters.index(n) for n in names]
    # The block of the inverse covariance belongs to these alone, whatever else is free.
    block = np.linalg.inv(cold.covariance)[np.ix_(places, places)]
    assert np.linalg.inv(block) == pytest.approx(alone, rel=0.01, abs=0.01 * np.abs(alone).min())


def test_areas_and_reflections_belong_to_the_curve(cold: Fit) -> None:
    r = cold.reflections
    k = next(
        i for i in range(len(r.phase)) if (r.h_index[i], r.k_index[i], r.l_index[i]) == (0, 0, 3)
    )
    assert r.multiplicity_count[k] == 2
    assert r.d_angstrom[k] == pytest.approx(cold.of("NCM.c_angstrom")[0] / 3, rel=1e-6)
    near = np.abs(TWO_THETA - r.two_theta_deg[k]) < 3
    net = (cold.calculated_counts - cold.background_counts)[near].sum() * 0.02
    assert r.intensity_counts_deg[k] * 1.5 == pytest.approx(net, rel=0.02)  # both of the doublet


def test_a_warm_start_is_one_stage_and_the_same_minimum(
    engine: Engine, curve: FloatArray, cold: Fit
) -> None:
    start = layered(
        a=cold.of("NCM.a_angstrom")[0],
        c=cold.of("NCM.c_angstrom")[0],
        z=cold.of("NCM.O.z_fraction")[0],
        mixing=cold.of("NCM.mixing_fraction")[0],
        scale=cold.of("NCM.scale")[0],
        size_nm=cold.of("NCM.size_nm")[0],
    )
    warm = fitted(engine, replace(measured(curve, 0, start), warm=True))
    assert len(warm.stages.free) < len(cold.stages.free) - 3
    assert np.abs(pulls(warm) - pulls(cold)).max() < 0.1


def test_own_stages_are_done_in_their_order(engine: Engine, curve: FloatArray) -> None:
    stages = (
        Stage(("scale", "background", "cell"), 60.0),
        Stage(("coordinates", "widths", "u_iso", "occupancies", "position")),
    )
    job = replace(measured(curve, 0, layered(a=2.8775, c=14.19)), stages=stages)
    fit = fitted(engine, job)
    assert fit.stages.free[0] == "scale background cell"
    assert fit.stages.refined_count[0] == 11
    assert np.abs(pulls(fit)).max() < 4


def test_a_swapped_origin_is_the_same_minimum(engine: Engine, curve: FloatArray, cold: Fit) -> None:
    model = layered()
    atoms = tuple(replace(a, z_fraction=0.5 - a.z_fraction) for a in model.atoms)
    fit = fitted(engine, measured(curve, 0, replace(model, atoms=atoms)))
    assert fit.of("NCM.O.z_fraction")[0] == pytest.approx(
        0.5 - cold.of("NCM.O.z_fraction")[0], abs=2e-5
    )
    assert fit.of("NCM.mixing_fraction")[0] == pytest.approx(
        cold.of("NCM.mixing_fraction")[0], abs=1e-4
    )


def test_scattering_factors_and_dispersion_are_what_was_asked(
    engine: Engine, curve: FloatArray, cold: Fit
) -> None:
    """The curve is of neutral atoms with f' and f'': others mix a point less or more, as measured (DESIGN, section 8)."""
    job = measured(curve, 0)
    neutral = cold.of("NCM.mixing_fraction")[0]
    ionic = fitted(engine, replace(job, scattering_factors="ionic")).of("NCM.mixing_fraction")[0]
    without = fitted(engine, replace(job, dispersion=False)).of("NCM.mixing_fraction")[0]
    again = fitted(engine, job).of("NCM.mixing_fraction")[0]
    assert ionic - neutral == pytest.approx(-0.015, abs=0.006)
    assert without - neutral == pytest.approx(0.013, abs=0.006)
    assert again == pytest.approx(neutral, abs=1e-4)  # nothing stays behind in its process


def test_geometry_is_what_was_asked_with_one_wavelength_too(engine: Engine) -> None:
    """GSAS-II takes a single wavelength for Debye-Scherrer: a displacement is found in Bragg-Brentano alone."""
    one = {"kalpha2_angstrom": None, "kalpha2_ratio": None}
    flat = lab_job(TWO_THETA, np.full(TWO_THETA.shape, BACKGROUND), true_model(scale=0.5), **one)
    curve = lines_of(engine, replace(flat, displacement_um=-80.0)) + BACKGROUND
    counts = np.random.default_rng(3).poisson(curve).astype(np.float64)
    fit = fitted(engine, lab_job(TWO_THETA, counts, layered(), **one))
    value, sigma = fit.of("displacement_um")
    assert value == pytest.approx(-80.0, abs=4 * sigma)
    capillary = synchrotron_job(TWO_THETA, counts, position="displacement")
    assert "Bragg-Brentano" in refusal(engine, capillary)


def test_a_phase_that_is_there_is_weighed_and_one_that_is_not_harms_nobody(
    engine: Engine, curve: FloatArray, cold: Fit
) -> None:
    salt = rock_salt(cell=(4.1771,) * 3 + (90.0,) * 3, scale=0.05, size_nm=30.0)
    flat = lab_job(TWO_THETA, np.full(TWO_THETA.shape, BACKGROUND), salt)
    counts = np.random.default_rng(4).poisson(curve + lines_of(engine, flat)).astype(np.float64)
    start = rock_salt(cell=(4.19,) * 3 + (90.0,) * 3)
    with_salt = fitted(engine, lab_job(TWO_THETA, counts, layered(), start))
    for name, true in (("scale", 0.05), ("a_angstrom", 4.1771)):
        value, sigma = with_salt.of(f"NiO.{name}")
        assert value == pytest.approx(true, abs=4 * sigma)
    without = fitted(engine, replace(measured(curve, 0), phases=(layered(), start)))
    assert abs(without.of("NiO.scale")[0]) < 3 * without.of("NiO.scale")[1]
    assert "NiO.a_angstrom" in without.fixed
    assert any("NiO" in r and "not seen" in r for r in without.remarks)
    assert without.of("NCM.mixing_fraction")[0] == pytest.approx(
        cold.of("NCM.mixing_fraction")[0], abs=5e-4
    )


def test_a_bound_is_seen(engine: Engine, curve: FloatArray) -> None:
    model = layered()
    variables = tuple(
        replace(v, start=0.021, low=0.02) if v.name == "u_tm" else v for v in model.variables
    )
    fit = fitted(engine, measured(curve, 0, replace(model, variables=variables)))
    stopped = {n for n, at in zip(fit.parameters, fit.at_bound, strict=True) if at}
    assert stopped == {"NCM.u_tm_angstrom2"}


# What GSAS-II takes in silence.


def changed(label: str, **changes: object) -> PhaseModel:
    model = layered()
    return replace(
        model, atoms=tuple(replace(a, **changes) if a.label == label else a for a in model.atoms)
    )


def test_an_unknown_element_is_refused(engine: Engine, curve: FloatArray) -> None:
    assert "no form factor of Zz" in refusal(
        engine, measured(curve, 0, changed("Co", element="Zz"))
    )


def test_an_ion_without_form_factors_is_refused(engine: Engine, curve: FloatArray) -> None:
    job = replace(measured(curve, 0, changed("Ni2", charge=4)), scattering_factors="ionic")
    assert "it has Ni, Ni+2, Ni+3" in refusal(engine, job)


def test_an_unknown_space_group_is_refused_and_no_p1(engine: Engine, curve: FloatArray) -> None:
    job = measured(curve, 0, layered(space_group="R -3 q:H"))
    assert "does not know the space group" in refusal(engine, job)


def test_an_atom_on_another_position_than_said_is_refused(
    engine: Engine, curve: FloatArray
) -> None:
    job = measured(curve, 0, changed("Co", z_fraction=0.43))
    assert "multiplicity 6" in refusal(engine, job)


def test_a_cell_five_percent_off_is_no_answer(engine: Engine, curve: FloatArray) -> None:
    answer = engine.refine(measured(curve, 0, layered(a=3.0, c=14.9)))
    if isinstance(answer, Fit):  # a false minimum, whose R factor tells it
        assert answer.stages.rwp_percent[-1] > 15


def test_noise_is_no_answer(engine: Engine) -> None:
    counts = np.random.default_rng(1).poisson(np.full(TWO_THETA.shape, BACKGROUND)).astype(float)
    answer = engine.refine(lab_job(TWO_THETA, counts, layered()))
    if isinstance(answer, Fit):
        sigma = answer.of("NCM.mixing_fraction")[1]
        scale, scale_sigma = answer.of("NCM.scale")
        unsure = not answer.converged or bool(answer.singular) or any(answer.at_bound)
        assert unsure or not sigma < 0.1 or not scale > 3 * scale_sigma


@pytest.mark.slow
def test_quoted_sigmas_are_right(engine: Engine, curve: FloatArray) -> None:
    """20 noise seeds: pulls with sd 0.7 to 1.35 and mean below 0.3 (0.9 standard errors of 20 pulls are 0.22)."""
    found = np.array(
        [pulls(fitted(engine, measured(curve, seed, true_model(scale=0.5)))) for seed in range(20)]
    )
    print(np.round(found.mean(0), 2), np.round(found.std(0, ddof=1), 2))  # noqa: T201
    assert np.abs(found).max() < 4
    assert 0.7 < found.std(ddof=1) < 1.35
    assert abs(found.mean()) < 0.3


@pytest.mark.slow
def test_twenty_random_starts_end_at_one_minimum(
    engine: Engine, curve: FloatArray, cold: Fit
) -> None:
    random = np.random.default_rng(11)
    for _ in range(20):
        start = layered(
            a=2.87707 * (1 + random.uniform(-0.015, 0.015)),
            c=14.19522 * (1 + random.uniform(-0.015, 0.015)),
            mixing=random.uniform(0, 0.25),
            z=random.uniform(0.235, 0.25),
        )
        fit = fitted(engine, measured(curve, 0, start))
        assert np.abs(pulls(fit) - pulls(cold)).max() < 0.1
