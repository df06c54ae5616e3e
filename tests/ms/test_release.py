"""Releases: known answers, and none where there is none."""

import numpy as np
import pytest

from pipeline.ms.options import GasOptions
from pipeline.ms.records import ChannelStatus, Flag, Outcome
from pipeline.ms.release import releases
from tests.ms.build import RATE_C_PER_S, clock_s, correlated, gaussian, measured, traces_of

TIME_S = clock_s()
DRIFT = 0.2 - 0.1 * TIME_S / TIME_S[-1]
EXACT = 1e-5
"""Noise so small that what is left is the method's own bias; without any there is no threshold."""


def noise(seed, size, rho=0.0, points=TIME_S.size):
    return size * correlated(np.random.default_rng(seed), points, rho)


def release(peak_c, sigma_c, size=EXACT, seed=1, rho=0.0, **changes):
    y = gaussian(TIME_S, peak_c, sigma_c) + DRIFT + noise(seed, size, rho)
    return measured(y, **changes)


@pytest.mark.parametrize(("peak_c", "sigma_c"), [(190.0, 4.0), (250.0, 20.0), (280.0, 35.0)])
def test_a_gaussian_s_numbers_are_those_of_theory(peak_c, sigma_c):
    """Tangent at the inflection: zero at -2 sigma, rise sqrt(e) sigma; FWHM 2.355 sigma; area sqrt(2 pi) sigma."""
    found = release(peak_c, sigma_c)
    assert found.outcome == (Outcome.RELEASE,)
    assert found.onset_c[0] == pytest.approx(peak_c - 2 * sigma_c, abs=0.01 * sigma_c)
    assert found.peak_c[0] == pytest.approx(peak_c, abs=0.01 * sigma_c)
    assert found.fwhm_c[0] == pytest.approx(2.35482 * sigma_c, rel=0.005)
    assert found.rise_c[0] == pytest.approx(np.exp(0.5) * sigma_c, rel=0.01)
    assert found.area_c[0] == pytest.approx(np.sqrt(2 * np.pi) * sigma_c, rel=0.01)
    assert found.height_normalised[0] == pytest.approx(1.0, rel=0.005)
    for name in ("onset", "peak", "fwhm", "area"):
        in_c, in_s = (getattr(found, f"{name}_{unit}")[0] for unit in "cs")
        start = 25.0 if name in ("onset", "peak") else 0.0
        assert in_c == pytest.approx(start + RATE_C_PER_S * in_s, rel=1e-6)


def test_sharp_and_gradual_are_a_number():
    """Share of a Gaussian within 10 C of its peak: erf(10 / sqrt(2) sigma)."""
    sharp, gradual = release(190, 4.0), release(250, 25.0)
    assert (sharp.verdict, gradual.verdict) == (("sharp",), ("gradual",))
    assert sharp.share_ratio[0] == pytest.approx(0.98758, abs=0.003)
    assert gradual.share_ratio[0] == pytest.approx(0.31084, abs=0.003)
    wider = release(250, 25.0, release={"sharp_within_c": 30.0})
    assert wider.verdict == ("sharp",)
    in_time = release(250, 25.0, release={"sharp_within_s": 10 / RATE_C_PER_S})
    assert in_time.share_ratio[0] == pytest.approx(gradual.share_ratio[0], rel=1e-3)


def test_a_verdict_near_its_limit_is_flagged():
    found = release(250, 15, size=0.03)
    assert Flag.VERDICT_CLOSE not in release(250, 30, size=0.03).flags[0]
    limit = float(found.share_ratio[0] + found.share_sigma_ratio[0])
    near = release(250, 15, size=0.03, release={"sharp_ratio": limit})
    assert near.verdict == ("gradual",)
    assert Flag.VERDICT_CLOSE in near.flags[0]


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["line", "bent", "decay"])
def test_noise_and_drift_are_no_release(rho, kind):
    points, released = 700, 0
    x = np.linspace(0, 1, points)
    for seed in range(12):
        rng = np.random.default_rng([seed, 11])
        drift = {
            "line": rng.uniform(-30, 30) * x,
            "bent": rng.uniform(-20, 20) * x + rng.uniform(-8, 8) * x**2,
            "decay": rng.uniform(0, 40) * np.exp(-x / rng.uniform(0.02, 0.5)),
        }[kind]
        found = measured(drift + correlated(rng, points, rho), release={"replicates": 50})
        released += found.outcome[0] is not Outcome.NO_RELEASE
    assert released == 0


