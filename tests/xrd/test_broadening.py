"""Williamson-Hall: known size and strain back, the instrument taken off, sigmas that cover, refusals."""

import numpy as np
import pytest
from scipy.special import voigt_profile

from pipeline.core.errors import AnalysisError
from pipeline.physics.breadths import (
    GAUSS_BREADTH,
    LORENTZ_BREADTH,
    freed_breadth,
    voigt_breadth,
    voigt_parts,
)
from pipeline.xrd.broadening import broadening
from pipeline.xrd.options import BroadeningOptions
from pipeline.xrd.records import Flag, FrameStatus, LineStatus
from tests.xrd.known_lines import CU, LAYERED, NMC, tracks, true_two_theta

CELL = (2.87, 2.87, 14.2, 90, 90, 120)
EXACT = true_two_theta(LAYERED, CELL)
K = 0.94


def lorentz_fwhm(size_nm, strain, two_theta=EXACT):
    """Widths of Lorentzian lines of a size and a strain, degrees."""
    theta = np.radians(two_theta / 2)
    beta = K * CU / (10 * size_nm * np.cos(theta)) + 4 * strain * np.tan(theta)
    return np.degrees(beta) / LORENTZ_BREADTH


def made(fwhm, eta=1.0, sigma=1e-4, position=EXACT, **given):
    shape = np.atleast_2d(fwhm).shape
    fields = {
        "fwhm_deg": np.atleast_2d(fwhm),
        "fwhm_sigma_deg": np.full(shape, sigma),
        "lorentz_fraction": np.broadcast_to(eta, shape),
    }
    return tracks(NMC, np.broadcast_to(position, shape), **(fields | given))


def fit(sample, instrument=None, **more):
    options = BroadeningOptions(instrument="lab6" if instrument else None, **more)
    return broadening(sample, "NMC", options, instrument)


