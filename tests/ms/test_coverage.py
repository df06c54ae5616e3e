"""Quoted sigmas against simulation: one sigma covers 68 +- 5 per cent."""

import numpy as np
import pytest

from pipeline.ms.records import Outcome, sigma_name
from tests.ms.build import clock_s, correlated, heating_c, measured

TIME_S = clock_s()
CASES = 240


def sech2(peak_c, scale_c):
    """Rate of a logistic change, of unit height: `4 p (1 - p)`."""
    return np.cosh((heating_c(TIME_S) - peak_c) / (2 * scale_c)) ** -2


def truth_of(peak_c, scale_c):
    """Tangent at the steepest point of `p (1 - p)`: zero 3.0491 scales before the peak; area 4 scales."""
    return {
        "onset_c": peak_c - 3.0491 * scale_c,
        "peak_c": peak_c,
        "fwhm_c": 3.5255 * scale_c,
        "area_c": 4 * scale_c,
        "share_ratio": np.tanh(10 / (2 * scale_c)),
        "height_normalised": 1.0,
    }


@pytest.mark.stats
@pytest.mark.slow
@pytest.mark.parametrize(
    ("peak_c", "scale_c", "size", "rho"),
    [(200, 5.0, 0.01, 0.35), (245, 17.0, 0.03, 0.35), (220, 8.0, 0.05, 0.0)],
)
def test_one_sigma_covers_two_thirds(peak_c, scale_c, size, rho):
    truth = truth_of(peak_c, scale_c)
    inside = {name: [] for name in truth}
    for seed in range(CASES):
        rng = np.random.default_rng([seed, 21])
        y = sech2(peak_c, scale_c) + size * correlated(rng, TIME_S.size, rho)
        y += 0.5 - rng.uniform(-0.2, 0.2) * TIME_S / TIME_S[-1]
        found = measured(y, release={"replicates": 150})
        assert found.outcome == (Outcome.RELEASE,)
        for name, value in truth.items():
            sigma = getattr(found, sigma_name(name))[0]
            inside[name].append(abs(getattr(found, name)[0] - value) < sigma)
    covered = {name: float(np.mean(hits)) for name, hits in inside.items()}
    mean = np.mean(list(covered.values()))
    assert mean == pytest.approx(0.683, abs=0.05)
    # The binomial scatter of one number's coverage is 3 per cent.
    assert min(covered.values()) > 0.55, covered