@pytest.mark.stats
@pytest.mark.slow
def test_at_most_one_in_a_hundred_drifts_is_taken_for_a_release():
    points, cases, released = 700, 1000, 0
    x = np.linspace(0, 1, points)
    for seed in range(cases):
        rng = np.random.default_rng([seed, 12])
        drift = rng.uniform(-30, 30) * x + rng.uniform(-8, 8) * x**2
        drift += rng.uniform(0, 30) * np.exp(-x / rng.uniform(0.02, 0.5))
        y = drift + correlated(rng, points, (0.0, 0.6, 0.9)[seed % 3])
        found = measured(y, release={"replicates": 50})
        released += found.outcome[0] is Outcome.RELEASE
    assert released <= 0.01 * cases


def test_no_release_has_an_upper_limit_that_holds():
    """A release just below the threshold lies below the limit that is quoted."""
    sigma_c, size = 4.0, 0.25
    within = []
    for seed in range(40):
        y = 0.5 * gaussian(TIME_S, 190, sigma_c) + DRIFT + noise(seed, size)
        found = measured(y, release={"replicates": 50})
        assert found.outcome == (Outcome.NO_RELEASE,)
        assert np.isnan(found.onset_c[0])
        area_s = 0.5 * np.sqrt(2 * np.pi) * sigma_c / RATE_C_PER_S
        within.append(found.limit_s[0] > area_s)
    assert np.mean(within) >= 0.95


def test_a_short_release_on_a_long_trace_is_found():
    found = release(190, 0.8, size=0.02)
    assert found.outcome == (Outcome.RELEASE,)
    assert found.peak_c[0] == pytest.approx(190, abs=0.2)


def test_a_release_early_in_the_run_is_found():
    found = release(70, 10.0, size=0.02)
    assert found.outcome == (Outcome.RELEASE,)
    assert found.onset_c[0] == pytest.approx(50, abs=4 * found.onset_sigma_c[0])


def test_a_release_that_the_run_ends_in_is_flagged():
    found = release(490, 20.0, size=0.01)
    assert found.outcome == (Outcome.RELEASE,)
    assert Flag.RELEASE_NOT_COMPLETE in found.flags[0]
    assert found.onset_c[0] == pytest.approx(450, abs=4 * found.onset_sigma_c[0] + 0.5)


def test_single_spikes_are_no_release():
    y = DRIFT + noise(2, 0.01)
    y[300::200] += 5.0
    assert measured(y).outcome == (Outcome.NO_RELEASE,)


def test_windows_of_the_baseline_are_used_as_given():
    y = gaussian(TIME_S, 190, 5) + DRIFT + noise(3, 0.01)
    found = measured(y, baseline={"windows_c": [[50, 150], [250, 450]]})
    assert found.peak_c[0] == pytest.approx(190, abs=0.5)
    assert found.area_c[0] == pytest.approx(np.sqrt(2 * np.pi) * 5, abs=4 * found.area_sigma_c[0])
    outside = measured(y, baseline={"windows_c": [[600, 700]]})
    assert outside.status == (ChannelStatus.NO_BASELINE,)
    assert "600" not in outside.reason[0]
    assert "fewest" in outside.reason[0]
    in_time = measured(y, baseline={"windows_s": [[400, 1800], [3400, 6000]]})
    assert in_time.peak_c[0] == pytest.approx(found.peak_c[0], abs=0.1)


def test_a_bad_channel_leaves_the_others_unharmed():
    good = gaussian(TIME_S, 190, 5) + DRIFT + noise(4, 0.01)
    rows = np.stack([np.full(TIME_S.size, 7.0), good])
    found = measured(rows)
    assert found.status == (ChannelStatus.NO_NOISE, ChannelStatus.OK)
    beside = releases(traces_of(np.stack([noise(5, 0.01), good])), GasOptions())
    assert np.isnan(found.onset_c[0])
    assert found.onset_c[1] == beside.onset_c[1]


def test_the_same_trace_gives_the_same_bytes():
    first, second = (release(190, 5, size=0.02) for _ in range(2))
    assert first.onset_sigma_c.tobytes() == second.onset_sigma_c.tobytes()


def test_correlated_noise_has_larger_sigmas():
    white, slow = (release(250, 20, size=0.02, rho=rho) for rho in (0.0, 0.8))
    assert Flag.NOISE_CORRELATED in slow.flags[0]
    assert slow.area_sigma_c[0] > 2 * white.area_sigma_c[0]
