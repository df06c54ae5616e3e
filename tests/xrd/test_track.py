"""Lines followed through simulated series: known places and areas come back, and bad frames harm no other."""

import numpy as np
import pytest

from pipeline.physics.bragg import two_theta_deg
from pipeline.xrd.options import StandardOptions, TrackOptions
from pipeline.xrd.records import FrameStatus, LineStatus
from pipeline.xrd.reflections import STANDARD
from pipeline.xrd.track import track
from tests.xrd.tracked import CU, SYNCHROTRON, followed, line, lines, series, words

X = np.arange(20.0, 26.0, 0.02)


def poisson(mean, seed=0):
    return np.random.default_rng(seed).poisson(mean).astype(float)


def pulls(found, which, position, area):
    ok = np.isfinite(found.position_deg[:, which])
    place = (found.position_deg[:, which] - position)[ok] / found.position_sigma_deg[ok, which]
    size = (found.area_counts_deg[:, which] - area)[ok] / found.area_sigma_counts_deg[ok, which]
    return place, size


def test_a_line_is_followed_over_many_widths():
    n = 80
    place = 23.0 + 1.6 * np.sin(np.linspace(0, 3, n))  # 13 widths, up and down again
    area = np.linspace(200, 20, n)
    found = followed(X, poisson(30 + line(X, place, area, 0.12)), [23.1])
    assert words(found) == f"fitted*{n}"
    for values in pulls(found, 0, place, area):
        assert 0.8 < values.std() < 1.25
        assert abs(values.mean()) < 0.4
    assert found.status == (FrameStatus.OK,) * n
    assert np.isnan(found.area_limit_counts_deg).all()
    assert np.abs(found.height_counts[:, 0] / (area / 0.12) - 0.56).max() < 0.3
    assert np.abs(found.background_counts / 30 - 1).max() < 0.3
    assert (found.asymmetry_ratio == 1).all()


def test_synchrotron_lines_are_followed_on_fine_steps():
    n = 60
    x = np.arange(5.0, 7.0, 0.01)
    place = 5.9879 + 0.15 * np.linspace(0, 1, n) ** 2
    y = poisson(50 + line(x, place, 40.0, 0.035, share=0.0))
    source = {"angstrom": SYNCHROTRON, "share": 0.0}
    found = followed(x, y, [5.99], source=source, search_deg=0.08, window_deg=0.25)
    assert words(found) == f"fitted*{n}"
    assert np.abs(found.position_deg[:, 0] - place).max() < 0.003
    spacing = SYNCHROTRON / 2 / np.sin(np.radians(found.position_deg[0, 0] / 2))
    assert found.spacing_angstrom[0, 0] == pytest.approx(spacing, rel=1e-12)


def test_jumps_between_few_patterns_are_followed():
    place = np.array([22.0, 22.3, 22.62, 22.9, 22.7])
    found = followed(X, poisson(300 + line(X, place, 90.0, 0.1)), [22.1])
    assert np.abs(found.position_deg[:, 0] - place).max() < 0.006


def test_a_stronger_line_that_nobody_asked_for_is_not_taken():
    n = 30
    y = 20 + line(X, np.full(n, 22.0), 30.0, 0.1) + line(X, np.full(n, 23.0), 900.0, 0.1)
    found = followed(X, poisson(y), [22.05])
    assert np.abs(found.position_deg[:, 0] - 22.0).max() < 0.02


def test_overlapping_lines_are_fitted_together():
    n = 40
    second = np.linspace(22.6, 22.3, n)
    y = 20 + line(X, np.full(n, 22.1), 120.0, 0.12) + line(X, second, 60.0, 0.15)
    found = followed(X, poisson(y), [22.12, 22.55])
    assert words(found, 0) == words(found, 1) == f"fitted*{n}"
    for which, place, area in ((0, np.full(n, 22.1), 120.0), (1, second, 60.0)):
        for values in pulls(found, which, place, area):
            assert 0.75 < values.std() < 1.3


def test_lines_of_two_phases_that_cross_keep_their_names():
    n = 60
    f = np.linspace(0, 1, n)
    one, two = 22.2 + 0.5 * f, np.full(n, 22.5)
    y = 10 + line(X, one, 60.0, 0.08) + line(X, two, 200.0, 0.14)
    found = followed(X, poisson(y), [22.2, 22.5], phases=("A", "B"), search_deg=0.2)
    fitted = np.isfinite(found.position_deg[:, 0])
    assert fitted[:15].all()
    assert fitted[-4:].all()
    assert np.abs(found.position_deg[:, 0] - one)[fitted].max() < 0.05
    apart = np.abs(found.position_deg[:, 1] - two)
    assert apart[fitted].max() < 0.02
    assert apart.max() < 0.06  # of both together, where one hides in the other
    assert "lines_merged" in found.line_flags[30][1]


