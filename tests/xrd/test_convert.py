"""Patterns at another wavelength: axes, flags, shared memory, counts on a common grid."""

import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.core.covariates import Covariates
from pipeline.physics.bragg import spacing_angstrom
from pipeline.physics.polarisation import to_cu_ratio
from pipeline.physics.radiation import KALPHA_ANGSTROM, mean_angstrom
from pipeline.xrd.convert import converted
from pipeline.xrd.options import TargetOptions
from pipeline.xrd.records import Flag, FrameStatus, PatternSeries

CU, CU2 = KALPHA_ANGSTROM["Cu"]
MO = KALPHA_ANGSTROM["Mo"][0]
GRID = np.arange(5.0, 33.0, 0.016)


def series(grid=GRID, counts=None, n=3, wavelength=0.4522, **given) -> PatternSeries:
    """Counted patterns on one grid `(p,)` that all share, or on `(n, p)`."""
    grid = np.asarray(grid, float)
    grid = np.broadcast_to(grid, (n, grid.size)) if grid.ndim == 1 else grid
    n = len(grid)
    if counts is None:
        counts = np.random.default_rng(0).poisson(100.0, grid.shape).astype(float)
    full = np.ones(n)
    fields = {
        "dataset": "d",
        "geometry": "bragg-brentano",
        "source_file": ("f.xy",) * n,
        "label": ("",) * n,
        "format": ("xy",) * n,
        "two_theta_deg": grid,
        "intensity_counts": counts,
        "sigma_counts": np.full(grid.shape, np.nan),
        "gain_ratio": full,
        "counting_time_s": full,
        "wavelength_angstrom": wavelength * full,
        "kalpha2_angstrom": np.nan * full,
        "kalpha2_ratio": np.nan * full,
        "radius_mm": full,
        "time_iso": ("",) * n,
        "covariates": Covariates.unknown(n),
        "remarks": ("",) * n,
        "status": (FrameStatus.OK,) * n,
        "reason": ("",) * n,
        "flags": ((),) * n,
    }
    return PatternSeries(**(fields | given))


def test_the_axis_keeps_spacings_and_is_shared_in_memory():
    found = converted(series(n=5), TargetOptions())
    d = spacing_angstrom(GRID, 0.4522)
    np.testing.assert_allclose(
        spacing_angstrom(found.two_theta_target_deg[3], 1.5406), d, rtol=1e-12, equal_nan=True
    )
    assert found.two_theta_target_deg.strides[0] == 0
    assert found.rebinned_counts is None


def test_grids_and_wavelengths_of_their_own_stay_apart():
    wavelength = np.array([0.4522, 0.4522, np.nan])
    found = converted(series(wavelength=1.0, wavelength_angstrom=wavelength), TargetOptions())
    assert found.two_theta_target_deg.strides[0] != 0
    assert np.isnan(found.two_theta_target_deg[2]).all()
    np.testing.assert_array_equal(found.two_theta_target_deg[0], found.two_theta_target_deg[1])


def test_angles_that_do_not_exist_are_counted_and_flagged():
    """Mo to Cu: sin(theta) times 2.172, so nothing beyond 2 asin(0.4604) = 54.83 deg."""
    grid = np.arange(10.0, 80.0, 0.5)
    status = (FrameStatus.OK, FrameStatus.OK, FrameStatus.UNREADABLE)
    found = converted(series(grid, wavelength=MO, status=status), TargetOptions(line="Cu-Ka1"))
    n = (grid > 2 * np.degrees(np.arcsin(MO / CU))).sum()
    np.testing.assert_array_equal(found.unreachable_count, [n, n, 0])
    assert [Flag.ANGLES_UNREACHABLE in f for f in found.flags] == [True, True, False]
    assert np.isnan(found.two_theta_target_deg[0, -n:]).all()
    assert np.isfinite(found.two_theta_target_deg[0, :-n]).all()
    assert found.status == status


def test_a_line_shown_on_the_axis_of_a_mean_is_flagged():
    """The high-loading study: Mo 0.70931 to Cu 1.54178 is Kalpha1 to a mean."""
    target = TargetOptions(wavelength_angstrom=1.54178)
    flagged = {
        0.70931: True,
        0.4522: True,
        mean_angstrom(*KALPHA_ANGSTROM["Mo"]): False,
        mean_angstrom(CU, CU2): False,
    }
    for wavelength, expected in flagged.items():
        found = converted(series(wavelength=wavelength), target)
        assert (Flag.KALPHA_MEAN_FROM_KALPHA1 in found.flags[0]) is expected
        assert found.target_is_mean
    found = converted(series(wavelength=0.70931), TargetOptions())
    assert Flag.KALPHA_MEAN_FROM_KALPHA1 not in found.flags[0]


def test_a_doublet_stays_one_and_says_so():
    doublet = {"kalpha2_angstrom": np.full(3, 0.713607), "kalpha2_ratio": np.full(3, 0.5)}
    found = converted(series(wavelength=MO, **doublet), TargetOptions())
    assert Flag.DOUBLET_KEPT in found.flags[0]
    same = converted(series(wavelength=CU, **doublet), TargetOptions())  # 1.5406 for 1.540593
    assert same.flags[0] == ()


