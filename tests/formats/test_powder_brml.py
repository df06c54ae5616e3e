"""Bruker .brml: columns by their description, absorbers, parts, images."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import brml
from pipeline.formats.powder.pattern import Pattern
from tests.formats.powder import brml_file, brml_views, write

HEATER = (
    '<RawDataView Start="5" Length="1"><Recording LogicName="modeActualTemp">'
    '<Unit Base="{}"/></Recording></RawDataView>'
)
WARM = ("1,1,10,5,7,298.15", "1,1,10.02,5.01,9,300.15", "1,1,10.04,5.02,8,302.15")
PARTS = '<SubScanInfo StartStepNo="0"/><SubScanInfo StartStepNo="2"/>'


def read(tmp_path: Path, data: bytes) -> list[Pattern]:
    return brml.read(write(tmp_path / "f.brml", data), "f.brml")


def test_scan_is_read(tmp_path: Path) -> None:
    (got,) = read(tmp_path, brml_file())
    assert np.array_equal(got.two_theta_deg, [10, 10.02, 10.04])
    assert np.array_equal(got.intensity_counts, [7, 9, 8])
    assert got.is_counts
    assert (got.counting_time_s, got.duration_s) == (1.0, 600.0)
    assert got.radiation is not None
    assert got.radiation.is_doublet


def test_columns_stand_where_the_file_says(tmp_path: Path) -> None:
    views = brml_views().replace("TwoTheta", "Omega").replace('"Theta"', '"TwoTheta"')
    (got,) = read(tmp_path, brml_file(views=views))
    assert np.array_equal(got.two_theta_deg, [5, 5.01, 5.02])


def test_crystal_leaves_kalpha1(tmp_path: Path) -> None:
    (got,) = read(tmp_path, brml_file(optics="/Component/Optic/ChannelCut/B2"))
    assert got.radiation is not None
    assert not got.radiation.is_doublet


@pytest.mark.parametrize(("unit", "celsius"), [("Kelvin", 27.0), ("DegreeCelsius", 300.15)])
def test_recorded_temperature(tmp_path: Path, unit: str, celsius: float) -> None:
    data = brml_file(WARM, views=brml_views(extra=HEATER.format(unit)))
    assert read(tmp_path, data)[0].temperature_c == pytest.approx(celsius)


def test_absorber_keeps_one_scale(tmp_path: Path) -> None:
    rows = ("1,1,10,5,7", "1,8.3,10.02,5.01,830", "1,1,10.04,5.02,8")
    (got,) = read(tmp_path, brml_file(rows))
    assert np.allclose(got.intensity_counts, [7, 830, 8])
    assert got.sigma_counts is not None
    assert got.sigma_counts[1] == pytest.approx(83.0)


def test_scan_that_repeats_comes_in_parts(tmp_path: Path) -> None:
    rows = ("1,1,10,5,7", "1,1,10.02,5.01,9", "1,1,10,5,6", "1,1,10.02,5.01,8")
    found = read(tmp_path, brml_file(rows, sub_scans=PARTS, points=4))
    assert [p.label for p in found] == ["scan 1", "scan 2"]
    assert np.array_equal(found[1].intensity_counts, [6, 8])


def test_scan_that_was_stopped_says_so(tmp_path: Path) -> None:
    (got,) = read(tmp_path, brml_file(points=50))
    assert "3 of 50 points were measured" in got.remarks


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (brml_file(axis="Phi"), r"no scan .* over 2theta \(1 over other axes\)"),
        (brml_file(axis="", sub_scans='<ScaleAxisInfo AxisId="TwoTheta"/>'), "a still of a line"),
        (brml_file(views=""), "does not say which column is Counts, TwoTheta"),
        (brml_file(views=brml_views(length=192)), "gave 192 numbers a point"),
        (brml_file(views=brml_views(start=9)), "fewer than its description names"),
        (brml_file(("1,1,10,5,7", "1,1,10.02,5.01")), "rows of unequal length"),
        (brml_file(("1,1,10,5,7", "1,1,10.02,5.01,x")), "something else than numbers"),
        (brml_file(("1,1,10,5,7", "1,1,10.02,5.01,nan")), "intensity 2 of 2 is nan"),
        (brml_file(()), "the scan holds no points"),
        (brml_file(points=2), "3 points, 2 stated"),
        (brml_file()[:300], "cannot be opened"),
    ],
)
def test_damage_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(RawDataError, match=reason):
        read(tmp_path, data)
