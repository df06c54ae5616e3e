"""Counts per second that stay rates say so, whatever format they came in."""

import math

import numpy as np
import pytest

from pipeline.formats.powder.counts import counted
from pipeline.formats.powder.rates import as_counts

COUNTS = np.array([3.0, 17.0, 24224.0, 0.0])


@pytest.mark.parametrize(
    ("rates", "time_s", "attenuation", "is_counts", "is_rate"),
    [
        (COUNTS / 15.24, 15.24, 1.0, True, False),
        (COUNTS / 15.24 * 0.937, 15.24, 1.0, False, True),
        (COUNTS, math.nan, 1.0, False, True),
        (COUNTS / 15.24 * 0.937, 15.24, 5.0, False, False),
    ],
)
def test_rates(
    rates: np.ndarray, time_s: float, attenuation: float, is_counts: bool, is_rate: bool
) -> None:
    found = counted(rates, "f", attenuation=attenuation, per_second=True, counting_time_s=time_s)
    assert (found.is_counts, found.is_rate) == (is_counts, is_rate)
    if is_counts:
        np.testing.assert_array_equal(found.intensity_counts, COUNTS)


def test_rates_come_back_as_counts_only_as_far_as_they_were_printed() -> None:
    printed = np.round(COUNTS / 15.24, 4)
    np.testing.assert_array_equal(as_counts(printed, 15.24, 4), COUNTS)
    assert as_counts(np.round(COUNTS / 15.24, 1), 15.24, 1) is None
    assert as_counts(COUNTS * 0.937, 15.24) is None
    assert as_counts(COUNTS, math.nan) is None
