"""What is drawn are the record's numbers: gaps where there is none, arrows where there is a limit."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.path import Path as MarkerPath
from matplotlib.text import Text

from pipeline.core import style
from pipeline.xrd import figures as draw
from pipeline.xrd.figures.axis import goes_one_way
from pipeline.xrd.figures.maps import with_sigma
from pipeline.xrd.figures.marks import Marks, draw_marks, spread
from pipeline.xrd.figures.tracks import line_labels
from pipeline.xrd.figures.trends import MANY, Row, draw_row
from pipeline.xrd.fit_curve import fit_curve
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.records import CellSeries, FrameStatus
from tests.xrd import build

BAD = (10, 11)
HOT = build.heated(40)


@pytest.fixture
def made() -> Iterator[Figure]:
    with style.figure() as figure:
        yield figure


def words(ax: Axes) -> str:
    return " ".join(t.get_text() for t in ax.texts)


def bars(ax: Axes) -> list[ErrorbarContainer]:
    return [c for c in ax.containers if isinstance(c, ErrorbarContainer)]


def heights(container: ErrorbarContainer) -> np.ndarray[Any, Any]:
    """Half lengths of the error bars."""
    (lines,) = container.lines[2]
    ends = [s for s in lines.get_segments() if np.shape(s) == (2, 2) and np.isfinite(s).all()]
    return np.array([np.ptp(one[:, 1]) / 2 for one in ends])


def arrows(ax: Axes) -> list[Any]:
    return [line for line in ax.lines if isinstance(line.get_marker(), MarkerPath)]


def test_axis_of_angles_names_its_wavelength() -> None:
    assert draw.angle_label(1.5406) == "2θ (°) at 1.5406 Å"
    assert draw.angle_label(0.4522) == "2θ (°) at 0.4522 Å"


@pytest.mark.parametrize(
    ("value", "sigma", "text"),
    [
        (190.234, 1.13, "190.2 ± 1.1"),
        (14.2031, 0.0004, "14.20310 ± 0.00040"),
        (250.0, 33.0, "250 ± 33"),
        (3.0, np.nan, "3"),
    ],
)
def test_digits_follow_the_sigma(value: float, sigma: float, text: str) -> None:
    assert with_sigma(value, sigma) == text


def test_axis_is_what_the_study_asks_for_else_what_varies() -> None:
    assert draw.choose_axis([HOT.covariates]) == "temperature_c"
    assert draw.choose_axis([HOT.covariates], "time_s") == "time_s"
    assert draw.choose_axis([HOT.covariates], "voltage_v") == "temperature_c"
    assert draw.choose_axis([HOT.covariates], "frame") == "frame"
    assert draw.choose_axis([build.at_rest(3).covariates]) == "frame"
    hours = draw.places(HOT.covariates, "time_s")
    np.testing.assert_allclose(hours, HOT.covariates.time_s / 3600)


def test_a_run_that_heats_and_cools_is_laid_out_by_frames() -> None:
    there_and_back = np.r_[np.linspace(25, 500, 30), np.linspace(500, 25, 30)]
    noisy = np.linspace(25, 500, 60) + np.random.default_rng(1).normal(0, 1.0, 60)
    assert not goes_one_way(there_and_back)
    assert goes_one_way(noisy)
    assert goes_one_way(noisy[::-1])
    series = build.converted(build.heated(60), n_points=300)
    covariates = build.with_known(60, temperature_c=there_and_back)
    back = replace(series, measured=replace(series.measured, covariates=covariates))
    assert draw.map_axis(series, "temperature_c") == "temperature_c"
    assert draw.map_axis(back, "temperature_c") == "frame"


@pytest.mark.parametrize("seed", range(5))
def test_labels_are_spread_as_little_as_it_takes(seed: int) -> None:
    random = np.random.default_rng(seed)
    places = np.sort(random.uniform(0, 10, 12))
    moved = spread(places, 0.7, 0.0, 10.0)
    assert (np.diff(moved) >= 0.7 - 1e-9).all()
    assert moved[0] >= -1e-9
    assert moved[-1] <= 10 + 1e-9
    other = np.sort(random.uniform(0, 10 - 11 * 0.7, 12)) + 0.7 * np.arange(12)
    assert ((moved - places) ** 2).sum() <= ((other - places) ** 2).sum()
    together = spread(np.array([5.0, 5.0, 5.0]), 0.7, 0.0, 10.0)
    np.testing.assert_allclose(together, [4.3, 5.0, 5.7])
    far = np.array([1.0, 4.0, 9.0])
    np.testing.assert_array_equal(spread(far, 0.7, 0.0, 10.0), far)
    tight = spread(np.full(30, 5.0), 0.7, 0.0, 10.0)
    np.testing.assert_allclose(tight, np.linspace(0, 10, 30))


def test_no_two_indices_overlap_on_the_page(made: Figure) -> None:
    ax = made.subplots()
    ax.set_xlim(15, 70)
    close = np.array([18.0, 36.5, 37.6, 37.7, 38.0, 44.0, 63.9, 64.0, 69.9])
    draw_marks(
        ax, [Marks("NMC", tuple("abcdefghi"), close), Marks("out", ("x",), np.array([99.0]))]
    )
    made.canvas.draw()
    boxes = [Text.get_window_extent(t) for t in ax.texts]  # without the line to the angle
    assert len(boxes) == close.size
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


def test_stack_shows_each_pattern_over_its_largest(made: Figure) -> None:
    series = build.converted(HOT, bad=BAD)
    frames = draw.some_frames(series, 5)
    assert frames[0] == 0
    assert frames[-1] == 39
    assert not set(frames) & set(BAD)
    curves = [draw.curve_of(series, i, f"frame {i}") for i in frames]
    ax = made.subplots()
    draw.draw_stack(ax, curves, 1.5406, [Marks("NMC", ("003",), np.array([18.7]))], in_order=True)
    drawn = [line for line in ax.lines if len(line.get_xdata()) > 10]
    assert len(drawn) == 5
    for i, (line, curve) in enumerate(zip(drawn, curves, strict=True)):
        np.testing.assert_array_equal(line.get_xdata(), curve.two_theta_deg)
        y = line.get_ydata()
        assert y.max() - 0.72 * i == pytest.approx(1.0)
        assert y.argmax() == curve.counts.argmax()
    assert ax.get_xlabel() == "2θ (°) at 1.5406 Å"
    assert {"003", "NMC", "frame 0"} <= {t.get_text() for t in ax.texts}


def test_window_compares_on_one_scale(made: Figure) -> None:
    angles = np.linspace(17.5, 20.0, 101)
    peak = np.exp(-0.5 * ((angles - 18.7) / 0.05) ** 2)
    curves = [
        draw.Curve("before", angles, 100 + 1000 * peak, scale_counts=500.0),
        draw.Curve("after", angles, 100 + 400 * peak, scale_counts=500.0),
    ]
    ax = made.subplots()
    draw.draw_window(ax, curves, (18.0, 19.5))
    before, after = ax.lines
    assert before.get_ydata().max() == pytest.approx(2.0, abs=1e-3)
    assert after.get_ydata().max() == pytest.approx(0.8, abs=1e-3)
    assert before.get_xdata().min() >= 18.0
    assert before.get_xdata().max() <= 19.5


def test_lines_are_drawn_with_their_sigmas_and_gaps(made: Figure) -> None:
    tracks = build.tracks(HOT, bad=BAD)
    shift, width, area = made.subplots(3, 1)
    draw.draw_tracks((shift, width, area), tracks, "temperature_c", build.transitions(HOT))
    for j, container in enumerate(bars(shift)):
        position = tracks.position_target_deg[:, j]
        first = position[np.isfinite(position)][0]
        np.testing.assert_allclose(container.lines[0].get_ydata(), position - first)
        np.testing.assert_array_equal(container.lines[0].get_xdata(), HOT.covariates.temperature_c)
        assert np.isnan(container.lines[0].get_ydata()[list(BAD)]).all()
        sigma = tracks.position_target_sigma_deg[:, j]
        np.testing.assert_allclose(heights(container), sigma[np.isfinite(sigma)])
    for j, container in enumerate(bars(width)):
        np.testing.assert_array_equal(container.lines[0].get_ydata(), tracks.fwhm_deg[:, j])
    for j, container in enumerate(bars(area)):
        own = tracks.area_counts_deg[:, j]
        np.testing.assert_allclose(container.lines[0].get_ydata(), own / np.nanmax(own))
    labels = [t.get_text() for t in made.legends[0].get_texts()]
    assert labels[0].startswith("003 (18.6")
    assert shift.get_ylabel().endswith("1.5406 Å")
    assert area.get_xlabel() == "temperature (°C)"


def test_limits_of_absent_lines_are_arrows_at_the_limit(made: Figure) -> None:
    tracks = build.tracks(HOT, bad=BAD)
    axes = made.subplots(3, 1)
    draw.draw_tracks(axes, tracks, "temperature_c")
    drawn = arrows(axes[2])
    limited = np.flatnonzero(np.isfinite(tracks.area_limit_counts_deg).any(axis=0))
    assert len(drawn) == limited.size > 0
    for line, j in zip(drawn, limited, strict=True):
        limit = tracks.area_limit_counts_deg[:, j] / np.nanmax(tracks.area_counts_deg[:, j])
        np.testing.assert_allclose(line.get_ydata(), limit[np.isfinite(limit)])
    assert not arrows(axes[0])


def test_a_line_that_was_never_there_is_named_so(made: Figure) -> None:
    cold = replace(HOT, changed=np.zeros(40))
    axes = made.subplots(3, 1)
    draw.draw_tracks(axes, build.tracks(cold), "temperature_c")
    labels = [t.get_text() for t in made.legends[0].get_texts()]
    assert "spinel 220 (absent)" in labels


def test_onsets_are_drawn_where_they_are_in_their_panels(made: Figure) -> None:
    changes = build.transitions(HOT)
    axes = made.subplots(3, 1)
    draw.draw_tracks(axes, build.tracks(HOT), "temperature_c", changes)

    def upright(ax: Axes) -> list[float]:
        return [ln.get_xdata()[0] for ln in ax.lines if ln.get_linestyle() == "--"]

    assert upright(axes[2]) == pytest.approx([190.0, 187.0])
    assert upright(axes[0]) == []
    (band, _) = axes[2].patches
    assert band.get_x() == pytest.approx(190.0 - 1.1)
    assert band.get_width() == pytest.approx(2.2)


def test_times_are_hours_and_so_are_onsets(made: Figure) -> None:
    changes = replace(
        build.transitions(HOT),
        covariate="time_s",
        onset_of_covariate=np.array([3600.0, np.nan, np.nan]),
        onset_sigma_of_covariate=np.array([360.0, np.nan, np.nan]),
    )
    axes = made.subplots(3, 1)
    draw.draw_tracks(axes, build.tracks(HOT), "time_s", changes)
    assert axes[2].get_xlabel() == "time (h)"
    (onset,) = [ln.get_xdata()[0] for ln in axes[2].lines if ln.get_linestyle() == "--"]
    assert onset == pytest.approx(1.0)


def test_cells_are_drawn_with_sigma_and_model_sigma(made: Figure) -> None:
    cells = build.cells(HOT, bad=BAD)
    assert draw.panel_count(cells) == 5
    axes = list(made.subplots(5, 1))
    draw.draw_cells(axes, [draw.NamedCell("hot", cells)])
    shown = (
        ("a (Å)", cells.a_angstrom, cells.a_sigma_angstrom),
        ("c (Å)", cells.c_angstrom, cells.c_sigma_angstrom),
        ("V (Å³)", cells.volume_angstrom3, cells.volume_sigma_angstrom3),
        ("i003_i104", cells.intensity_ratio[:, 0], cells.intensity_sigma_ratio[:, 0]),
        ("s108_110 (°)", cells.splitting_deg[:, 0], cells.splitting_sigma_deg[:, 0]),
    )
    for ax, (label, values, sigma) in zip(axes, shown, strict=True):
        assert ax.get_ylabel() == label
        (container,) = bars(ax)
        np.testing.assert_array_equal(container.lines[0].get_ydata(), values)
        there = np.isfinite(values)
        np.testing.assert_allclose(heights(container), sigma[there])
        assert not there[list(BAD)].any()
    assert len(axes[0].collections) == 2  # the bars, and the band of the model sigma
    low, high = axes[0].get_ylim()
    assert high - low < 2 * np.ptp(cells.a_angstrom[np.isfinite(cells.a_angstrom)])


def test_c_rises_then_falls_against_charge(made: Figure) -> None:
    axes = list(made.subplots(5, 1))
    draw.draw_cells(axes, [draw.NamedCell("cell", build.cells(build.charged()))])
    c = bars(axes[1])[0].lines[0].get_ydata()
    assert 0 < c.argmax() < c.size - 1
    assert axes[-1].get_xlabel() == "charge passed (mA h)"


def test_single_patterns_stand_side_by_side_under_their_names(made: Figure) -> None:
    named = [
        draw.NamedCell(label, build.cells(build.at_rest(), seed=i))
        for i, label in enumerate(("RAW", "UXD", "dat"))
    ]
    axes = list(made.subplots(5, 1))
    draw.draw_cells(axes, named)
    at = [c.lines[0].get_xdata()[0] for c in bars(axes[0]) if len(c.lines[0].get_xdata())]
    assert sorted(set(at)) == [0, 1, 2]
    assert [t.get_text() for t in axes[-1].get_xticklabels()] == ["RAW", "UXD", "dat"]


def test_two_states_are_told_apart_by_name_though_their_cycles_differ(made: Figure) -> None:
    def cells(cycle: float) -> CellSeries:
        return replace(
            build.cells(build.at_rest()), covariates=build.with_known(1, cycle=np.array([cycle]))
        )

    def ticks(cycles: tuple[float, ...]) -> list[str]:
        axes = list(made.subplots(5, 1))
        draw.draw_cells(axes, [draw.NamedCell(f"{c:.0f} cycles", cells(c)) for c in cycles])
        return [t.get_text() for t in axes[-1].get_xticklabels()] + [axes[-1].get_xlabel()]

    assert ticks((0.0, 200.0)) == ["0 cycles", "200 cycles", ""]
    assert ticks((0.0, 100.0, 200.0))[-1] == "cycle"


def test_a_quantity_that_was_not_found_says_so_in_its_panel(made: Figure) -> None:
    cells = build.cells(HOT)
    none = replace(cells, splitting_deg=np.full((40, 1), np.nan))
    axes = list(made.subplots(5, 1))
    draw.draw_cells(axes, [draw.NamedCell("hot", none)])
    assert words(axes[-1]) == "not found"
    assert words(axes[0]) == ""


def test_lines_of_the_first_phase_go_by_their_indices() -> None:
    labels = line_labels(build.tracks(HOT))
    assert labels[0] == "003"
    assert labels[-1] == "spinel 220"


def test_fit_shows_data_model_and_the_residual_in_sigmas(made: Figure) -> None:
    series, tracks = build.converted(HOT), build.tracks(HOT)
    curve = fit_curve(series, tracks, 3, 2, TrackOptions(window_deg=0.3))
    assert curve is not None
    ax, rest = made.subplots(2, 1)
    draw.draw_fit(ax, rest, curve, tracks)
    data, fit = ax.lines[:2]
    inside = np.isin(series.measured.two_theta_deg[3], data.get_xdata())
    np.testing.assert_array_equal(data.get_ydata(), series.measured.intensity_counts[3, inside])
    residual = rest.lines[1].get_ydata()
    np.testing.assert_allclose(
        residual, (data.get_ydata() - fit.get_ydata()) / np.sqrt(fit.get_ydata())
    )
    assert "at 0.4522 Å" in rest.get_xlabel()


def test_williamson_hall_draws_breadths_and_the_line(made: Figure) -> None:
    result = build.broadening(30.0, 0.2)
    ax = made.subplots()
    draw.draw_williamson_hall(ax, [draw.NamedBroadening("milled", result)])
    (container,) = bars(ax)
    theta = np.radians(result.two_theta_deg[0] / 2)
    x, y = container.lines[0].get_data()
    np.testing.assert_allclose(x, 4 * np.sin(theta))
    np.testing.assert_allclose(y, 1e3 * np.radians(result.breadth_deg[0]) * np.cos(theta))
    ends = next(line for line in ax.lines if len(line.get_xdata()) == 2).get_ydata()
    assert ends[0] == pytest.approx(1e3 * 0.94 * 1.5406 / 300)
    far = next(line for line in ax.lines if len(line.get_xdata()) == 2).get_xdata()[1]
    assert (ends[1] - ends[0]) / far == pytest.approx(1e3 * 0.002)
    assert "milled:\n30.00 ± 0.90 nm, 0.200 ± 0.010 %" in made.legends[0].get_texts()[0].get_text()


def test_changes_of_two_samples_stand_in_one_panel(made: Figure) -> None:
    named = [
        draw.NamedChanges("conventional", build.transitions(HOT)),
        draw.NamedChanges("CG", build.transitions(HOT, later_c=60.0)),
    ]
    assert draw.change_names(named) == ("spinel_rise", "loss_of_003", "c_jump")
    axes = list(made.subplots(3, 1))
    draw.draw_changes_of(axes, named)
    for container, one in zip(bars(axes[0]), named, strict=True):
        np.testing.assert_array_equal(container.lines[0].get_ydata(), one.changes.scaled_ratio[0])
    texts = [t.get_text() for t in axes[0].get_legend().get_texts()]
    assert texts == ["190.0 ± 1.1", "250.0 ± 1.1"]
    assert "conventional: 0.4 sigma" in words(axes[2])  # no change: the reason stands there
    assert axes[2].get_xlim() == axes[0].get_xlim()


def test_an_expansion_gives_its_slope_and_a_sequence_its_words(made: Figure) -> None:
    changes = build.transitions(HOT)
    none = np.full(3, np.nan)
    changes = replace(
        changes,
        models=("expansion", "sequence", "logistic"),
        onset_of_covariate=none,
        slope_per_covariate=np.array([12.34e-6, np.nan, np.nan]),
        slope_sigma_per_covariate=np.array([0.11e-6, np.nan, np.nan]),
        verdict=("rises", "rises to 0.48, falls", ""),
    )
    axes = list(made.subplots(3, 1))
    draw.draw_changes_of(axes, [draw.NamedChanges("x", changes)])
    assert [t.get_text() for t in axes[0].get_legend().get_texts()] == ["12.34 ± 0.11"]
    assert axes[0].get_title(loc="left") == "spinel rise (10$^{-6}$ / K)"
    assert words(axes[1]) == "rises to 0.48, falls"


def test_long_series_are_an_image_on_the_page(made: Figure) -> None:
    ax = made.subplots()
    n = MANY + 1
    limits = np.where(np.arange(n) % 2, 1.0, np.nan)
    draw_row(ax, Row("", np.arange(n, dtype=float), np.ones(n), np.ones(n), limits), "k", "o")
    assert bars(ax)[0].lines[0].get_rasterized()
    assert len(arrows(ax)[0].get_xdata()) <= 25


@pytest.mark.parametrize("what", ["tracks", "cells", "fit", "stack", "widths", "map", "window"])
def test_what_failed_says_so_in_the_plot(made: Figure, what: str) -> None:
    every = tuple(range(40))
    axes = list(made.subplots(5, 1))
    tracks = build.tracks(HOT, bad=every)
    series = build.converted(HOT, bad=every, n_points=50)
    if what == "tracks":
        draw.draw_tracks(axes[:3], tracks, "temperature_c")
    elif what == "cells":
        draw.draw_cells(axes, [draw.NamedCell("hot", build.cells(HOT, bad=every))])
    elif what == "fit":
        draw.draw_fit(axes[0], axes[1], None, tracks)
    elif what == "stack":
        assert draw.some_frames(series, 5) == []
        draw.draw_stack(axes[0], [], 1.5406)
    elif what == "widths":
        none = replace(build.broadening(30.0, 0.2), breadth_deg=np.full((1, 8), np.nan))
        draw.draw_williamson_hall(axes[0], [draw.NamedBroadening("x", none)])
    elif what == "map":
        draw.draw_map(axes[0], series, "temperature_c")
    else:
        draw.draw_window(axes[0], [draw.Curve("x", np.arange(9.0), np.ones(9))], (20.0, 30.0))
    assert words(axes[0])
    assert "no " in words(axes[0]) or "fewer" in words(axes[0])


def test_a_size_beyond_measure_is_a_line_through_zero(made: Figure) -> None:
    result = replace(
        build.broadening(30.0, 0.2),
        size_nm=np.array([np.nan]),
        size_sigma_nm=np.array([np.nan]),
        status=(FrameStatus.OK,),
    )
    ax = made.subplots()
    draw.draw_williamson_hall(ax, [draw.NamedBroadening("x", result)])
    straight = next(line for line in ax.lines if len(line.get_xdata()) == 2)
    assert straight.get_ydata()[0] == 0.0
