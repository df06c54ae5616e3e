"""Changes with a covariate: known places come back, noise has none, and quoted sigmas are what scatters."""

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.special import erfc, expit

from pipeline.physics.changes import Outcome, averaged, change_significance, fit_change

AT = np.linspace(25.0, 500.0, 120)  # a heating run: a frame every 4 C
GAP = AT[1] - AT[0]


def step(x, midpoint, width, before=1.0, after=0.0):
    return before + (after - before) * expit(4 * (x - midpoint) / width)


def measured(y, sigma, seed=0):
    rng = np.random.default_rng(seed)
    return y + sigma * rng.normal(size=y.shape), np.broadcast_to(sigma, y.shape)


def fit(y, sigma, model="logistic", seed=0, x=AT, **how):
    return fit_change(x, *measured(y, sigma, seed), model, **how)


@pytest.mark.parametrize(("before", "after"), [(1.0, 0.0), (0.0, 5e4), (14.3, 14.25), (-2.0, 3.0)])
def test_places_and_levels_of_a_step_come_back(before, after):
    """Onset and end are half a width (two scales) from the midpoint, whatever the levels and their unit."""
    found = fit(step(AT, 220, 60, before, after), 1e-3 * abs(after - before))
    assert found.outcome is Outcome.FOUND
    for name, truth in {"onset": 190, "midpoint": 220, "end": 250, "width": 60}.items():
        assert getattr(found, name) == pytest.approx(truth, abs=0.4)
        assert 0 < getattr(found, f"{name}_sigma") < 0.3
    assert found.before == pytest.approx(before, abs=0.01 * abs(after - before))
    assert found.after == pytest.approx(after, abs=0.01 * abs(after - before))
    larger = max(abs(before), abs(after))
    assert found.ratio == pytest.approx((after - before) / larger, abs=0.01)
    assert not found.incomplete
    assert not found.poor


def test_a_tangent_at_the_midpoint_meets_the_levels_at_onset_and_end():
    found = fit(step(AT, 220, 60), 1e-5)
    slope = np.diff(step(np.array([219.99, 220.01]), 220, 60))[0] / 0.02
    assert found.onset == pytest.approx(220 + (1 - 0.5) / slope, abs=0.1)
    assert found.end == pytest.approx(220 + (0 - 0.5) / slope, abs=0.1)


def test_the_least_squares_of_scipy_and_ours_agree():
    """Where the likelihood is a paraboloid its mean and sigma are the least-squares value and its esd."""
    y, sigma = measured(step(AT, 220, 60), 0.02, seed=3)
    found = fit_change(AT, y, sigma, "logistic")
    assert found.shape == "step"
    theirs, covariance = curve_fit(step, AT, y, (200, 40, 1, 0), sigma, absolute_sigma=True)
    assert found.midpoint == pytest.approx(theirs[0], abs=0.5 * covariance[0, 0] ** 0.5)
    assert found.width == pytest.approx(theirs[1], abs=0.5 * covariance[1, 1] ** 0.5)
    # Ours knows also that the levels may drift, which here costs a part of the precision.
    assert 0.95 < found.width_sigma / covariance[1, 1] ** 0.5 < 1.5
    np.testing.assert_allclose(found.fitted, step(AT, *theirs), atol=0.01)


def test_between_two_frames_the_esd_of_scipy_means_nothing_and_ours_is_the_gap():
    """A jump inside a gap: chi2 is flat there, so that its curvature says nothing."""
    at = AT[48] + GAP / 2
    y, sigma = measured(step(AT, at, 0.5), 0.02)
    theirs, covariance = curve_fit(step, AT, y, (at + 12, 10, 1, 0), sigma, absolute_sigma=True)
    assert covariance[0, 0] ** 0.5 > 1000
    found = fit_change(AT, y, sigma, "logistic")
    assert abs(found.midpoint - at) < GAP / 2
    assert found.midpoint_sigma == pytest.approx(GAP / np.sqrt(12), rel=0.2)
    assert abs(theirs[0] - found.midpoint) < GAP


