"""Changes of a series from its records: the right quantity, what no line means, statuses in words."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.errors import AnalysisError
from pipeline.xrd.change_series import quantity_of
from pipeline.xrd.options import ChangeOptions, TransitionOptions
from pipeline.xrd.records import Flag, FrameStatus, LineStatus
from pipeline.xrd.transition_compare import compare
from pipeline.xrd.transitions import transitions

from . import build

HOT, CHARGE = build.heated(120), build.charged(40)


def followed(truth, **how):
    """Tracks whose areas follow the strengths alone, as of lines that keep their width, and limits that hold."""
    tracks = build.tracks(truth, **how)
    area = 149.0 * build.strength(truth)
    sigma = np.sqrt(1.0 + 0.02 * area)
    area = area + sigma * np.random.default_rng(7).normal(size=area.shape)
    bad = np.array([s is not FrameStatus.OK for s in tracks.status])
    absent = (area < 4 * sigma) & ~bad[:, None]
    gone = absent | bad[:, None]
    word = (LineStatus.FITTED, LineStatus.ABSENT)
    return replace(
        tracks,
        area_counts_deg=np.where(gone, np.nan, area),
        area_sigma_counts_deg=np.where(gone, np.nan, sigma),
        area_limit_counts_deg=np.where(absent, np.maximum(area, 0) + 1.645 * sigma, np.nan),
        line_status=tuple(tuple(word[int(a)] for a in row) for row in absent),
    )


def asked(against="temperature_c", **changes):
    return TransitionOptions(against=against, changes=changes)


def run(truth, against="temperature_c", tracks=None, cells=None, splittings=None, **changes):
    tracks = tracks or followed(truth)
    cells = cells or build.cells(truth)
    return transitions(tracks, cells, build.PHASE, asked(against, **changes), splittings)


LOSS = {"quantity": "area", "hkl": (0, 0, 3)}
RISE = {"quantity": "area", "hkl": (2, 2, 0), "phase": "spinel"}


def test_a_heating_run_has_its_loss_and_its_rise():
    """Both follow one logistic law: onset at 190 C, 50 C wide."""
    found = run(HOT, loss=LOSS, rise=RISE)
    assert found.status == (FrameStatus.OK, FrameStatus.OK)
    assert found.names == ("loss", "rise")
    assert found.quantity == ("area NMC 003", "area spinel 220")
    assert found.verdict == ("falls", "rises")
    for i in range(2):
        pull = (found.onset_of_covariate[i] - 190) / found.onset_sigma_of_covariate[i]
        assert abs(pull) < 4
        assert found.onset_sigma_of_covariate[i] < 3
        assert found.width_of_covariate[i] == pytest.approx(
            50, abs=4 * found.width_sigma_of_covariate[i]
        )
    assert found.step_ratio[0] == pytest.approx(-0.9, abs=0.05)
    assert found.step_ratio[1] == pytest.approx(1.0, abs=0.05)


def test_curves_go_from_0_to_1_and_points_scatter_about_them():
    found = run(HOT, loss=LOSS)
    assert found.fitted_ratio[0, 0] == pytest.approx(0, abs=0.01)
    assert found.fitted_ratio[0, -1] == pytest.approx(1, abs=0.01)
    pulls = (found.scaled_ratio - found.fitted_ratio) / found.scaled_sigma_ratio
    assert 0.7 < pulls.std() < 1.3


def test_a_line_that_is_not_there_counts_as_zero_with_the_sigma_of_its_limit():
    tracks = followed(HOT)
    found = quantity_of(ChangeOptions(**RISE), tracks, None, build.PHASE, {})
    absent = np.array([row[-1] is LineStatus.ABSENT for row in tracks.line_status])
    assert absent.sum() > 10
    np.testing.assert_array_equal(found.limit, absent)
    assert (found.value[absent] == 0).all()
    expected = tracks.area_limit_counts_deg[absent, -1] / 1.6448536
    np.testing.assert_allclose(found.sigma[absent], expected, rtol=1e-6)


def test_sigmas_are_scaled_to_the_scatter_of_the_fit():
    tracks = build.tracks(HOT)
    wide = replace(tracks, scatter_ratio=np.full_like(tracks.scatter_ratio, 2.0))
    one, two = (
        quantity_of(ChangeOptions(**LOSS), t, None, build.PHASE, {}) for t in (tracks, wide)
    )
    np.testing.assert_allclose(two.sigma, 2 * one.sigma)


def test_a_line_without_position_has_none():
    found = quantity_of(
        ChangeOptions(quantity="position", hkl=(2, 2, 0), phase="spinel"),
        build.tracks(HOT),
        None,
        build.PHASE,
        {},
    )
    assert np.isnan(found.value[:20]).all()
    assert not found.limit.any()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": "a"}, "a_angstrom"),
        ({"quantity": "c"}, "c_angstrom"),
        ({"quantity": "volume"}, "volume_angstrom3"),
        ({"quantity": "c_over_a"}, "c_over_a_ratio"),
    ],
)
def test_quantities_of_the_cell(change, field):
    cells = build.cells(HOT)
    found = quantity_of(ChangeOptions(**change), build.tracks(HOT), cells, build.PHASE, {})
    np.testing.assert_array_equal(found.value, getattr(cells, field))
    assert found.label == f"{change['quantity']} NMC"


def test_expansion_is_relative_to_the_cold_cell():
    model = {"model": "expansion", "range": (25, 180)}
    found = run(HOT, a={"quantity": "a", **model}, c={"quantity": "c", **model})
    for i, truth in enumerate((12e-6, 16e-6)):
        sigma = found.slope_sigma_per_covariate[i]
        assert found.slope_per_covariate[i] == pytest.approx(truth, abs=4 * sigma)
        assert sigma < 1e-6
    assert found.verdict == ("rises", "rises")
    assert np.isnan(found.onset_of_covariate).all()


def test_a_quantity_that_does_not_change_has_no_onset():
    found = run(HOT, a={"quantity": "a"})
    assert found.status == (FrameStatus.NO_CHANGE,)
    assert "sigma" in found.reason[0]
    assert np.isnan(found.onset_of_covariate[0])
    assert found.significance_ratio[0] < 3
    assert np.isnan(found.scaled_ratio).all()


def test_a_change_outside_the_range_says_so():
    found = run(HOT, rise={**RISE, "range": (25, 215)})
    assert found.status[0] is FrameStatus.NO_CHANGE or Flag.CHANGE_NOT_COMPLETE in found.flags[0]
    if found.status[0] is FrameStatus.NO_CHANGE:
        assert found.flags[0] == (Flag.CHANGE_OUTSIDE_RANGE,)


def test_lines_that_merge_split_by_nothing():
    """(108) and (110) as one line from frame 60 on: zero, with the sigma of the line's width."""
    tracks, cells = build.tracks(HOT), build.cells(HOT)
    words = [list(row) for row in tracks.line_status]
    position, splitting = tracks.position_deg.copy(), cells.splitting_deg.copy()
    for row in range(60, 120):
        words[row][5] = LineStatus.MERGED
        position[row, 5], splitting[row] = np.nan, np.nan
    tracks = replace(tracks, line_status=tuple(map(tuple, words)), position_deg=position)
    cells = replace(cells, splitting_deg=splitting)
    pair = {"s108_110": ((1, 0, 8), (1, 1, 0))}
    change = ChangeOptions(quantity="splitting", name="s108_110")
    found = quantity_of(change, tracks, cells, build.PHASE, pair)
    assert found.limit.sum() == 60
    assert (found.value[60:] == 0).all()
    # The width of (110) at 1.5406 A, where angles are 3.9 times as far apart.
    wide = tracks.fwhm_deg[60:, 6] * 3.9 / 2.3548
    np.testing.assert_allclose(found.sigma[60:], wide, rtol=0.1)
    made = run(HOT, tracks=tracks, cells=cells, splittings=pair, merging=change.model_dump())
    assert made.status == (FrameStatus.OK,)
    assert made.midpoint_of_covariate[0] == pytest.approx(HOT.covariates.temperature_c[60], abs=8)


