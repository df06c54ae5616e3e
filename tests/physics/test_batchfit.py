"""Batched fits: what they end at, against scipy, and what they say of themselves."""

import numpy as np
import pytest
from scipy.optimize import least_squares, minimize

from pipeline.physics.batchfit import FitStatus, Noise, fit
from pipeline.physics.peaks import Layout, Windows, evaluate

LAYOUT = Layout((0,))
LOWER = np.array([-np.inf, -np.inf, 39.5, -np.inf, 0.01, 0.0])
UPPER = np.array([np.inf, np.inf, 40.5, np.inf, 1.5, 1.0])
OFF = (0.5, 0.0, 0.02, 0.3, 0.03, 0.0)  # how wrong a start is


class Case:
    """Doublets of one height over one background, `n` frames with seeded Poisson noise."""

    def __init__(self, n, peak, background, *, eta=0.5, fwhm=0.1, step=0.01, seed=0):
        rng = np.random.default_rng(seed)
        x = np.arange(-60, 61)[None] * step * 1.0 + 40 + np.zeros((n, 1))
        self.windows = Windows(x, (x - 40) / (60 * step), np.full(n, 1.00249), np.full(n, 0.5))
        self.rows = np.arange(n)
        truth = np.tile([background, 0.0, 40.0, 1.0, fwhm, eta], (n, 1))
        truth[:, 2] += rng.uniform(-0.05, 0.05, n)
        bare = truth.copy()
        bare[:, 0] = 0.0
        height = evaluate(LAYOUT, self.windows, bare, self.rows)[0].max(axis=1)
        truth[:, 3] = peak / height.mean()
        self.truth = truth
        self.mean = evaluate(LAYOUT, self.windows, truth, self.rows)[0]
        self.data = rng.poisson(self.mean).astype(float)
        self.used = np.ones(self.data.shape, dtype=bool)

    def model(self, theta, rows):
        return evaluate(LAYOUT, self.windows, theta, rows)

    def fit(self, *, model=None, noise=None, data=None, start=None, **more):
        n = len(self.data)
        begin = self.truth + np.array(OFF) if start is None else start
        noise = noise or Noise(self.used, gain=np.ones(n))
        bounds = np.tile(LOWER, (n, 1)), np.tile(UPPER, (n, 1))
        data = self.data if data is None else data
        return fit(model or self.model, data, noise, begin, *bounds, **more)


def test_ends_at_the_maximum_of_the_poisson_likelihood():
    case = Case(12, 200, 5)
    found = case.fit()
    assert (found.status == FitStatus.CONVERGED).all()
    value, by = case.model(found.parameters, case.rows)
    score = np.einsum("nm,npm->np", (case.data - value) / value, by)
    sigma = np.sqrt(np.einsum("npp->np", found.covariance))
    assert np.abs(score * sigma)[~found.at_bound].max() < 0.01
    for i in range(4):

        def cost(theta, i=i):
            m = case.model(theta[None], np.array([i]))[0][0]
            return 2 * np.sum(m - case.data[i] * np.log(m)) if (m > 0).all() else np.inf

        best = minimize(cost, found.parameters[i], method="Nelder-Mead", options={"maxiter": 4000})
        assert cost(found.parameters[i]) - best.fun < 1e-4


def test_given_esds_end_where_scipy_ends():
    case = Case(6, 500, 20, seed=3)
    sigma = np.sqrt(case.mean) * 1.5
    found = case.fit(noise=Noise(case.used, variance=sigma**2))
    for i in range(6):
        peer = least_squares(
            lambda t, i=i: (case.data[i] - case.model(t[None], np.array([i]))[0][0]) / sigma[i],
            case.truth[i],
            x_scale=np.maximum(np.abs(case.truth[i]), 0.1),
            xtol=1e-12,
            ftol=1e-14,
        )
        esd = np.sqrt(np.diag(np.linalg.inv(peer.jac.T @ peer.jac)))
        ours = np.sqrt(np.diag(found.covariance[i]))
        assert np.abs((found.parameters[i] - peer.x) / esd).max() < 0.01
        assert np.abs(ours / esd - 1).max() < 1e-3


def test_an_unknown_scale_gives_the_same_in_any_unit():
    case = Case(8, 500, 20, seed=4)
    one = case.fit(noise=Noise(case.used))
    factor = np.array([1e3, 1e3, 1, 1e3, 1, 1])
    start = case.truth * factor
    other = case.fit(noise=Noise(case.used), data=case.data * 1e3, start=start)
    assert np.allclose(one.parameters * factor, other.parameters, rtol=1e-3, atol=1e-3)
    ratio = np.einsum("npp->np", other.covariance) / np.einsum("npp->np", one.covariance)
    assert np.allclose(np.sqrt(ratio), factor, rtol=2e-2)