def test_crossing_lines_are_lost_only_where_they_cannot_be_told_apart():
    """A width or two before and after, both are there, and neither has the counts of the other."""
    n = 90
    one, two = np.linspace(22.2, 23.0, n), np.linspace(22.9, 22.3, n)
    y = poisson(30 + line(X, one, 200.0, 0.12) + line(X, two, 120.0, 0.12), 12)
    found = followed(X, y, [22.2, 22.9], phases=("A", "B"))
    apart = np.abs(one - two) > 0.12
    for which, place, area in ((0, one, 200.0), (1, two, 120.0)):
        assert np.isfinite(found.position_deg[apart, which]).all()
        position = found.position_deg[:, which] - place
        assert np.abs(position / found.position_sigma_deg[:, which])[apart].max() < 5
        size = found.area_counts_deg[:, which] - area
        assert np.abs(size / found.area_sigma_counts_deg[:, which])[apart].max() < 5
    assert all(row[1] is not LineStatus.ABSENT for row in found.line_status)


def test_bad_frames_stay_empty_and_harm_no_other():
    n = 12
    y = poisson(20 + line(X, np.full(n, 22.0), 60.0, 0.1))
    whole = followed(X, y, [22.0])
    some = followed(X, y, [22.0], source={"bad": (0, 5)})
    assert words(some) == "frame_failed*1 fitted*4 frame_failed*1 fitted*6"
    rest = np.setdiff1d(np.arange(n), [0, 5])
    apart = np.abs(some.position_deg - whole.position_deg)[rest] / whole.position_sigma_deg[rest]
    assert apart.max() < 0.05
    assert np.isnan(some.position_deg[[0, 5]]).all()
    assert some.status[5] is FrameStatus.UNREADABLE
    none = followed(X, y, [22.0], source={"bad": tuple(range(n))})
    assert np.isnan(none.position_deg).all()


def test_frames_on_grids_of_their_own():
    n = 9
    rng = np.random.default_rng(2)
    x, y = np.full((n, 400), np.nan), np.full((n, 400), np.nan)
    wavelengths = np.where(np.arange(n) % 2, 1.540593, 1.5406)
    for i in range(n):
        own = np.arange(20 + 0.1 * i, 26 - 0.2 * i, rng.uniform(0.016, 0.03))
        x[i, : own.size] = own
        y[i, : own.size] = rng.poisson(20 + line(own[None], 22.4, 60.0, 0.1)[0])
    found = track(series(x, y, wavelengths=wavelengths), lines(22.4), TrackOptions(), None)
    assert words(found) == f"fitted*{n}"
    assert np.abs(found.position_deg - 22.4).max() < 0.006


def test_a_frame_that_does_not_reach_the_line_says_so():
    x = np.stack([np.arange(20.0, 24.0, 0.02), np.arange(22.5, 26.5, 0.02)])
    y = poisson(20 + line(x, np.full(2, 22.0), 60.0, 0.1))
    found = track(series(x, y), lines(22.0), TrackOptions(), None)
    assert words(found) == "fitted*1 out_of_range*1"
    assert found.status[1] is FrameStatus.NO_LINES
    beyond = track(series(x, y), lines(22.0, 80.0), TrackOptions(), None)
    assert words(beyond, 1) == "out_of_range*2"
    assert beyond.status[0] is FrameStatus.OK


def test_a_spacing_that_this_wavelength_does_not_reach_is_out_of_range():
    y = poisson(20 + line(X, np.full(2, 22.0), 60.0, 0.1))
    asked = lines(22.0, 120.0, angstrom=0.7)
    found = track(series(X, y), asked, TrackOptions(), None)
    assert words(found, 1) == "out_of_range*2"


def test_excluded_angles_do_not_count():
    n = 6
    y = poisson(20 + line(X, np.full(n, 22.0), 60.0, 0.1))
    y[:, (X > 22.3) & (X < 22.4)] = 9e4
    found = followed(X, y, [22.0, 22.35], exclude_deg=[(22.29, 22.41)])
    assert np.abs(found.position_deg[:, 0] - 22.0).max() < 0.01
    assert words(found, 1) == f"out_of_range*{n}"


