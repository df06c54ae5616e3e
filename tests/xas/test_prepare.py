"""Glitches, windows taken out, repeated scans merged, rebinning."""

import numpy as np
import pytest

from pipeline.core.nexus import read_record, write_result
from pipeline.core.nexus.result import Provenance
from pipeline.core.study import Dataset
from pipeline.physics.outliers import isolated
from pipeline.xas.merge import merge
from pipeline.xas.nexus import prepared_result
from pipeline.xas.normalise import normalise
from pipeline.xas.options import NormaliseOptions, PrepareOptions
from pipeline.xas.prepare import prepare
from pipeline.xas.rebin import EV_ANGSTROM2, rebin, xanes_bins
from pipeline.xas.records import CalibratedSeries, Flag, ScanStatus
from tests.xas.build import E0_EV, GRID_EV, as_measured, edge, raw_series, replace_fields

NOISE = 1e-3


def noisy(n: int, seed: int = 0, grid=GRID_EV, sigma: float = NOISE) -> np.ndarray:
    return edge(grid) + np.random.default_rng(seed).normal(0, sigma, (n, grid.size))


def options(**changes) -> PrepareOptions:
    return PrepareOptions(**changes)


def spiked(*places: tuple[int, int, float], n: int = 3) -> CalibratedSeries:
    mu = noisy(n)
    for scan, point, height in places:
        mu[scan, point] += height
    return as_measured(raw_series(GRID_EV, mu))


# Points of the grid: below the edge, on its steep part, above it, and in the oscillations.
BELOW, STEEP, ABOVE, FAR = 20, 112, 172, 330


@pytest.mark.parametrize("at", [BELOW, ABOVE, FAR])
@pytest.mark.parametrize("height", [0.04, -0.04, 0.5, -3.0])
def test_an_isolated_point_is_found_and_nothing_else(at: int, height: float) -> None:
    found, deviation = isolated(
        np.broadcast_to(GRID_EV, (3, GRID_EV.size)), spiked((1, at, height)).raw.mu, 10.0
    )
    assert np.argwhere(found).tolist() == [[1, at]]
    # L = -1/6, 4/6, 4/6, -1/6 for equally spaced neighbours; the noise, of 25 points about, is
    # itself uncertain by a quarter, and the four neighbours that the glitch spoils raise it as much.
    expected = abs(height) / NOISE / np.sqrt(1 + 34 / 36)
    assert 0.4 < deviation[1, at] / expected < 1.2


def test_noise_alone_and_the_edge_itself_are_no_glitch() -> None:
    quiet = edge(GRID_EV)[None]
    assert not isolated(GRID_EV[None], quiet, 10.0)[0].any()
    many = noisy(2000)
    assert not isolated(np.broadcast_to(GRID_EV, many.shape), many, 10.0)[0].any()


def test_noise_that_grows_along_the_scan_is_no_glitch() -> None:
    rng = np.random.default_rng(3)
    sigma = np.where(GRID_EV > 8500, 12, 1) * NOISE
    mu = edge(GRID_EV) + rng.normal(0, 1, (300, GRID_EV.size)) * sigma
    assert isolated(np.broadcast_to(GRID_EV, mu.shape), mu, 10.0)[0].mean() < 2e-5


def test_a_sharp_line_that_its_points_resolve_is_no_glitch() -> None:
    """A Lorentzian of 1 eV half width on points 0.5 eV apart, twice as high as the step."""
    line = edge(GRID_EV) + 2 / (1 + (GRID_EV - 8343.0) ** 2)
    assert not isolated(GRID_EV[None], line[None], 10.0)[0].any()


@pytest.mark.parametrize(
    ("at", "height", "low", "high"),
    [(FAR, 0.03, 0.95, 1), (STEEP, 0.03, 0, 0.01), (STEEP, 0.3, 1, 1)],
)
def test_on_the_steep_part_only_strong_evidence_counts(
    at: int, height: float, low: float, high: float
) -> None:
    """The share of 300 scans in which a spike is found: 30 sigma will do on the flat, not on the edge."""
    mu = noisy(300)
    mu[:, at] += height
    found, _ = isolated(np.broadcast_to(GRID_EV, mu.shape), mu, 10.0)
    assert low <= found[:, at].mean() <= high
    assert found.sum() == found[:, at].sum()


def test_glitches_that_hide_each_other_are_both_found() -> None:
    found, _ = isolated(
        np.broadcast_to(GRID_EV, (3, GRID_EV.size)),
        spiked((2, FAR, 1.0), (2, FAR + 2, 0.05)).raw.mu,
        10.0,
    )
    assert np.argwhere(found).tolist() == [[2, FAR], [2, FAR + 2]]


