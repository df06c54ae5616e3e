"""What goes beside a fit: other windows, weights of points, shifts of standards, flags."""

import numpy as np
import pytest

from pipeline.xas import lcf
from pipeline.xas.lcf_windows import other_windows, renormalised
from pipeline.xas.normalise import normalise
from pipeline.xas.options import NormaliseOptions
from pipeline.xas.records import Flag, ScanStatus
from pipeline.xas.valence import from_lcf

from .build import E0_EV, as_measured, edge, normalised, raw_series, replace_fields
from .test_lcf import COMPONENTS, GRID_EV, NAMES, NOISE, POSITIONS, mixture, options, standards

WINDOWS = NormaliseOptions(pre_ev=(-150.0, -50.0), post_ev=(100.0, 500.0))


def background(spectra):
    """Absorption with a slope below and a bent step, so that windows matter."""
    t = (GRID_EV - E0_EV) / 500
    return 0.3 - 0.2 * t + spectra * (1.0 - 0.1 * t + 0.2 * np.maximum(t, 0) ** 3)


def test_other_windows_move_one_end_at_a_time_and_stay_inside():
    made = list(other_windows(WINDOWS))
    assert [(m.pre_ev, m.post_ev) for m in made] == [
        ((-130.0, -50.0), (100.0, 500.0)),
        ((-150.0, -70.0), (100.0, 500.0)),
        ((-150.0, -50.0), (180.0, 500.0)),
        ((-150.0, -50.0), (100.0, 420.0)),
    ]
    assert (
        renormalised(
            as_measured(raw_series(GRID_EV, COMPONENTS)), E0_EV, NormaliseOptions(method="none")
        )
        == ()
    )


def test_the_model_sigma_holds_the_spread_over_windows():
    series = [as_measured(raw_series(GRID_EV, background(c))) for c in COMPONENTS]
    sample = as_measured(raw_series(GRID_EV, background(np.array([0.2, 0.3, 0.5]) @ COMPONENTS)))
    first, *rest = (normalise(s, E0_EV, WINDOWS) for s in (sample, *series))
    named = [(n, n, s) for n, s in zip(NAMES, rest, strict=True)]
    windows = tuple(zip(*(renormalised(s, E0_EV, WINDOWS) for s in (sample, *series)), strict=True))
    result = lcf.fit(first, named, options(), E0_EV, windows)
    assert result.model_parts == ("ranges", "windows")
    assert result.window_fraction.shape == (1, 4, 3)
    one_by_one = [
        lcf.fit(s, [(n, n, x) for n, x in zip(NAMES, xs, strict=True)], options(), E0_EV).fraction[
            0
        ]
        for s, *xs in windows
    ]
    np.testing.assert_allclose(result.window_fraction[0], one_by_one, atol=1e-12)
    alone = lcf.fit(first, named, options(), E0_EV)
    assert alone.model_parts == ("ranges",)
    by_window = np.std([result.fraction[0], *one_by_one], axis=0, ddof=1)
    assert by_window.max() > 1e-5
    np.testing.assert_allclose(
        result.fraction_model_sigma[0],
        np.hypot(alone.fraction_model_sigma[0], by_window),
        rtol=1e-9,
    )
    found = from_lcf(result, dict(zip(NAMES, (2.0, 3.0, 4.0), strict=True)))
    expected = np.std([result.fraction[0] @ [2, 3, 4], *(np.array(one_by_one) @ [2, 3, 4])], ddof=1)
    assert found.valence_window_sigma[0] == pytest.approx(expected, rel=1e-9)
    assert found.valence_model_sigma[0] == pytest.approx(
        np.hypot(found.valence_range_sigma[0], expected), rel=1e-9
    )