def test_a_rate_is_fitted_as_the_counts_behind_it():
    case = Case(8, 300, 10, seed=5)
    counts = case.fit()
    seconds = 4.0
    factor = np.array([1 / seconds, 1 / seconds, 1, 1 / seconds, 1, 1])
    noise = Noise(case.used, gain=np.full(8, 1 / seconds))
    rate = case.fit(noise=noise, data=case.data / seconds, start=case.truth * factor)
    assert np.allclose(rate.parameters, counts.parameters * factor, rtol=1e-3, atol=1e-4)
    assert np.allclose(rate.chi2, counts.chi2, rtol=1e-3)


def test_no_frame_changes_another():
    case = Case(40, 100, 5, seed=6)
    whole = case.fit()
    case.data[3] = np.nan
    case.data[7, :] = 1e9 * (np.arange(121) % 2)
    again = case.fit()
    others = np.setdiff1d(case.rows, [3, 7])
    assert again.status[3] == FitStatus.NOT_FINITE
    assert np.isnan(again.covariance[3]).all()
    assert np.array_equal(whole.parameters[others], again.parameters[others])


def test_points_that_are_not_used_do_not_matter():
    case = Case(5, 300, 10, seed=7)
    case.used[:, 100:] = False
    one = case.fit()
    case.data[:, 100:] = 1e6
    assert np.array_equal(one.parameters, case.fit().parameters)


def test_what_is_held_stays_and_has_no_sigma():
    case = Case(5, 300, 10)
    free = np.ones((5, 6), dtype=bool)
    free[:, 5] = False
    found = case.fit(free=free)
    assert (found.parameters[:, 5] == case.truth[:, 5]).all()
    assert (found.covariance[:, 5] == 0).all()
    assert (found.n_free == 121 - 5).all()


def test_a_parameter_on_its_bound_is_said_to_be_there():
    case = Case(60, 60, 2, eta=0.0, seed=8)
    found = case.fit()
    on = found.at_bound[:, 5] & (found.status == 0)
    assert 0.2 < on.mean() < 0.9  # half of the estimates of a share of 0 would be below it
    assert (found.parameters[on, 5] == 0).all()
    assert (found.covariance[on][:, 5] == 0).all()


def test_a_direction_that_the_data_do_not_tell_is_singular():
    case = Case(3, 300, 10)

    def doubled(theta, rows):
        value, by = evaluate(LAYOUT, case.windows, theta, rows)
        by[:, 1] = by[:, 0] * 2  # the slope acts as the level does
        return value, by

    assert (case.fit(model=doubled).status == FitStatus.SINGULAR).all()


def test_a_wrong_derivative_is_no_converged_fit():
    case = Case(10, 300, 10)

    def wrong(theta, rows):
        value, by = evaluate(LAYOUT, case.windows, theta, rows)
        by[:, 2] *= -1.0
        return value, by

    found = case.fit(model=wrong)
    off = np.abs(found.parameters[:, 2] - case.truth[:, 2]) > 5e-3
    assert ((found.status != FitStatus.CONVERGED) | off).all()


def test_too_few_points_and_too_few_steps_are_said():
    case = Case(4, 300, 10)
    case.used[0, 5:] = False
    found = case.fit(max_steps=1)
    assert found.status[0] == FitStatus.TOO_FEW_POINTS
    assert (found.status[1:] == FitStatus.TOO_MANY_STEPS).all()
    assert np.isnan(found.chi2).all()


def test_no_frames_are_no_error():
    case = Case(1, 300, 10)
    none = np.empty((0, 6))
    found = fit(case.model, np.empty((0, 121)), Noise(np.empty((0, 121), bool)), none, none, none)
    assert found.status.size == 0


def covers(found, case, held=()):
    ok = found.status == FitStatus.CONVERGED
    sigma = np.sqrt(np.einsum("npp->np", found.covariance))
    pulls = (found.parameters - case.truth)[:, [2, 3]] / sigma[:, [2, 3]]
    return ok, pulls, found.parameters[:, 3] / case.truth[:, 3] - 1


@pytest.mark.stats
@pytest.mark.parametrize(
    ("peak", "background"), [(20, 2), (20, 5), (100, 2), (100, 50), (1e3, 10), (1e4, 2), (1e5, 100)]
)
def test_quoted_sigmas_cover_and_areas_are_not_biased(peak, background):
    # The shape is known, as it is of a line that is strong somewhere in its series.
    case = Case(3000, peak, background, seed=int(peak) + background)
    free = np.ones(case.truth.shape, dtype=bool)
    free[:, 5] = peak > 300
    ok, pulls, relative = covers(case.fit(free=free), case)
    assert ok.mean() > 0.998
    assert np.abs((np.abs(pulls[ok]) < 1).mean(axis=0) - 0.683).max() < 0.05
    assert abs(relative[ok].mean()) < 0.01


@pytest.mark.stats
def test_weights_from_the_counts_would_lose_area():
    """What model weights are for: DESIGN's measured bias of 1/max(n, 1) at 20 counts over 2."""
    case = Case(3000, 20, 2, seed=1)
    free = np.ones(case.truth.shape, dtype=bool)
    free[:, 5] = False
    noise = Noise(case.used, variance=np.maximum(case.data, 1.0))
    ok, _, relative = covers(case.fit(free=free, noise=noise), case)
    assert relative[ok].mean() < -0.02