@pytest.mark.parametrize(
    ("mode", "flags", "points"),
    [
        ("off", (), GRID_EV.size),
        ("flag", (Flag.GLITCH_FOUND,), GRID_EV.size),
        ("remove", (Flag.GLITCH_REMOVED,), GRID_EV.size - 1),
    ],
)
def test_what_becomes_of_a_glitch(mode: str, flags: tuple[Flag, ...], points: int) -> None:
    series = spiked((1, FAR, 0.1))
    result = prepare(series, E0_EV, options(deglitch=mode))
    assert result.flags == ((), flags, ())
    assert np.isfinite(result.raw.mu).sum(axis=1).tolist() == [GRID_EV.size, points, GRID_EV.size]
    listed = result.glitches
    assert listed is not None
    if mode == "off":
        assert len(listed) == 0
        return
    assert listed.scan_index.tolist() == [1]
    assert listed.glitch_ev.tolist() == [GRID_EV[FAR]]
    assert listed.source_file == ("scan_1.dat",)
    assert listed.removed == (mode == "remove",)
    assert listed.cause == ("detected",)


def test_removal_changes_no_other_point_and_mends_the_normalisation() -> None:
    clean = as_measured(raw_series(GRID_EV, edge(GRID_EV)[None]))
    used = NormaliseOptions(pre_ev=(-150, -40), post_ev=(100, 500))
    truth = normalise(clean, E0_EV, used).edge_step[0]
    series = spiked((0, FAR, 2.0))
    bad = normalise(prepare(series, E0_EV, options()), E0_EV, used)
    mended = prepare(series, E0_EV, options(deglitch="remove"))
    good = normalise(mended, E0_EV, used)
    assert abs(bad.edge_step[0] - truth) > 0.01
    assert abs(good.edge_step[0] - truth) < 0.001
    np.testing.assert_array_equal(
        mended.raw.mu[0][: GRID_EV.size - 1], np.delete(series.raw.mu[0], FAR)
    )


def test_windows_are_taken_out_of_every_scan() -> None:
    result = prepare(spiked(), E0_EV, options(remove_ev=[(100, 110), (299, 301)]))
    inside = (GRID_EV >= E0_EV + 100) & (GRID_EV <= E0_EV + 110)
    inside |= (GRID_EV >= E0_EV + 299) & (GRID_EV <= E0_EV + 301)
    assert inside.sum() > 3
    assert np.isfinite(result.raw.mu).sum(axis=1).tolist() == [GRID_EV.size - inside.sum()] * 3
    assert set(result.flags) == {(Flag.GLITCH_REMOVED,)}
    assert result.glitches is not None
    assert set(result.glitches.cause) == {"window"}
    assert np.isnan(result.glitches.deviation_ratio).all()


def test_a_window_that_leaves_nothing_fails_the_scan() -> None:
    result = prepare(spiked(), E0_EV, options(remove_ev=[(-300, 800)]))
    assert set(result.status) == {ScanStatus.TOO_SHORT}
    assert f"0 of {GRID_EV.size} points are left after `remove_ev`" in result.reason[0]


def test_a_scan_that_failed_before_stays_as_it_is() -> None:
    bad = raw_series(
        GRID_EV,
        np.where([[False], [True]], np.nan, noisy(2)),
        status=(ScanStatus.OK, ScanStatus.UNREADABLE),
        reason=("", "torn"),
    )
    result = prepare(as_measured(bad), E0_EV, options(remove_ev=[(100, 200)], merge=True))
    assert result.status == (ScanStatus.OK, ScanStatus.UNREADABLE)
    assert result.reason[1] == "torn"


# Merging


def repeated(n: int, seed: int = 0, *, sigma: float = NOISE, shifts=None) -> CalibratedSeries:
    """Scans of one thing on one measured grid, with their own shift, thickness, offset and slope."""
    rng = np.random.default_rng(seed)
    shifts = rng.uniform(-2, 2, n) if shifts is None else np.asarray(shifts)
    mu = edge(GRID_EV + shifts[:, None]) + rng.normal(0, sigma, (n, GRID_EV.size))
    slope = 1e-4 * rng.uniform(-1, 1, (n, 1)) * (GRID_EV - 8300)
    mu = rng.uniform(0.8, 1.2, (n, 1)) * mu + rng.uniform(-1, 1, (n, 1)) + slope
    return replace_fields(
        as_measured(raw_series(GRID_EV, mu)), shift_ev=shifts, shift_sigma_ev=np.full(n, 0.02)
    )


