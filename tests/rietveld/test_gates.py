"""Every gate can fail, says why with value and limit, and passes a good fit."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.judge import Judged, tried
from pipeline.rietveld.numbers import background_chi2
from pipeline.rietveld.options import GateOptions
from pipeline.rietveld.records import Flag, Gate
from tests.rietveld import toy


@lru_cache
def good() -> Fit:
    return toy.refine(toy.job())


def with_value(fit: Fit, name: str, value: float, sigma: float | None = None) -> Fit:
    k = fit.parameters.index(name)
    values, sigmas, covariance = fit.value.copy(), fit.sigma.copy(), fit.covariance.copy()
    values[k] = value
    if sigma is not None:
        sigmas[k] = sigma
        covariance[k, :] = covariance[:, k] = 0.0
        covariance[k, k] = sigma**2
    return replace(fit, value=values, sigma=sigmas, covariance=covariance)


def judged(fit: Fit, job: Job | None = None, **limits: object) -> Judged:
    made = job or toy.job()
    found = tried(
        made,
        Engine("toy", "1", lambda _: fit),
        made.phases,
        GateOptions.model_validate(limits),
        background_chi2(made),
    )
    assert isinstance(found, Judged)
    return found


def words_of(found: Judged, gate: Gate) -> str:
    said = dict(found.failed)
    assert gate in said, f"passed; failed: {found.failed}"
    return said[gate]


def test_a_good_fit_passes_all_gates():
    found = judged(good())
    assert found.failed == ()
    assert found.flags == ()


FORCED: list[tuple[Gate, Callable[[Fit], Fit], str]] = [
    (Gate.CONVERGED, lambda f: replace(f, converged=False, remarks=("too many cycles",)), "cycles"),
    (Gate.SHIFTS_SMALL, lambda f: replace(f, shift_sigma_ratio=0.3), "0.3 sigma, more than 0.05"),
    (Gate.SHIFTS_SMALL, lambda f: replace(f, shift_sigma_ratio=np.nan), "unknown"),
    (Gate.SIGMAS_KNOWN, lambda f: with_value(f, "zero_deg", 0.01, np.nan), "zero_deg"),
    (Gate.SIGMAS_KNOWN, lambda f: with_value(f, "zero_deg", 0.01, 0.0), "zero_deg"),
    (Gate.NOT_SINGULAR, lambda f: replace(f, singular=("NCM.scale",)), "NCM.scale"),
    (
        Gate.MIXING_POSSIBLE,
        lambda f: with_value(f, "NCM.mixing_fraction", -0.047, 0.003),
        "-4.7(3) % is below 0: the Li content of the model (1.00) is probably too high",
    ),
    (
        Gate.MIXING_POSSIBLE,
        lambda f: with_value(f, "NCM.mixing_fraction", 0.58, 0.003),
        "58.0(3) % is above 50",
    ),
    (
        Gate.U_POSITIVE,
        lambda f: with_value(f, "NCM.u_tm_angstrom2", -0.004, 0.001),
        "u_tm_angstrom2 = -0.0040(10) is below 0",
    ),
    (
        Gate.SLABS_IN_ORDER,
        lambda f: with_value(f, "NCM.O1.z_fraction", 0.2600, 0.001),
        "start nearer to 0.240",
    ),
    (
        Gate.CELL_NEAR_START,
        lambda f: with_value(f, "NCM.a_angstrom", 3.02, 0.001),
        "+4.9 % from its start 2.8800, more than 3 %",
    ),
    (Gate.SIGNAL_THERE, lambda f: with_value(f, "NCM.scale", 0.01, 0.004), "below 5 sigma"),
    (
        Gate.AS_ASKED,
        lambda f: replace(f, remarks=("not as asked: neutral factors for Ni3+",)),
        "neutral factors for Ni3+",
    ),
]


@pytest.mark.parametrize(("gate", "change", "said"), FORCED)
def test_a_gate_fails_with_its_words(gate, change, said):
    found = judged(change(good()))
    assert said in words_of(found, gate)
    assert not found.passed


@pytest.mark.parametrize(
    "change",
    [
        lambda f: with_value(f, "NCM.mixing_fraction", -0.005, 0.003),
        lambda f: with_value(f, "NCM.u_tm_angstrom2", -0.001, 0.001),
    ],
)
def test_two_sigmas_beyond_what_is_possible_are_noise(change):
    assert judged(change(good())).passed


def test_mixing_of_minus_one_percent_is_refused_however_good_the_fit():
    """The silent trap of a naive recipe: converged, GOF 1.06, x = -0.89(8) %."""
    found = judged(with_value(good(), "NCM.mixing_fraction", -0.0089, 0.0008))
    assert [gate for gate, _ in found.failed] == [Gate.MIXING_POSSIBLE]
    assert found.quality.gof < 1.1


def test_mixing_below_zero_with_lithium_given_names_other_causes():
    job = toy.job(phases=(toy.model(lithium=0.3),))
    found = judged(with_value(good(), "NCM.mixing_fraction", -0.047, 0.003), job)
    assert "0.30) or its composition" in words_of(found, Gate.MIXING_POSSIBLE)


def test_a_profile_without_width_is_refused():
    w = -0.0051
    job = toy.job(profile_free=("w_deg2",))
    fit = good()
    fit = replace(
        fit, fixed=(*fit.fixed, "profile.w_deg2"), fixed_value=np.array([*fit.fixed_value, w])
    )
    assert "below 0" in words_of(judged(fit, job), Gate.INSIDE_BOUNDS)


def test_a_number_at_its_bound_is_refused():
    fit = good()
    at = tuple(name == "NCM.mixing_fraction" for name in fit.parameters)
    assert "NCM.mixing_fraction" in words_of(judged(replace(fit, at_bound=at)), Gate.INSIDE_BOUNDS)


def test_two_numbers_that_go_together_are_refused_and_background_terms_are_not():
    fit = good()

    def correlated(one: str, other: str, by: float) -> Fit:
        i, j = fit.parameters.index(one), fit.parameters.index(other)
        covariance = fit.covariance.copy()
        covariance[i, j] = covariance[j, i] = by * fit.sigma[i] * fit.sigma[j]
        return replace(fit, covariance=covariance)

    found = judged(correlated("NCM.scale", "NCM.u_o_angstrom2", 0.999))
    assert "0.9990" in words_of(found, Gate.NOT_SINGULAR)
    assert judged(correlated("background.0_counts", "background.1_counts", 0.999)).passed
    remark = judged(correlated("NCM.scale", "NCM.u_o_angstrom2", 0.97))
    assert remark.passed
    assert Flag.STRONG_CORRELATION in remark.flags


def test_residuals_above_their_limits_are_refused():
    assert "above 1 %" in words_of(judged(good(), rwp_percent=1.0), Gate.RESIDUAL_LOW)
    assert "above 0.5" in words_of(judged(good(), gof_ratio=0.5), Gate.GOF_LOW)


def test_what_was_asked_and_was_not_refined_is_refused():
    fit = good()
    keep = [k for k, name in enumerate(fit.parameters) if name != "NCM.u_o_angstrom2"]
    without = replace(
        fit,
        parameters=tuple(fit.parameters[k] for k in keep),
        at_bound=tuple(fit.at_bound[k] for k in keep),
        initial=fit.initial[keep],
        value=fit.value[keep],
        sigma=fit.sigma[keep],
        covariance=fit.covariance[np.ix_(keep, keep)],
    )
    assert "not refined: NCM.u_o_angstrom2" in words_of(judged(without), Gate.AS_ASKED)


def test_what_was_to_be_held_and_moved_is_refused():
    variables = toy.model().variables
    held = tuple(replace(v, refine=False) if v.name == "u_o" else v for v in variables)
    job = toy.job(phases=(toy.model(variables=held),))
    assert "refined though held" in words_of(judged(good(), job), Gate.AS_ASKED)
    fit = toy.refine(job)
    assert judged(fit, job).passed
    fixed = fit.fixed_value.copy()
    fixed[fit.fixed.index("NCM.u_o_angstrom2")] = 0.01
    assert "held at 0.01" in words_of(judged(replace(fit, fixed_value=fixed), job), Gate.AS_ASKED)


def test_own_stages_free_what_they_name_alone():
    from pipeline.rietveld.evidence import expected
    from pipeline.rietveld.interface import Stage

    job = toy.job(stages=(Stage(("scale", "background")), Stage(("cell",))))
    assert expected(job) == {
        *("NCM.scale", "NCM.a_angstrom", "background.0_counts", "background.1_counts")
    }


def test_noise_without_lines_is_refused():
    random = np.random.default_rng(3)
    counts = random.poisson(100.0, toy.AXIS.size).astype(np.float64)
    job = toy.job(counts=counts, sigma_counts=np.sqrt(np.maximum(counts, 1)))
    found = judged(toy.refine(job), job)
    assert "no" in words_of(found, Gate.SIGNAL_THERE)


@pytest.mark.parametrize("curve", [np.full(toy.AXIS.size, np.nan), np.ones(7)])
def test_curves_that_are_none_are_a_failure_of_the_engine(curve):
    job = toy.job()
    fit = replace(good(), calculated_counts=curve)
    found = tried(job, Engine("toy", "1", lambda _: fit), job.phases, GateOptions(), 1.0)
    assert isinstance(found, Failure)
    assert found.kind == "engine_failed"


def test_a_width_that_stops_at_none_is_held_and_the_rest_refined_again():
    asked: list[Job] = []

    def stops(job: Job) -> Fit:
        asked.append(job)
        fit = toy.refine(job)
        return replace(fit, at_bound=tuple(n == "NCM.strain_percent" for n in fit.parameters))

    job = toy.job()
    found = tried(job, Engine("toy", "1", stops), job.phases, GateOptions(), background_chi2(job))
    assert isinstance(found, Judged)
    assert found.passed
    assert found.flags == (Flag.WIDTH_AT_ZERO,)
    assert "NCM.strain_percent" not in found.fit.parameters
    assert [j.phases[0].refine_strain for j in asked] == [True, False]
    assert asked[1].warm
    assert asked[1].phases[0].strain_percent == pytest.approx(0.15, abs=0.01)


def test_a_phase_that_is_not_seen_keeps_its_scale_alone():
    """A second phase of the same lines elsewhere: its cell, heights and displacements say nothing."""
    second = toy.model(name="other", cell=(2.6, 2.6, 12.1, 90.0, 90.0, 120.0), scale=0.0)
    truth = {**toy.TRUTH, "other.scale": 0.0}
    job = toy.job(truth, phases=(toy.model(), second))
    found = tried(job, toy.engine(), job.phases, GateOptions(), background_chi2(job))
    assert isinstance(found, Judged)
    assert Flag.PHASE_NOT_SEEN in found.flags
    names = [n for n in found.fit.parameters if n.startswith("other.")]
    assert names == ["other.scale"]
    value, sigma = found.fit.of("other.scale")
    assert abs(value) < 4 * sigma
    assert found.passed, found.failed


def test_a_phase_whose_scale_stops_at_none_is_left_out():
    second = toy.model(name="other", cell=(2.6, 2.6, 12.1, 90.0, 90.0, 120.0), scale=0.0)
    job = toy.job({**toy.TRUTH, "other.scale": 0.0}, phases=(toy.model(), second))

    def stops(job: Job) -> Fit:
        fit = toy.refine(job)
        if len(job.phases) == 1:
            return fit
        at = tuple(n == "other.scale" for n in fit.parameters)
        return replace(with_value(fit, "other.scale", 0.0), at_bound=at)

    found = tried(job, Engine("toy", "1", stops), job.phases, GateOptions(), background_chi2(job))
    assert isinstance(found, Judged)
    assert found.passed
    assert [p.name for p in found.job.phases] == ["NCM"]
    assert found.flags == (Flag.PHASE_NOT_SEEN,)


def test_phases_that_do_not_converge_together_are_refined_in_turn():
    """A phase that is not there leads a refinement astray; with its scale alone it does not."""
    second = toy.model(name="other", cell=(2.6, 2.6, 12.1, 90.0, 90.0, 120.0), scale=0.0)
    job = toy.job({**toy.TRUTH, "other.scale": 0.0}, phases=(toy.model(), second))
    asked: list[Job] = []

    def answer(job: Job) -> Fit | Failure:
        asked.append(job)
        if len(asked) == 1:
            return Failure("toy", "1", "engine_failed", "numbers ran away")
        return toy.refine(job)

    found = tried(job, Engine("toy", "1", answer), job.phases, GateOptions(), background_chi2(job))
    assert isinstance(found, Judged)
    assert found.passed, found.failed
    assert found.flags == (Flag.PHASE_NOT_SEEN,)
    assert len(asked) == 2


def test_a_phase_that_is_seen_is_refined_in_full_in_its_turn():
    second = toy.model(name="other", cell=(2.6, 2.6, 12.1, 90.0, 90.0, 120.0), scale=0.3)
    truth = {**toy.TRUTH, "other.scale": 0.3, "other.a_angstrom": 2.601}
    job = toy.job(truth, phases=(toy.model(), second))
    asked: list[Job] = []

    def answer(job: Job) -> Fit:
        asked.append(job)
        fit = toy.refine(job)
        return replace(fit, converged=len(asked) > 1)

    found = tried(job, Engine("toy", "1", answer), job.phases, GateOptions(), background_chi2(job))
    assert isinstance(found, Judged)
    assert found.passed, found.failed
    value, sigma = found.fit.of("other.a_angstrom")
    assert abs(value - 2.601) < 4 * sigma
    assert [j.warm for j in asked] == [False, False, True]
