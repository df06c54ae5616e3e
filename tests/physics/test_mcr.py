"""Curve resolution: series whose components are known, and how ambiguous the answer is."""

import numpy as np
import pytest

from pipeline.physics.mcr import purest, resolve
from pipeline.physics.mcr_bands import _outer, _Rotations, bands

X = np.linspace(0.0, 1.0, 120)
# Steps with a white line each, as X-ray absorption has them: all overlap, none has a point of its own.
SPECTRA = np.stack(
    [
        0.5 + np.arctan((X - c) / 0.02) / np.pi + a * np.exp(-(((X - c - 0.1) / 0.05) ** 2))
        for c, a in ((0.3, 0.3), (0.36, 0.6), (0.42, 0.2))
    ]
)
NO_SPECTRUM = np.empty((0, X.size))


def kinetics(k1=1.0, k2=0.6, n=40, end=8.0):
    """A -> B -> C, the textbook solution for consecutive first-order steps."""
    t = np.linspace(0.0, end, n)
    a = np.exp(-k1 * t)
    b = k1 / (k2 - k1) * (np.exp(-k1 * t) - np.exp(-k2 * t))
    return np.stack([a, b, 1 - a - b], axis=1)


def run(data, start, n_fixed=0, **changes):
    settings = {
        "n_fixed": n_fixed,
        "row_sigma": np.ones(len(data)),
        "max_iterations": 3000,
        "tolerance": 1e-6,
    }
    return resolve(data, start, **(settings | changes))


def test_corners_are_the_pure_scans():
    mixing = np.concatenate([np.random.default_rng(1).dirichlet(np.ones(3), 30), np.eye(3)])
    picked = purest(mixing @ SPECTRA, 3, NO_SPECTRUM)
    assert sorted(picked) == [30, 31, 32]
    assert sorted(purest(mixing @ SPECTRA, 3, SPECTRA[:1])) == [31, 32]


def test_a_series_that_holds_its_pure_components_is_found_exactly():
    mixing = np.concatenate([np.random.default_rng(1).dirichlet(np.ones(3), 30), np.eye(3)])
    data = mixing @ SPECTRA
    picked = purest(data, 3, NO_SPECTRUM)
    found = run(data, data[picked])
    assert found.problem == ""
    order = np.argsort(picked)
    np.testing.assert_allclose(found.concentrations[:, order], mixing, atol=1e-6)
    np.testing.assert_allclose(found.spectra[order], SPECTRA, atol=1e-6)
    assert found.lack_of_fit_percent(data) < 1e-5


def test_consecutive_reaction_lies_in_its_band():
    """A and C are pure at the ends, B never is: it cannot be known, and the band must say so."""
    truth = kinetics()
    data = truth @ SPECTRA + 1e-4 * np.random.default_rng(0).normal(size=(len(truth), X.size))
    picked = purest(data, 3, NO_SPECTRUM)
    found = run(data, np.maximum(data[picked], 0), row_sigma=np.full(len(data), 1e-4))
    assert found.problem == ""
    assert found.lack_of_fit_percent(data) < 0.02
    np.testing.assert_allclose(found.concentrations.sum(axis=1), 1.0, atol=1e-12)
    assert found.concentrations.min() >= 0
    assert found.spectra.min() >= 0
    middle = np.argmax(found.concentrations, axis=0)
    order = np.argsort(middle)
    band = bands(
        found.concentrations[:, order],
        found.spectra[order],
        n_fixed=0,
        noise_concentration=2e-3,
        noise_spectrum=1e-3,
    )
    assert (truth >= band.concentration_low - 0.01).all()
    assert (truth <= band.concentration_high + 0.01).all()
    assert np.max(band.concentration_high[:, 1] - band.concentration_low[:, 1]) > 0.1


def test_known_spectra_of_start_and_end_narrow_the_band():
    truth = kinetics()
    data = truth @ SPECTRA
    order = [0, 2, 1]

    def width(n_fixed):
        band = bands(
            truth[:, order],
            SPECTRA[order],
            n_fixed=n_fixed,
            noise_concentration=1e-6,
            noise_spectrum=1e-6,
        )
        return (band.concentration_high - band.concentration_low).max(axis=0)

    assert width(2).max() < width(0).max()
    found = run(data, np.stack([SPECTRA[0], SPECTRA[2], data[12]]), n_fixed=2)
    assert found.problem == ""
    np.testing.assert_array_equal(found.spectra[:2], SPECTRA[[0, 2]])


