"""One clock: offsets, wall clocks, delays, and the temperature of each point."""

import dataclasses

import numpy as np
import pytest

from pipeline.ms.clock import place, temperature_at
from pipeline.ms.options import ClockOptions, GasOptions
from pipeline.ms.records import Flag, MassCurve, Outcome
from pipeline.ms.release import releases
from pipeline.ms.traces import traces
from tests.ms.build import (
    RATE_C_PER_S,
    clock_s,
    correlated,
    frames_of,
    gaussian,
    heating_c,
    placed_on,
    run_of,
)


def found(run, frames, **clock):
    placed = placed_on(run, frames, **clock)
    return releases(traces("gas", run, placed, None, None), GasOptions())


def late_run(delay_s):
    """A run whose gas was released at 190 C and reached the analyser late."""
    time_s = clock_s()
    noise = 0.01 * correlated(np.random.default_rng(3), time_s.size)
    return run_of(1.0 + gaussian(time_s - delay_s, 190.0, 6.0) + noise)


def test_a_delay_left_out_makes_the_onset_late_by_delay_times_heating_rate():
    delay_s, run = 90.0, late_run(90.0)
    known = found(run, frames_of(), clock_offset_s=0, transfer_delay_s=delay_s)
    ignored = found(run, frames_of(), clock_offset_s=0)
    late_c = ignored.onset_c[0] - known.onset_c[0]
    assert late_c == pytest.approx(delay_s * RATE_C_PER_S, abs=1e-6)
    assert known.onset_c[0] == pytest.approx(190.0 - 2 * 6.0, abs=3 * known.onset_sigma_c[0])
    assert Flag.DELAY_NOT_GIVEN in ignored.flags[0]
    assert Flag.DELAY_NOT_GIVEN not in known.flags[0]


def test_the_delay_s_sigma_is_carried_into_positions_alone():
    run = late_run(40.0)
    sure = found(run, frames_of(), transfer_delay_s=40)
    unsure = found(run, frames_of(), transfer_delay_s=40, transfer_delay_sigma_s=30)
    options = GasOptions.model_validate({"clock": {"transfer_delay_sigma_s": 30}})
    placed = placed_on(run, frames_of(), transfer_delay_s=40)
    unsure = releases(traces("gas", run, placed, None, None), options)
    expected = np.hypot(sure.onset_sigma_c[0], 30 * RATE_C_PER_S)
    assert unsure.onset_sigma_c[0] == pytest.approx(expected, rel=1e-6)
    assert unsure.peak_sigma_s[0] == pytest.approx(np.hypot(sure.peak_sigma_s[0], 30), rel=1e-6)
    assert unsure.fwhm_sigma_c[0] == sure.fwhm_sigma_c[0]


def test_wall_clocks_in_both_files_put_them_together():
    run = dataclasses.replace(late_run(0.0), start_iso="2022-11-28T10:05:00")
    frames = frames_of(start_iso="2022-11-28T10:00:00")
    placed = placed_on(run, frames)
    np.testing.assert_allclose(placed.time_s[0], run.time_s[0] + 300.0)
    assert Flag.CLOCK_ASSUMED not in placed.flags


def test_without_wall_clocks_both_are_taken_to_start_together_with_a_flag():
    placed = placed_on(late_run(0.0), frames_of())
    assert Flag.CLOCK_ASSUMED in placed.flags
    np.testing.assert_allclose(placed.time_s[0], clock_s())
    assert Flag.CLOCK_ASSUMED not in placed_on(late_run(0.0), frames_of(), clock_offset_s=0).flags


def test_the_offset_is_added():
    placed = placed_on(late_run(0.0), frames_of(), clock_offset_s=120.0, transfer_delay_s=20.0)
    np.testing.assert_allclose(placed.time_s[0], clock_s() + 100.0)
    inside = placed.time_s[0] < 119 * 60
    np.testing.assert_allclose(placed.temperature_c[0][inside], heating_c(placed.time_s[0][inside]))


def test_temperatures_of_the_own_file_come_first_and_are_those_of_the_moment_the_gas_left():
    time_s = clock_s(100)
    run = dataclasses.replace(run_of(np.ones(100)), temperature_c=heating_c(time_s)[None])
    placed = place(run, None, frames_of(), ClockOptions(transfer_delay_s=40))
    np.testing.assert_allclose(placed.temperature_c[0][20:], heating_c(time_s[20:] - 40))


def test_temperatures_are_interpolated_and_reach_one_step_beyond_the_ends():
    known_s, known_c = np.array([0.0, 60.0, 120.0]), np.array([25.0, np.nan, 33.0])
    at = temperature_at(np.array([60.0, -60.0, 180.0, 241.0]), known_s, known_c)
    np.testing.assert_allclose(at, [29.0, 21.0, 37.0, np.nan])
    assert np.isnan(temperature_at(np.array([1.0]), known_s[:1], known_c[:1])).all()


@pytest.mark.parametrize(
    ("stamp", "begins_s"), [("2022-11-28T10:01:00", 60.0), ("2022-11-28T11:01:00", 60.0)]
)
def test_the_date_of_a_thermobalance_is_its_start_or_its_end(stamp, begins_s):
    time_s = np.arange(0, 3601.0)
    curve = MassCurve("tga.txt", stamp, time_s, heating_c(time_s), np.ones(time_s.size))
    run = run_of(np.ones(950), start_iso="2022-11-28T10:00:00")
    placed = place(run, curve, None, ClockOptions())
    assert placed.mass_s[0] == begins_s
    assert Flag.CLOCK_ASSUMED in placed.flags
    asked = place(run, curve, None, ClockOptions(sidecar_offset_s=7.0))
    assert asked.mass_s[0] == 7.0
    assert Flag.CLOCK_ASSUMED not in asked.flags
    np.testing.assert_allclose(asked.temperature_c[0, 100], heating_c(400.0 - 7.0))


def test_without_temperatures_the_release_is_in_time_alone():
    run = late_run(0.0)
    placed = place(run, None, None, ClockOptions(transfer_delay_s=0))
    got = releases(traces("gas", run, placed, None, None), GasOptions())
    assert Flag.TEMPERATURE_NOT_KNOWN in got.flags[0]
    assert got.outcome == (Outcome.RELEASE,)
    assert np.isfinite(got.onset_s[0])
    assert np.isnan(got.onset_c[0])
    assert got.verdict == ("",)