def test_scans_of_another_scale_and_shift_merge_into_one() -> None:
    series = repeated(6)
    [one] = merge(series, 0.02).raw.mu
    merged = merge(series, 0.02)
    assert merged.status == (ScanStatus.OK,)
    assert merged.flags == ((Flag.SCANS_MERGED,),)
    assert merged.raw.label == ("mean of 6 scans",)
    assert merged.shift_sigma_ev[0] == pytest.approx(0.02 / np.sqrt(6))
    used = NormaliseOptions(pre_ev=(-150, -40), post_ev=(100, 500))
    mean = normalise(merged, E0_EV, used)
    single = normalise(as_measured(raw_series(GRID_EV, edge(GRID_EV)[None])), E0_EV, used)
    assert one.size == GRID_EV.size
    assert mean.half_step_ev[0] == pytest.approx(single.half_step_ev[0], abs=0.02)
    first = normalise(series, E0_EV, used)
    assert mean.edge_step[0] == pytest.approx(first.edge_step[0], rel=2e-3)


def test_equal_scans_merge_into_themselves() -> None:
    series = as_measured(raw_series(GRID_EV, np.stack([edge(GRID_EV)] * 4)))
    merged = merge(series, 0.02)
    np.testing.assert_allclose(merged.raw.mu[0], edge(GRID_EV), atol=1e-9)
    np.testing.assert_allclose(merged.energy_ev[0], GRID_EV, atol=1e-9)
    assert merged.mu_sigma is not None
    assert (merged.mu_sigma < 1e-9).all()


def test_one_scan_of_something_else_is_left_out_and_named() -> None:
    series = repeated(5, shifts=np.zeros(5))
    mu = np.array(series.raw.mu)
    mu[3] = edge(GRID_EV, E0_EV + 3) + np.random.default_rng(9).normal(0, NOISE, GRID_EV.size)
    merged = merge(replace_fields(series, raw=replace_fields(series.raw, mu=mu)), 0.02)
    assert merged.raw.label == ("mean of 4 scans",)
    assert Flag.SCANS_DIFFER in merged.flags[0]
    [said] = merged.left_out
    assert said.startswith("scan 3 (scan 3): differs from the others by 0.0")
    assert "limit 0.02" in said


def test_two_scans_that_differ_are_both_kept_and_flagged() -> None:
    mu = np.stack([edge(GRID_EV), edge(GRID_EV, E0_EV + 4)])
    merged = merge(as_measured(raw_series(GRID_EV, mu)), 0.02)
    assert merged.left_out == ()
    assert merged.flags == ((Flag.SCANS_MERGED, Flag.SCANS_DIFFER),)


def test_a_failed_scan_is_named_among_those_left_out() -> None:
    mu = noisy(4)
    mu[2] = np.nan
    bad = raw_series(
        GRID_EV,
        mu,
        status=(*[ScanStatus.OK] * 2, ScanStatus.UNREADABLE, ScanStatus.OK),
        reason=("", "", "torn", ""),
    )
    merged = prepare(as_measured(bad), E0_EV, options(merge=True))
    assert merged.left_out == ("scan 2 (scan 2): torn",)
    assert merged.raw.label == ("mean of 3 scans",)


@pytest.mark.stats
def test_the_sigma_of_merged_points_covers() -> None:
    """4 scans, 250 sets, points off the edge where their mean has no bias of its own."""
    inside = total = 0
    for seed in range(250):
        series = as_measured(raw_series(GRID_EV, noisy(4, seed)))
        merged = merge(series, 0.02)
        assert merged.mu_sigma is not None
        pull = (merged.raw.mu[0] - edge(GRID_EV)) / merged.mu_sigma[0]
        pull = pull[GRID_EV > 8420]
        inside += int((np.abs(pull) < 1).sum())
        total += pull.size
    assert inside / total == pytest.approx(0.683, abs=0.05)


@pytest.mark.stats
@pytest.mark.parametrize("n", [2, 4, 8])
def test_the_sigma_covers_at_the_edge_too_whatever_the_shifts(n: int) -> None:
    """Points of 40 sets, on the first scan's scale, which a line below and a factor give back."""
    off_edge, at_edge = [], []
    for seed in range(40):
        merged = merge(repeated(n, seed), 0.02)
        assert merged.mu_sigma is not None
        energy, mu = merged.energy_ev[0], merged.raw.mu[0]
        basis = np.stack([np.ones_like(energy), energy - 8300, edge(energy)], axis=1)
        pull = (mu - basis @ np.linalg.lstsq(basis, mu, rcond=None)[0]) / merged.mu_sigma[0]
        near = np.abs(energy - E0_EV) < 8
        at_edge.append(pull[near])
        off_edge.append(pull[~near])
    for pulls in (off_edge, at_edge):
        assert np.concatenate(pulls).size > 1000
        assert (np.abs(np.concatenate(pulls)) < 1).mean() == pytest.approx(0.683, abs=0.05)


