"""Linear-combination fits: known mixtures, what the uncertainties hold, flags, refusals."""

import numpy as np
import pytest

from pipeline.xas import lcf
from pipeline.xas.lcf_uncertainty import limits
from pipeline.xas.options import LcfOptions
from pipeline.xas.records import Flag, ScanStatus
from pipeline.xas.standards import mean_standard

from .build import E0_EV, GRID_EV, edge, normalised, replace_fields

POSITIONS = {"low": E0_EV - 2.0, "middle": E0_EV + 0.5, "high": E0_EV + 3.0}
NAMES = tuple(POSITIONS)
COMPONENTS = np.array(
    [edge(GRID_EV, p, w) for p, w in zip(POSITIONS.values(), (0.25, 0.1, 0.45), strict=True)]
)
NOISE = 2e-3


def options(**changes):
    return LcfOptions(**({"standards": list(NAMES)} | changes))


def standards(names=NAMES, **known):
    made = {
        n: normalised(GRID_EV, c, noise=0.0, **known)
        for n, c in zip(NAMES, COMPONENTS, strict=True)
    }
    return [(n, n.title(), made[n]) for n in names]


def mixture(weights, noise=0.0, seed=0, **known):
    spectra = np.atleast_2d(weights) @ COMPONENTS
    spectra = spectra + noise * np.random.default_rng(seed).normal(size=spectra.shape)
    return normalised(GRID_EV, spectra, **({"noise": noise or 1e-6} | known))


@pytest.mark.parametrize("sum_rule", ["free", "one"])
def test_a_noiseless_mixture_is_found_exactly(sum_rule):
    truth = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 0.4, 0.6]])
    result = lcf.fit(mixture(truth), standards(), options(sum=sum_rule), E0_EV)
    np.testing.assert_allclose(result.fraction, truth, atol=1e-9)
    np.testing.assert_allclose(result.sum_of_weights, 1.0, atol=1e-9)
    assert (result.r_factor < 1e-18).all()
    np.testing.assert_allclose(result.fit_normalised, result.data_normalised, atol=1e-9)
    np.testing.assert_allclose(result.alternative_fraction, truth[:, None].repeat(4, 1), atol=1e-9)
    assert (result.fraction_model_sigma < 1e-9).all()
    assert result.standard_titles == ("Low", "Middle", "High")


def test_the_sum_is_a_quality_flag_when_free_and_one_when_forced():
    sample = mixture(1.1 * np.array([0.2, 0.3, 0.5]))
    free = lcf.fit(sample, standards(), options(), E0_EV)
    assert free.sum_of_weights[0] == pytest.approx(1.1)
    assert Flag.SUM_NOT_ONE in free.flags[0]
    np.testing.assert_allclose(free.fraction[0], [0.2, 0.3, 0.5], atol=1e-9)
    forced = lcf.fit(sample, standards(), options(sum="one"), E0_EV)
    assert forced.sum_of_weights[0] == pytest.approx(1.0, abs=1e-12)
    assert Flag.SUM_NOT_ONE not in forced.flags[0]


def test_the_order_of_standards_does_not_matter():
    sample = mixture([[0.2, 0.3, 0.5], [0.0, 0.1, 0.9]], NOISE, shift_sigma_ev=0.05)
    first = lcf.fit(sample, standards(step_sigma=0.01), options(), E0_EV)
    turned = lcf.fit(sample, standards(NAMES[::-1], step_sigma=0.01), options(), E0_EV)
    assert turned.standards == NAMES[::-1]
    for name in ("fraction", "fraction_sigma", "fraction_low", "fraction_high"):
        np.testing.assert_allclose(
            getattr(turned, name)[:, ::-1], getattr(first, name), rtol=1e-6, atol=1e-9
        )
    np.testing.assert_allclose(turned.reduced_chi2, first.reduced_chi2, rtol=1e-9)