def test_levels_that_drift_before_the_change_leave_the_onset_alone():
    """The area of a line falls with thermal motion, long before the line is lost."""
    thermal = np.exp(-0.4 * (AT - 25) / 475)
    pulls = []
    for seed in range(30):
        found = fit(thermal * step(AT, 220, 60), 0.02, seed=seed)
        assert found.outcome is Outcome.FOUND
        assert found.shape in ("step_from_slope", "step_between_slopes")
        assert found.onset_sigma < 2
        pulls.append((found.onset - 190) / found.onset_sigma)
    assert abs(np.mean(pulls)) < 0.6
    assert 0.6 < np.std(pulls) < 1.4


def test_a_step_between_two_frames_is_known_to_the_gap_and_not_better():
    for midpoint in (218.0, 219.7, 220.9):
        found = fit(step(AT, midpoint, 0.1), 0.001)
        for sigma in (found.onset_sigma, found.midpoint_sigma, found.end_sigma):
            assert sigma >= GAP / np.sqrt(12) * 0.999
        assert abs(found.onset - midpoint) < GAP
        assert found.width < GAP


def test_a_broken_line_has_its_break_and_no_end():
    found = fit(1 + 1e-4 * AT + 2e-3 * np.maximum(AT - 190, 0), 0.01, "broken_line")
    assert found.onset == pytest.approx(190, abs=3 * found.onset_sigma)
    assert 1 < found.onset_sigma < 4
    assert np.isnan([found.midpoint, found.end, found.width]).all()
    assert found.shape == "kink"


def test_a_broken_line_that_ends_has_an_end():
    """A line that is lost by a ramp: from 190 to 290, nothing left after it."""
    y = np.where(AT < 190, 1 - 2e-4 * (AT - 25), np.interp(AT, [190, 290], [0.967, 0.0]))
    found = fit(y, 0.01, "broken_line")
    assert found.shape == "ramp"
    for name, truth in {"onset": 190, "midpoint": 240, "end": 290, "width": 100}.items():
        assert getattr(found, name) == pytest.approx(
            truth, abs=3.5 * getattr(found, f"{name}_sigma")
        )
    assert found.after == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("model", ["logistic", "broken_line"])
@pytest.mark.parametrize(
    "smooth",
    [np.zeros(120), 1 - 0.5 * AT / 500, 1 + (AT / 500) ** 2],
    ids=["constant", "line", "parabola"],
)
def test_noise_on_something_smooth_has_no_onset(model, smooth):
    found = [fit(smooth, 0.02, model, seed=seed) for seed in range(40)]
    assert sum(f.outcome is Outcome.FOUND for f in found) <= 1
    for one in found:
        if one.outcome is Outcome.NO_CHANGE:
            assert 0 <= one.significance < 3
            assert np.isnan([one.onset, one.onset_sigma, one.midpoint, one.width]).all()


@pytest.mark.stats
@pytest.mark.slow
@pytest.mark.parametrize("model", ["logistic", "broken_line"])
def test_a_change_is_claimed_in_noise_less_than_once_in_a_hundred(model):
    """3 sigma with all places counted: 1.35 in 1,000; more than 7 would be one chance in 10,000."""
    rng = np.random.default_rng(5)
    weight = np.ones(AT.size)
    claimed = [
        change_significance(AT, rng.normal(size=AT.size), weight, model) >= 3 for _ in range(1000)
    ]
    assert sum(claimed) <= 7


@pytest.mark.parametrize("model", ["logistic", "broken_line"])
def test_a_tenth_of_noise_is_above_what_a_tenth_should_be(model):
    """The probability behind the significance is uniform: 10 % of noise lies above 1.28 sigma."""
    rng = np.random.default_rng(6)
    found = [
        change_significance(AT, rng.normal(size=AT.size), np.ones(120), model) for _ in range(200)
    ]
    assert 0.04 < np.mean(np.array(found) > 1.2816) < 0.16


def test_stated_sigmas_that_are_too_small_are_scaled():
    y, _ = measured(step(AT, 220, 60), 0.02)
    right, small = (fit_change(AT, y, np.full(120, s), "logistic") for s in (0.02, 0.004))
    assert small.reduced_chi2 == pytest.approx(25 * right.reduced_chi2, rel=0.05)
    assert small.onset_sigma == pytest.approx(right.onset_sigma, rel=0.2)


