"""Lines that vanish, appear, merge or leave: each has its word, and what is not there has a limit."""

from collections import Counter

import numpy as np
import pytest

from pipeline.xrd.records import LineStatus
from tests.xrd.tracked import SYNCHROTRON, followed, line, words

X = np.arange(21.0, 25.0, 0.02)


def poisson(mean, seed=0):
    return np.random.default_rng(seed).poisson(mean).astype(float)


def test_loss_and_rise_and_merging_in_one_heating_run():
    n = 120
    f = np.linspace(0, 1, n)
    x = np.arange(3.0, 20.0, 0.01)
    place = [5.5 - 0.12 * f, 18.15 - 0.1 * f, 18.43 - 0.36 * f, 9.2 - 0.15 * f]
    area = [200 * (1 - f / 0.75).clip(0), 80 + 0 * f, 80 + 0 * f, 150 * ((f - 0.5) / 0.5).clip(0)]
    y = 30 + 200 * np.exp(-x / 4)
    for p, a, w in zip(place, area, (0.04, 0.05, 0.05, 0.06), strict=True):
        y = y + line(x, p, a, w, share=0.0)
    found = followed(
        x,
        poisson(y, 3),
        [5.5, 18.15, 18.43, 9.2],
        phases=("layered", "layered", "layered", "spinel"),
        source={"angstrom": SYNCHROTRON, "share": 0.0},
        window_deg=0.4,
        search_deg=0.1,
        roam_deg=0.6,
    )
    gone = [row[0] is LineStatus.ABSENT for row in found.line_status]
    assert not any(gone[:87])
    assert all(gone[91:])
    there = [row[3] is LineStatus.FITTED for row in found.line_status]
    assert not any(there[:60])
    assert all(there[64:])
    # Truth is below the limit in nearly all frames without the line.
    limit, missing = found.area_limit_counts_deg, ~np.isfinite(found.position_deg)
    for which in (0, 3):
        own = missing[:, which]
        assert np.isfinite(limit[own, which]).all()
        assert (limit[own, which] >= area[which][own]).mean() > 0.9
        assert np.nanmax(limit[:, which]) < 6
        assert np.isnan(limit[~own, which]).all()
    # The pair comes together: one of the two carries both, and says so.
    gap = place[2] - place[1]
    words_of_second = [row[2] for row in found.line_status]
    assert words_of_second[0] is LineStatus.FITTED
    assert words_of_second[-1] is LineStatus.MERGED
    assert all(w is LineStatus.FITTED for w, g in zip(words_of_second, gap, strict=True) if g > 0.2)
    assert found.line_flags[-1][1] == "lines_merged"
    assert found.area_counts_deg[-1, 1] == pytest.approx(160, abs=6)
    assert "lines_merged" in found.flags[-1]


@pytest.mark.parametrize("background", [2, 30, 500])
def test_nothing_is_found_where_nothing_is(background):
    y = poisson(np.full((1500, X.size), float(background)), background)
    found = followed(X, y, [23.0])
    seen = Counter(row[0] for row in found.line_status)
    assert seen[LineStatus.FITTED] <= 3  # 0.2 %, though the place is free over a range of 16 widths
    assert seen[LineStatus.ABSENT] > 1480
    assert np.isnan(
        found.position_deg[[r[0] is LineStatus.ABSENT for r in found.line_status]]
    ).all()
    for frame in range(40):
        alone = followed(X, y[frame : frame + 1], [23.0])
        assert alone.line_status[0][0] in (LineStatus.ABSENT, LineStatus.TOO_WEAK)


@pytest.mark.stats
@pytest.mark.parametrize("background", [2, 50])
@pytest.mark.parametrize("sigmas", [0.5, 1.0, 2.0, 2.6])
def test_limits_cover(background, sigmas):
    n, strong = 3000, 200
    area = np.full(n, sigmas * 0.09 * background**0.5)
    area[:strong] = 40.0
    y = poisson(background + line(X, np.full(n, 23.0), area, 0.1), 5)
    found = followed(X, y, [23.0])
    limit = found.area_limit_counts_deg[strong:, 0]
    given = np.isfinite(limit)
    assert given.mean() > 0.9
    assert (limit[given] >= area[-1]).mean() > 0.93
    assert np.median(limit[given]) < area[-1] + 3 * 0.12 * background**0.5  # and is of some use


