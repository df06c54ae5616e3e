"""What no crystal can be is refused, and a poor fit excuses it no more than a good one."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rietveld.interface import Affine, Job
from pipeline.rietveld.judge import Judged
from pipeline.rietveld.records import Gate
from tests.rietveld import toy
from tests.rietveld.test_gates import good, judged, with_value, words_of


def under_fitted(name: str, value: float, sigma: float) -> Judged:
    """A good fit of a pattern with a wave below its lines that the model has not."""
    job = toy.job()
    wave = 3.0 * job.sigma_counts * np.sin(np.linspace(0.0, 15.0, job.counts.size))
    return judged(with_value(good(), name, value, sigma), replace(job, counts=job.counts + wave))


@pytest.mark.parametrize(
    ("name", "value", "sigma", "gate"),
    [
        ("NCM.mixing_fraction", -0.047, 0.003, Gate.MIXING_POSSIBLE),
        ("NCM.u_tm_angstrom2", -0.005, 0.0005, Gate.U_POSITIVE),
    ],
)
def test_a_background_that_is_not_followed_excuses_nothing(name, value, sigma, gate):
    found = under_fitted(name, value, sigma)
    assert (
        value + 2.0 * sigma * found.quality.esd_inflation > 0.0
    )  # the sigmas of the tables would let it pass
    assert words_of(found, gate)


def test_residuals_that_hang_together_a_little_are_allowed_for():
    assert under_fitted("NCM.mixing_fraction", -0.009, 0.003).without(Gate.MIXING_POSSIBLE)


def little_lithium() -> Job:
    return toy.job(phases=(toy.model(lithium=0.01),))


def test_more_mixing_than_lithium_is_refused():
    """Else the table of atoms prints an occupancy of lithium below 0."""
    found = judged(with_value(good(), "NCM.mixing_fraction", 0.03, 0.002), little_lithium())
    said = words_of(found, Gate.MIXING_POSSIBLE)
    assert "occupancy of Li1 in 'NCM' is -0.020(" in said
    assert "`li_fraction`" in said
    less = judged(with_value(good(), "NCM.mixing_fraction", 0.012, 0.002), little_lithium())
    assert less.without(Gate.MIXING_POSSIBLE)


def test_an_occupancy_of_constraints_of_ones_own_is_asked_as_the_mixing_is():
    model = toy.model()
    atoms = tuple(
        replace(a, occupancy=Affine(0.0, ("share",), (1.0,))) if a.label == "O1" else a
        for a in model.atoms
    )
    share = replace(model.variables[0], name="share", start=1.0, low=-0.5, high=1.5)
    own = replace(model, kind="general", atoms=atoms, variables=(*model.variables, share))
    job = toy.job(phases=(own,))
    fit = good()
    names = tuple(n.replace("mixing_fraction", "share_fraction") for n in fit.parameters)
    above = with_value(replace(fit, parameters=names), "NCM.share_fraction", 1.2, 0.01)
    assert "occupancy of O1 in 'NCM' is 1.200(10)" in words_of(
        judged(above, job), Gate.MIXING_POSSIBLE
    )


def test_the_study_may_let_the_mixing_fall_below_zero():
    fit = with_value(good(), "NCM.mixing_fraction", -0.047, 0.003)
    assert judged(fit, mixing_percent=(-10.0, 50.0)).passed


def test_slabs_are_asked_of_a_layered_oxide_without_lithium_too():
    model = toy.model(lithium=0.0)
    empty = replace(model, variables=(replace(model.variables[0], start=0.0), *model.variables[1:]))
    found = judged(with_value(good(), "NCM.O1.z_fraction", 0.26, 0.001), toy.job(phases=(empty,)))
    assert "must be the thinner" in words_of(found, Gate.SLABS_IN_ORDER)