# Rebinning


def test_bins_cover_and_widen_as_told() -> None:
    used = options()
    limits = xanes_bins(8140.0, 8900.0, E0_EV, used)
    assert limits[0] <= 8140
    assert limits[-1] >= 8900
    width = np.diff(limits)
    assert (width > 0).all()
    assert width[limits[:-1] < E0_EV - 31] == pytest.approx(5.0)
    across = (limits[:-1] > E0_EV - 29) & (limits[1:] < E0_EV + 49)
    assert width[across] == pytest.approx(0.5)
    above = limits[limits > E0_EV + 51] - E0_EV
    assert np.diff(np.sqrt(above / EV_ANGSTROM2)) == pytest.approx(0.05, rel=0.02)


def test_a_straight_line_stays_a_straight_line() -> None:
    grid = np.sort(np.random.default_rng(0).uniform(8140, 8900, 3000))
    line = 0.2 + 1e-3 * (grid - 8140)
    result = rebin(as_measured(raw_series(grid, line[None])), E0_EV, options())
    used = np.isfinite(result.raw.mu[0])
    assert used.sum() < 500
    np.testing.assert_allclose(
        result.raw.mu[0][used], 0.2 + 1e-3 * (result.energy_ev[0][used] - 8140), atol=1e-12
    )


def test_rebinning_keeps_the_edge_and_quietens_the_noise() -> None:
    quick = np.arange(8140.0, 8900.0, 0.02)
    series = as_measured(raw_series(quick, noisy(3, grid=quick, sigma=0.02)))
    result = prepare(series, E0_EV, options(rebin="xanes"))
    assert result.mu_sigma is not None
    used = NormaliseOptions(pre_ev=(-150, -40), post_ev=(100, 500))
    spectra = normalise(result, E0_EV, used)
    truth = normalise(as_measured(raw_series(quick, edge(quick)[None])), E0_EV, used)
    assert spectra.half_step_ev == pytest.approx(truth.half_step_ev[0], abs=0.06)
    assert spectra.noise_normalised.max() < 0.02 / np.sqrt(20)


@pytest.mark.stats
def test_the_sigma_of_bins_covers() -> None:
    quick = np.arange(8140.0, 8900.0, 0.1)
    series = as_measured(raw_series(quick, noisy(60, grid=quick, sigma=0.01)))
    truth = rebin(as_measured(raw_series(quick, edge(quick)[None])), E0_EV, options())
    result = rebin(series, E0_EV, options())
    assert result.mu_sigma is not None
    pull = (result.raw.mu - truth.raw.mu) / result.mu_sigma
    assert pull.size > 1000
    assert (np.abs(pull) < 1).mean() == pytest.approx(0.683, abs=0.05)


def test_a_scan_that_is_coarser_than_the_bins_is_left_as_it_is() -> None:
    grid = np.concatenate([np.arange(8140.0, 8310, 10), np.arange(8312.0, 8388, 2)])
    result = rebin(as_measured(raw_series(grid, edge(grid)[None])), E0_EV, options())
    np.testing.assert_allclose(result.energy_ev[0], grid)
    np.testing.assert_allclose(result.raw.mu[0], edge(grid))


# The record


def test_a_prepared_series_comes_back_from_its_file(tmp_path) -> None:
    result = prepare(spiked((1, FAR, 0.1)), E0_EV, options(deglitch="remove", rebin="xanes"))
    dataset = Dataset("scans", "xas", "sample", "x", element="Ni", edge="K", mode="transmission")
    path = tmp_path / "prepare.nxs"
    write_result(path, prepared_result(result, dataset, Provenance({}, (), {})))
    again = read_record(path, CalibratedSeries)
    np.testing.assert_array_equal(again.raw.mu, result.raw.mu)
    np.testing.assert_array_equal(again.mu_sigma, result.mu_sigma)
    assert again.glitches is not None
    assert again.glitches.removed == (True,)
    assert again.glitches.glitch_ev.tolist() == [GRID_EV[FAR]]


def test_a_record_without_glitches_comes_back_too(tmp_path) -> None:
    result = prepare(spiked(), E0_EV, options())
    dataset = Dataset("scans", "xas", "sample", "x", element="Ni", edge="K", mode="transmission")
    path = tmp_path / "prepare.nxs"
    write_result(path, prepared_result(result, dataset, Provenance({}, (), {})))
    again = read_record(path, CalibratedSeries)
    assert again.mu_sigma is None
    assert again.glitches is not None
    assert len(again.glitches) == 0
    assert again.left_out == ()
