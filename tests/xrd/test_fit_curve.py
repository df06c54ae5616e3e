"""The curve behind a fitted line, computed again from its numbers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import voigt_profile

from pipeline.xrd.fit_curve import fit_curve, worst_fit
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.records import ConvertedSeries, LineStatus, PeakTracks
from tests.xrd import build

OPTIONS = TrackOptions(window_deg=0.3)
TRUTH = build.heated(6)


def exact(slope: float = 0.0, kalpha2: float = 0.0) -> tuple[ConvertedSeries, PeakTracks]:
    """Patterns without noise on a straight background, and the numbers of their lines."""
    series, tracks = build.converted(TRUTH), build.tracks(TRUTH)
    x = series.measured.two_theta_deg
    counts = 50.0 + slope * (x - 10.0)
    angstrom = build.SYNCHROTRON_ANGSTROM
    other = angstrom * 1.0025
    for j in range(8):
        area = np.nan_to_num(tracks.area_counts_deg[:, j : j + 1])
        place = tracks.position_deg[:, j : j + 1]
        sigma = tracks.fwhm_deg[:, j : j + 1] / np.sqrt(8 * np.log(2))
        second = 2 * np.degrees(np.arcsin(other / angstrom * np.sin(np.radians(place / 2))))
        for at, share in ((place, 1.0), (second, kalpha2)):
            bell = voigt_profile(x - np.nan_to_num(at), np.nan_to_num(sigma, nan=1.0), 0.0)
            counts = counts + area * share / (1 + kalpha2) * bell
    n = TRUTH.n_frames
    measured = replace(
        series.measured,
        intensity_counts=counts,
        kalpha2_angstrom=np.full(n, other if kalpha2 else np.nan),
        kalpha2_ratio=np.full(n, kalpha2 or np.nan),
    )
    return replace(series, measured=measured), tracks


@pytest.mark.parametrize("slope", [0.0, 3.0])
@pytest.mark.parametrize("kalpha2", [0.0, 0.5])
def test_model_is_what_the_data_were_made_of(slope: float, kalpha2: float) -> None:
    series, tracks = exact(slope, kalpha2)
    curve = fit_curve(series, tracks, 0, 2, OPTIONS)
    assert curve is not None
    np.testing.assert_allclose(curve.model_counts, curve.counts, rtol=1e-6)
    np.testing.assert_allclose(
        curve.background_counts, 50.0 + slope * (curve.two_theta_deg - 10.0), rtol=1e-5
    )
    np.testing.assert_allclose(curve.sigma_counts, np.sqrt(curve.model_counts))
    total = curve.component_counts.sum(axis=0) + curve.background_counts
    np.testing.assert_allclose(total, curve.model_counts)


def test_a_split_line_has_a_half_width_of_its_own_on_either_side() -> None:
    """`asymmetry_ratio` is the half width below the maximum over that above."""
    series, tracks = exact()
    skew = replace(tracks, asymmetry_ratio=np.full_like(tracks.asymmetry_ratio, 3.0))
    curve = fit_curve(series, skew, 0, 0, OPTIONS)
    assert curve is not None
    (line,) = curve.component_counts
    x, place, fwhm = curve.two_theta_deg, tracks.position_deg[0, 0], tracks.fwhm_deg[0, 0]
    below = np.interp(place - 0.75 * fwhm, x, line)
    above = np.interp(place + 0.25 * fwhm, x, line)
    assert below / line.max() == pytest.approx(0.5, abs=0.03)
    assert above / line.max() == pytest.approx(0.5, abs=0.06)


def test_group_is_the_chain_of_lines_whose_windows_meet() -> None:
    series, tracks = exact()
    labels = [tracks.lines.hkl[i] for i in fit_curve(series, tracks, 0, 2, OPTIONS).lines]
    assert labels == ["101", "006", "102"]
    alone = fit_curve(series, tracks, 0, 0, OPTIONS)
    assert alone is not None
    assert [tracks.lines.hkl[i] for i in alone.lines] == ["003"]
    assert np.ptp(alone.two_theta_deg) <= 0.6


def test_background_of_noisy_counts_is_the_maximum_of_the_likelihood() -> None:
    """The score of a Poisson likelihood, `sum (y - m) / m`, is zero for each coefficient."""
    series, tracks = build.converted(TRUTH), build.tracks(TRUTH)
    curve = fit_curve(series, tracks, 0, 4, OPTIONS)
    assert curve is not None
    pull = (curve.counts - curve.model_counts) / curve.model_counts
    t = curve.two_theta_deg - curve.two_theta_deg.mean()
    assert abs(pull.sum()) < 1e-6 * np.abs(pull).sum()
    assert abs((pull * t).sum()) < 1e-6 * np.abs(pull * t).sum()


def test_excluded_parts_are_left_out() -> None:
    series, tracks = exact()
    used = OPTIONS.model_copy(update={"exclude_deg": [(10.7, 10.8)]})
    curve = fit_curve(series, tracks, 0, 2, used)
    assert curve is not None
    assert not ((curve.two_theta_deg > 10.7) & (curve.two_theta_deg < 10.8)).any()


def test_sigma_is_the_files_where_it_states_one_and_the_scatter_where_nobody_knows() -> None:
    series, tracks = build.converted(TRUTH), build.tracks(TRUTH)
    unknown = np.full(TRUTH.n_frames, np.nan)
    given = replace(
        series.measured,
        gain_ratio=unknown,
        sigma_counts=np.full_like(series.measured.intensity_counts, 7.0),
    )
    stated = fit_curve(replace(series, measured=given), tracks, 0, 4, OPTIONS)
    assert stated is not None
    np.testing.assert_array_equal(stated.sigma_counts, 7.0)
    blind = replace(series.measured, gain_ratio=unknown)
    scatter = fit_curve(replace(series, measured=blind), tracks, 0, 4, OPTIONS)
    assert scatter is not None
    assert np.ptp(scatter.sigma_counts) == 0
    rest = (scatter.counts - scatter.model_counts) / scatter.sigma_counts
    assert np.mean(rest**2) == pytest.approx(1.0, rel=1e-6)


def test_the_worst_of_the_fitted_lines_is_found() -> None:
    tracks = build.tracks(TRUTH)
    chi2 = np.array(tracks.reduced_chi2)
    chi2[2, 4] = 9.0
    chi2[0, 7] = 99.0  # the spinel is absent at the start: no fit
    assert tracks.line_status[0][7] is LineStatus.ABSENT
    assert worst_fit(replace(tracks, reduced_chi2=chi2)) == (2, 4)


def test_without_a_fit_there_is_no_curve() -> None:
    series, tracks = build.converted(TRUTH), build.tracks(TRUTH, bad=tuple(range(6)))
    assert worst_fit(tracks) is None
    assert fit_curve(series, tracks, 0, 2, OPTIONS) is None