def test_noise_with_sigmas_that_are_too_small_is_still_noise():
    y, _ = measured(np.zeros(120), 0.02)
    assert fit_change(AT, y, np.full(120, 0.002), "logistic").outcome is Outcome.NO_CHANGE


def test_a_change_that_the_range_cuts_is_not_complete_or_not_determined():
    cut = fit(step(AT, 470, 120, 0, 1), 0.01)
    assert cut.outcome is Outcome.UNDETERMINED or cut.incomplete
    outside = fit(step(AT, 560, 150, 0, 1), 0.01)
    assert outside.outcome is Outcome.UNDETERMINED or outside.incomplete
    if outside.outcome is Outcome.UNDETERMINED:
        assert np.isnan(outside.onset)


def test_a_model_that_is_not_the_datas_is_poor_and_its_sigmas_grow():
    two = 0.5 * (step(AT, 150, 20) + step(AT, 350, 20))
    found, one = fit(two, 0.01), fit(step(AT, 250, 220), 0.01)
    assert found.outcome is not Outcome.FOUND or found.poor
    assert not one.poor


def test_a_frame_that_stands_alone_is_left_out_and_named():
    """A lost beam in the middle of the step: without it the places are what they were."""
    y, sigma = measured(step(AT, 220, 60), 0.01)
    whole = fit_change(AT, y, sigma, "logistic")
    spoiled = y.copy()
    spoiled[[20, 49]] = -3.0, 5.0
    found = fit_change(AT, spoiled, sigma, "logistic")
    assert found.left_out.tolist() == [20, 49]
    assert whole.left_out.size == 0
    assert found.onset == pytest.approx(whole.onset, abs=whole.onset_sigma)
    assert found.onset_sigma < 1.3 * whole.onset_sigma
    assert found.reduced_chi2 < 1.4


def test_a_frame_that_stands_alone_makes_no_change():
    y, sigma = measured(np.zeros(120), 0.01)
    y[60] = 3.0
    found = fit_change(AT, y, sigma, "logistic")
    assert found.outcome is Outcome.NO_CHANGE
    assert found.left_out.tolist() == [60]


def test_a_model_at_fault_leaves_nothing_out():
    """An error function between levels, at 10,000 to 1: residuals of neighbours are large together."""
    for width in (4, 8, 20, 60):
        y, sigma = measured(0.5 * erfc((AT - 221) / width), 1e-4)
        assert fit_change(AT, y, sigma, "logistic").left_out.size == 0, width


def test_missing_frames_leave_the_others_alone():
    y, sigma = measured(step(AT, 220, 60), 0.02)
    x, y, sigma = AT.copy(), y.copy(), sigma.copy()
    y[::7], x[3], sigma[5], sigma[8] = np.nan, np.nan, np.nan, 0.0
    found = fit_change(x, y, sigma, "logistic")
    assert found.onset == pytest.approx(190, abs=4 * found.onset_sigma)
    keep = np.isfinite(x + y + sigma) & (sigma > 0)
    less = fit_change(x[keep], y[keep], sigma[keep], "logistic")
    assert found.onset == less.onset
    assert np.isfinite(found.fitted[np.isfinite(x)]).all()


def test_the_order_of_frames_does_not_matter():
    y, sigma = measured(step(AT, 220, 60), 0.02)
    order = np.random.default_rng(1).permutation(120)
    a = fit_change(AT, y, sigma, "logistic")
    b = fit_change(AT[order], y[order], sigma[order], "logistic")
    assert a.onset == b.onset
    np.testing.assert_array_equal(a.fitted[order], b.fitted)


def test_units_of_covariate_and_quantity_do_not_matter():
    y, sigma = measured(step(AT, 220, 60), 0.02)
    a = fit_change(AT, y, sigma, "logistic")
    b = fit_change(AT * 1e-3, y * 1e6 + 3e6, sigma * 1e6, "logistic")
    assert b.onset == pytest.approx(a.onset * 1e-3, rel=1e-6)
    assert b.onset_sigma == pytest.approx(a.onset_sigma * 1e-3, rel=1e-4)


