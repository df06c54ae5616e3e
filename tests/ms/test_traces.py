"""Traces over a reference."""

import numpy as np

from pipeline.ms.clock import place
from pipeline.ms.options import ClockOptions
from pipeline.ms.records import ChannelStatus
from pipeline.ms.traces import TOTAL, traces
from tests.ms.build import clock_s, run_of


def made(rows, channels=None, by=None, names=("mz_32", "mz_40")):
    run = run_of(rows, names=names)
    return traces("gas", run, place(run, None, None, ClockOptions()), channels, by)


def test_without_a_reference_all_are_divided_by_one_number():
    found = made([np.full(50, 1.0), np.full(50, 3.0)])
    assert found.reference == TOTAL
    np.testing.assert_allclose(found.intensity_normalised, [[0.25] * 50, [0.75] * 50])


def test_a_carrier_takes_away_what_all_channels_share():
    drift = 1.0 - 0.3 * clock_s(100) / clock_s(100)[-1]
    found = made([2.0 * drift, 50.0 * drift], by="mz_40")
    assert found.channel == ("mz_32",)
    np.testing.assert_allclose(found.intensity_normalised[0], 0.04)


def test_a_carrier_that_is_not_positive_is_a_status():
    found = made([np.ones(50), np.linspace(-1, 1, 50)], by="mz_40")
    assert found.status == (ChannelStatus.NO_REFERENCE,)
    assert "-1" in found.reason[0]


def test_a_channel_that_was_not_recorded_is_a_status_and_the_others_go_on():
    found = made([np.ones(50), np.ones(50)], channels=["mz_44", "mz_32"])
    assert found.status == (ChannelStatus.NOT_RECORDED, ChannelStatus.OK)
    assert "no channel mz_44" in found.reason[0]


def test_too_few_points_are_a_status():
    found = made([np.ones(20), np.ones(20)])
    assert set(found.status) == {ChannelStatus.TOO_SHORT}
