"""Line shapes against their integrals, other libraries and finite differences."""

import numpy as np
import pytest

from pipeline.physics.lineshapes import doublet, partner_position, pseudo_voigt
from pipeline.physics.peaks import Layout, Windows, evaluate

LN2 = np.log(2.0)
RATIO, SHARE = 1.544427 / 1.540593, 0.5


def one(value: float) -> np.ndarray:
    return np.array([value])


@pytest.mark.parametrize("asymmetry", [None, 0.0, 0.4, -0.6])
@pytest.mark.parametrize("eta", [0.0, 0.35, 1.0])
def test_area_is_one_and_width_is_the_width(eta, asymmetry):
    x = np.linspace(-4000, 4000, 4_000_001)[None]
    a = None if asymmetry is None else one(asymmetry)
    f = pseudo_voigt(x, one(0.1), one(1.7), one(eta), a).value[0]
    assert np.trapezoid(f, x[0]) == pytest.approx(1.0, abs=3e-4)  # a Lorentzian's tails go on
    above = x[0][f > f.max() / 2]
    assert np.ptp(above) == pytest.approx(1.7, abs=0.005)
    assert x[0][f.argmax()] == pytest.approx(0.1, abs=0.002)
    low, high = 0.1 - above.min(), above.max() - 0.1
    assert low / high == pytest.approx((1 + (asymmetry or 0)) / (1 - (asymmetry or 0)), rel=0.01)


def test_is_the_pseudo_voigt_of_lmfit():
    lmfit = pytest.importorskip("lmfit")
    x = np.linspace(-1, 1, 401)
    ours = pseudo_voigt(x[None], one(0.2), one(0.3), one(0.4)).value[0]
    theirs = lmfit.models.PseudoVoigtModel().eval(
        x=x, amplitude=1.0, center=0.2, sigma=0.15, fraction=0.4
    )
    assert np.abs(ours - theirs).max() < 1e-13


def test_halves_of_a_split_line_meet():
    x = np.array([[0.5 - 1e-9, 0.5, 0.5 + 1e-9]])
    f = pseudo_voigt(x, one(0.5), one(0.1), one(0.3), one(0.5))
    assert np.ptp(f.value) < 1e-6
    assert np.abs(f.by_position).max() < 1e-4


def test_kalpha2_stands_where_bragg_puts_it():
    place, moves = partner_position(np.array([20.0, 90.0, 150.0]), np.array(RATIO))
    spacing = 1.540593 / 2 / np.sin(np.radians([10.0, 45.0, 75.0]))
    expected = 2 * np.degrees(np.arcsin(1.544427 / 2 / spacing))
    assert np.abs(place - expected).max() < 1e-11
    assert moves[2] > moves[1] > moves[0] > 1.0


def test_areas_of_a_doublet_have_the_given_ratio():
    x = np.arange(85.0, 95.0, 0.001)[None]
    f = doublet(x, one(90.0), one(0.02), one(0.0), None, one(RATIO), one(SHARE)).value[0]
    between = x[0] < 90.1
    assert f[between].sum() / f[~between].sum() == pytest.approx(2.0, rel=1e-6)
    assert f.sum() * 0.001 == pytest.approx(1.0, rel=1e-9)


def test_without_a_partner_the_line_is_alone():
    x = np.linspace(89, 91, 101)[None]
    args = (one(90.0), one(0.1), one(0.5), None)
    alone = pseudo_voigt(x, *args).value
    for ratio, share in ((RATIO, 0.0), (np.nan, np.nan), (1.5, 0.5)):  # the last has no angle
        assert np.array_equal(doublet(x, *args, one(ratio), one(share)).value, alone)


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("width_of", [(0,), (0, 1), (0, 0, 1)])
@pytest.mark.parametrize("degree", [0, 1, 2])
def test_derivatives_are_those_of_finite_differences(width_of, degree, split):
    rng = np.random.default_rng(len(width_of) + degree)
    layout = Layout(width_of, degree, split)
    n = 12
    x = np.linspace(39.0, 41.0, 161)[None] + rng.uniform(-0.1, 0.1, (n, 1))
    windows = Windows(x, x - 40.0, np.full(n, RATIO), np.full(n, SHARE))
    theta = np.empty((n, layout.size))
    theta[:, layout.background] = rng.uniform(-3, 9, (n, degree + 1))
    theta[:, layout.position] = rng.uniform(39.7, 40.3, (n, layout.n_lines))
    theta[:, layout.area] = rng.uniform(1, 9, (n, layout.n_lines))
    theta[:, layout.fwhm] = rng.uniform(0.08, 0.3, theta[:, layout.fwhm].shape)
    theta[:, layout.lorentz] = rng.uniform(0.1, 0.9, n)
    if layout.asymmetry is not None:
        theta[:, layout.asymmetry] = rng.uniform(-0.5, 0.5, n)
    rows = np.arange(n)
    _, by = evaluate(layout, windows, theta, rows)
    for p in range(layout.size):
        found = []
        for h in (1e-4, 2e-4):  # Richardson's extrapolation takes the error's h^2 away
            up, down = theta.copy(), theta.copy()
            up[:, p] += h
            down[:, p] -= h
            up_value = evaluate(layout, windows, up, rows)[0]
            found.append((up_value - evaluate(layout, windows, down, rows)[0]) / (2 * h))
        numeric = (4 * found[0] - found[1]) / 3
        # The split line's second derivative jumps at its maximum; leave the points beside it out.
        smooth = np.ones(x.shape, dtype=bool)
        if split:
            for place in theta[:, layout.position].T:
                partner = partner_position(place, np.full(n, RATIO))[0]
                for centre in (place, partner):
                    smooth &= np.abs(x - centre[:, None]) > 5e-4
        scale = np.abs(by[:, p]).max()
        assert np.abs(numeric - by[:, p])[smooth].max() / scale < 1e-7, p
