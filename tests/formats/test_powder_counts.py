"""Counts come back where that is exact, and only there."""

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder.counts import checked, counted
from pipeline.formats.powder.pattern import Pattern

COUNTS = np.array([24224.0, 7.0, 0.0, 13.0])


def test_counts_stay() -> None:
    got = counted(COUNTS, "f")
    assert got.is_counts
    assert got.remarks == ()
    assert np.array_equal(got.intensity_counts, COUNTS)


def test_rates_become_counts_again() -> None:
    got = counted(COUNTS / 15.24, "f", per_second=True, counting_time_s=15.24)
    assert got.is_counts
    assert np.array_equal(got.intensity_counts, COUNTS)
    assert got.remarks == ("counts per second of the file made counts again",)


def test_rounded_rates_stay_rates() -> None:
    rates = np.round(COUNTS / 15.24, 1)
    got = counted(rates, "f", per_second=True, counting_time_s=15.24)
    assert not got.is_counts
    assert np.array_equal(got.intensity_counts, rates)
    assert "stay" in got.remarks[0]


def test_rates_without_a_time_stay_rates() -> None:
    got = counted(COUNTS, "f", per_second=True)
    assert not got.is_counts
    assert got.remarks == ("counts per second without a counting time, so they stay",)


def test_corrected_intensities_are_no_counts() -> None:
    got = counted(COUNTS + 0.3, "f")
    assert (got.is_counts, got.sigma_counts) == (False, None)


def test_one_attenuation_for_all_is_undone_where_the_maker_applied_it() -> None:
    applied = counted(COUNTS * 188, "f", attenuation=188.0)
    raw = counted(COUNTS, "f", attenuation=188.0, applied=False)
    for got in (applied, raw):
        assert got.is_counts
        assert np.array_equal(got.intensity_counts, COUNTS)
        assert "attenuation of 188" in got.remarks[0]


@pytest.mark.parametrize("applied", [True, False])
def test_attenuation_of_some_points_keeps_one_scale_and_the_esd(applied: bool) -> None:
    factor = np.array([10.0, 1.0, 1.0, 1.0])
    values = COUNTS * factor if applied else COUNTS
    got = counted(values, "f", attenuation=factor, applied=applied)
    assert not got.is_counts
    assert np.allclose(got.intensity_counts, COUNTS * factor)
    assert got.sigma_counts is not None
    assert np.allclose(got.sigma_counts, np.sqrt(np.maximum(COUNTS, 1)) * factor)


def test_unequal_counting_times_are_put_on_the_mean() -> None:
    time_s = np.array([1.0, 1.0, 2.0, 4.0])
    got = counted(10 * time_s, "f", counting_time_s=time_s)
    assert not got.is_counts
    assert np.allclose(got.intensity_counts, 20.0)
    assert got.sigma_counts is not None
    assert np.allclose(got.sigma_counts, 20 / np.sqrt(10 * time_s))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_what_no_detector_counts_is_refused(bad: float) -> None:
    with pytest.raises(RawDataError, match=r"f: intensity 2 of 3 is (nan|inf|-1) and 1 are"):
        counted(np.array([1.0, bad, 3.0]), "f")


def test_no_points_and_no_factor_are_refused() -> None:
    with pytest.raises(RawDataError, match="holds no points"):
        counted(np.empty(0), "f")
    with pytest.raises(RawDataError, match="not a positive number"):
        counted(COUNTS, "f", attenuation=0.0)


def pattern(*angles: float) -> Pattern:
    counts = np.arange(len(angles), dtype=float)
    return Pattern("f", "", "x", np.array(angles), counts, sigma_counts=counts + 1)


def test_descending_angles_are_turned_round() -> None:
    got = checked(pattern(12.0, 11.0, 10.0), "f")
    assert np.array_equal(got.two_theta_deg, [10, 11, 12])
    assert np.array_equal(got.intensity_counts, [2, 1, 0])
    assert got.sigma_counts is not None
    assert np.array_equal(got.sigma_counts, [3, 2, 1])
    assert got.remarks == ("angles descend in the file, turned round",)


@pytest.mark.parametrize("angles", [(10, 11, 10.5), (10, 10, 11), (10, 10, 10), (12, 11, 11.5)])
def test_angles_that_turn_or_stand_are_refused(angles: tuple[float, ...]) -> None:
    with pytest.raises(RawDataError, match="against the rest of the scan"):
        checked(pattern(*angles), "f")


@pytest.mark.parametrize("angles", [(10, np.nan, 11), (10, 500, 600)])
def test_angles_that_are_none_are_refused(angles: tuple[float, ...]) -> None:
    with pytest.raises(RawDataError, match="no scan of 2theta"):
        checked(pattern(*angles), "f")
