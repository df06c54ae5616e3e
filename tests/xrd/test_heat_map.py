"""The image of a long series: means of what was measured, blank where nothing was."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from pipeline.core import style
from pipeline.xrd import figures as draw
from pipeline.xrd.figures.heat_map import heat_map
from tests.xrd import build


def shared(x: np.ndarray, n: int) -> np.ndarray:
    return np.broadcast_to(x, (n, x.size))


def test_each_dot_is_the_mean_of_the_points_it_covers() -> None:
    random = np.random.default_rng(1)
    counts = random.uniform(0, 100, (40, 90))
    image = heat_map(shared(np.arange(90.0), 40), counts, np.arange(40.0), columns=9, rows=4)
    assert image is not None
    edges = np.linspace(0, 89, 10)
    column = np.clip(np.searchsorted(edges, np.arange(90.0), side="right") - 1, 0, 8)
    blocks = counts.reshape(4, 10, 90).mean(axis=1)
    expected = np.stack([blocks[:, column == k].mean(axis=1) for k in range(9)], axis=1)
    inner = slice(0, 8)  # the last point sits on the last edge
    np.testing.assert_allclose(image.counts[:, inner], expected[:, inner])
    assert image.two_theta_deg == (0.0, 89.0)
    assert image.at_of_covariate == (-0.5, 39.5)


def test_frames_on_grids_of_their_own_give_the_same_image() -> None:
    counts = np.random.default_rng(2).uniform(0, 100, (5, 60))
    x, at = np.linspace(10, 40, 60), np.arange(5.0)
    one = heat_map(shared(x, 5), counts, at, 20, 10)
    other = heat_map(np.tile(x, (5, 1)), counts, at, 20, 10)
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.counts, other.counts)


def test_a_grid_finer_than_the_data_is_filled_by_straight_lines() -> None:
    x = np.array([10.0, 11.0, 13.0])
    image = heat_map(shared(x, 2), np.array([[0.0, 10.0, 30.0]] * 2), np.arange(2.0), 30, 2)
    assert image is not None
    centres = np.linspace(10, 13, 31)[:-1] + 0.05
    np.testing.assert_allclose(image.counts[0], 10 * (centres - 10), atol=0.51)


def test_failed_and_missing_frames_are_blank() -> None:
    at = np.r_[np.arange(10.0), np.arange(20.0, 30.0)]  # ten frames are missing between
    counts = np.ones((20, 50))
    counts[4] = np.nan
    image = heat_map(shared(np.arange(50.0), 20), counts, at, 10, 300)
    assert image is not None
    height = np.linspace(*image.at_of_covariate, 301)
    middle = (height[:-1] + height[1:]) / 2
    blank = np.isnan(image.counts).all(axis=1)
    assert blank[(middle > 11) & (middle < 18)].all()
    assert blank[(middle > 3.7) & (middle < 4.3)].all()
    assert not blank[(middle < 3.3) | ((middle > 4.7) & (middle < 9)) | (middle > 20)].any()


def test_order_of_the_frames_does_not_matter() -> None:
    counts = np.random.default_rng(3).uniform(0, 9, (12, 30))
    at = np.linspace(500, 25, 12)
    x = shared(np.arange(30.0), 12)
    down, up = heat_map(x, counts, at, 10, 24), heat_map(x, counts[::-1], at[::-1], 10, 24)
    assert down is not None
    assert up is not None
    np.testing.assert_allclose(down.counts, up.counts)


def test_unreachable_angles_and_unknown_places_are_left_out() -> None:
    x = np.r_[np.linspace(10, 20, 30), np.full(5, np.nan)]
    at = np.r_[np.arange(5.0), np.nan]
    counts = np.ones((6, 35))
    counts[5] = 1e6  # nobody knows where this frame belongs
    image = heat_map(shared(x, 6), counts, at, 10, 5)
    assert image is not None
    np.testing.assert_allclose(image.counts, 1.0)


@pytest.mark.parametrize("at", [[1.0, 1.0, 1.0], [np.nan, np.nan, 1.0]])
def test_there_is_no_map_of_one_place(at: list[float]) -> None:
    assert heat_map(shared(np.arange(9.0), 3), np.ones((3, 9)), np.array(at)) is None


@pytest.fixture
def made() -> Figure:
    with style.figure() as figure:
        yield figure


def test_map_and_gas_share_the_temperature(made: Figure) -> None:
    truth = build.heated(30)
    series = build.converted(truth, bad=(10,), n_points=800)
    ax, gas = made.subplots(1, 2, sharey=True)
    draw.draw_map(ax, series, "temperature_c", changes=build.transitions(truth))
    t = np.linspace(25, 500, 50)
    signal = np.exp(-0.5 * ((t - 230) / 20) ** 2)
    signal[:5] = np.nan
    draw.draw_traces(gas, [draw.Trace("O2", t, 3e-9 * signal)])
    (image,) = ax.images
    assert image.get_extent()[2] < truth.covariates.temperature_c[0]
    assert image.get_extent()[3] > truth.covariates.temperature_c[-1]
    assert image.norm.gamma == 0.5
    (trace,) = gas.lines
    np.testing.assert_allclose(trace.get_xdata(), signal / np.nanmax(signal))
    np.testing.assert_array_equal(trace.get_ydata(), t)
    assert ax.get_ylim() == gas.get_ylim()
    onsets = sorted(line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--")
    assert onsets == pytest.approx([187.0, 190.0])
    assert any("spinel rise 190.0 ± 1.1" in t.get_text() for t in ax.texts)


def test_weak_lines_show_on_the_map(made: Figure) -> None:
    """A line of a tenth of the strongest takes a fifth of the colours at least."""
    series = build.converted(build.heated(30))
    ax = made.subplots()
    draw.draw_map(ax, series, "temperature_c")
    (image,) = ax.images
    shown = image.norm(image.get_array())
    angles = np.linspace(*image.get_extent()[:2], shown.shape[1])
    weak = shown[0, (angles > 37.6) & (angles < 38.1)].max()  # (006), 12 % of (003)
    beside = np.ma.median(shown[0, (angles > 40) & (angles < 43)])
    assert weak - beside > 0.2


def test_without_gas_the_panel_says_so(made: Figure) -> None:
    ax = made.subplots()
    draw.draw_traces(ax, [])
    assert "no gas" in ax.texts[0].get_text()


def test_no_onset_crosses_the_name_of_another(made: Figure) -> None:
    onset = np.array([190.0, 189.4, 190.2])
    close = replace(build.transitions(build.heated(30)), onset_of_covariate=onset)
    ax = made.subplots()
    ax.set_ylim(25, 500)
    draw.draw_onsets(ax, close, named=True)
    line_height = 7 * 475 / (ax.get_window_extent().height * 72 / made.dpi)
    places = np.array([t.xy[1] for t in ax.texts])
    assert (np.diff(places) > 0.99 * line_height).all()
    assert places.min() > onset.max() + 0.5 * line_height
