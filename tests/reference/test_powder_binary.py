"""Every binary, XML and Rigaku powder pattern beside the project: read as it should be, or refused for a stated reason.

`powder_binary.tsv` has one row a scan. Its numbers were computed from the files without our readers: XRDML, BRML and
RAS by regular expressions over their text, RASX by unzip and cut, RAW by `od` at the place of the counts. Whether Kalpha2 is
there was measured (`test_kalpha2_is_where_no_monochromator_stands`). Totals of attenuated scans are on the corrected scale.

Licences and sources, see `MANIFEST.tsv` beside the data: datalab, fairmat-readers-xrd, PyXRD, xrdpattern, xylib,
powbase (tests only), pvlab, dara, NIST, xerus.
"""

import csv
import math
import re
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.optimize import curve_fit

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import brml, bruker_raw, ras, rasx, stoe_raw, xrdml
from pipeline.formats.powder.archive import open_archive
from pipeline.formats.powder.pattern import Pattern
from tests.formats.powder import read_any

pytestmark = pytest.mark.data

SUFFIXES = (".xrdml", ".ras", ".rasx", ".brml", ".raw")
TABLE = Path(__file__).with_name("powder_binary.tsv")
with TABLE.open(encoding="utf-8", newline="") as handle:
    ROWS = list(csv.DictReader(handle, delimiter="\t"))
GOOD = [row for row in ROWS if not row["refusal"]]
BAD = [row for row in ROWS if row["refusal"]]
FILES = sorted({row["file"] for row in ROWS})


def name_of(row: dict[str, str]) -> str:
    return f"{Path(row['file']).name} {row['label']}".strip()


def scan_of(data_dir: Path, row: dict[str, str]) -> Pattern:
    found = read_any(data_dir / "xrd" / row["file"])
    return next(p for p in found if p.label == row["label"])


def test_every_file_stands_in_the_table(data_dir: Path) -> None:
    there = {
        path.relative_to(data_dir / "xrd").as_posix()
        for path in (data_dir / "xrd").rglob("*")
        if path.suffix.lower() in SUFFIXES
    }
    assert there == set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_one_reader_knows_the_file(data_dir: Path, file: str) -> None:
    path = data_dir / "xrd" / file
    head = path.read_bytes()[:4096]
    knows = [m for m in (xrdml, ras, bruker_raw, stoe_raw) if m.matches(head)]
    if head.startswith(b"PK"):
        with open_archive(path, file) as archive:
            knows += [m for m in (rasx, brml) if m.matches_archive(archive.names)]
    assert len(knows) == 1


@pytest.mark.parametrize("row", GOOD, ids=name_of)
def test_scan_is_read(data_dir: Path, row: dict[str, str]) -> None:
    scan = scan_of(data_dir, row)
    counts = scan.intensity_counts
    assert scan.two_theta_deg.size == int(row["points"])
    assert scan.two_theta_deg[0] == pytest.approx(float(row["first_deg"]), abs=1e-9)
    assert scan.two_theta_deg[-1] == pytest.approx(float(row["last_deg"]), abs=1e-7)
    assert (np.diff(scan.two_theta_deg) > 0).all()
    exact = 0.0 if row["is_counts"] == "yes" else 1e-12
    for value, key in ((counts[0], "first_counts"), (counts[-1], "last_counts")):
        assert value == pytest.approx(float(row[key]), rel=exact, abs=0)
    assert counts.max() == pytest.approx(float(row["highest"]), rel=exact, abs=0)
    assert counts.sum() == pytest.approx(float(row["total"]), rel=exact, abs=0)
    assert scan.is_counts == (row["is_counts"] == "yes")


@pytest.mark.parametrize("row", GOOD, ids=name_of)
def test_header_is_read(data_dir: Path, row: dict[str, str]) -> None:
    scan = scan_of(data_dir, row)
    light = scan.radiation
    assert light is not None
    for key, value in (
        ("wavelength_angstrom", light.wavelength_angstrom),
        ("kalpha2_angstrom", light.kalpha2_angstrom),
        ("kalpha2_ratio", light.kalpha2_ratio),
        ("counting_time_s", scan.counting_time_s),
        ("duration_s", scan.duration_s),
        ("radius_mm", scan.radius_mm),
        ("temperature_c", scan.temperature_c),
    ):
        expected = float(row[key]) if row[key] else math.nan
        assert value == pytest.approx(expected, abs=1e-6, nan_ok=True), key
    assert (scan.time_iso, scan.scan_axis) == (row["time_iso"], row["scan_axis"])


