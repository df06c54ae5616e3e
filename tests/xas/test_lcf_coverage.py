"""Quoted uncertainties of fits against the truth of many simulated ones: what 1 sigma, and a limit, cover.

The cases are scans of one mixture with drawn noise, calibration and step; the standards are drawn
anew for every block of scans, so that what scans of one study share is sampled too.
"""

import numpy as np
import pytest

from pipeline.xas import lcf
from pipeline.xas.lcf_uncertainty import limits
from pipeline.xas.valence import from_lcf

from .build import E0_EV, edge, normalised
from .test_lcf import COMPONENTS, GRID_EV, NAMES, POSITIONS, options

pytestmark = pytest.mark.stats

TRUTH = np.array([0.3, 0.3, 0.4])
VALENCES = dict(zip(NAMES, (2.0, 3.0, 4.0), strict=True))
WHITE_LINES = (0.25, 0.1, 0.45)
NOISE, SHIFT_SIGMA_EV, STEP_SIGMA = 2e-3, 0.03, 0.004
STUDIES, SCANS = 60, 20
# The grid that real scans are rebinned from: 0.8 eV, so that points of the fit share their neighbours.
COARSE_EV = np.arange(GRID_EV[0] - 2, GRID_EV[-1] + 2, 0.8)


PERFECT = [
    (n, n, normalised(GRID_EV, c, noise=0.0)) for n, c in zip(NAMES, COMPONENTS, strict=True)
]


def autoregressive(rng, n, rho=0.6, burn_in=100):
    noise = rng.normal(size=(n, GRID_EV.size + burn_in))
    for i in range(1, noise.shape[1]):
        noise[:, i] = rho * noise[:, i - 1] + np.sqrt(1 - rho**2) * noise[:, i]
    return noise[:, burn_in:]


def white(rng, n):
    return rng.normal(size=(n, GRID_EV.size))


def interpolated(rng, n):
    coarse = rng.normal(size=(n, COARSE_EV.size))
    return np.array([np.interp(GRID_EV, COARSE_EV, row) for row in coarse])


def growing_over_the_edge(rng, n):
    return white(rng, n) * (0.5 + 2.0 * (GRID_EV > E0_EV))


def growing_and_correlated(rng, n):
    return autoregressive(rng, n) * (0.5 + 2.0 * (GRID_EV > E0_EV))


NOISES = [white, autoregressive, interpolated, growing_over_the_edge, growing_and_correlated]


def study(noise, seed, **changes):
    """Fits of one study: its standards are off by one draw each, its scans by one draw each."""
    rng = np.random.default_rng(seed)
    standards = []
    for name, spectrum in zip(NAMES, COMPONENTS, strict=True):
        axis = GRID_EV + SHIFT_SIGMA_EV * rng.normal()
        scale = 1 + STEP_SIGMA * rng.normal()
        made = normalised(
            axis, scale * spectrum, noise=0.0, shift_sigma_ev=SHIFT_SIGMA_EV, step_sigma=STEP_SIGMA
        )
        standards.append((name, name, made))
    clean = sum(
        w * edge(GRID_EV, p, h)
        for w, p, h in zip(TRUTH, POSITIONS.values(), WHITE_LINES, strict=True)
    )
    spectra = clean * (1 + STEP_SIGMA * rng.normal(size=(SCANS, 1))) + NOISE * noise(rng, SCANS)
    sample = normalised(
        GRID_EV + SHIFT_SIGMA_EV * rng.normal(size=(SCANS, 1)),
        spectra,
        shift_sigma_ev=SHIFT_SIGMA_EV,
        step_sigma=STEP_SIGMA,
        noise=NOISE,
        dataset=f"study_{seed}",
    )
    return lcf.fit(sample, standards, options(**changes), E0_EV)


def covered(results, value, sigma, truth):
    pulls = np.concatenate([(getattr(r, value) - truth) / getattr(r, sigma) for r in results])
    return np.mean(np.abs(pulls) < 1, axis=0)


@pytest.mark.parametrize("noise", NOISES)
def test_one_sigma_covers(noise):
    """1,200 cases; noise, calibration of scans and standards, and their steps all on."""
    results = [study(noise, seed) for seed in range(STUDIES)]
    share = covered(results, "fraction", "fraction_sigma", TRUTH)
    assert np.abs(share - 0.68).max() < 0.05, share
    valences = [from_lcf(r, VALENCES) for r in results]
    assert covered(valences, "valence", "valence_sigma", TRUTH @ [2, 3, 4]) == pytest.approx(
        0.68, abs=0.05
    )