@pytest.mark.parametrize("source", ["rate", "esds", "unknown"])
def test_intensities_that_are_no_counts(source):
    n, factor = 30, 0.01
    mean = 100 + line(X, np.full(n, 22.0), 100.0, 0.1)
    y = poisson(mean)
    counted = followed(X, y, [22.0])
    more = {
        "rate": {"gain": factor},
        "esds": {"gain": np.nan, "sigma": np.sqrt(mean) * factor},
        "unknown": {"gain": np.nan},
    }[source]
    found = followed(X, y * factor, [22.0], source=more)
    assert words(found) == f"fitted*{n}"
    assert np.abs(found.position_deg - counted.position_deg).max() < 0.003
    ratio = found.area_sigma_counts_deg / counted.area_sigma_counts_deg / factor
    assert np.median(ratio) == pytest.approx(1.0, abs=0.02 if source != "unknown" else 0.3)


def test_split_lines_tell_their_asymmetry():
    n = 5
    half = line(X, np.full(n, 22.0), 1.0, 0.16), line(X, np.full(n, 22.0), 1.0, 0.08)
    single = np.where(X < 22.0, half[0] * 2, half[1])
    y = poisson(50 + 600.0 * single)
    options = {"profile": "split-pseudo-voigt"}
    found = followed(X, y, [22.0], source={"share": 0.0}, **options)
    assert words(found) == f"fitted*{n}"
    assert (found.asymmetry_ratio > 1.4).all()


def test_the_standard_is_looked_for_where_its_own_options_say():
    n = 10
    y = poisson(50 + line(X, np.full(n, 24.0), 400.0, 0.1) + line(X, np.full(n, 22), 60.0, 0.1))
    asked = lines(22.0, 24.0, phases=("P", ""))
    named = type(asked)(
        asked.phase, ("003", STANDARD), asked.h_index, asked.k_index, asked.l_index,
        asked.spacing_angstrom,
    )  # fmt: skip
    standard = StandardOptions(two_theta_deg=24.02, search_deg=0.1)
    found = track(series(X, y), named, TrackOptions(), standard)
    assert np.abs(found.position_deg[:, 1] - 24.0).max() < 0.003


def test_a_poor_fit_is_flagged_and_its_scatter_told():
    n = 3
    odd = line(X, np.full(n, 22.0), 3e4, 0.1) + line(X, np.full(n, 21.88), 6e3, 0.05)
    found = followed(X, poisson(50 + odd), [22.0])
    assert all(row[0] is LineStatus.FITTED for row in found.line_status)
    assert (found.scatter_ratio > 2).all()
    assert found.line_flags[0][0] == "fit_poor"
    assert "fit_poor" in found.flags[0]


def test_the_same_input_gives_the_same_numbers():
    y = poisson(20 + line(X, np.full(20, 22.0), 20.0, 0.1))
    one, two = (followed(X, y, [22.0, 23.0]) for _ in range(2))
    assert one.position_deg.tobytes() == two.position_deg.tobytes()
    assert one.area_limit_counts_deg.tobytes() == two.area_limit_counts_deg.tobytes()


def test_counting_over_a_step_widens_a_line_and_moves_nothing():
    """A step of a quarter of the width, as LiCoO2's: the profile at the points does, without an integral."""
    step, width = 0.03, 0.12
    x = np.arange(20.0, 24.0, step)
    within = (np.arange(50) - 24.5) / 50 * step
    fine = (x[:, None] + within).ravel()[None]
    mean = line(fine, np.array([22.007]), 5e4, width).reshape(x.size, 50).mean(axis=1)
    found = followed(x, 100 + mean[None], [22.0])
    assert found.position_deg[0, 0] == pytest.approx(22.007, abs=1e-4)
    assert found.area_counts_deg[0, 0] == pytest.approx(5e4, rel=3e-3)
    assert 1.005 < found.fwhm_deg[0, 0] / width < 1.025


def test_a_series_at_two_wavelengths_is_followed_at_each():
    """Copper and molybdenum in turn: the neighbour's angles are no start, and its widths are not these."""
    rng = np.random.default_rng(3)
    wavelengths = np.where(np.arange(12) % 2 == 0, CU, 0.709317)
    spacing = np.array([4.74, 2.37, 2.33, 2.04])
    places = two_theta_deg(spacing, wavelengths[:, None])
    grids = np.where(wavelengths[:, None] == CU, 1.0, 0.45) * np.arange(16.0, 50.0, 0.02)
    mean = np.full(grids.shape, 20.0)
    for which, area in enumerate((800.0, 60.0, 90.0, 500.0)):
        width = 0.1 * wavelengths / CU
        own = [
            line(x, p, area, w, share=0.0)[0]
            for x, p, w in zip(grids, places[:, which], width, strict=True)
        ]
        mean += np.array(own)
    source = {"share": 0, "wavelengths": wavelengths}
    found = followed(grids, rng.poisson(mean), places[0], source=source)
    assert all(word is LineStatus.FITTED for row in found.line_status for word in row)
    pull = (found.position_deg - places) / found.position_sigma_deg
    assert np.abs(pull).max() < 4.5