@pytest.mark.parametrize("row", BAD, ids=name_of)
def test_refusal_names_the_reason(data_dir: Path, row: dict[str, str]) -> None:
    with pytest.raises(RawDataError, match=re.escape(row["refusal"])):
        read_any(data_dir / "xrd" / row["file"])


def uxd(path: Path) -> tuple[float, float, np.ndarray]:
    """Start, step and counts of a UXD file of one range, by a few lines."""
    text = path.read_text(encoding="latin-1")
    start, step = (
        float(re.search(rf"^_{key}=(.*)$", text, re.MULTILINE)[1]) for key in ("START", "STEPSIZE")
    )
    body = text.rpartition("COUNTS")[2].split()
    return start, step, np.array(body, dtype=float)


def test_lco_raw_equals_uxd(data_dir: Path) -> None:
    scan = read_any(data_dir / "xrd/lco_powbase/LiCoO2.RAW")[0]
    start, step, counts = uxd(data_dir / "xrd/lco_powbase/LiCoO2.UXD")
    assert np.array_equal(scan.intensity_counts, counts)
    assert np.allclose(scan.two_theta_deg, start + step * np.arange(counts.size), rtol=0, atol=1e-9)
    # the .dat of the same scan has the same counts on angles that differ by 0.015 deg
    lines = (data_dir / "xrd/lco_powbase/LiCoO2.dat").read_text(encoding="latin-1").splitlines()
    dat = np.array(" ".join(lines[1:]).split(), dtype=float)
    assert np.array_equal(scan.intensity_counts, dat)
    assert float(lines[0].split()[0]) - scan.two_theta_deg[0] == pytest.approx(0.015, abs=1e-9)


def test_bt86_raw_equals_uxd(data_dir: Path) -> None:
    scan = read_any(data_dir / "xrd/formats_xylib/BT86.raw")[0]
    text = (data_dir / "xrd/formats_xylib/BT86_.UXD").read_text(encoding="latin-1")
    table = np.array(text.rpartition("COUNTS")[2].split(), dtype=float).reshape(-1, 2)
    assert np.array_equal(scan.intensity_counts, table[:, 1])
    assert np.abs(scan.two_theta_deg - table[:, 0]).max() <= 0.005 + 1e-9  # two decimals in it
    assert "_TIMESTARTED=17" in text
    assert "_DATEMEASURED='04-Mar-2010 20:59:14'" in text
    assert scan.time_iso == "2010-03-04T20:59:31"


def test_xrdml_equals_what_another_reader_made_of_it(data_dir: Path) -> None:
    folder = data_dir / "xrd/formats_fairmat"
    scan = read_any(folder / "XRD-918-16_10.xrdml")[0]
    found: dict[str, np.ndarray] = {}

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.shape == (scan.two_theta_deg.size,):
            found[name] = item[()]

    with h5py.File(folder / "xrdml_918-16_10_ref.nxs") as handle:
        handle.visititems(keep)
    angles = next(v for k, v in found.items() if k.endswith("two_theta"))
    counts = next(v for k, v in found.items() if k.endswith("intensity"))
    assert np.allclose(scan.two_theta_deg, angles, rtol=0, atol=1e-9)
    assert np.array_equal(scan.intensity_counts, counts)


@pytest.mark.parametrize(
    ("file", "counts_at"), [("peakshift_perovskite_pvlab/220615_180s_XRR.xrdml", 100274)]
)
def test_attenuated_counts_keep_their_esd(data_dir: Path, file: str, counts_at: int) -> None:
    scan = read_any(data_dir / "xrd" / file)[0]
    assert scan.sigma_counts is not None
    assert scan.intensity_counts[0] == 165 * counts_at
    assert scan.sigma_counts[0] == pytest.approx(165 * math.sqrt(counts_at))