def test_lines_that_come_near_may_swap_their_names_but_not_their_distance():
    """A frame where (108) was taken for (110): the splitting keeps its sign, a wide one keeps its own."""
    tracks, cells = build.tracks(HOT), build.cells(HOT)
    width = float(tracks.fwhm_deg[40, 6]) * 3.9
    splitting = cells.splitting_deg.copy()
    splitting[40], splitting[41], splitting[42] = -1.2 * width, 0.9 * width, -5.0
    pair = {"s108_110": ((1, 0, 8), (1, 1, 0))}
    change = ChangeOptions(quantity="splitting", name="s108_110")
    cells = replace(cells, splitting_deg=splitting)
    found = quantity_of(change, tracks, cells, build.PHASE, pair)
    assert found.value[40] == pytest.approx(1.2 * width)
    assert found.value[41] == pytest.approx(0.9 * width)
    assert found.value[42] == -5.0


def test_c_on_charge_rises_then_falls():
    found = run(CHARGE, "charge_mah", collapse={"quantity": "c", "model": "sequence"})
    assert found.status == (FrameStatus.OK,)
    sigma = found.onset_sigma_of_covariate[0]
    assert found.onset_of_covariate[0] == pytest.approx(0.75 * 2.2, abs=4 * sigma)
    assert found.midpoint_of_covariate[0] == found.onset_of_covariate[0]
    assert found.verdict[0].startswith("rises to 1.6")
    assert found.verdict[0].endswith("falls")
    assert found.step_ratio[0] < 0


