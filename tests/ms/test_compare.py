"""One sample beside another."""

import numpy as np
import pytest

from pipeline.ms.compare import both_release, compare
from tests.ms.build import clock_s, correlated, gaussian, measured

TIME_S = clock_s()


def sample(peak_c, sigma_c, seed):
    noise = 0.02 * correlated(np.random.default_rng(seed), TIME_S.size)
    return measured(gaussian(TIME_S, peak_c, sigma_c) + noise)


def test_differences_and_ratios_are_those_that_were_made():
    made = compare(sample(190, 5, 1), sample(250, 20, 2), "mz_32")
    for name, truth in (*(("onset_difference", 30.0), ("peak_difference", 60.0)),):
        sigma = getattr(made, f"{name}_sigma_c")
        assert getattr(made, f"{name}_c") == pytest.approx(truth, abs=4 * sigma)
        assert sigma < 2
    for name in ("fwhm", "rise", "area"):
        sigma = getattr(made, f"{name}_sigma_ratio")
        assert getattr(made, f"{name}_ratio") == pytest.approx(4.0, abs=4 * sigma)
    assert made.share_difference_ratio < -0.4


def test_the_other_way_round_is_the_inverse():
    a, b = sample(190, 5, 1), sample(250, 20, 2)
    there, back = compare(a, b, "mz_32"), compare(b, a, "mz_32")
    assert there.onset_difference_c == -back.onset_difference_c
    assert there.fwhm_ratio == pytest.approx(1 / back.fwhm_ratio)


def test_a_sample_without_release_has_no_difference():
    none = measured(0.02 * correlated(np.random.default_rng(5), TIME_S.size))
    made = compare(sample(190, 5, 1), none, "mz_32")
    assert np.isnan(made.onset_difference_c)
    assert np.isnan(made.area_ratio)
    assert not both_release(sample(190, 5, 1), none, "mz_32")
    assert compare(sample(190, 5, 1), none, "mz_44") is None
