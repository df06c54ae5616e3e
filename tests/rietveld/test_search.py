"""Several starts: which end is reported, and what is said where they differ."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.judge import Judged
from pipeline.rietveld.records import Flag, Gate
from pipeline.rietveld.search import Found, searched
from tests.rietveld import toy
from tests.rietveld.test_gates import with_value


def search(answer, starts: int = 3) -> Found:
    job = toy.job()
    return searched(job, toy.engine(answer), toy.used(starts=starts), job.phases)


def displaced(job: Job) -> bool:
    return job.phases[0].cell[0] != 2.88 and not job.warm


def judged(found: Found) -> Judged:
    assert isinstance(found.answer, Judged)
    return found.answer


def gates(found: Found) -> list[Gate]:
    return [gate for gate, _ in judged(found).failed]


def worse(fit: Fit, job: Job, by: float) -> Fit:
    """The same curve with a misfit that adds `by` to the weighted sum of squares."""
    extra = np.sqrt(by / job.counts.size) * job.sigma_counts
    sign = np.where(np.arange(job.counts.size) % 2, 1, -1)
    return replace(fit, calculated_counts=fit.calculated_counts + sign * extra)


def test_starts_that_end_together_are_one_minimum():
    found = search(toy.refine)
    assert judged(found).passed
    assert judged(found).flags == ()
    assert [end.same for end in found.ends] == [True] * 3
    assert [end.best for end in found.ends] == [True, False, False]
    assert max(end.distance_sigma for end in found.ends) < 0.1


def test_one_start_is_said():
    assert judged(search(toy.refine, starts=1)).flags == (Flag.ONE_START,)


def test_a_worse_minimum_of_a_displaced_start_is_a_remark():
    def answer(job: Job) -> Fit:
        fit = toy.refine(job)
        if not displaced(job):
            return fit
        return worse(with_value(fit, "NCM.mixing_fraction", 0.10), job, 500.0)

    found = search(answer)
    assert judged(found).passed
    assert Flag.OTHER_MINIMUM in judged(found).flags
    assert [end.same for end in found.ends] == [True, False, False]
    assert judged(found).fit.of("NCM.mixing_fraction")[0] == pytest.approx(0.0185, abs=0.006)


def test_a_better_minimum_of_a_displaced_start_is_reported():
    def answer(job: Job) -> Fit:
        fit = toy.refine(job)
        if job.phases[0].cell[0] == 2.88:
            return worse(with_value(fit, "NCM.mixing_fraction", 0.10), job, 500.0)
        return fit

    found = search(answer)
    assert judged(found).passed
    assert [end.best for end in found.ends] == [False, True, False]
    assert Flag.OTHER_MINIMUM in judged(found).flags


def test_two_minima_as_good_as_each_other_are_no_answer():
    def answer(job: Job) -> Fit:
        fit = toy.refine(job)
        value = next(v.start for v in job.phases[0].variables if v.name == "mixing")
        return with_value(fit, "NCM.mixing_fraction", 0.10 if value > 0.05 else 0.0185)

    found = search(answer)
    assert gates(found) == [Gate.STARTS_AGREE]
    words = dict(judged(found).failed)[Gate.STARTS_AGREE]
    assert "NCM.mixing_fraction" in words
    assert "0.1 from the start 'cell -0.50 %, mixing 12 %" in words


def test_an_impossible_minimum_is_not_passed_over_for_a_worse_possible_one():
    def answer(job: Job) -> Fit:
        fit = toy.refine(job)
        if displaced(job):
            return worse(with_value(fit, "NCM.mixing_fraction", 0.12), job, 500.0)
        return with_value(fit, "NCM.mixing_fraction", -0.047)

    assert gates(search(answer)) == [Gate.MIXING_POSSIBLE]


def test_an_end_that_had_not_settled_is_refined_once_more():
    def answer(job: Job) -> Fit:
        fit = toy.refine(job)
        return fit if job.warm else replace(fit, shift_sigma_ratio=0.4)

    found = search(answer)
    assert judged(found).passed
    assert all(end.same for end in found.ends)


def test_an_end_that_never_settles_is_refused():
    found = search(lambda job: replace(toy.refine(job), converged=False))
    assert Gate.CONVERGED in gates(found)


def test_a_lower_end_that_never_settles_is_not_passed_over():
    def answer(job: Job) -> Fit:
        fit = toy.refine(job)
        if job.phases[0].cell[0] == 2.88:
            return worse(fit, job, 500.0)
        return replace(with_value(fit, "NCM.mixing_fraction", 0.10), converged=False)

    found = search(answer)
    assert gates(found) == [Gate.STARTS_AGREE]
    assert "without settling" in dict(judged(found).failed)[Gate.STARTS_AGREE]


def test_starts_that_fail_are_a_remark_where_others_do_not():
    def answer(job: Job) -> Fit | Failure:
        if displaced(job):
            return Failure("toy", "1", "engine_failed", "numbers ran away")
        return toy.refine(job)

    found = search(answer)
    assert judged(found).passed
    assert Flag.OTHER_MINIMUM in judged(found).flags
    assert [end.same for end in found.ends] == [True, False, False]
    assert np.isnan(found.ends[1].rwp_percent)


def test_where_all_starts_fail_the_first_failure_is_the_answer():
    found = search(lambda job: Failure("toy", "1", "time_limit", f"too slow: {job.name}"))
    assert isinstance(found.answer, Failure)
    assert found.answer.kind == "time_limit"
    assert len(found.ends) == 3