def test_frames_stand_in_for_a_covariate():
    found = run(HOT, "frame", loss=LOSS)
    np.testing.assert_array_equal(found.at_of_covariate, np.arange(120))
    assert found.onset_of_covariate[0] == pytest.approx((190 - 25) / 475 * 119, abs=3)


def test_no_covariate_and_too_few_frames_have_words():
    found = run(HOT, "voltage_v", loss=LOSS)
    assert found.status == (FrameStatus.NO_COVARIATE,)
    assert found.reason == ("no frame has a voltage_v",)
    short = run(build.heated(6), loss=LOSS)
    assert short.status == (FrameStatus.TOO_FEW_FRAMES,)
    assert "6 frames" in short.reason[0]


def test_bad_frames_leave_the_others_alone():
    tracks = followed(HOT, bad=(3, 60))
    found = run(HOT, tracks=tracks, loss=LOSS)
    assert found.status == (FrameStatus.OK,)
    assert np.isnan(found.scaled_ratio[0, [3, 60]]).all()
    assert np.isfinite(np.delete(found.scaled_ratio[0], [3, 60])).all()


def test_what_is_not_there_is_refused_by_name():
    with pytest.raises(AnalysisError, match=r"line 'NMC 009' is not followed"):
        run(HOT, x={"quantity": "area", "hkl": (0, 0, 9)})
    with pytest.raises(AnalysisError, match=r"no splitting 's018'"):
        run(HOT, x={"quantity": "splitting", "name": "s018"})
    with pytest.raises(AnalysisError, match="needs cells"):
        transitions(build.tracks(HOT), None, "NMC", asked(x={"quantity": "a"}))


def test_two_samples_are_compared():
    early, late = run(HOT, loss=LOSS, rise=RISE), run(HOT, loss=LOSS)
    late = replace(
        late,
        onset_of_covariate=late.onset_of_covariate + 20,
        width_of_covariate=late.width_of_covariate + 60,
    )
    found = {d.quantity: d for d in compare({"conventional": early, "cg": late})}
    assert set(found) == {"onset", "midpoint", "end", "width"}
    onset = found["onset"]
    assert (onset.first, onset.second, onset.change) == ("conventional", "cg", "loss")
    assert onset.difference == pytest.approx(20)
    assert onset.sigma == pytest.approx(2**0.5 * early.onset_sigma_of_covariate[0])
    assert onset.verdict == "later"
    assert found["width"].verdict == "more gradual"
    assert found["midpoint"].verdict == "equal"


def test_other_models_and_covariates_are_not_compared():
    a = run(HOT, loss=LOSS)
    b = run(HOT, loss={**LOSS, "model": "broken_line"})
    assert not list(compare({"a": a, "b": b}))
    assert not list(compare({"a": a, "b": run(HOT, "frame", loss=LOSS)}))


@pytest.mark.parametrize("quantity", ["area", "position", "fwhm", "spacing"])
def test_a_line_that_holds_another_has_no_number_of_its_own(quantity):
    """Its area is that of both: where two lines merge, neither changes."""
    tracks = build.tracks(HOT)
    marks = tuple(
        tuple("lines_merged" if i >= 60 and k in (5, 6) else "-" for k in range(8))
        for i in range(120)
    )
    tracks = replace(tracks, line_flags=marks)
    change = ChangeOptions(quantity=quantity, hkl=(1, 1, 0))
    found = quantity_of(change, tracks, None, build.PHASE, {})
    assert np.isfinite(found.value[:60]).all()
    assert np.isnan(found.value[60:]).all()
    assert not found.limit.any()