def test_parts_of_pure_lines():
    """A Lorentzian has pi/2 FWHM of breadth and a Gaussian 1.0645, and neither a part of the other."""
    lorentz, gauss = voigt_parts(np.array([0.2, 0.2]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(lorentz, [0.2 * np.pi / 2, 0.0], atol=1e-12)
    np.testing.assert_allclose(gauss[1], 0.2 * 1.0644670, rtol=1e-6)
    assert gauss[0] < 0.01 * 0.2 * 1.07  # the published polynomial ends at 1 - 1.00008


@pytest.mark.parametrize("ratio", [0.0, 0.1, 1.0, 10.0, 1e5])
def test_breadth_of_a_voigt_line_is_area_over_height(ratio):
    gauss_fwhm, lorentz_fwhm_ = 1.0, ratio
    height = voigt_profile(0.0, gauss_fwhm / 2.3548200450309493, lorentz_fwhm_ / 2)
    found = voigt_breadth(
        np.array(lorentz_fwhm_ * LORENTZ_BREADTH), np.array(gauss_fwhm * GAUSS_BREADTH)
    )
    assert found == pytest.approx(1 / height, rel=1e-5)


def test_freeing_undoes_convolution():
    """Parts of sample and instrument, convolved: Lorentz adds, Gauss in squares; the sample's comes back."""
    own = np.array([0.08, 0.05]), np.array([0.05, 0.09])
    theirs = np.array([0.03, 0.04]), np.array([0.06, 0.02])
    found = freed_breadth(own[0] + theirs[0], np.hypot(own[1], theirs[1]), *theirs)
    np.testing.assert_allclose(found, voigt_breadth(*own), rtol=1e-12)
    assert np.isnan(freed_breadth(*theirs, *theirs)).all()


def test_noise_broadens_by_what_is_documented():
    """A purely Lorentzian sample: the Gauss part, zero, comes out on either side and is cut off at zero."""
    rng = np.random.default_rng(5)
    gauss = 0.06 * (1 + 0.03 * rng.normal(size=20000))
    found = freed_breadth(np.array(0.05), gauss, np.array(0.01), np.array(0.06))
    assert np.isfinite(found).all()
    assert found.mean() == pytest.approx(0.04 * 1.065, rel=0.01)
    assert np.median(found) == pytest.approx(0.04, rel=0.01)


@pytest.mark.parametrize(("size_nm", "strain"), [(50.0, 0.002), (15.0, 0.0), (300.0, 0.004)])
def test_known_size_and_strain_come_back(size_nm, strain):
    found = fit(made(lorentz_fwhm(size_nm, strain)))
    # The profile's published polynomials are good to a few parts in ten thousand.
    assert found.size_nm[0] == pytest.approx(size_nm, rel=5e-3)
    assert found.strain_percent[0] == pytest.approx(100 * strain, abs=2e-3)
    assert found.flags[0] == (Flag.INSTRUMENT_NOT_REMOVED,)
    assert found.lines[:2] == ("003", "101")
    assert found.line_count[0] == 8


def test_the_instrument_is_taken_off():
    """Gaussian instrument widths after Caglioti, convolved with Lorentzian size and strain."""
    t = np.tan(np.radians(EXACT / 2))
    w_gauss = np.sqrt(0.01 * t**2 - 0.004 * t + 0.006)
    standard = made(w_gauss, 0.0)
    w_lorentz = lorentz_fwhm(40.0, 0.001)
    w = (
        w_gauss**5
        + 2.69269 * w_gauss**4 * w_lorentz
        + 2.42843 * w_gauss**3 * w_lorentz**2
        + 4.47163 * w_gauss**2 * w_lorentz**3
        + 0.07842 * w_gauss * w_lorentz**4
        + w_lorentz**5
    ) ** 0.2
    q = w_lorentz / w
    eta = 1.36603 * q - 0.47719 * q**2 + 0.11116 * q**3
    found = fit(made(w, eta), standard)
    assert found.size_nm[0] == pytest.approx(40.0, rel=0.03)
    assert found.strain_percent[0] == pytest.approx(0.1, abs=0.01)
    assert found.flags[0] == ()
    assert found.instrument == "lab6"
    without = fit(made(w, eta))
    assert without.size_nm[0] < 0.9 * 40.0
    # A standard that is named but whose lines nobody followed took nothing off.
    unknown = broadening(made(w, eta), "NMC", BroadeningOptions(instrument="lab6"), None)
    assert unknown.instrument == ""


def test_quoted_sigmas_cover_and_correlate():
    """Widths and Lorentz fractions drawn together, correlated as a peak fit correlates them."""
    rng = np.random.default_rng(11)
    n, sigma, correlation = 6000, np.array([2e-3, 0.03]), -0.7
    covariance = np.outer(sigma, sigma) * [[1, correlation], [correlation, 1]]
    width = lorentz_fwhm(40.0, 0.002)
    exact = fit(made(width, 0.6))
    drawn = rng.multivariate_normal([0.0, 0.0], covariance, (n, 8))
    known = {
        "lorentz_sigma_fraction": np.full((n, 8), sigma[1]),
        "width_shape_correlation_ratio": np.full((n, 8), correlation),
    }
    found = fit(made(width + drawn[..., 0], 0.6 + drawn[..., 1], sigma[0], **known))
    for name in ("size_nm", "strain_percent"):
        unit = name.rsplit("_", 1)
        error = getattr(found, f"{unit[0]}_sigma_{unit[1]}")
        pull = (getattr(found, name) - getattr(exact, name)[0]) / error
        assert np.mean(np.abs(pull) < 1) == pytest.approx(0.70, abs=0.03), name
    together = np.corrcoef(found.size_nm, found.strain_percent)[0, 1]
    assert np.median(found.correlation_ratio) == pytest.approx(together, abs=0.03)
    assert together > 0.5


def test_a_shape_that_was_held_adds_its_own_sigma():
    width, nan = lorentz_fwhm(40.0, 0.002), np.full((1, 8), np.nan)
    taken_as_exact = fit(made(width, 0.6))
    held = fit(made(width, 0.6, lorentz_sigma_fraction=nan, width_shape_correlation_ratio=nan))
    assert held.size_sigma_nm[0] > 2 * taken_as_exact.size_sigma_nm[0]
    assert held.size_nm[0] == pytest.approx(taken_as_exact.size_nm[0], rel=0.02)


def test_milled_powder_is_smaller_and_more_strained():
    found = fit(made(np.concatenate([lorentz_fwhm(120.0, 0.0005), lorentz_fwhm(20.0, 0.004)])))
    assert found.size_nm[0] - found.size_nm[1] > 5 * np.hypot(*found.size_sigma_nm)
    assert found.strain_percent[1] > found.strain_percent[0]


def test_frames_without_an_answer_say_why():
    width = np.repeat(lorentz_fwhm(40.0, 0.002), 5, axis=0)
    words = np.full(width.shape, LineStatus.FITTED, dtype=object)
    words[1, 1:] = LineStatus.ABSENT
    width[2] = 0.5 * np.tan(np.radians(EXACT / 2)) / np.cos(np.radians(EXACT / 2)) ** 2
    width[3] = np.linspace(1.5, 0.05, 8)
    frames = [FrameStatus.OK] * 4 + [FrameStatus.UNREADABLE]
    found = fit(made(width, status=words, frames=frames, sigma=1e-3))
    assert [str(s) for s in found.status] == ["ok", "too_few_lines", "not_physical", "not_physical", "unreadable"]  # fmt: skip
    assert np.isnan(found.size_nm[1:]).all()
    assert np.isnan(found.strain_percent[1:]).all()
    assert "two at different angles" in found.reason[1]
    assert "below zero" in found.reason[2]


def test_lines_no_broader_than_the_instrument_do_not_count():
    width = lorentz_fwhm(40.0, 0.002)
    standard = made(width)
    found = fit(made(0.99 * width), standard)
    assert found.status == (FrameStatus.TOO_FEW_LINES,)
    assert "0 are broader" in found.reason[0]


def test_two_lines_are_flagged():
    found = fit(made(lorentz_fwhm(40.0, 0.002)), lines=[LAYERED[0], LAYERED[7]])
    assert Flag.NO_DEGREES_OF_FREEDOM in found.flags[0]
    assert found.lines == ("003", "110")
    assert found.size_nm[0] == pytest.approx(40.0, rel=5e-3)


def test_another_wavelength_of_the_standard_is_refused():
    standard = made(lorentz_fwhm(1000.0, 0.0), wavelength=0.7093)
    with pytest.raises(AnalysisError, match=r"1\.54059 angstrom.*0\.70930"):
        fit(made(lorentz_fwhm(40.0, 0.002)), standard)


def test_a_standard_without_lines_is_refused():
    standard = made(lorentz_fwhm(1000.0, 0.0), status=LineStatus.ABSENT)
    with pytest.raises(AnalysisError, match="no line of the instrument's standard"):
        fit(made(lorentz_fwhm(40.0, 0.002)), standard)
