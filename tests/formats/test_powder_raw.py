"""Binary .raw of Siemens, Bruker and STOE."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import bruker_raw, stoe_raw
from pipeline.formats.powder.pattern import Pattern
from tests.formats.powder import raw1, raw2, raw3, raw4, stoe, write


def read(tmp_path: Path, data: bytes) -> list[Pattern]:
    module = bruker_raw if bruker_raw.matches(data) else stoe_raw
    return module.read(write(tmp_path / "f.raw", data), "f.raw")


@pytest.mark.parametrize(
    ("data", "format_name", "start", "time_s"),
    [
        (raw1(), "Bruker RAW v1", 15.985, 4.0),
        (raw2(), "Bruker RAW v2", 5.0, 3.0),
        (raw3(), "Bruker RAW v3", 3.0, 0.5),
        (raw4(), "Bruker RAW v4", 10.0, 77.9),
    ],
)
def test_versions(
    tmp_path: Path, data: bytes, format_name: str, start: float, time_s: float
) -> None:
    (got,) = read(tmp_path, data)
    assert (got.format, got.label, got.is_counts) == (format_name, "", True)
    assert np.allclose(got.two_theta_deg, start + 0.02 * np.arange(3), rtol=0, atol=1e-12)
    assert np.array_equal(got.intensity_counts, [5, 6, 7])
    assert got.counting_time_s == pytest.approx(time_s)
    assert got.radiation is not None
    assert got.radiation.wavelength_angstrom == 1.5406
    assert got.radiation.kalpha2_ratio == 0.5


def test_times(tmp_path: Path) -> None:
    assert read(tmp_path, raw2())[0].time_iso == "1997-12-19T21:57:00"
    assert read(tmp_path, raw3())[0].time_iso == "2010-03-04T20:59:31"
    assert read(tmp_path, raw4())[0].time_iso == "2018-07-11T15:55:31"


@pytest.mark.parametrize(("kelvin", "celsius"), [(773, 499.85), (65535, None), (0, None)])
def test_temperature_of_version_2(tmp_path: Path, kelvin: int, celsius: float | None) -> None:
    got = read(tmp_path, raw2(kelvin=kelvin))[0].temperature_c
    assert got == pytest.approx(celsius or float("nan"), nan_ok=True)


@pytest.mark.parametrize("magic", [b"RAW ", b""])
def test_ranges_of_version_1_with_and_without_their_mark(tmp_path: Path, magic: bytes) -> None:
    found = read(tmp_path, raw1(following=1) + raw1((8, 9), magic=magic))
    assert [p.label for p in found] == ["range 1", "range 2"]
    assert np.array_equal(found[1].intensity_counts, [8, 9])


def test_descending_scan_is_turned_round(tmp_path: Path) -> None:
    (got,) = read(tmp_path, raw2(step=-0.02))
    assert np.array_equal(got.intensity_counts, [7, 6, 5])
    assert got.remarks == ("angles descend in the file, turned round",)


def test_ranges_of_version_4_over_other_axes_are_passed_over(tmp_path: Path) -> None:
    one = raw4()
    rocking = raw4(scan=b"Rocking Curve")[61 + 136 :]
    (got,) = read(tmp_path, one + rocking)
    assert got.remarks == ("1 ranges of the file over another axis passed over",)


def test_wide_records_of_version_4_are_said(tmp_path: Path) -> None:
    (got,) = read(tmp_path, raw4(wide=True))
    assert np.array_equal(got.intensity_counts, [5, 6, 7])
    assert "records of 8 bytes" in got.remarks[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (raw1()[:-2], r"f\.raw: the ranges end at byte 168, the file at 166"),
        (raw1() + b"\0\0\0\0", "the ranges end at byte 168, the file at 172"),
        (raw1((5, -6, 7)), "intensity 2 of 3 is -6"),
        (raw1((5, float("nan"), 7)), "intensity 2 of 3 is nan"),
        (raw1(()), "holds no points"),
        (raw2()[:100], "the file ends at byte 100"),
        (raw3(varying=1), "stand beside its counts"),
        (raw3(record=12), "stand beside its counts"),
        (raw3(scan=3), "no range of this file is over 2theta"),
        (raw3()[:-1], "the ranges end at byte 1028, the file at 1027"),
        (raw4(scan=b"Rocking Curve"), r"no range .* \(it holds: Rocking Curve\)"),
        (raw4(drive_deg=20.0), "starts at 10 deg, its drive 2Theta at 20"),
        (raw4((5, -164.5, 7)), "scrambled, damaged or processed"),
        (raw4()[:-1], "the file ends at byte"),
        (raw4()[:61], "no range at all"),
    ],
)
def test_damage_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(RawDataError, match=reason):
        read(tmp_path, data)


def test_stoe_is_read(tmp_path: Path) -> None:
    (got,) = read(tmp_path, stoe())
    assert np.allclose(got.two_theta_deg, [10, 10.02, 10.04], rtol=0, atol=1e-12)
    assert np.array_equal(got.intensity_counts, [11, 15, 12])
    assert not got.is_counts
    assert (got.time_iso, got.duration_s) == ("2020-09-22T17:18:00", 3780.0)
    assert got.radiation is not None
    assert got.radiation.wavelength_angstrom == 1.54056


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"RAW_1.07Powdat" + stoe()[14:], "only 'RAW_1.06Powdat' is known"),
        (stoe()[:-512], "do not agree: cut short"),
        (stoe(theta=6.0), "do not agree"),
        (stoe(highest=16), r"counts from 11 to 15 \(11 to 16 stated\)"),
    ],
)
def test_stoe_that_contradicts_itself_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(RawDataError, match=reason):
        read(tmp_path, data)
