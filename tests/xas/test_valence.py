"""Valence from fractions: the sum, its covariance, and what is refused."""

import numpy as np
import pytest

from pipeline.core.errors import AnalysisError
from pipeline.xas import lcf
from pipeline.xas.records import Flag, ScanStatus
from pipeline.xas.valence import from_lcf, together

from .build import E0_EV, replace_fields
from .test_lcf import NOISE, mixture, options, standards

VALENCES = {"low": 2.0, "middle": 3.0, "high": 4.0}


def test_a_known_mixture():
    result = lcf.fit(mixture([[0.2, 0.3, 0.5], [1, 0, 0]]), standards(), options(), E0_EV)
    found = from_lcf(result, VALENCES)
    np.testing.assert_allclose(found.valence, [3.3, 2.0], atol=1e-8)
    assert found.method == "lcf"


def test_sigma_uses_the_whole_covariance():
    result = lcf.fit(mixture([0.2, 0.3, 0.5], NOISE), standards(), options(), E0_EV)
    found = from_lcf(result, VALENCES)
    v = np.array(list(VALENCES.values()))
    assert found.valence_sigma[0] == pytest.approx(
        np.sqrt(v @ result.fraction_covariance[0] @ v), rel=1e-9
    )
    # Fractions sum to one, so a valence that all standards share is certain.
    same = from_lcf(result, dict.fromkeys(VALENCES, 3.0))
    assert same.valence[0] == pytest.approx(3.0)
    assert same.valence_sigma[0] < 1e-8
    assert same.valence_model_sigma[0] < 1e-12


@pytest.mark.stats
def test_sigma_covers():
    truth = np.tile([0.3, 0.3, 0.4], (1500, 1))
    result = lcf.fit(mixture(truth, NOISE, seed=8), standards(), options(), E0_EV)
    found = from_lcf(result, VALENCES)
    inside = np.abs(found.valence - 3.1) < found.valence_sigma
    assert inside.mean() == pytest.approx(0.68, abs=0.05)


def test_model_sigma_is_the_spread_over_ranges():
    result = lcf.fit(mixture([0.2, 0.3, 0.5], 10 * NOISE), standards(), options(), E0_EV)
    v = np.array(list(VALENCES.values()))
    each = np.vstack([result.fraction, result.alternative_fraction[0]]) @ v
    found = from_lcf(result, VALENCES)
    assert found.valence_model_sigma[0] == pytest.approx(each.std(ddof=1), rel=1e-9)


def test_a_standard_without_a_valence_is_named():
    result = lcf.fit(mixture([0.2, 0.3, 0.5]), standards(), options(), E0_EV)
    for known in ({"low": 2.0, "high": 4.0}, VALENCES | {"middle": float("nan")}):
        with pytest.raises(AnalysisError, match=r"data set 'scans': no valence .* 'middle'"):
            from_lcf(result, known)


def test_the_interval_holds_the_model_sigma():
    result = lcf.fit(mixture([0.2, 0.3, 0.5], 10 * NOISE), standards(), options(), E0_EV)
    found = from_lcf(result, VALENCES)
    half = (found.valence_high - found.valence_low) / 2
    np.testing.assert_allclose(half, np.hypot(found.valence_sigma, found.valence_model_sigma))


def two_methods(lcf_valence, edge_valence, **changes):
    result = lcf.fit(mixture([[0.2, 0.3, 0.5]] * 2, NOISE), standards(), options(), E0_EV)
    own = from_lcf(result, VALENCES)

    def of(values):
        v = np.asarray(values, dtype=float)
        return replace_fields(own, valence=v, valence_low=v - 0.3, valence_high=v + 0.3)

    return of(lcf_valence), replace_fields(of(edge_valence), method="edge", **changes)


def test_methods_that_disagree_are_flagged_on_both():
    both = together(*two_methods([3.0, 3.0], [3.4, 2.0]))
    joint = 0.3 * np.sqrt(2)
    np.testing.assert_allclose(both.methods_pull, [-0.4 / joint, 1.0 / joint])
    for one in both.by_method:
        assert Flag.METHODS_DISAGREE not in one.flags[0]
        assert Flag.METHODS_DISAGREE in one.flags[1]
    assert Flag.METHODS_DISAGREE in both.flags[1]


def test_a_method_alone_disagrees_with_nobody():
    first, second = two_methods([3.0, 3.0], [4.0, 4.0])
    for alone in (together(first, None), together(None, second)):
        assert np.isnan(alone.methods_pull).all()
        assert len(alone.by_method) == 1
    with pytest.raises(ValueError, match="needs a method"):
        together(None, None)


def test_a_failure_of_one_method_is_not_hidden_by_the_other():
    first, second = two_methods(
        [3.0, 3.0],
        [np.nan, 3.0],
        status=(ScanStatus.NO_EDGE_POSITION, ScanStatus.OK),
        reason=("no edge", ""),
    )
    both = together(first, second)
    assert both.status == (ScanStatus.NO_EDGE_POSITION, ScanStatus.OK)
    assert both.reason == ("no edge", "")
    assert both.lcf.status == (ScanStatus.OK, ScanStatus.OK)