def test_band_of_two_components_is_the_one_worked_out_by_hand():
    """Concentrations c, 1 - c between 0.2 and 0.6, spectra without a bound: only C >= 0 limits.

    With T = [[1 - a, a], [b, 1 - b]] the new c' = (c - b) / (1 - a - b); all of them in [0, 1] and the
    spectra far above zero: nothing but the spectra's own bound stops the band outwards.
    """
    c = np.array([0.0, 0.2, 0.6, 1.0])
    mixing = np.stack([c, 1 - c], axis=1)
    spectra = np.array(
        [[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]]
    )  # each has a zero: outwards is closed too
    band = bands(mixing, spectra, n_fixed=0, noise_concentration=0.0, noise_spectrum=0.0)
    np.testing.assert_allclose(band.concentration_low, mixing, atol=1e-5)
    np.testing.assert_allclose(band.concentration_high, mixing, atol=1e-5)
    inner = mixing[1:3]  # no scan is pure: the spectra may move inwards until a scan is
    band = bands(inner, spectra, n_fixed=0, noise_concentration=0.0, noise_spectrum=0.0)
    # Inwards c' = (c - 0.2) / 0.4 = 0 and 1 at most; outwards the zeros hold.
    np.testing.assert_allclose(band.concentration_low[:, 0], [0.0, 0.5], atol=1e-3)
    np.testing.assert_allclose(band.concentration_high[:, 0], [1 / 3, 1.0], atol=1e-3)


def test_one_component_too_many_is_no_answer():
    c = np.linspace(0, 1, 20)
    data = np.stack([c, 1 - c], axis=1) @ SPECTRA[:2]
    found = run(data, np.stack([*SPECTRA[:2], SPECTRA[:2].mean(axis=0)]), max_iterations=50)
    assert found.problem


def test_too_few_iterations_are_no_answer():
    data = kinetics() @ SPECTRA
    found = run(data, data[[0, 10, -1]], max_iterations=2, tolerance=1e-12)
    assert "not converged after 2 iterations" in found.problem


def test_scans_of_large_noise_weigh_less():
    mixing = np.concatenate([np.eye(2), np.eye(2), [[0.5, 0.5]]])
    data = mixing @ SPECTRA[:2]
    data[3] += 0.05 * np.sin(20 * X)
    even = run(data, SPECTRA[:2].copy())
    weighed = run(data, SPECTRA[:2].copy(), row_sigma=np.array([1e-3, 1e-3, 1e-3, 1.0, 1e-3]))
    off = [np.abs(r.spectra[1] - SPECTRA[1]).max() for r in (even, weighed)]
    assert off[1] < off[0] / 10


@pytest.mark.parametrize(("k", "n_fixed"), [(2, 0), (3, 1), (4, 0), (4, 3)])
def test_slopes_of_the_search_are_those_of_its_functions(k, n_fixed):
    rng = np.random.default_rng(k)
    c, s = rng.dirichlet(np.ones(k), 7), rng.random((k, 9))
    search = _Rotations(c, s, c.T @ c, s @ s.T, n_fixed, 0.0, 0.0)
    x = 0.1 * rng.normal(size=(k - n_fixed) * (k - 1))
    steps = 1e-6 * np.eye(x.size)
    np.testing.assert_allclose(search.matrix(x).sum(axis=1), 1.0)
    numeric = np.stack([search.room(x + h) - search.room(x - h) for h in steps], axis=1) / 2e-6
    np.testing.assert_allclose(search.room_slope(x), numeric, atol=1e-7)
    for component in range(k):
        pairs = [
            (search.log_share(x + h, component)[0], search.log_share(x - h, component)[0])
            for h in steps
        ]
        np.testing.assert_allclose(
            search.log_share(x, component)[1], [(a - b) / 2e-6 for a, b in pairs], atol=1e-7
        )


def test_only_the_corners_of_a_long_series_can_bind():
    """What keeps the search quick for 5,000 scans: any linear bound is reached first at a corner."""
    rng = np.random.default_rng(0)
    truth = rng.dirichlet(np.full(4, 3.0), 5000)
    corners = _outer(truth[:, :-1])
    assert corners.size < 500
    for direction in rng.normal(size=(200, 4)):
        assert (truth @ direction).min() == (truth[corners] @ direction).min()
    assert list(_outer(truth[:, :1])) == sorted([truth[:, 0].argmin(), truth[:, 0].argmax()])
    flat = np.outer(truth[:, 0], np.ones(3))
    assert _outer(flat).size == 5000
