"""Regimes of a series: c of a nickel-rich oxide on charge rises, rises faster, and falls."""

import numpy as np
import pytest

from pipeline.physics.changes import Outcome
from pipeline.physics.sequences import fit_sequence

CHARGE = np.linspace(0.0, 2.0, 40)
SIGMA = 1e-3


def c_angstrom(slopes, breaks, x=CHARGE, start=14.205):
    bends = np.diff(slopes)
    hinges = (b * np.maximum(x - at, 0.0) for b, at in zip(bends, breaks, strict=True))
    return start + slopes[0] * x + sum(hinges, start=np.zeros_like(x))


def fit(slopes, breaks, seed=0, sigma=SIGMA):
    y = c_angstrom(slopes, breaks) + sigma * np.random.default_rng(seed).normal(size=40)
    return fit_sequence(CHARGE, y, np.full(40, sigma))


H123 = ((0.06, 0.22, -0.65), (0.48, 1.32))


def test_h1_h2_h3_come_back():
    found = fit(*H123)
    assert found.outcome is Outcome.FOUND
    assert found.words == ("rises", "rises faster", "falls")
    np.testing.assert_array_less(np.abs(found.breaks - H123[1]), 4 * found.break_sigmas)
    np.testing.assert_array_less(np.abs(found.slopes - H123[0]), 4 * found.slope_sigmas)
    assert found.onset == found.largest == found.breaks[1]
    truth = c_angstrom(*H123)
    at_top = c_angstrom(*H123, x=np.array([1.32]))[0]
    assert found.fall == pytest.approx(truth[-1] / at_top - 1, abs=4 * found.fall_sigma)
    assert found.progress[0] == pytest.approx(0, abs=0.01)
    assert found.progress.max() == pytest.approx(1, abs=0.05)


def test_a_rise_and_a_fall_need_one_break():
    found = fit((0.2, -0.6), (1.3,))
    assert found.words == ("rises", "falls")
    assert found.onset == pytest.approx(1.3, abs=4 * found.onset_sigma)


def test_the_onset_of_the_collapse_is_where_it_falls_fast():
    """It is largest at 0.8, falls a little, and collapses from 1.4 on."""
    found = fit((0.2, -0.08, -0.7), (0.8, 1.4))
    assert found.words == ("rises", "falls", "falls faster")
    assert found.largest == pytest.approx(0.8, abs=4 * found.largest_sigma)
    assert found.onset == pytest.approx(1.4, abs=4 * found.onset_sigma)


def test_a_plateau_stays():
    found = fit((0.2, 0.0, -0.7), (0.6, 1.4))
    assert found.words == ("rises", "stays", "falls")
    assert found.largest == found.onset == found.breaks[1]


@pytest.mark.parametrize(("slope", "word"), [(0.2, "rises"), (-0.2, "falls"), (0.0, "stays")])
def test_one_line_has_one_regime_and_no_onset(slope, word):
    found = fit((slope,), ())
    assert found.outcome is Outcome.NO_CHANGE
    assert found.words == (word,)
    assert np.isnan(found.onset)


def test_what_only_falls_has_no_collapse_after_a_rise():
    found = fit((-0.05, -0.6), (1.3,))
    assert found.outcome is Outcome.UNDETERMINED
    assert found.words == ("falls", "falls faster")
    assert np.isnan(found.onset)


def test_too_few_frames():
    found = fit_sequence(CHARGE[:8], CHARGE[:8], np.ones(8))
    assert found.outcome is Outcome.TOO_FEW
    assert found.words == ()


def test_quoted_sigmas_are_what_scatters():
    """100 charges: onset, fall and all slopes scatter by their sigmas."""
    truth = c_angstrom(*H123)
    fall = truth[-1] / c_angstrom(*H123, x=np.array([1.32]))[0] - 1
    pulls = []
    for seed in range(100):
        f = fit(*H123, seed=seed)
        row = [(f.onset - 1.32) / f.onset_sigma, (f.fall - fall) / f.fall_sigma]
        pulls.append([*row, *(f.slopes - H123[0]) / f.slope_sigmas])
    assert np.abs(np.mean(pulls, axis=0)).max() < 0.35
    assert ((np.std(pulls, axis=0) > 0.8) & (np.std(pulls, axis=0) < 1.2)).all()