def test_one_sigma_covers_where_the_noise_is_all():
    """Without errors of calibration and step the noise has nowhere to hide."""
    rng = np.random.default_rng(1)
    for noise in NOISES:
        sample = normalised(GRID_EV, TRUTH @ COMPONENTS + NOISE * noise(rng, 1500), noise=NOISE)
        share = covered(
            [lcf.fit(sample, PERFECT, options(), E0_EV)], "fraction", "fraction_sigma", TRUTH
        )
        assert np.abs(share - 0.68).max() < 0.05, (noise.__name__, share)


@pytest.mark.parametrize("noise", NOISES)
def test_the_bootstrap_covers(noise):
    """1,000 cases with 100 replicates each; the scatter of single residuals makes it a little wide."""
    sample = normalised(
        GRID_EV, TRUTH @ COMPONENTS + NOISE * noise(np.random.default_rng(0), 1000), noise=NOISE
    )
    result = lcf.fit(sample, PERFECT, options(bootstrap=100), E0_EV)
    share = covered([result], "fraction", "fraction_bootstrap_sigma", TRUTH)
    assert np.abs(share - 0.68).max() < 0.07, share


def test_variance_weights_are_better_where_the_noise_differs_and_cover_too():
    rng = np.random.default_rng(2)
    bad_part = 0.5 + 3.0 * (np.abs(GRID_EV - E0_EV - 15) < 12)
    spectra = TRUTH @ COMPONENTS + NOISE * bad_part * white(rng, 1200)
    uniform, weighted = (
        lcf.fit(normalised(GRID_EV, spectra, noise=NOISE), PERFECT, options(weights=w), E0_EV)
        for w in ("uniform", "variance")
    )
    assert (weighted.fraction.std(axis=0) < 0.6 * uniform.fraction.std(axis=0)).all()
    share = covered([weighted], "fraction", "fraction_sigma", TRUTH)
    assert np.abs(share - 0.68).max() < 0.05, share


@pytest.mark.parametrize("noise", [white, autoregressive])
def test_the_limit_at_a_bound_holds_for_fractions_spread_evenly(noise):
    """Of fits that end at zero, 84 % of the true fractions lie below the limit.

    The true fractions are spread evenly from zero to five sigma, beyond which no fit ends at zero:
    that is the statement which `limits` makes. A fraction that truly is zero is always covered.
    """
    rng = np.random.default_rng(3)
    n = 13_000
    near = (GRID_EV > E0_EV - 30) & (GRID_EV < E0_EV + 70)
    axis, components = GRID_EV[near][::2], COMPONENTS[:, near][:, ::2]
    made = [(m, m, normalised(axis, c, noise=0.0)) for m, c in zip(NAMES, components, strict=True)]

    def fits(truth):
        rest = (1 - truth) / 2
        clean = np.stack([truth, rest, rest], axis=1) @ components
        spectra = clean + NOISE * noise(rng, len(truth))[:, near][:, ::2]
        return lcf.fit(normalised(axis, spectra, noise=NOISE), made, options(sum="one"), E0_EV)

    sigma = np.median(fits(np.full(200, 0.2)).fraction_sigma[:, 0])
    truth = rng.uniform(0, 5 * sigma, n)
    result = fits(truth)
    at_bound = result.fraction[:, 0] == 0
    assert at_bound.sum() > 1000
    share = np.mean(truth[at_bound] <= result.fraction_high[at_bound, 0])
    assert share == pytest.approx(0.84, abs=0.05)
    zero = at_bound & (truth < 0.05 * sigma)
    assert np.mean(truth[zero] <= result.fraction_high[zero, 0]) > 0.97


def test_the_limit_is_exact_for_a_normal_estimate():
    """100,000 estimates of known sigma, true fractions even over [0, 1]: 84.1 % at either bound."""
    rng = np.random.default_rng(4)
    truth = rng.uniform(0, 1, 100_000)
    estimate = truth + 0.2 * rng.normal(size=truth.size)
    fraction = np.clip(estimate, 0, 1)
    low, high = limits(fraction[:, None], estimate[:, None], np.full((truth.size, 1), 0.2))
    for at_bound, holds in (
        (fraction == 0, truth <= high[:, 0]),
        (fraction == 1, truth >= low[:, 0]),
    ):
        assert at_bound.sum() > 5000
        assert holds[at_bound].mean() == pytest.approx(0.8413, abs=0.012)