@pytest.mark.parametrize("n", [0, 1, 9])
def test_too_few_frames_give_no_change(n):
    found = fit_change(AT[:n], AT[:n], np.ones(n), "logistic")
    assert found.outcome is Outcome.TOO_FEW
    nothing = fit_change(AT, np.full(120, np.nan), np.ones(120), "broken_line")
    assert nothing.outcome is Outcome.TOO_FEW


def test_limits_weigh_in_and_say_nothing_about_the_scatter():
    """A line that appears: nothing but limits until 190 C, and values after it."""
    y, sigma = measured(step(AT, 220, 60, 0, 100), 2.0)
    gone = y < 8
    y, sigma = np.where(gone, 0.0, y), np.where(gone, 2.4, sigma)
    found = fit_change(AT, y, sigma, "logistic", limit=gone)
    assert found.onset == pytest.approx(190, abs=4)
    assert found.reduced_chi2 > 0.7  # of the measured ones alone
    told = fit_change(AT, y, sigma, "logistic")
    assert told.reduced_chi2 < found.reduced_chi2


def test_a_mixture_adds_the_scatter_of_its_parts():
    mean, sigma = averaged(np.array([1.0, 1.0]), np.array([-1.0, 1.0]), np.array([0.5, 0.5]))
    assert mean == 0
    assert sigma == pytest.approx(np.sqrt(1 + 0.25))


def pulls(cases):
    """Onsets, midpoints, ends and widths less their truth, in sigmas, `(n, 4)`; sigmas of onsets `(n,)`."""
    found, onset_sigma = [], []
    for seed, (y, sigma, midpoint, width, model) in enumerate(cases):
        one = fit(y, sigma, model, seed=seed)
        assert one.outcome is Outcome.FOUND
        truth = {"onset": midpoint - width / 2, "midpoint": midpoint}
        truth |= {"end": midpoint + width / 2, "width": width}
        found.append([(getattr(one, n) - t) / getattr(one, f"{n}_sigma") for n, t in truth.items()])
        onset_sigma.append(one.onset_sigma)
    return np.array(found), np.array(onset_sigma)


@pytest.mark.stats
@pytest.mark.slow
def test_one_sigma_of_a_loss_covers_68_percent():
    """1,000 lines that are lost near 190 C, of any width from two frames on, after thermal motion of any strength."""
    rng = np.random.default_rng(11)
    cases = []
    for _ in range(1000):
        width, onset = rng.uniform(8, 100), rng.uniform(180, 200)
        thermal = np.exp(-rng.uniform(0.0, 0.8) * (AT - 25) / 475)
        midpoint = onset + width / 2
        cases.append((thermal * step(AT, midpoint, width), 0.015, midpoint, width, "logistic"))
    found, onset_sigma = pulls(cases)
    covered = np.mean(np.abs(found) < 1, axis=0)
    assert ((covered > 0.63) & (covered < 0.73)).all(), covered
    assert ((found.std(axis=0) > 0.9) & (found.std(axis=0) < 1.1)).all(), found.std(axis=0)
    assert np.median(onset_sigma) < 3


@pytest.mark.stats
@pytest.mark.slow
def test_one_sigma_of_a_break_covers_68_percent():
    """Lines with one break are all taken for such, but one in a hundred."""
    rng = np.random.default_rng(12)
    shapes, values = [], []
    for seed in range(1000):
        at, bend = rng.uniform(120, 350), rng.uniform(1e-3, 4e-3)
        found = fit(1 - 3e-4 * AT + bend * np.maximum(AT - at, 0), 0.02, "broken_line", seed)
        shapes.append(found.shape)
        if found.shape == "kink":
            values.append((found.onset - at) / found.onset_sigma)
    assert np.mean(np.array(shapes) == "kink") > 0.98
    assert 0.63 < np.mean(np.abs(values) < 1) < 0.73
    assert 0.9 < np.std(values) < 1.1


def test_levels_and_their_ratio_scatter_by_their_sigmas():
    made = [fit(step(AT, 220, 60, 1.0, 0.3), 0.02, seed=seed) for seed in range(40)]
    for name, truth in {"before": 1.0, "after": 0.3, "ratio": -0.7}.items():
        found = np.array([(getattr(f, name) - truth) / getattr(f, f"{name}_sigma") for f in made])
        assert abs(found.mean()) < 0.4, name
        assert 0.75 < found.std() < 1.25, name