def test_a_pair_that_merged_and_vanished_leaves_no_mark_on_lines_far_away():
    """Nobody knows when a merged line vanished; but no line four degrees away holds its counts."""
    n = 40
    strength = np.where(np.arange(n) < 28, 1.0, 0.0)
    pair = line(X, np.linspace(24.4, 25.0, n).clip(max=24.85), 60 * strength, 0.12)
    pair += line(X, 24.9, 90 * strength, 0.12)
    found = followed(X, poisson(30 + line(X, 20.9, 200, 0.12) + pair), [20.9, 24.4, 24.9])
    assert found.line_status[-1][1] is LineStatus.MERGED
    assert {row[0] for row in found.line_flags} == {"-"}
    for row, flags in zip(found.line_status, found.line_flags, strict=True):
        if row[1] is LineStatus.MERGED and row[2] is LineStatus.FITTED:
            assert flags[2] == "lines_merged"


@pytest.mark.parametrize(
    ("expected", "window_deg"), [((64.381, 64.713), 0.6), ((64.527, 65.151), 0.3)]
)
@pytest.mark.parametrize("seed", range(4))
def test_strong_lines_are_found_where_the_start_cell_is_a_little_off(expected, window_deg, seed):
    """(108) and (110) where a is 0.3 % off: neither the other line nor Kalpha2 takes the place of one."""
    x = np.arange(55.0, 72.0, 0.02)
    places, areas = (58.7, 64.4535, 64.931, 68.238), (144, 160, 176, 160)
    mean = 50 + sum(line(x, p, a, 0.13) for p, a in zip(places, areas, strict=True))
    found = followed(x, poisson(mean, seed), [58.62, *expected, 68.1], window_deg=window_deg)
    assert all(word is LineStatus.FITTED for word in found.line_status[0])
    assert np.abs((found.position_deg[0] - places) / found.position_sigma_deg[0]).max() < 4.5


@pytest.mark.parametrize("fwhm", [0.08, 0.1])
@pytest.mark.parametrize("off", [0.15, 0.22, 0.35])
def test_kalpha2_is_not_taken_for_the_line(fwhm, off):
    """It lies 0.18 degrees above, nearer to where the start cell expects the line."""
    x = np.arange(63.0, 67.0, 0.02)
    y = poisson(50 + line(x, np.full(3, 64.931), 176, fwhm))
    for frame in range(3):
        found = followed(x, y[frame : frame + 1], [64.931 + off], window_deg=0.3)
        assert found.position_deg[0, 0] == pytest.approx(64.931, abs=0.01)


def test_two_strong_lines_are_not_one_broad_one():
    """Half a degree apart and a quarter wide, exactly where they are expected."""
    x = np.arange(55.0, 72.0, 0.01)
    places, areas = (58.701, 64.4535, 64.931, 68.239), (540, 600, 660, 600)
    mean = 30 + sum(line(x, p, a, 0.24, 0.8) for p, a in zip(places, areas, strict=True))
    found = followed(x, poisson(mean), places)
    assert all(word is LineStatus.FITTED for word in found.line_status[0])
    assert np.abs(found.area_counts_deg[0] / areas - 1).max() < 0.1


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e4])
def test_the_unit_of_intensities_without_esds_does_not_matter(unit):
    """Normalised or in any other unit: the scatter of the points is their noise, counted once."""
    rng = np.random.default_rng(9)
    place = 23.0 + rng.uniform(-0.02, 0.02, 200)
    y = 100 + line(X, place, 60.0, 0.15) + rng.normal(0, 10, (200, X.size))
    found = followed(X, unit * y, [23.0], source={"gain": np.nan})
    assert words(found) == "fitted*200"
    assert found.reduced_chi2.mean() == pytest.approx(1, abs=0.15)
    pull = (found.position_deg[:, 0] - place) / found.position_sigma_deg[:, 0]
    assert 0.8 < (pull / found.scatter_ratio[:, 0]).std() < 1.2
