"""Texture that no gate sees and that moves the mixing is a remark."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.judge import Judged
from pipeline.rietveld.options import GateOptions
from pipeline.rietveld.orientation import orientation_seen
from tests.rietveld import toy
from tests.rietveld.test_gates import good, judged


def with_ratio(ratio: float, sigma: float) -> Fit:
    fit = good()
    size = len(fit.parameters)
    covariance = np.zeros((size + 1, size + 1))
    covariance[:size, :size] = fit.covariance
    covariance[size, size] = sigma**2
    return replace(
        fit,
        parameters=(*fit.parameters, "NCM.march_ratio"),
        at_bound=(*fit.at_bound, False),
        initial=np.append(fit.initial, 1.0),
        value=np.append(fit.value, ratio),
        sigma=np.append(fit.sigma, sigma),
        covariance=covariance,
    )


def accepted(**changes: object) -> Judged:
    return judged(good(), toy.job(phases=(toy.model(**changes),)))


@pytest.mark.parametrize(("ratio", "seen"), [(0.97, True), (1.03, True), (0.99, False)])
def test_a_ratio_far_from_one_is_told(ratio, seen):
    asked: list[Job] = []

    def answer(job: Job) -> Fit:
        asked.append(job)
        return with_ratio(ratio, 0.004)

    found = accepted()
    engine = Engine("toy", "1", answer)
    assert orientation_seen(found, engine, found.job.phases, GateOptions()) is seen
    assert asked[0].phases[0].march_axis == (0, 0, 3)
    assert asked[0].warm


@pytest.mark.parametrize("changes", [{"march_axis": (0, 0, 3)}, {"kind": "general"}])
def test_where_it_is_refined_or_is_no_layered_oxide_nothing_is_asked(changes):
    found = accepted(**changes)

    def none(_: Job) -> Fit | Failure:
        raise AssertionError

    engine = Engine("toy", "1", none)
    assert not orientation_seen(found, engine, found.job.phases, GateOptions())


def test_a_refinement_that_did_not_arrive_says_nothing():
    found = accepted()
    engine = Engine("toy", "1", lambda _: Failure("toy", "1", "engine_failed", "no"))
    assert not orientation_seen(found, engine, found.job.phases, GateOptions())