def test_a_higher_level_gives_a_higher_limit():
    y = poisson(np.full((20, X.size), 30.0))
    low, high = (followed(X, y, [23.0], limit_level=v).area_limit_counts_deg for v in (0.9, 0.99))
    assert (high > low).all()
    assert (low > 0).all()


def test_a_line_that_goes_beyond_its_range_has_left():
    n = 60
    place = np.linspace(22.0, 23.5, n)
    y = poisson(20 + line(X, place, 80.0, 0.1))
    found = followed(X, y, [22.0], search_deg=0.2, roam_deg=0.8)
    inside = place < 22.7
    assert all(
        row[0] is LineStatus.FITTED for row, i in zip(found.line_status, inside, strict=True) if i
    )
    assert all(row[0] is LineStatus.LEFT_WINDOW for row in found.line_status[-20:])
    assert np.isnan(found.position_deg[-20:]).all()
    assert found.line_flags[-1][0] == "line_left_window"


def test_a_line_that_hides_in_another_is_merged_and_not_absent():
    n = 10
    y = poisson(20 + line(X, np.full(n, 22.0), 500.0, 0.12))
    found = followed(X, y, [22.0, 22.05])
    assert {row[1] for row in found.line_status} | {row[0] for row in found.line_status} == {
        LineStatus.FITTED,
        LineStatus.MERGED,
    }
    assert np.isfinite(found.position_deg).sum() == n
    assert np.isnan(found.area_limit_counts_deg).all()


def test_a_weak_line_beside_a_strong_one_is_there_or_limited():
    n = 40
    area = np.where(np.arange(n) < 20, 0.0, 60.0)
    y = 50 + line(X, np.full(n, 22.5), 2000.0, 0.12) + line(X, np.full(n, 22.95), area, 0.12)
    found = followed(X, poisson(y), [22.5, 22.95])
    assert words(found, 0) == f"fitted*{n}"
    assert words(found, 1) == "absent*20 fitted*20"
    assert np.nanmax(found.area_limit_counts_deg[:, 1]) < 25
    assert np.abs(found.position_deg[20:, 1] - 22.95).max() < 0.03


@pytest.mark.parametrize("profile", ["pseudo-voigt", "split-pseudo-voigt"])
@pytest.mark.parametrize("gain", [1.0, np.nan])
@pytest.mark.parametrize("kind", ["dark", "flat", "spike", "few"])
def test_strange_patterns_are_no_errors(kind, gain, profile):
    y = np.zeros((3, X.size))
    if kind == "flat":
        y += 5
    elif kind == "spike":
        y[:, X.size // 2] = 1e5
    x = X if kind != "few" else X[:4]
    found = followed(x, y[:, : x.size], [23.0, 23.1], source={"gain": gain}, profile=profile)
    if kind != "spike":
        assert np.isnan(found.position_deg).all()
    if kind == "dark" and gain == 1.0:
        assert (found.area_limit_counts_deg > 0).all()


def test_two_lines_are_told_apart_until_they_touch():
    """(108) and (110) on heating: they meet within some frames, and stay one for the rest of the series."""
    rng = np.random.default_rng(3)
    x = np.arange(17.6, 18.8, 0.01)
    frame = np.arange(60)
    gap = 0.36 / (1 + np.exp((frame - 30) / 4.0))
    width = 0.058
    y = line(x, 18.15 - gap / 2, 260.0, width, share=0.0)
    y = y + line(x, 18.15 + gap / 2, 265.0, width, share=0.0) + 150.0
    found = followed(
        *(x, rng.poisson(y), (17.97, 18.33)),
        source={"angstrom": SYNCHROTRON, "share": 0.0},
        window_deg=0.3,
        search_deg=0.15,
        roam_deg=0.6,
        fwhm_deg=(0.03, 0.2),
    )
    apart = gap > 1.0 * width
    for i in np.flatnonzero(apart):
        assert [s.value for s in found.line_status[i]] == ["fitted", "fitted"], (i, gap[i] / width)
        assert "fit_poor" not in found.flags[i]
    pull = (found.position_deg[:, 1] - found.position_deg[:, 0] - gap) / np.hypot(
        *found.position_sigma_deg.T
    )
    assert np.abs(pull[apart]).max() < 4.5
    touching = gap < 0.3 * width
    assert all(
        "merged" in [s.value for s in found.line_status[i]] for i in np.flatnonzero(touching)
    )