def test_a_window_that_fails_leaves_the_model_sigma_to_the_others():
    sample, made = mixture([0.2, 0.3, 0.5]), standards()
    good = (sample, *(s for _, _, s in made))
    lost = replace_fields(sample, status=(ScanStatus.NO_EDGE,))
    broken = replace_fields(made[1][2], status=(ScanStatus.NO_EDGE,))
    result = lcf.fit(
        sample,
        made,
        options(),
        E0_EV,
        (good, (lost, *good[1:]), (sample, good[1], broken, good[3])),
    )
    assert np.isfinite(result.window_fraction[0, 0]).all()
    assert np.isnan(result.window_fraction[0, 1:]).all()
    assert np.isfinite(result.fraction_model_sigma).all()


def test_variance_weights_do_not_move_a_perfect_fit_and_see_through_a_bad_part():
    truth = np.array([[0.2, 0.3, 0.5]])
    clean = lcf.fit(mixture(truth, 1e-6), standards(), options(weights="variance"), E0_EV)
    np.testing.assert_allclose(clean.fraction, truth, atol=1e-4)
    np.testing.assert_allclose(clean.fit_normalised, clean.data_normalised, atol=2e-5)
    assert clean.sum_of_weights[0] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("weights", ["uniform", "variance"])
def test_scans_of_a_series_do_not_know_of_each_other(weights):
    truth = np.array([[0.2, 0.3, 0.5], [0.0, 0.4, 0.6], [0.3, 0.3, 0.4]])
    asked = options(weights=weights, bootstrap=50)
    together = lcf.fit(mixture(truth, NOISE, shift_sigma_ev=0.02), standards(), asked, E0_EV)
    whole = mixture(truth, NOISE, shift_sigma_ev=0.02)
    alone = normalised(GRID_EV, whole.flattened[1], noise=NOISE, shift_sigma_ev=0.02)
    single = lcf.fit(alone, standards(), asked, E0_EV)
    for name in ("fraction", "fraction_sigma", "fraction_bootstrap_sigma", "standard_shift_ev"):
        np.testing.assert_allclose(
            getattr(single, name)[0], getattr(together, name)[1], rtol=1e-6, atol=1e-9
        )


def test_the_bootstrap_is_off_by_default_and_the_same_in_every_run():
    sample = mixture([[0.2, 0.3, 0.5], [0.0, 0.4, 0.6]], NOISE)
    assert np.isnan(lcf.fit(sample, standards(), options(), E0_EV).fraction_bootstrap_sigma).all()
    one, two = (lcf.fit(sample, standards(), options(bootstrap=200), E0_EV) for _ in range(2))
    np.testing.assert_array_equal(one.fraction_bootstrap_sigma, two.fraction_bootstrap_sigma)
    other = lcf.fit(
        replace_fields(sample, dataset="another"), standards(), options(bootstrap=200), E0_EV
    )
    assert (other.fraction_bootstrap_sigma != one.fraction_bootstrap_sigma).any()
    np.testing.assert_allclose(one.fraction_bootstrap_sigma[0], one.fraction_sigma[0], rtol=0.25)


@pytest.mark.parametrize("key", ["shift_sigma_ev", "step_sigma"])
@pytest.mark.parametrize("of", ["sample", "standard"])
def test_the_bootstrap_moves_curves_as_the_propagation_does(key, of):
    size = {"shift_sigma_ev": 0.05, "step_sigma": 0.01}[key]
    sample = mixture([0.2, 0.3, 0.5], **({key: size} if of == "sample" else {}))
    made = standards()
    if of == "standard":
        made[1] = standards(**{key: size})[1]
    result = lcf.fit(sample, made, options(sum="one", bootstrap=2000), E0_EV)
    np.testing.assert_allclose(
        result.fraction_bootstrap_sigma[0], result.fraction_sigma[0], rtol=0.08
    )


def shifted_standard(by_ev, index=1):
    made = standards()
    name, title, series = made[index]
    made[index] = (name, title, replace_fields(series, energy_ev=series.energy_ev + by_ev))
    return made