def test_a_scan_alone_and_in_a_series_of_other_axes():
    truth = np.array([[0.2, 0.3, 0.5], [0.6, 0.4, 0.0]])
    together = lcf.fit(mixture(truth, NOISE), standards(), options(), E0_EV)
    one, two = mixture(truth, NOISE), mixture(truth, NOISE)
    energy = np.array(one.energy_ev)
    energy[1] += 0.37
    shifted = replace_fields(two, energy_ev=energy)
    apart = lcf.fit(shifted, standards(), options(), E0_EV)
    np.testing.assert_allclose(apart.fraction[0], together.fraction[0], atol=1e-12)
    assert np.abs(apart.fraction[1] - together.fraction[1]).max() > 0.01


def perturbed(standard_index=None, shift=0.0, step=0.0, sum_rule="free", truth=(0.2, 0.3, 0.5)):
    """Fractions when one standard, or the sample, is shifted or scaled."""
    made = standards()
    sample = mixture(truth)
    if standard_index is None:
        sample = replace_fields(
            sample, energy_ev=sample.energy_ev + shift, flattened=sample.flattened * (1 + step)
        )
    else:
        name, title, series = made[standard_index]
        changed = replace_fields(
            series, energy_ev=series.energy_ev + shift, flattened=series.flattened * (1 + step)
        )
        made[standard_index] = (name, title, changed)
    return lcf.fit(sample, made, options(sum=sum_rule), E0_EV).fraction[0]


@pytest.mark.parametrize("sum_rule", ["free", "one"])
@pytest.mark.parametrize(("what", "size"), [("shift", 1e-3), ("step", 1e-4)], ids=["shift", "step"])
@pytest.mark.parametrize("which", [None, 0, 2], ids=["sample", "low", "high"])
def test_sigma_is_what_the_fit_does_when_a_curve_moves(which, what, size, sum_rule):
    """The propagated sigma equals a refit with that one curve shifted or scaled."""
    moved = (perturbed(which, **{what: size}, sum_rule=sum_rule)) - (
        perturbed(which, **{what: -size}, sum_rule=sum_rule)
    )
    expected = np.abs(moved) / 2
    key = {"shift": "shift_sigma_ev", "step": "step_sigma"}[what]
    made = standards()
    sample = mixture([0.2, 0.3, 0.5], **({key: size} if which is None else {}))
    if which is not None:
        made[which] = standards(**{key: size})[which]
    result = lcf.fit(sample, made, options(sum=sum_rule), E0_EV)
    np.testing.assert_allclose(result.fraction_sigma[0], expected, rtol=0.02, atol=1e-8)


@pytest.mark.parametrize("sum_rule", ["free", "one"])
@pytest.mark.parametrize(("key", "size"), [("shift_sigma_ev", 1e-3), ("step_sigma", 1e-4)])
def test_sigma_where_the_standards_do_not_explain_the_sample(key, size, sum_rule):
    """With a residual, moving a standard also changes what of it the fit takes up."""
    bump = 0.1 * np.exp(-(((GRID_EV - E0_EV - 6) / 3) ** 2))
    sample = normalised(GRID_EV, np.array([0.2, 0.3, 0.5]) @ COMPONENTS + bump, noise=1e-3)
    rule = options(sum=sum_rule)
    fractions = []
    for sign in (-1, 1):
        made = standards()
        name, title, series = made[1]
        moved = {
            "shift_sigma_ev": {"energy_ev": series.energy_ev + sign * size},
            "step_sigma": {"flattened": series.flattened * (1 + sign * size)},
        }[key]
        made[1] = (name, title, replace_fields(series, **moved))
        fractions.append(lcf.fit(sample, made, rule, E0_EV).fraction[0])
    expected = (np.abs(fractions[1] - fractions[0]) / 2) ** 2
    found = []
    for factor in (2, 1):  # a shift that is uncertain at all is taken out of the scatter
        uncertain = standards()
        uncertain[1] = standards(**{key: factor * size})[1]
        found.append(lcf.fit(sample, uncertain, rule, E0_EV))
    assert (found[0].fraction > 0).all()
    variance = (found[0].fraction_sigma[0] ** 2 - found[1].fraction_sigma[0] ** 2) / 3
    np.testing.assert_allclose(variance, expected, rtol=0.01)


