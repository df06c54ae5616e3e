"""R factors by one definition, and how sigmas grow where residuals hang together."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rietveld.numbers import background_chi2, esd_inflation, quality
from tests.rietveld import toy

TOLD = ("NCM.a_angstrom", "NCM.c_angstrom", "NCM.u_tm_angstrom2", "NCM.u_o_angstrom2")


def test_r_factors_are_those_of_toby():
    job = toy.job()
    fit = toy.refine(job)
    found = quality(job, fit)
    w, o, c = job.sigma_counts**-2, job.counts, fit.calculated_counts
    n, p = o.size, len(fit.parameters)
    assert found.rwp_percent == pytest.approx(
        100 * np.sqrt((w * (o - c) ** 2).sum() / (w * o**2).sum())
    )
    assert found.rp_percent == pytest.approx(100 * np.abs(o - c).sum() / o.sum())
    assert found.rexp_percent == pytest.approx(100 * np.sqrt((n - p) / (w * o**2).sum()))
    assert found.gof == pytest.approx(found.rwp_percent / found.rexp_percent)
    assert found.reduced_chi2 == pytest.approx(found.chi2 / (n - p))
    assert (found.point_count, found.refined_count) == (n, p)
    assert found.gof == pytest.approx(1.0, abs=0.06)


def test_white_residuals_inflate_nothing():
    random = np.random.default_rng(0)
    found = [esd_inflation(random.standard_normal(6500), 20) for _ in range(300)]
    assert min(found) == 1.0
    assert np.mean(found) == pytest.approx(1.0, abs=0.03)
    assert np.quantile(found, 0.99) < 1.1


@pytest.mark.parametrize("length", [2, 5, 20])
def test_residuals_that_hang_together_inflate_as_they_widen_a_mean(length):
    """The mean of a moving average over `length` points has `sqrt(length)` times the sigma of white noise."""
    random = np.random.default_rng(1)
    found = []
    for _ in range(20):
        white = random.standard_normal(20000)
        found.append(esd_inflation(np.convolve(white, np.ones(length), "valid"), 1))
    assert np.mean(found) == pytest.approx(np.sqrt(length), rel=0.08)


@pytest.mark.parametrize("residual", [np.zeros(100), np.full(100, np.nan)])
def test_residuals_that_say_nothing_inflate_nothing(residual):
    assert esd_inflation(residual, 3) == 1.0


def test_the_background_alone_is_as_good_as_chance_where_there_are_no_lines():
    random = np.random.default_rng(2)
    counts = random.poisson(400.0, toy.AXIS.size).astype(float)
    job = toy.job(counts=counts, sigma_counts=np.sqrt(counts))
    assert background_chi2(job) == pytest.approx(counts.size - 2, rel=0.1)
    assert background_chi2(toy.job()) > 50 * counts.size


@pytest.mark.slow
def test_inflated_sigmas_cover_better_where_the_profile_is_wrong(monkeypatch):
    """Lines with a tail that the model has not: the rms pull of cell and displacements is 3.4, with the inflation 2.1."""
    monkeypatch.setattr(toy, "AXIS", np.arange(14.0, 94.0, 0.02))
    plain, grown = [], []
    for seed in range(16):
        random = np.random.default_rng(seed)
        a, c = 2.87707 + 0.01 * random.normal(), 14.19522 + 0.05 * random.normal()
        truth = {**toy.TRUTH, "NCM.a_angstrom": a, "NCM.c_angstrom": c}
        tail = {**truth, "NCM.strain_percent": 0.3, "zero_deg": truth["zero_deg"] - 0.02}
        job = toy.job()
        mean = 0.7 * toy.curve(job, truth)[0] + 0.3 * toy.curve(job, tail)[0]
        counts = random.poisson(mean).astype(float)
        near = toy.model(cell=(a, a, c, 90.0, 90.0, 120.0))
        sigma = np.sqrt(np.maximum(counts, 1.0))
        job = replace(job, counts=counts, sigma_counts=sigma, phases=(near,), warm=True)
        fit = toy.refine(job)
        pulls = np.array([(fit.of(n)[0] - truth[n]) / fit.of(n)[1] for n in TOLD])
        plain.append(pulls)
        grown.append(pulls / quality(job, fit).esd_inflation)
    before, after = (np.sqrt(np.mean(np.square(p))) for p in (plain, grown))
    assert before > 2.5
    assert after < 0.75 * before
    within = [np.mean(np.abs(p) < 2) for p in (plain, grown)]
    assert within[1] > within[0] + 0.08
