"""XRDML: every form in which the schemas state positions, times, counts and wavelengths."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import xrdml
from pipeline.formats.powder.pattern import Pattern
from tests.formats.powder import write, xrdml_file, xrdml_scan

OMEGA = xrdml_scan(positions="<commonPosition>20</commonPosition>", axis="Omega")


def read(tmp_path: Path, text: str) -> list[Pattern]:
    return xrdml.read(write(tmp_path / "f.xrdml", text), "f.xrdml")


def test_scan_is_read(tmp_path: Path) -> None:
    (got,) = read(tmp_path, xrdml_file(xrdml_scan()))
    assert (got.format, got.label, got.scan_axis) == ("PANalytical XRDML 2.1", "", "Gonio")
    assert np.array_equal(got.two_theta_deg, [10, 11, 12, 13])
    assert np.array_equal(got.intensity_counts, [10, 20, 30, 40])
    assert got.is_counts
    assert (got.counting_time_s, got.duration_s, got.radius_mm) == (2.0, 60.0, 240.0)
    assert got.time_iso == "2024-01-02T03:04:05+01:00"
    assert np.isnan(got.temperature_c)


def test_matches_in_any_encoding() -> None:
    text = xrdml_file(xrdml_scan())
    assert xrdml.matches(text.encode())
    assert xrdml.matches(text.encode("utf-16"))
    assert not xrdml.matches(b"<?xml version='1.0'?><svg/>")


def test_listed_positions(tmp_path: Path) -> None:
    listed = "<listPositions>10 10.5 12 13</listPositions>"
    (got,) = read(tmp_path, xrdml_file(xrdml_scan(positions=listed)))
    assert np.array_equal(got.two_theta_deg, [10, 10.5, 12, 13])


def test_rates_of_old_files_become_counts(tmp_path: Path) -> None:
    scan = xrdml_scan("5 10.5 0 1.5", tag="intensities", unit="cps")
    (got,) = read(tmp_path, xrdml_file(scan, schema="1.0"))
    assert got.is_counts
    assert np.array_equal(got.intensity_counts, [10, 21, 0, 3])


def test_listed_counting_times(tmp_path: Path) -> None:
    scan = xrdml_scan(time="<countingTimes>1 1 2 4</countingTimes>")
    (got,) = read(tmp_path, xrdml_file(scan))
    assert np.allclose(got.intensity_counts, np.array([10, 20, 15, 10]) * 2)
    assert not got.is_counts


@pytest.mark.parametrize(("tag", "scale"), [("intensities", 1), ("counts", 188)])
def test_only_intensities_have_the_attenuation_in_them(
    tmp_path: Path, tag: str, scale: int
) -> None:
    factors = "<beamAttenuationFactors>188 188 1 1</beamAttenuationFactors>"
    (got,) = read(tmp_path, xrdml_file(xrdml_scan("188 376 5 6", tag=tag, extra=factors)))
    assert np.allclose(got.intensity_counts, [188 * scale, 376 * scale, 5, 6])
    assert got.sigma_counts is not None
    assert got.sigma_counts[0] == pytest.approx(188 * (188 if scale > 1 else 1) ** 0.5)


def test_several_scans_are_labelled_and_other_axes_passed_over(tmp_path: Path) -> None:
    found = read(tmp_path, xrdml_file(xrdml_scan(), OMEGA, xrdml_scan("1 2 3 4")))
    assert [p.label for p in found] == ["scan 1", "scan 2"]
    assert found[1].intensity_counts[3] == 4
    assert all("1 scans of the file over another axis passed over" in p.remarks for p in found)


def test_file_without_a_powder_scan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match=r"without a scan over 2theta \(it holds: Omega\)"):
        read(tmp_path, xrdml_file(OMEGA))
    with pytest.raises(RawDataError, match="no scan at all"):
        read(tmp_path, xrdml_file())


MIRROR = '<xRayMirror name="Bragg-Brentano HD"/>'
GRAPHITE = '<monochromator name="Curved graphite"/>'
JOHANSSON = '<monochromator name="Johansson 1xGe111"><crystal>Ge</crystal></monochromator>'


@pytest.mark.parametrize(
    ("intended", "optics", "is_doublet", "says"),
    [
        ("K-Alpha", "", True, False),
        ("K-Alpha 1", MIRROR, True, True),
        ("K-Alpha 1", GRAPHITE, True, True),
        ("K-Alpha 1", JOHANSSON, False, False),
        ("K-Alpha", JOHANSSON, False, False),
    ],
)
def test_doublet_goes_only_behind_a_crystal(
    tmp_path: Path, intended: str, optics: str, is_doublet: bool, says: bool
) -> None:
    (got,) = read(tmp_path, xrdml_file(xrdml_scan(), intended=intended, optics=optics))
    assert got.radiation is not None
    assert got.radiation.wavelength_angstrom == 1.540598
    assert got.radiation.is_doublet == is_doublet
    assert any("intends Kalpha1" in r for r in got.remarks) == says


def test_kbeta_is_kept(tmp_path: Path) -> None:
    (got,) = read(tmp_path, xrdml_file(xrdml_scan(), intended="K-Beta"))
    assert got.radiation is not None
    assert got.radiation.wavelength_angstrom == 1.39225
    assert "measured with K-Beta" in got.remarks


def test_temperature_comes_from_kelvin(tmp_path: Path) -> None:
    heated = (
        '<nonAmbientPoints type="Temperature"><nonAmbientTimes>0 1</nonAmbientTimes>'
        '<nonAmbientValues unit="K">773 773.3</nonAmbientValues></nonAmbientPoints>'
    )
    (got,) = read(tmp_path, xrdml_file(xrdml_scan(after=heated)))
    assert got.temperature_c == pytest.approx(500.0)


def test_other_conditions_are_no_temperature(tmp_path: Path) -> None:
    humid = (
        '<nonAmbientPoints type="Humidity"><nonAmbientValues>40</nonAmbientValues>'
        "</nonAmbientPoints>"
    )
    (got,) = read(tmp_path, xrdml_file(xrdml_scan(after=humid)))
    assert np.isnan(got.temperature_c)


def test_aborted_scan_says_so(tmp_path: Path) -> None:
    (got,) = read(tmp_path, xrdml_file(xrdml_scan(status="Aborted")))
    assert "'Aborted'" in got.remarks[0]


@pytest.mark.parametrize(
    ("scan", "reason"),
    [
        (xrdml_scan("1 nan 3 4"), "intensity 2 of 4 is nan"),
        (xrdml_scan("1 -2 3 4"), "intensity 2 of 4 is -2"),
        (xrdml_scan(""), "holds no points"),
        (xrdml_scan("1 2 x 4"), "holds something else than numbers"),
        (xrdml_scan(positions="<listPositions>1 2</listPositions>"), "2 2theta positions for 4"),
        (xrdml_scan(time="<countingTimes>1 2</countingTimes>"), "2 counting times for 4"),
        (xrdml_scan(positions="<startPosition>1</startPosition>"), "no scan of 2theta"),
        (xrdml_scan().replace("03:05:05", "soon"), "are no times"),
        (xrdml_scan().replace('unit="deg"', 'unit="rad"'), "'rad', deg was expected"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, scan: str, reason: str) -> None:
    with pytest.raises(RawDataError, match=reason):
        read(tmp_path, xrdml_file(scan))


def test_entity_bomb_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "ha">]>'
    with pytest.raises(RawDataError, match="declares a document type"):
        read(tmp_path, xrdml_file(xrdml_scan(), head=bomb))