def test_a_step_error_of_the_sample_cancels_when_the_sum_is_free():
    sample = mixture([0.2, 0.3, 0.5], step_sigma=0.02)
    free = lcf.fit(sample, standards(), options(), E0_EV)
    forced = lcf.fit(sample, standards(), options(sum="one"), E0_EV)
    assert free.fraction_sigma.max() < 1e-6
    assert forced.fraction_sigma.max() > 0.002


@pytest.mark.stats
@pytest.mark.parametrize("sum_rule", ["free", "one"])
def test_sigma_covers_noise_and_calibration(sum_rule):
    """1,500 scans with white noise and a calibration error each; standards off by one draw each."""
    rng = np.random.default_rng(20)
    truth, n, shift_sigma = np.array([0.3, 0.3, 0.4]), 1500, 0.03
    shifts = shift_sigma * rng.normal(size=n)
    energies = GRID_EV + shifts[:, None]
    clean = sum(
        w * edge(GRID_EV, p, h)
        for w, p, h in zip(truth, POSITIONS.values(), (0.25, 0.1, 0.45), strict=True)
    )
    spectra = clean + NOISE * rng.normal(size=(n, GRID_EV.size))
    sample = normalised(energies, spectra, shift_sigma_ev=shift_sigma, noise=NOISE)
    result = lcf.fit(sample, standards(), options(sum=sum_rule), E0_EV)
    pull = (result.fraction - truth) / result.fraction_sigma
    assert np.abs(np.mean(np.abs(pull) < 1, axis=0) - 0.68).max() < 0.05
    assert np.abs(pull.mean(axis=0)).max() < 0.15
    inside = (result.fraction_low <= truth) & (truth <= result.fraction_high)
    assert np.abs(inside.mean(axis=0) - 0.68).max() < 0.05
    assert np.median(result.reduced_chi2) > 1


@pytest.mark.stats
def test_reduced_chi2_of_white_noise_is_one():
    result = lcf.fit(
        mixture(np.tile([0.3, 0.3, 0.4], (500, 1)), NOISE), standards(), options(), E0_EV
    )
    assert result.reduced_chi2.mean() == pytest.approx(1.0, abs=0.02)
    correlated = [Flag.RESIDUAL_CORRELATED in f for f in result.flags]
    assert np.mean(correlated) < 0.05


@pytest.mark.stats
def test_the_limit_at_a_bound_holds():
    truth = np.tile([0.0, 0.5, 0.5], (1500, 1))
    result = lcf.fit(mixture(truth, NOISE), standards(), options(), E0_EV)
    at_bound = result.fraction[:, 0] == 0
    assert at_bound.mean() == pytest.approx(0.5, abs=0.06)
    assert (result.fraction_low[at_bound, 0] == 0).all()
    assert (result.fraction_high[at_bound, 0] > 0).all()
    near = lcf.fit(
        mixture(truth + np.median(result.fraction_sigma[:, 0]) * np.array([1, -1, 0]), NOISE),
        standards(),
        options(),
        E0_EV,
    )
    covered = near.fraction_high[:, 0] >= np.median(result.fraction_sigma[:, 0])
    assert covered.mean() > 0.84
    assert all(Flag.WEIGHT_AT_BOUND in f for f in np.array(result.flags, dtype=object)[at_bound])


def test_one_sided_limits_of_known_size():
    """84 % of a normal cut at zero: 1.41 sigma about zero, 0.68 sigma from two below."""
    fraction = np.array([[0.0, 1.0], [0.0, 1.0], [0.4, 0.6]])
    unconstrained = np.array([[0.0, 1.0], [-0.2, 1.2], [0.4, 0.6]])
    low, high = limits(fraction, unconstrained, np.full((3, 2), 0.1))
    np.testing.assert_allclose(high[:, 0], [0.1410, 0.0686, 0.5], atol=1e-4)
    np.testing.assert_allclose(low[:, 1], [0.8590, 0.9314, 0.5], atol=1e-4)
    np.testing.assert_array_equal(low[:2, 0], 0.0)
    np.testing.assert_array_equal(high[:2, 1], 1.0)