@pytest.mark.parametrize("by_ev", [-0.4, 0.25, 0.8])
def test_a_standard_that_is_off_is_found_and_not_moved(by_ev):
    sample = mixture([0.3, 0.4, 0.3], 1e-4)
    result = lcf.fit(sample, shifted_standard(by_ev), options(), E0_EV)
    assert result.standard_shift_ev[0, 1] == pytest.approx(-by_ev, abs=0.01)
    assert result.standard_shift_ev[0, [0, 2]] == pytest.approx([0, 0], abs=0.01)
    assert Flag.STANDARD_SHIFTED in result.flags[0]
    assert np.abs(result.fraction[0] - [0.3, 0.4, 0.3]).max() > 0.01  # not applied


def test_standards_that_are_right_or_hardly_there_are_not_called_shifted():
    sample = mixture([[0.3, 0.4, 0.3], [0.02, 0.48, 0.5]], 5e-4)
    result = lcf.fit(sample, standards(), options(), E0_EV)
    assert Flag.STANDARD_SHIFTED not in result.flags[0] + result.flags[1]
    assert np.isnan(result.standard_shift_ev[1, 0])
    assert np.abs(result.standard_shift_ev[0]).max() < 4 * result.standard_shift_sigma_ev[0].max()
    uncertain = shifted_standard(0.2)
    uncertain[1] = (
        *uncertain[1][:2],
        replace_fields(uncertain[1][2], shift_sigma_ev=np.array([0.1])),
    )
    allowed = lcf.fit(mixture([0.3, 0.4, 0.3], 1e-4), uncertain, options(), E0_EV)
    assert Flag.STANDARD_SHIFTED not in allowed.flags[0]


@pytest.mark.stats
def test_the_sigma_of_a_shift_covers():
    sample = mixture(np.tile([0.3, 0.4, 0.3], (1000, 1)), 1e-3, seed=5)
    result = lcf.fit(sample, standards(), options(), E0_EV)
    share = np.mean(np.abs(result.standard_shift_ev) < result.standard_shift_sigma_ev, axis=0)
    assert np.abs(share - 0.68).max() < 0.06


def test_calibration_errors_are_not_counted_as_scatter_too():
    """A scan off by its sigma of shift leaves a residual; it is that shift's, and no noise."""
    off = normalised(
        GRID_EV + 0.1,
        sum(
            w * edge(GRID_EV, p, h)
            for w, p, h in zip((0.2, 0.3, 0.5), POSITIONS.values(), (0.25, 0.1, 0.45), strict=True)
        ),
        shift_sigma_ev=0.1,
        noise=1e-6,
    )
    right = mixture([0.2, 0.3, 0.5], shift_sigma_ev=0.1)
    moved, still = (lcf.fit(s, standards(), options(), E0_EV) for s in (off, right))
    np.testing.assert_allclose(moved.fraction_sigma, still.fraction_sigma, rtol=0.1)


def test_residual_autocorrelation_is_flagged():
    bump = 0.02 * np.sin(GRID_EV / 6.0)
    sample = normalised(GRID_EV, np.array([0.2, 0.3, 0.5]) @ COMPONENTS + bump, noise=1e-3)
    assert Flag.RESIDUAL_CORRELATED in lcf.fit(sample, standards(), options(), E0_EV).flags[0]


def test_a_range_of_the_model_sigma_that_is_not_covered_is_flagged():
    short = GRID_EV < E0_EV + 62
    cut = normalised(GRID_EV[short], (np.array([0.2, 0.3, 0.5]) @ COMPONENTS)[short])
    flags = lcf.fit(cut, standards(), options(), E0_EV).flags[0]
    assert Flag.MODEL_RANGE_NOT_COVERED in flags
    whole = lcf.fit(mixture([0.2, 0.3, 0.5]), standards(), options(), E0_EV).flags[0]
    assert Flag.MODEL_RANGE_NOT_COVERED not in whole