def test_flags_of_the_files_stay():
    found = converted(series(flags=((Flag.NOT_COUNTS,),) * 3), TargetOptions())
    assert found.flags[0] == (Flag.NOT_COUNTS,)


def test_counts_are_kept_on_the_common_grid():
    data = series(n=4)
    found = converted(data, TargetOptions(rebin_step_deg=0.05))
    np.testing.assert_allclose(np.diff(found.rebinned_deg), 0.05, rtol=1e-9)
    total = np.nansum(found.rebinned_counts, axis=1)
    np.testing.assert_allclose(total, data.intensity_counts.sum(axis=1), rtol=1e-12)
    assert found.measured is data


def test_a_long_series_is_shared_out_like_each_of_its_frames():
    grid = np.arange(5.0, 8.0, 0.01)
    data = series(grid, n=600)
    found = converted(data, TargetOptions(rebin_step_deg=0.05))
    one = series(grid, data.intensity_counts[599:], n=1)
    alone = converted(one, TargetOptions(rebin_step_deg=0.05))
    np.testing.assert_array_equal(found.rebinned_counts[599], alone.rebinned_counts[0])
    np.testing.assert_array_equal(found.rebinned_sigma_counts[599], alone.rebinned_sigma_counts[0])


def test_a_peak_stands_where_its_spacing_does_after_rebinning():
    peak = 1e4 * np.exp(-0.5 * ((GRID - 12.0) / 0.05) ** 2)
    found = converted(
        series(counts=np.tile(peak, (3, 1))),
        TargetOptions(wavelength_angstrom=1.0, rebin_step_deg=0.02),
    )
    counts = np.nan_to_num(found.rebinned_counts[0])
    centre = (found.rebinned_deg * counts).sum() / counts.sum()
    expected = 2 * np.degrees(np.arcsin(np.sin(np.radians(6.0)) / 0.4522))
    assert centre == pytest.approx(expected, abs=2e-3)


def test_frames_on_grids_of_their_own_share_the_common_one():
    grid = np.stack([np.linspace(5, 20, 301), np.linspace(8, 26, 301)])
    grid[1, 290:] = np.nan
    counts = np.full(grid.shape, 10.0)
    counts[1, 290:] = np.nan
    found = converted(series(grid, counts, wavelength=MO), TargetOptions(rebin_step_deg=0.1))
    total = np.nansum(found.rebinned_counts, axis=1)
    np.testing.assert_allclose(total, [3010.0, 2900.0], rtol=1e-12)
    assert np.isnan(found.rebinned_counts[1, 0])
    assert np.isnan(found.rebinned_counts[0, -1])


def test_failed_frames_and_unreachable_points_get_no_counts():
    grid = np.arange(10.0, 80.0, 0.5)
    status = (FrameStatus.OK, FrameStatus.UNREADABLE, FrameStatus.OK)
    data = series(grid, wavelength=MO, status=status)
    found = converted(data, TargetOptions(rebin_step_deg=0.2))
    assert np.isnan(found.rebinned_counts[1]).all()
    reached = np.isfinite(found.two_theta_target_deg[0])
    np.testing.assert_allclose(
        np.nansum(found.rebinned_counts[0]), data.intensity_counts[0, reached].sum(), rtol=1e-12
    )
    assert found.rebinned_deg[-1] <= 180.0


def test_esds_of_the_file_are_carried():
    sigma = np.full((1, GRID.size), 2.0)
    data = series(n=1, sigma_counts=sigma, wavelength=1.5406)
    found = converted(data, TargetOptions(rebin_step_deg=0.016))
    whole = np.isfinite(found.rebinned_sigma_counts[0])
    assert (found.rebinned_sigma_counts[0][whole] <= 2.0 + 1e-9).all()
    # With the grid unchanged but for its start, the variance of a bin is w^2 + (1 - w)^2 of a point's.
    w = (GRID[0] - 0.008) / 0.016 % 1 - 0.5
    inner = found.rebinned_sigma_counts[0][5:-5] ** 2 / 4
    np.testing.assert_allclose(inner, w**2 + (1 - abs(w)) ** 2, rtol=1e-6)


def test_the_correction_scales_by_lorentz_and_polarisation():
    flat = np.full((1, GRID.size), 100.0)
    data = series(counts=flat, n=1, wavelength=MO)
    keep, correct = (
        converted(data, TargetOptions(rebin_step_deg=0.1, polarisation=p))
        for p in ("keep", "correct")
    )
    ratio = (correct.rebinned_counts / keep.rebinned_counts)[0]
    low, high = 10, ratio.size - 10
    back = [2 * np.degrees(np.arcsin(np.sin(np.radians(keep.rebinned_deg[i] / 2)) * MO / 1.5406)) for i in (low, high)]  # fmt: skip
    expected = to_cu_ratio(np.array(back), MO)
    sigma_ratio = (correct.rebinned_sigma_counts / keep.rebinned_sigma_counts)[0]
    np.testing.assert_allclose(sigma_ratio[[low, high]], expected, rtol=5e-3)
    np.testing.assert_allclose(ratio[[low, high]], expected, rtol=5e-3)


def test_a_correction_without_a_grid_is_refused():
    with pytest.raises(ValidationError, match="needs `rebin_step_deg`"):
        TargetOptions(polarisation="correct")
