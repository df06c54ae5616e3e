"""Mixing under other choices: one row each, from the refinement as asked."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rietveld.interface import Fit, Job
from pipeline.rietveld.records import FitStatus, Refinements, Sensitivity
from pipeline.rietveld.refinement import refinements
from pipeline.rietveld.sensitivity import varied
from tests.rietveld import toy
from tests.rietveld.test_gates import with_value

MOVES = {
    ("neutral", True): 0.0,
    ("neutral", False): 0.012,
    ("ionic", True): -0.015,
    ("ionic", False): 0.0,
}


def moved(job: Job) -> Fit:
    """Choices move the mixing, as they do; orientation is not refined by the toy."""
    main = job.phases[0]
    plain = replace(job, phases=(replace(main, march_axis=None), *job.phases[1:]))
    fit = toy.refine(plain)
    value = fit.of("NCM.mixing_fraction")[0] + MOVES[job.scattering_factors, job.dispersion]
    fit = with_value(fit, "NCM.mixing_fraction", value)
    if main.march_axis is None:
        return fit
    size = len(fit.parameters)
    covariance = np.zeros((size + 1, size + 1))
    covariance[:size, :size] = fit.covariance
    covariance[size, size] = 1e-4
    return replace(
        fit,
        parameters=(*fit.parameters, "NCM.march_ratio"),
        at_bound=(*fit.at_bound, False),
        initial=np.append(fit.initial, 1.0),
        value=np.append(fit.value, 0.95),
        sigma=np.append(fit.sigma, 0.01),
        covariance=covariance,
    )


def both(answer=moved, asked_answer=moved) -> tuple[Refinements, Sensitivity]:
    common = (toy.patterns(), toy.used(starts=2), (toy.model(),), toy.instrument())
    accepted = refinements(*common, [toy.engine(asked_answer)])
    return accepted, varied(*common, [toy.engine(answer)], accepted)


def test_each_choice_has_a_row_and_the_one_as_asked_is_the_refinement():
    accepted, found = both()
    assert len(set(found.choice)) == 8
    assert sum(found.as_asked) == 1
    row = found.as_asked.index(True)
    assert found.choice[row] == "neutral, dispersion, no orientation"
    assert set(found.status) == {FitStatus.OK}
    mixing, sigma = found.derived.column("mixing_percent")
    value = accepted.derived.column("NCM.mixing_percent")[0][0]
    assert mixing[row] == pytest.approx(value, abs=0.01 * sigma[row])
    for k in range(8):
        move = 100 * MOVES[found.scattering_factors[k], found.dispersion[k]]
        assert mixing[k] - mixing[row] == pytest.approx(move, abs=0.02)
    for name in ("a_angstrom", "c_angstrom", "z_o", "u_tm_angstrom2"):
        assert np.isfinite(found.derived.column(name)).all(), name


def test_choices_start_from_the_refinement_as_asked_and_turn_about_the_usual_axis():
    asked: list[Job] = []

    def answer(job: Job) -> Fit:
        asked.append(job)
        return moved(job)

    both(answer)
    assert len(asked) == 8
    assert all(job.warm for job in asked)
    assert {job.phases[0].march_axis for job in asked} == {None, (0, 0, 3)}
    assert {job.phases[0].march_ratio for job in asked} == {1.0}


def test_a_choice_that_is_impossible_is_a_status():
    def answer(job: Job) -> Fit:
        fit = moved(job)
        bad = job.scattering_factors == "ionic"
        return with_value(fit, "NCM.mixing_fraction", -0.05, 0.003) if bad else fit

    _, found = both(answer)
    failed = [s is FitStatus.GATE_FAILED for s in found.status]
    assert failed == [f == "ionic" for f in found.scattering_factors]
    mixing = found.derived.column("mixing_percent")[0]
    assert mixing[failed] == pytest.approx(-5.0)  # what a wrong choice does is what is asked
    assert all("below 0" in r for r, bad in zip(found.reason, failed, strict=True) if bad)


def test_a_choice_that_does_not_settle_has_no_numbers():
    def answer(job: Job) -> Fit:
        return replace(moved(job), converged=job.dispersion)

    _, found = both(answer)
    told = np.isfinite(found.derived.column("mixing_percent")[0])
    assert list(told) == list(found.dispersion)


def test_without_a_refinement_as_asked_choices_start_from_all_starts():
    asked: list[Job] = []

    def answer(job: Job) -> Fit:
        asked.append(job)
        return moved(job)

    _, found = both(answer, lambda job: replace(moved(job), converged=False))
    assert set(found.status) == {FitStatus.OK}
    assert len([job for job in asked if not job.warm]) == 16
