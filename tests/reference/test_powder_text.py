"""Every powder pattern in text, HDF5 or a zip folder beside the project: as it should be, or refused for a reason.

`powder_text.tsv` has one row a file and way to read it. Numbers of points, ends and sums in it were computed with
awk, not with our readers. Of an archive the row describes the first pattern.

Licences and sources, see `MANIFEST.tsv` beside the data.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.options import SidecarOptions
from pipeline.core.study import Dataset
from pipeline.formats.powder import Pattern, read_patterns
from pipeline.xrd.options import SourceOptions
from pipeline.xrd.read import describe, read_series
from pipeline.xrd.records import Flag, FrameStatus

pytestmark = pytest.mark.data

TABLE = Path(__file__).with_name("powder_text.tsv")
with TABLE.open(encoding="utf-8", newline="") as handle:
    ROWS = list(csv.DictReader(handle, delimiter="\t"))
GOOD = [row for row in ROWS if row["points"]]
BAD = [row for row in ROWS if not row["points"]]
OTHERS = (".raw", ".rasx", ".ras", ".brml", ".xrdml")  # `test_powder_binary` reads them


def name_of(row: dict[str, str]) -> str:
    return f"{Path(row['file']).name}{row['columns']}"


def patterns_of(data_dir: Path, row: dict[str, str]) -> list[Pattern]:
    columns = dict(cell.split("=") for cell in row["columns"].split())
    return read_patterns(data_dir / "xrd" / row["file"], row["file"], columns=columns)


def test_every_file_stands_in_the_table(data_dir: Path) -> None:
    there = {
        path.relative_to(data_dir / "xrd").as_posix()
        for path in (data_dir / "xrd").rglob("*")
        if path.is_file() and path.suffix.lower() not in OTHERS and "LICENSE" not in path.name
    }
    assert there == {row["file"] for row in ROWS}


@pytest.mark.parametrize("row", GOOD, ids=name_of)
def test_numbers_are_those_of_the_file(data_dir: Path, row: dict[str, str]) -> None:
    patterns = patterns_of(data_dir, row)
    assert len(patterns) == int(row["frames"])
    pattern = patterns[0]
    assert pattern.two_theta_deg.size == int(row["points"])
    ends = [float(row["first_deg"]), float(row["last_deg"])]
    tolerance = 2e-4 if row["file"].endswith("BT86_.UXD") else 1e-6  # printed as 40.00
    np.testing.assert_allclose(pattern.two_theta_deg[[0, -1]], ends, atol=tolerance)
    if row["intensity_sum"]:
        assert pattern.intensity_counts.sum() == pytest.approx(
            float(row["intensity_sum"]), rel=1e-9
        )
    if row["sigma_sum"]:
        assert pattern.sigma_counts is not None
        assert pattern.sigma_counts.sum() == pytest.approx(float(row["sigma_sum"]), rel=1e-8)
    elif not row["file"].endswith("1517474.cif"):
        assert pattern.sigma_counts is None
    found = pattern.radiation.wavelength_angstrom if pattern.radiation else ""
    assert found == (float(row["wavelength_angstrom"]) if row["wavelength_angstrom"] else "")
    assert pattern.time_iso == row["time"]


@pytest.mark.parametrize("row", BAD, ids=name_of)
def test_a_refusal_says_why(data_dir: Path, row: dict[str, str]) -> None:
    with pytest.raises(RawDataError) as caught:
        patterns_of(data_dir, row)
    assert row["refusal"] in str(caught.value)
    assert row["file"] in str(caught.value)


@pytest.mark.parametrize("row", GOOD, ids=name_of)
def test_a_good_file_can_be_inspected(data_dir: Path, row: dict[str, str]) -> None:
    if int(row["points"]) < 10 or row["columns"]:
        return
    if "ocx" not in row["file"]:
        assert int(dict(describe(data_dir / "xrd" / row["file"]))["points"]) > 20


def read(data_dir: Path, name: str) -> Pattern:
    [pattern] = read_patterns(data_dir / "xrd" / name, name)
    return pattern


def test_one_scan_in_three_formats(data_dir: Path) -> None:
    """LiCoO2: equal counts; the angles of the .dat are 0.015 deg higher, and nobody can say which is right."""
    raw, uxd, dat = (read(data_dir, f"lco_powbase/LiCoO2.{e}") for e in ("RAW", "UXD", "dat"))
    np.testing.assert_array_equal(raw.intensity_counts, uxd.intensity_counts)
    np.testing.assert_array_equal(dat.intensity_counts, uxd.intensity_counts)
    np.testing.assert_allclose(raw.two_theta_deg, uxd.two_theta_deg, atol=1e-4)
    np.testing.assert_allclose(dat.two_theta_deg - uxd.two_theta_deg, 0.015, atol=1e-9)
    assert raw.counting_time_s == uxd.counting_time_s == 12.5
    assert uxd.radiation is not None
    assert uxd.radiation.kalpha2_ratio == 0.514


def test_one_scan_in_two_formats(data_dir: Path) -> None:
    raw, uxd = (read(data_dir, f"formats_xylib/{n}") for n in ("BT86.raw", "BT86_.UXD"))
    np.testing.assert_array_equal(raw.intensity_counts, uxd.intensity_counts)
    np.testing.assert_allclose(raw.two_theta_deg, uxd.two_theta_deg, atol=1e-3)
    assert (raw.time_iso, raw.radius_mm) == (uxd.time_iso, uxd.radius_mm)


def test_nexus_made_from_an_xrdml_file(data_dir: Path) -> None:
    nexus = read(data_dir, "formats_fairmat/xrdml_918-16_10_ref.nxs")
    origin = read(data_dir, "formats_fairmat/XRD-918-16_10.xrdml")
    np.testing.assert_array_equal(nexus.intensity_counts, origin.intensity_counts)
    np.testing.assert_allclose(nexus.two_theta_deg, origin.two_theta_deg, atol=1e-6)
    assert nexus.counting_time_s == origin.counting_time_s == 39.27
    assert nexus.radiation is not None
    assert nexus.radiation.kalpha2_angstrom == 1.544426


def test_text_exported_from_xrdml(data_dir: Path) -> None:
    """Perovskite series: what the authors exported is what the instrument wrote."""
    for dat, xrdml in (("000s", "220615_0s"), ("120s", "220615_120s"), ("Si_ref", "Si-reference")):
        text = read(data_dir, f"peakshift_perovskite_pvlab/{dat}.dat")
        origin = read(data_dir, f"peakshift_perovskite_pvlab/{xrdml}_GIXRD.xrdml")
        np.testing.assert_allclose(text.two_theta_deg, origin.two_theta_deg, atol=1e-6)
        np.testing.assert_array_equal(text.intensity_counts, origin.intensity_counts)


def test_a_third_column_of_a_background_is_no_esd(data_dir: Path) -> None:
    pattern = read(data_dir, "autoxrd_li_mn/MnO2.xy")
    assert pattern.sigma_counts is None
    assert "not taken for esds" in pattern.remarks[0]


def test_esds_in_brackets_of_a_cif(data_dir: Path) -> None:
    """`5540(160)` is 5540 with an esd of 160; the sums of digits are those of awk."""
    pattern = read(data_dir, "formats_xylib/1517474.cif")
    assert pattern.sigma_counts is not None
    assert pattern.intensity_counts[:3].tolist() == [5540, 4570, 4140]
    assert pattern.sigma_counts[:3].tolist() == [160, 140, 130]
    assert pattern.intensity_counts.sum() == 1481903
    assert pattern.sigma_counts.sum() == 74423
    assert pattern.temperature_c == pytest.approx(10 - 273.15)


def test_a_zip_folder_is_a_series(data_dir: Path) -> None:
    name = "operando_coincell_datalab/coincell8_LDE2_reduced.zip"
    row = Dataset("cell", "xrd", "sample", name, mode="debye-scherrer", wavelength_angstrom=0.4)
    series = read_series(
        row, [(data_dir / "xrd" / name, name)], SourceOptions(), None, SidecarOptions()
    )
    assert series.status == (FrameStatus.OK,) * 5
    assert series.label == tuple(f"{n}_summed_mythen3" for n in range(1355639, 1355672, 8))
    # Some points are means of two modules: their variance is no single multiple of the intensity.
    assert np.isnan(series.gain_ratio).all()
    assert np.isfinite(series.sigma_counts).all()
    assert "cc8.ndax" in series.remarks[0]
    assert Flag.GRID_DIFFERS not in series.flags[0]
    # The log beside them: 19:05:59.614 to 19:06:56.167, then 19:15:03.582 to 19:15:59.280.
    assert series.time_iso[0] == "2025-07-02T19:06:27.890500"
    assert series.covariates.time_s[1] == pytest.approx(543.5405)


def test_esds_that_follow_the_counts_tell_their_scale(data_dir: Path) -> None:
    """Sigma^2 over the intensity, by awk over the files: 2.13 at 11-BM, 1 for the Mythens."""
    for name, gain in (
        ("bmb.xye", 2.129),
        ("mythen.dat", 1.0),
        ("mythen.xye", 1.0),
        ("mac.xye", 0.529),
    ):
        path = data_dir / "xrd/formats_datalab" / f"example_{name}"
        row = Dataset(
            "d", "xrd", "sample", name, mode="debye-scherrer", wavelength_angstrom=0.414581
        )
        series = read_series(row, [(path, name)], SourceOptions(), None, SidecarOptions())
        assert series.status == (FrameStatus.OK,), series.reason
        assert series.gain_ratio[0] == pytest.approx(gain, rel=2e-3)


def test_times_and_doublet_of_the_operando_series(data_dir: Path) -> None:
    folder = data_dir / "xrd/nax_o3_operando_datalab"
    files = [(folder / f"Scan_C{i}.xrdml", f"Scan_C{i}.xrdml") for i in range(1, 11)]
    row = Dataset("na", "xrd", "sample", "Scan_C*.xrdml", mode="bragg-brentano")
    series = read_series(row, files, SourceOptions(), None, SidecarOptions())
    assert series.status == (FrameStatus.OK,) * 10
    assert (np.diff(series.covariates.time_s) > 800).all()
    assert (series.gain_ratio == 1).all()
    lost = read_series(
        row, [f for f in files if "C3." not in f[1]], SourceOptions(), None, SidecarOptions()
    )
    assert lost.remarks[2].endswith("missing before this frame, by the numbers of the names: 3")