def test_absorber_of_brml_is_in_its_counts(data_dir: Path) -> None:
    scan = read_any(data_dir / "xrd/formats_fairmat/23-012-AG_2thomegascan_long.brml")[0]
    assert scan.sigma_counts is not None
    highest = int(np.argmax(scan.intensity_counts))
    assert scan.intensity_counts[highest] == pytest.approx(495559.8)
    assert scan.sigma_counts[highest] == pytest.approx(8.3 * math.sqrt(59706))
    low = scan.intensity_counts < 100
    expected = np.sqrt(np.maximum(scan.intensity_counts[low], 1))
    assert np.allclose(scan.sigma_counts[low], expected)


KALPHA2 = [
    ("quant_nist_austenite/*Control_proper_power.xrdml", 74.5, True),
    ("formats_fairmat/XRD-918-16_10.xrdml", 59.9, True),
    ("nax_o3_operando_datalab/CG20396_jdb12-1.xrdml", 62.4, True),
    ("formats_fairmat/m54313_om2th_10.xrdml", 66.1, False),
]


@pytest.mark.parametrize(("glob", "near_deg", "is_there"), KALPHA2)
def test_kalpha2_is_where_no_monochromator_stands(
    data_dir: Path, glob: str, near_deg: float, is_there: bool
) -> None:
    """The first two files name `K-Alpha 1` as intended, the last a doublet; what was measured counts."""
    scan = read_any(next((data_dir / "xrd").glob(glob)))[0]
    assert scan.radiation is not None
    assert scan.radiation.is_doublet == is_there
    window = np.abs(scan.two_theta_deg - near_deg) < 0.9
    angle, counts = scan.two_theta_deg[window], scan.intensity_counts[window]
    centre = angle[np.argmax(counts)]

    def line(x: np.ndarray, at: float, width: float, mixing: float) -> np.ndarray:
        u = ((x - at) / (width / 2)) ** 2
        return mixing / (1 + u) + (1 - mixing) * np.exp(-math.log(2) * u)

    def doublet(x: np.ndarray, *p: float) -> np.ndarray:
        second = 2 * math.degrees(math.asin(math.sin(math.radians(p[0] / 2)) * 1.544426 / 1.540598))
        both = line(x, p[0], p[1], p[2]) + p[4] * line(x, second, p[1], p[2])
        return p[3] * both + p[5] + p[6] * (x - centre)

    start = (centre, 0.1, 0.5, np.ptp(counts), 0.2, counts.min(), 0.0)
    low = (centre - 0.3, 0.02, 0.0, 0.0, -0.3, -1e6, -1e6)
    high = (centre + 0.3, 1.0, 1.0, 1e9, 1.5, 1e9, 1e9)
    found, _ = curve_fit(
        doublet, angle, counts, start, sigma=np.sqrt(counts + 1), bounds=(low, high)
    )
    assert found[4] == pytest.approx(0.45 if is_there else 0.0, abs=0.08)


POISSON = [
    ("nax_o3_operando_datalab/Scan_C1.xrdml", True),
    ("ras_xerus/Cr-Ni.ras", True),
    ("lco_powbase/LiCoO2.RAW", True),
    ("formats_xylib/Cu3Au-1.raw", True),
    ("formats_xrdpattern/stoe.raw", False),
]


@pytest.mark.parametrize(("file", "is_poisson"), POISSON)
def test_scatter_is_that_of_counts_where_they_are_called_so(
    data_dir: Path, file: str, is_poisson: bool
) -> None:
    """Second differences of a smooth background have six times the variance of a point."""
    scan = read_any(data_dir / "xrd" / file)[0]
    counts = scan.intensity_counts
    flat = counts[1:-1] < np.percentile(counts, 60)
    scatter = np.mean(np.diff(counts, 2)[flat] ** 2) / 6 / counts[1:-1][flat].mean()
    assert scan.is_counts == is_poisson
    assert (abs(scatter - 1) < 0.15) == is_poisson


READERS: tuple[Callable[[bytes], bool], ...] = (
    *(xrdml.matches, ras.matches, bruker_raw.matches, stoe_raw.matches),
)


@pytest.mark.parametrize("matches", READERS)
def test_no_text_pattern_is_taken_for_one_of_these(
    data_dir: Path, matches: Callable[[bytes], bool]
) -> None:
    for path in (data_dir / "xrd").rglob("*"):
        if path.suffix.lower() in {".xy", ".xye", ".dat", ".uxd", ".cif", ".txt", ".nxs", ".asc"}:
            assert not matches(path.read_bytes()[:4096]), path