def test_a_standard_knows_nothing_outside_its_range():
    standard = mean_standard(*standards()[0], "flattened")
    value, slope = standard.evaluate(GRID_EV[[0, -1]] + np.array([-0.1, 0.1]))
    assert np.isnan([value, slope]).all()
    value, slope = standard.evaluate(GRID_EV[[0, -1]])
    assert np.isfinite([value, slope]).all()


def test_limits_stay_in_range_and_survive_far_bounds():
    sample = mixture([[-0.4, 0.4, 1.0], [1.3, -0.3, 0.0]], NOISE)
    result = lcf.fit(sample, standards(), options(), E0_EV)
    for values in (result.fraction_low, result.fraction_high):
        assert ((values >= 0) & (values <= 1)).all()
    assert (result.fraction_low <= result.fraction).all()
    assert (result.fraction <= result.fraction_high).all()
    one = lcf.fit(
        mixture([0.0, 0.0, 1.0]), standards(NAMES[2:]), options(standards=["high"]), E0_EV
    )
    assert (one.fraction_low[0], one.fraction_high[0]) == (1.0, 1.0)
    assert one.fraction_sigma[0] == pytest.approx(0.0, abs=1e-12)


def test_nothing_is_extrapolated():
    made = standards()
    name, title, series = made[1]
    short = replace_fields(
        series,
        energy_ev=np.where(series.energy_ev < E0_EV + 40, series.energy_ev, np.nan),
        flattened=np.where(series.energy_ev < E0_EV + 40, series.flattened, np.nan),
    )
    made[1] = (name, title, short)
    result = lcf.fit(mixture([0.2, 0.3, 0.5]), made, options(), E0_EV)
    assert result.status == (ScanStatus.STANDARD_TOO_SHORT,)
    assert "standard 'middle' runs from" in result.reason[0]
    assert "[-20, 60]" in result.reason[0]
    assert np.isnan(result.fraction).all()
    scan = lcf.fit(mixture([0.2, 0.3, 0.5]), standards(), options(range_ev=(-300, 60)), E0_EV)
    assert scan.status == (ScanStatus.STANDARD_TOO_SHORT,)
    wide = [
        (
            n,
            t,
            replace_fields(
                s, energy_ev=np.where(s.energy_ev < 8200, s.energy_ev - 200, s.energy_ev)
            ),
        )
        for n, t, s in standards()
    ]
    scan = lcf.fit(mixture([0.2, 0.3, 0.5]), wide, options(range_ev=(-300, 60)), E0_EV)
    assert scan.status == (ScanStatus.WINDOW_OUTSIDE_SCAN,)


def test_ranges_that_are_not_covered_leave_the_model_sigma_to_the_others():
    cut = normalised(
        GRID_EV[GRID_EV < E0_EV + 62],
        np.array([0.2, 0.3, 0.5]) @ COMPONENTS[:, GRID_EV < E0_EV + 62],
    )
    result = lcf.fit(cut, standards(), options(), E0_EV)
    assert np.isnan(result.alternative_fraction[0, 3]).all()
    assert np.isfinite(result.alternative_fraction[0, :3]).all()
    assert np.isfinite(result.fraction_model_sigma).all()


def test_a_standard_without_a_good_scan():
    made = standards()
    made[0] = ("low", "Low", replace_fields(made[0][2], status=(ScanStatus.NO_EDGE,)))
    result = lcf.fit(mixture([[0.2, 0.3, 0.5]] * 2), made, options(), E0_EV)
    assert result.status == (ScanStatus.STANDARD_FAILED,) * 2
    assert "standard 'low' has no good scan" in result.reason[0]


