"""Rigaku .ras and .rasx: headers in any code page, attenuators, several scans."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import ras, rasx
from pipeline.formats.powder.pattern import Pattern
from pipeline.formats.powder.rigaku import time_of
from tests.formats.powder import ras_file, ras_scan, rasx_file, write, zipped


def read(tmp_path: Path, text: str, encoding: str = "cp932") -> list[Pattern]:
    return ras.read(write(tmp_path / "f.ras", text.encode(encoding)), "f.ras")


def test_scan_is_read(tmp_path: Path) -> None:
    (got,) = read(tmp_path, ras_file(ras_scan()))
    assert np.array_equal(got.two_theta_deg, [10, 10.02, 10.04])
    assert np.array_equal(got.intensity_counts, [26, 15, 22])
    assert got.is_counts
    assert got.counting_time_s == pytest.approx(0.6)
    assert (got.time_iso, got.duration_s) == ("2017-11-21T08:32:31", 60.0)
    assert got.radiation is not None
    assert got.radiation.is_doublet


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig"])
def test_code_pages(tmp_path: Path, encoding: str) -> None:
    text = ras_file(ras_scan(FILE_COMMENT="標準試料台", MEAS_SCAN_AXIS_X="2θ/θ"))
    assert len(read(tmp_path, text, encoding)) == 1


def test_windows_line_ends(tmp_path: Path) -> None:
    assert len(read(tmp_path, ras_file(ras_scan()).replace("\n", "\r\n"))) == 1


def test_rates_become_counts(tmp_path: Path) -> None:
    rows = "10 10 1\n10.02 5 1\n10.04 0 1\n"
    (got,) = read(tmp_path, ras_file(ras_scan(rows, MEAS_SCAN_UNIT_Y="cps")))
    assert got.is_counts
    assert np.array_equal(got.intensity_counts, [6, 3, 0])


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ("10 723.0 7.23\n10.02 15 1\n10.04 22 1\n", 723.0),  # 100 counts, factor in them
        ("10 101 7.23\n10.02 15 1\n10.04 22 1\n", 730.23),  # 101 counts, factor beside them
    ],
)
def test_numbers_tell_whether_the_attenuation_is_in_them(
    tmp_path: Path, rows: str, first: float
) -> None:
    (got,) = read(tmp_path, ras_file(ras_scan(rows)))
    assert got.intensity_counts[0] == pytest.approx(first)
    assert got.sigma_counts is not None
    assert got.sigma_counts[0] == pytest.approx(7.23 * round(first / 7.23) ** 0.5)


def test_attenuation_that_cannot_be_told_is_refused(tmp_path: Path) -> None:
    rows = "10 100.5 7.23\n10.02 15 1\n10.04 22 1\n"
    with pytest.raises(RawDataError, match=r"attenuation goes from 1 to 7\.23"):
        read(tmp_path, ras_file(ras_scan(rows)))


def test_several_scans(tmp_path: Path) -> None:
    omega = ras_scan(MEAS_SCAN_AXIS_X_INTERNAL="Omega")
    found = read(tmp_path, ras_file(ras_scan(), omega, ras_scan()))
    assert [p.label for p in found] == ["scan 1", "scan 2"]
    assert "passed over" in found[0].remarks[0]
    with pytest.raises(RawDataError, match=r"no scan .* over 2theta \(it holds: Omega\)"):
        read(tmp_path, ras_file(omega))


def test_heater_gives_the_temperature(tmp_path: Path) -> None:
    axis = {
        "MEAS_COND_AXIS_NAME_INTERNAL-9": "Temp",
        "MEAS_COND_AXIS_POSITION-9": "550",
        "MEAS_COND_AXIS_UNIT-9": "C",
    }
    (got,) = read(tmp_path, ras_file(ras_scan(**axis)))
    assert got.temperature_c == 550


def test_unknown_line_gives_no_wavelength(tmp_path: Path) -> None:
    (got,) = read(tmp_path, ras_file(ras_scan(MEAS_COND_XG_WAVE_TYPE="La")))
    assert got.radiation is None
    assert any("'La' is not known" in r for r in got.remarks)


def test_dates_are_month_first() -> None:
    assert time_of("11/05/20 18:14:35") == ("2020-11-05T18:14:35", "")
    assert time_of("25/11/20 18:14:35")[0] == ""
    assert time_of("") == ("", "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ras_file(ras_scan())[:-30], "1 scans begin and 0 are whole"),
        (ras_file(ras_scan(), ras_scan())[:-30], "2 scans begin and 1 are whole"),
        ("*RAS_DATA_START\n", "0 scans begin"),
        (ras_file(ras_scan("10 26 1\n10.02 15 1\n")), "states 3 points, 2 are there"),
        (ras_file(ras_scan("10 26 1\n10.02 15\n10.04 1 1\n")), "row 2 of the scan holds 2"),
        (ras_file(ras_scan("10 26 1\n10.02 x 1\n10.04 1 1\n")), "something else than numbers"),
        (ras_file(ras_scan("10 26 1\n10.02 nan 1\n10.04 1 1\n")), "intensity 2 of 3 is nan"),
        (ras_file(ras_scan(MEAS_SCAN_STEP="wide")), r"\*MEAS_SCAN_STEP is 'wide'"),
        (ras_file(ras_scan(MEAS_SCAN_UNIT_X="mm")), "'mm', deg was expected"),
    ],
)
def test_damage_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(RawDataError, match=reason):
        read(tmp_path, text)


def read_x(tmp_path: Path, data: bytes) -> list[Pattern]:
    return rasx.read(write(tmp_path / "f.rasx", data), "f.rasx")


def test_rasx_is_read(tmp_path: Path) -> None:
    (got,) = read_x(tmp_path, rasx_file())
    assert np.array_equal(got.intensity_counts, [26, 15])
    assert got.radiation is not None
    assert not got.radiation.is_doublet


def test_rasx_damage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match="states 3 points, 2 are there"):
        read_x(tmp_path, rasx_file(count=3))
    with pytest.raises(RawDataError, match=r"no scan .* over 2theta \(it holds: Phi\)"):
        read_x(tmp_path, rasx_file(axis="Phi"))
    with pytest.raises(RawDataError, match="MesurementConditions0.xml' is not in this archive"):
        read_x(tmp_path, zipped({"Data0/Profile0.txt": "1 2 3", "root.xml": "<a/>"}))
    with pytest.raises(RawDataError, match="cannot be opened"):
        read_x(tmp_path, rasx_file()[:200])
