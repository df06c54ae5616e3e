"""Scans and sidecar brought together by time."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.options import SidecarOptions
from pipeline.core.study import Dataset
from pipeline.formats.covariates import join
from pipeline.formats.eclab import read_runs
from pipeline.formats.electrochem import ElectrochemRun
from pipeline.xas.read import read_series

ROW = Dataset("d", "xas", "sample", "x", cycle=3, temperature_c=25, voltage_v=3.7)
RUN = ElectrochemRun(
    "2022-07-26T22:00:00",
    np.array([0.0, 100.0, 200.0, 5000.0]),
    voltage_v=np.array([3.0, 3.1, 3.2, 4.0]),
    charge_mah=np.array([0.0, 1.0, 2.0, 10.0]),
    cycle=np.array([1.0, 1.0, 2.0, 2.0]),
)


def at(*clock: str) -> tuple[str, ...]:
    return tuple(f"2022-07-26T{c}" if c else "" for c in clock)


def test_interpolation_in_time() -> None:
    found, matched = join(at("22:00:50", "22:02:30"), RUN, ROW, SidecarOptions())
    np.testing.assert_allclose(found.time_s, [50, 150])
    np.testing.assert_allclose(found.voltage_v, [3.05, 3.15])
    np.testing.assert_allclose(found.charge_mah, [0.5, 1.5])
    np.testing.assert_array_equal(found.cycle, [1, 1])
    # The sidecar does not record the temperature: the table's holds.
    np.testing.assert_array_equal(found.temperature_c, [25, 25])
    assert matched == (True, True)
    on_the_row, _ = join(at("22:03:20"), RUN, ROW, SidecarOptions())
    np.testing.assert_array_equal(on_the_row.cycle, [2])


def test_clock_offset() -> None:
    found, _ = join(at("22:00:50"), RUN, ROW, SidecarOptions(clock_offset_s=50))
    np.testing.assert_allclose(found.voltage_v, [3.1])
    np.testing.assert_allclose(found.time_s, [100])


@pytest.mark.parametrize(
    ("clock", "gap", "matched"),
    [
        ("22:13:19", 600, True),  # 599 s after the row at 200 s
        ("22:13:21", 600, False),
        ("21:59:00", 60, True),
        ("21:58:59", 60, False),
        ("23:23:20", 1, True),  # on the last row
        ("", 600, False),
    ],
)
def test_gaps(clock: str, gap: float, matched: bool) -> None:
    found, is_matched = join(at(clock), RUN, ROW, SidecarOptions(max_gap_s=gap))
    assert is_matched == (matched,)
    assert np.isfinite(found.voltage_v[0]) == matched
    assert np.isfinite(found.charge_mah[0]) == matched
    assert np.isfinite(found.cycle[0]) == matched
    assert np.isfinite(found.time_s[0]) == bool(clock)


def test_rows_without_a_value_are_passed_over() -> None:
    run = ElectrochemRun(
        "2022-07-26T22:00:00", np.array([0.0, 10, 20]), np.array([3.0, np.nan, 4.0])
    )
    found, _ = join(at("22:00:10"), run, ROW, SidecarOptions())
    np.testing.assert_allclose(found.voltage_v, [3.5])
    assert np.isnan(found.charge_mah).all()


def test_seconds_without_a_start_begin_with_the_first_scan() -> None:
    run = ElectrochemRun("", np.array([0.0, 60.0]), np.array([3.0, 4.0]))
    found, matched = join(at("", "10:00:00", "10:00:30"), run, ROW, SidecarOptions())
    assert matched == (False, True, True)
    np.testing.assert_allclose(found.voltage_v[1:], [3.0, 3.5])


def test_a_time_zone_is_taken_as_the_clock_on_the_wall() -> None:
    found, _ = join(("2022-07-26T22:00:50+02:00",), RUN, ROW, SidecarOptions())
    np.testing.assert_allclose(found.time_s, [50])


def test_without_a_sidecar_the_table_holds() -> None:
    found, matched = join(at("", "10:00:00", "10:01:00"), None, ROW, SidecarOptions())
    assert matched == (True, True, True)
    np.testing.assert_array_equal(found.cycle, [3, 3, 3])
    np.testing.assert_array_equal(found.voltage_v, [3.7] * 3)
    np.testing.assert_array_equal(found.time_s, [np.nan, 0, 60])
    assert np.isnan(found.charge_mah).all()
    given = Dataset("d", "xas", "sample", "x", time_s=7.0)
    found, _ = join(at("10:00:00", ""), None, given, SidecarOptions())
    np.testing.assert_array_equal(found.time_s, [7, 7])
    assert np.isnan(found.voltage_v).all()


def test_no_scan_at_all() -> None:
    found, matched = join((), RUN, ROW, SidecarOptions())
    assert matched == ()
    assert found.voltage_v.shape == (0,)


@pytest.mark.data
def test_lno_operando_charge_grows_with_the_scans(data_dir: Path) -> None:
    folder = data_dir / "xas/perex_rock_lno"
    files = sorted((folder / "XAS_normalized_subset").glob("*.txt"))
    row = Dataset("d", "xas", "sample", "x", element="Ni", edge="K", mode="transmission")
    times = read_series(row, [(f, f.name) for f in files]).time_iso
    run = read_runs(sorted((folder / "EC").glob("*.mpt")))
    found, matched = join(times, run, row, SidecarOptions())
    assert matched == (True,) * 23
    # First scan 23:03:03.06, EC-Lab started 22:38:30.190 on the same day.
    assert found.time_s[0] == pytest.approx(1472.869, abs=0.001)
    assert (np.diff(found.time_s) > 0).all()
    assert ((found.voltage_v > 2.9) & (found.voltage_v < 4.35)).all()
    # The first scans run through the first charge at 154 uA.
    rate_mah_per_h = np.diff(found.charge_mah[:4]) / (np.diff(found.time_s[:4]) / 3600)
    np.testing.assert_allclose(rate_mah_per_h, 0.154, rtol=0.01)