def test_a_failed_scan_keeps_its_reason_and_the_others_go_on():
    sample = mixture([[0.2, 0.3, 0.5]] * 2)
    sample = replace_fields(
        sample,
        flattened=np.vstack([np.full(GRID_EV.size, np.nan), sample.flattened[1]]),
        status=(ScanStatus.NO_EDGE, ScanStatus.OK),
        reason=("no edge", ""),
    )
    result = lcf.fit(sample, standards(), options(), E0_EV)
    assert result.status == (ScanStatus.NO_EDGE, ScanStatus.OK)
    assert result.reason[0] == "no edge"
    assert np.isnan(result.fraction[0]).all()
    np.testing.assert_allclose(result.fraction[1], [0.2, 0.3, 0.5], atol=1e-9)


def test_nothing_in_common_with_the_standards():
    upside_down = normalised(GRID_EV, -COMPONENTS[0])
    result = lcf.fit(upside_down, standards(), options(), E0_EV)
    assert result.status == (ScanStatus.NOT_CONVERGED,)


def test_standards_that_are_alike_are_flagged():
    made = standards()
    twin = replace_fields(made[0][2], flattened=made[0][2].flattened * 1.0 + 1e-3 * COMPONENTS[1])
    pair = [made[0], ("twin", "Twin", twin)]
    result = lcf.fit(mixture([1.0, 0.0, 0.0]), pair, options(standards=["low", "twin"]), E0_EV)
    assert Flag.STANDARDS_ALIKE in result.flags[0]
    other = lcf.fit(
        mixture([0.5, 0.0, 0.5]), [made[0], made[2]], options(standards=["low", "high"]), E0_EV
    )
    assert Flag.STANDARDS_ALIKE not in other.flags[0]


def test_an_edge_above_the_highest_standard_is_flagged_not_clipped():
    charged = normalised(
        GRID_EV, np.vstack([edge(GRID_EV, E0_EV + 3.6, 0.45), COMPONENTS[2]]), noise=1e-4
    )
    result = lcf.fit(charged, standards(), options(), E0_EV)
    assert Flag.EDGE_ABOVE_HIGHEST_STANDARD in result.flags[0]
    assert Flag.EDGE_ABOVE_HIGHEST_STANDARD not in result.flags[1]


def test_several_scans_of_a_standard_are_averaged():
    rng = np.random.default_rng(4)
    many = COMPONENTS[0] + 0.01 * rng.normal(size=(400, GRID_EV.size))
    made = standards()
    made[0] = ("low", "Low", normalised(GRID_EV, many, noise=0.01))
    result = lcf.fit(mixture([0.2, 0.3, 0.5]), made, options(), E0_EV)
    np.testing.assert_allclose(result.fraction[0], [0.2, 0.3, 0.5], atol=2e-3)
    shifted = [GRID_EV + d for d in (-0.2, 0.1, 0.3)]
    made[0] = (
        "low",
        "Low",
        normalised(np.array(shifted), [edge(e, POSITIONS["low"]) for e in shifted]),
    )
    result = lcf.fit(mixture([0.2, 0.3, 0.5]), made, options(), E0_EV)
    np.testing.assert_allclose(result.fraction[0], [0.2, 0.3, 0.5], atol=2e-3)


@pytest.mark.parametrize("points", [0, 3])
def test_a_series_without_a_good_scan(points):
    nothing = np.full((2, points), np.nan)
    bad = {"status": (ScanStatus.UNREADABLE,) * 2, "reason": ("noise",) * 2}
    empty = normalised(nothing, nothing, reference_mu=nothing, **bad)
    result = lcf.fit(empty, standards(), options(), E0_EV)
    assert result.status == (ScanStatus.UNREADABLE,) * 2
    assert np.isnan(result.fraction).all()
    assert result.alternative_fraction.shape == (2, 4, 3)
    as_standard = [("low", "Low", empty), *standards()[1:]]
    failed = lcf.fit(mixture([0.2, 0.3, 0.5]), as_standard, options(), E0_EV)
    assert failed.status == (ScanStatus.STANDARD_FAILED,)
