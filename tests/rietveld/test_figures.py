"""What is drawn are the records' numbers: gaps where there is none, ticks where reflections are."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from pipeline.core import style
from pipeline.core.quantities import Quantities
from pipeline.rietveld import figures as draw
from pipeline.rietveld.figures.thin import kept_points, thinned
from tests.rietveld import build
from tests.rietveld.drawn import line, words

WIDE = 175 / 85
TWO = build.refinements(refused={1: build.MINIMA}, step_deg=0.05)
GOOD = draw.refined_pattern(TWO, 0, "C-NCM96")
BAD = draw.refined_pattern(TWO, 1, "C-NCM96")
MIXED = build.refinements(weights_percent={"NCM": 80.0, "NiO": 20.0}, step_deg=0.1)


@pytest.fixture
def made() -> Iterator[Figure]:
    with style.figure(0.5, WIDE) as figure:
        yield figure


@pytest.mark.parametrize("columns", [1, 7, 100, 1100])
def test_thinning_keeps_every_extreme(columns: int) -> None:
    values = GOOD.observed_counts
    kept = kept_points(values, columns)
    assert kept.size <= max(2 * columns, 2)
    assert (np.diff(kept) > 0).all()
    assert values[kept].max() == values.max()
    assert values[kept].min() == values.min()
    edges = np.linspace(0, values.size, columns + 1).astype(int)
    if values.size > 2 * columns:  # each column of the page keeps its own peak
        for start, stop in pairwise(edges):
            inside = kept[(kept >= start) & (kept < stop)]
            assert values[inside].max() == values[start:stop].max()
            assert values[inside].min() == values[start:stop].min()


def test_a_short_curve_is_drawn_whole_and_nan_is_not() -> None:
    values = np.array([1.0, np.nan, 3.0, 2.0])
    assert kept_points(values, 10).tolist() == [0, 2, 3]
    assert kept_points(np.full(5, np.nan), 10).size == 0
    with pytest.raises(ValueError, match="0 columns"):
        kept_points(values, 0)


def test_no_line_is_drawn_across_angles_that_were_left_out() -> None:
    angle = np.r_[np.arange(10, 20, 0.1), np.arange(30, 40, 0.1)]
    at, values = thinned(angle, np.sin(angle), 1000)
    (gap,) = np.flatnonzero(np.isnan(values))
    assert at[gap - 1] < 20 < at[gap] < 30 <= at[gap + 1]
    assert at.size == angle.size + 1
    even, _ = thinned(np.arange(10, 20, 0.1), np.ones(100), 1000)
    assert even.size == 100


# the refinement plot


def test_main_panel_shows_the_pattern(made: Figure) -> None:
    ax = made.subplots()
    draw.draw_curves(ax, GOOD, (10.0, 130.0))
    x, y = line(ax, "observed")
    np.testing.assert_array_equal(y, GOOD.observed_counts[np.searchsorted(GOOD.two_theta_deg, x)])
    assert y.max() == GOOD.observed_counts.max()
    x, y = line(ax, "calculated")
    np.testing.assert_array_equal(
        y, TWO.calculated_counts[0][np.searchsorted(GOOD.two_theta_deg, x)]
    )
    x, y = line(ax, "background")
    np.testing.assert_array_equal(
        y, TWO.background_counts[0][np.searchsorted(GOOD.two_theta_deg, x)]
    )


def test_difference_has_the_scale_of_the_pattern_and_lies_below(made: Figure) -> None:
    ax = made.subplots()
    draw.draw_curves(ax, GOOD, (10.0, 130.0))
    x, y = line(ax, "difference")
    at = np.searchsorted(GOOD.two_theta_deg, x)
    exact = (TWO.observed_counts[0] - TWO.calculated_counts[0])[at]
    offset = y - exact
    np.testing.assert_allclose(offset, offset[0], atol=1e-6)
    low, high = ax.get_ylim()
    assert low < y.min()
    assert y.max() < 0 < GOOD.observed_counts.max() < high
    assert min(ax.get_yticks()) >= 0  # rows below have no height


def test_ticks_stand_at_the_reflections_of_each_phase(made: Figure) -> None:
    ax = made.subplots()
    pattern = draw.refined_pattern(MIXED, 1, "mixture")
    draw.draw_curves(ax, pattern, (10.0, 130.0))
    rows = [c for c in ax.collections if isinstance(c, LineCollection)]
    table = MIXED.reflections
    heights = []
    for collection, phase in zip(rows, MIXED.phases, strict=True):
        mine = (table.row_index == 1) & np.array([p == phase for p in table.phase])
        segments = [np.asarray(s) for s in collection.get_segments()]
        np.testing.assert_array_equal([s[0, 0] for s in segments], table.two_theta_deg[mine])
        heights.append((segments[0][:, 1].min(), segments[0][:, 1].max()))
    assert heights[1][1] < heights[0][0] < heights[0][1] < 0  # one row under the other
    assert line(ax, "difference")[1].max() < heights[1][0]


def test_enlarged_part_shows_what_the_main_panel_has(made: Figure) -> None:
    (main, enlarged), (rest, enlarged_rest) = made.subplots(2, 2)
    draw.draw_refinement(main, rest, enlarged, enlarged_rest, GOOD)
    low, high = enlarged.get_xlim()
    assert (low, high) == draw.high_angles(GOOD)
    inside = (GOOD.two_theta_deg >= low) & (GOOD.two_theta_deg <= high)
    for ax, part in ((main, np.ones_like(inside)), (enlarged, inside)):
        x, y = line(ax, "observed")
        assert set(y) <= set(GOOD.observed_counts[part])
        assert y.max() == GOOD.observed_counts[part].max()
        assert x.max() == GOOD.two_theta_deg[part].max()
    assert enlarged.get_ylim()[1] < 0.3 * main.get_ylim()[1]
    assert GOOD.observed_counts[inside].max() < enlarged.get_ylim()[1]
    ratio = (GOOD.observed_counts - GOOD.calculated_counts) / GOOD.sigma_counts
    drawn = next(one for one in rest.lines if np.size(one.get_ydata()) > 2)
    assert np.max(np.asarray(drawn.get_ydata())) == ratio.max()
    assert rest.get_xlim() == main.get_xlim()
    assert enlarged_rest.get_xlim() == (low, high)


def test_enlarged_part_has_lines_and_cuts_none() -> None:
    low, high = draw.high_angles(GOOD)
    at = GOOD.ticks[0].two_theta_deg
    assert low > 65
    assert ((at > low) & (at < high)).sum() >= 3
    near = np.abs(GOOD.two_theta_deg - low) < 1.0
    calculated = GOOD.calculated_counts
    start = np.searchsorted(GOOD.two_theta_deg, low)
    assert calculated[start] < calculated[near].min() * 1.2


def test_enlarged_part_reaches_down_to_lines_and_ends_after_the_last() -> None:
    few = replace(GOOD, ticks=(draw.Ticks("NCM", np.array([20.0, 38.0, 44.0, 60.0])),))
    low, high = draw.high_angles(few)
    assert low < 38.0
    assert 60.0 < high < 70.0
    low, high = draw.high_angles(replace(GOOD, ticks=()))
    assert low == pytest.approx(70, abs=3)
    assert high == GOOD.two_theta_deg[-1]
    without = replace(BAD, calculated_counts=np.full(BAD.two_theta_deg.size, np.nan), ticks=())
    assert draw.high_angles(without)[1] == GOOD.two_theta_deg[-1]


def test_a_strong_line_at_the_beginning_does_not_set_the_scale() -> None:
    low, _ = draw.high_angles(GOOD)
    strong = 3e4 / (1 + ((GOOD.two_theta_deg - low - 4) / 0.2) ** 2)
    found = draw.high_angles(replace(GOOD, calculated_counts=GOOD.calculated_counts + strong))
    assert low + 4 < found[0] < 100
    far = 3e4 / (1 + ((GOOD.two_theta_deg - 120) / 0.2) ** 2)
    found = draw.high_angles(replace(GOOD, calculated_counts=GOOD.calculated_counts + far))
    assert found[0] == pytest.approx(low, abs=3)  # one at the end would


def test_numbers_are_said_with_their_esd() -> None:
    value, sigma = (v[0] for v in TWO.derived.column("NCM.mixing_percent"))
    assert sigma == pytest.approx(0.08)
    assert GOOD.said[0] == "rietx 1.10.0"
    assert GOOD.said[1] == f"$R_{{wp}}$ {TWO.rwp_percent[0]:.2f} %, GOF {TWO.gof[0]:.2f}"
    assert GOOD.said[2] == f"mixing {value:.2f}(8) %"
    said = draw.refined_pattern(MIXED, 0, "").said
    assert said[-2].startswith("NCM by weight ")
    assert said[-1].startswith("NiO by weight ")
    assert draw.engine_label("gsas2", "2.0.0") == "GSAS-II 2.0.0"


def test_a_mixing_that_was_not_refined_is_not_said() -> None:
    table = TWO.derived
    none = Quantities(table.names, table.value, np.full(table.sigma.shape, np.nan))
    said = draw.refined_pattern(replace(TWO, derived=none), 0, "").said
    assert not any("mixing" in one for one in said)


def test_a_refused_refinement_is_grey_and_says_why(made: Figure) -> None:
    (main, enlarged), (rest, enlarged_rest) = made.subplots(2, 2)
    draw.draw_refinement(main, rest, enlarged, enlarged_rest, BAD)
    assert f"refused: {build.MINIMA.reason}" in words(main)
    assert not any("mixing" in one for one in BAD.said)  # no plain number
    for ax in (main, enlarged):
        assert {one.get_color() for one in ax.lines} == {style.GREY}


@pytest.mark.parametrize("refusal", [build.NO_ENGINE, build.NO_FRAME])
def test_without_curve_or_pattern_the_reason_stands(made: Figure, refusal: build.Refusal) -> None:
    found = build.refinements(refused={0: refusal}, step_deg=0.1)
    pattern = draw.refined_pattern(found, 0, "C-NCM96")
    (main, enlarged), (rest, enlarged_rest) = made.subplots(2, 2)
    draw.draw_refinement(main, rest, enlarged, enlarged_rest, pattern)
    assert refusal.reason in words(main)
    labels = {one.get_label() for one in main.lines}
    assert "calculated" not in labels
    assert ("observed" in labels) == pattern.has_data
    if pattern.has_data:
        assert "no calculated pattern" in words(rest)


def test_a_record_without_curves_is_drawn(made: Figure) -> None:
    """Where no row has a curve, the writer of the record may have left the columns out."""
    none = np.empty((TWO.n_rows, 0))
    pattern = draw.refined_pattern(
        replace(TWO, calculated_counts=none, background_counts=none), 1, ""
    )
    assert np.isnan(pattern.calculated_counts).all()
    draw.draw_refinements(made, [pattern], np.nan)
    assert made.axes[-1].get_xlabel() == "2θ (°)"


def test_a_row_that_failed_and_is_longer_takes_no_curve_from_the_others() -> None:
    """Curves have as many columns as the longest that an engine gave."""
    short = TWO.two_theta_deg.shape[1] - 40
    angle = TWO.two_theta_deg.copy()
    angle[0, short:] = np.nan
    found = replace(
        TWO,
        two_theta_deg=angle,
        calculated_counts=TWO.calculated_counts[:, :short],
        background_counts=TWO.background_counts[:, :short],
    )
    whole, cut = (draw.refined_pattern(found, row, "") for row in (0, 1))
    np.testing.assert_array_equal(whole.calculated_counts, TWO.calculated_counts[0, :short])
    assert whole.two_theta_deg.size == short
    assert np.isnan(cut.calculated_counts).sum() == 40


def test_standard_shows_its_ticks_and_its_zero(made: Figure) -> None:
    profiles = build.instrument_profiles(refused={1: build.NO_ENGINE})
    pattern = draw.calibrated_pattern(profiles, 0, "LaB6")
    assert profiles.reflections is not None
    own = profiles.reflections.row_index == 0
    np.testing.assert_array_equal(
        pattern.ticks[0].two_theta_deg, profiles.reflections.two_theta_deg[own]
    )
    assert any(one.startswith("zero 0.00080(4)") for one in pattern.said)
    assert draw.calibrated_pattern(profiles, 1, "").refused == build.NO_ENGINE.reason
    assert draw.calibrated_pattern(replace(profiles, reflections=None), 0, "").ticks == ()
    none = np.empty((2, 0))
    curves: Any = dict.fromkeys(
        ("two_theta_deg", "observed_counts", "sigma_counts", "calculated_counts"), none
    )
    empty = replace(profiles, background_counts=none, **curves)
    assert not draw.calibrated_pattern(empty, 1, "").has_data
    draw.draw_refinements(made, [pattern], profiles.wavelength_angstrom)
    assert made.axes[-1].get_xlabel() == "2θ (°) at 1.546 Å"


def test_lines_that_reach_up_make_the_panel_higher(made: Figure) -> None:
    (main, enlarged), (rest, enlarged_rest) = made.subplots(2, 2)
    strong = 2e4 / (1 + ((GOOD.two_theta_deg - 115) / 0.5) ** 2)
    high = replace(GOOD, observed_counts=GOOD.observed_counts + strong)
    draw.draw_refinement(main, rest, enlarged, enlarged_rest, high)
    (bottom, top), tallest = main.get_ylim(), high.observed_counts.max()
    assert top - 0.25 * (top - bottom) > tallest
    assert max(main.get_yticks()) <= tallest


@pytest.mark.parametrize("pattern", [GOOD, BAD, draw.refined_pattern(MIXED, 0, "mixture")])
def test_no_labels_collide_and_words_stay_inside(pattern: draw.FittedPattern) -> None:
    with style.figure(draw.page_height(1), WIDE) as page:
        draw.draw_refinements(page, [pattern], 1.546)
        page.draw_without_rendering()
        for ax in page.axes:
            for labels in (ax.get_yticklabels(), ax.get_xticklabels()):
                boxes = [t.get_window_extent() for t in labels if t.get_text() and t.get_visible()]
                for one, other in pairwise(boxes):
                    assert not one.overlaps(other)
            frame = ax.get_window_extent()
            texts = [t.get_window_extent() for t in ax.texts]
            assert all(frame.x0 <= t.x0 and t.x1 <= frame.x1 and t.y0 >= frame.y0 for t in texts)
            for one, other in pairwise(texts):
                assert one.y0 >= other.y1 - 2  # the reason stands below the numbers
