"""XDI: every file of the specification's own table of malformed files, and the good ones."""

import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import read_scans, xdi
from pipeline.xas.read.source import read_text
from pipeline.xas.records import FailedScan, Flag, RawScan, ScanStatus

# xas/xdi_spec/baddata/BadFiles.txt, which says `error msg` or `file read` for each.
REFUSED = (1, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24)
WARNED = {
    2: "Element.edge",
    3: "Element.symbol",
    4: "Element.edge",
    5: "Element.symbol",
    6: "dashes",
    11: "comment",
    12: "d_spacing",
    28: "start_time",
    29: "start_time",
    30: "Element.edge",
    31: "d_spacing",
}
CU = Dataset("cu", "xas", "sample", "x", element="Cu", edge="K", mode="transmission")
NI = Dataset("ni", "xas", "sample", "x", element="Ni", edge="K", mode="transmission")


def parsed(path: Path) -> xdi.XdiFile:
    return xdi.parse(read_text(path, path.name), path.name)


@pytest.mark.data
@pytest.mark.parametrize("number", range(36))
def test_malformed_files_give_what_the_specification_says(data_dir: Path, number: int) -> None:
    folder = data_dir / "xas/xdi_spec/baddata"
    row = re.search(
        rf"^bad_{number:02d}.xdi +(error|file)", (folder / "BadFiles.txt").read_text(), re.MULTILINE
    )
    assert row
    assert (row[1] == "error") == (number in REFUSED)
    path = folder / f"bad_{number:02d}.xdi"
    if number in REFUSED:
        with pytest.raises(RawDataError, match=rf"bad_{number:02d}.xdi, line \d+: ."):
            parsed(path)
        return
    file = parsed(path)
    assert file.data.shape[1] == 4
    assert WARNED.get(number, "") in " ".join(file.warnings)
    assert bool(file.warnings) == (number in WARNED)


@pytest.mark.data
@pytest.mark.parametrize(
    ("number", "line", "words"),
    [
        (1, 1, "begins with `# XDI/1.0`"),
        (13, 31, "3 columns"),
        (14, 36, "6 columns"),
        (15, 29, "NaN"),
        (16, 30, "STRING"),
        (17, 29, "no row of numbers"),
        (18, 8, "Family.key"),
        (22, 8, "Family.key.subkey"),
    ],
)
def test_refusals_name_line_and_cause(data_dir: Path, number: int, line: int, words: str) -> None:
    with pytest.raises(RawDataError, match=rf"line {line}: .*{re.escape(words)}"):
        parsed(data_dir / f"xas/xdi_spec/baddata/bad_{number:02d}.xdi")


@pytest.mark.data
def test_missing_labels_are_numbered(data_dir: Path) -> None:
    folder = data_dir / "xas/xdi_spec/baddata"
    assert parsed(folder / "bad_07.xdi").labels == ("col1", "col2", "col3", "col4")
    assert parsed(folder / "bad_08.xdi").labels == ("energy", "i0", "itrans", "col4")
    assert parsed(folder / "bad_09.xdi").labels == ("energy", "i0", "itrans", "mutrans")
    assert parsed(folder / "bad_25.xdi").extra_version == ""


@pytest.mark.data
def test_a_file_without_its_first_line_is_not_read_as_plain_columns(data_dir: Path) -> None:
    path = data_dir / "xas/xdi_spec/baddata/bad_01.xdi"
    with pytest.raises(RawDataError, match="line 1: an XDI file begins with"):
        read_scans(path, "bad_01.xdi", CU)


@pytest.mark.data
def test_angles_without_a_d_spacing_are_refused_as_a_scan(data_dir: Path) -> None:
    path = data_dir / "xas/xdi_spec/baddata/bad_12.xdi"
    with pytest.raises(RawDataError, match="angles in deg, and no d-spacing"):
        read_scans(path, "bad_12.xdi", CU)


@pytest.mark.data
def test_good_files_are_read_whole(data_dir: Path) -> None:
    for pattern in (
        *("xas/xdi_spec/data/*.xdi", "xas/larch/xafsdata/*.xdi"),
        *("xas/xaslib/**/*.xdi", "xas/pynexafs_AS/*.xdi"),
    ):
        paths = sorted(data_dir.glob(pattern))
        assert paths
        for path in paths:
            lines = path.read_text(encoding="latin-1").splitlines()
            n_rows = sum(1 for line in lines if line.strip() and not line.startswith("#"))
            assert parsed(path).data.shape[0] == n_rows, path.name


@pytest.mark.data
def test_ni_foil_known_answer(data_dir: Path) -> None:
    [scan] = read_scans(data_dir / "xas/larch/xafsdata/ni_metal_rt.xdi", "a/ni_metal_rt.xdi", NI)
    assert isinstance(scan, RawScan)
    assert scan.energy_ev.size == 418
    assert (scan.energy_ev[0], scan.mu[0]) == (8133.0, -1.1873423)
    assert (scan.element, scan.edge, scan.label) == ("Ni", "K", "Ni metal foil")
    assert scan.time_iso == "2001-06-26T21:46:07"
    assert scan.reference_mu is None
    assert np.isnan(scan.file_shift_ev)


@pytest.mark.data
def test_counts_become_absorption_and_reference(data_dir: Path) -> None:
    path = data_dir / "xas/xaslib/Ni/NiOH2_rt_01.xdi"
    data = parsed(path).data
    [scan] = read_scans(path, path.name, NI)
    assert isinstance(scan, RawScan)
    assert scan.reference_mu is not None
    np.testing.assert_allclose(scan.mu, np.log(data[:, 1] / data[:, 2]), atol=1e-12)
    np.testing.assert_allclose(scan.reference_mu, np.log(data[:, 2] / data[:, 3]), atol=1e-12)


@pytest.mark.data
def test_mode_decides_between_transmission_and_fluorescence(data_dir: Path) -> None:
    path = data_dir / "xas/larch/xafsdata/cu_romanglass.xdi"
    data = parsed(path).data
    for mode, column in (("fluorescence", 1), ("transmission", 2)):
        dataset = Dataset("d", "xas", "sample", "x", element="Cu", edge="K", mode=mode)
        [scan] = read_scans(path, path.name, dataset)
        assert isinstance(scan, RawScan)
        np.testing.assert_array_equal(scan.mu, data[:, column])


def xdi_text(column: str, axis: np.ndarray, extra: str = "", label: str = "mutrans") -> str:
    energy = np.linspace(8200, 8600, axis.size)
    mu = np.arctan((energy - 8345) / 2)
    rows = "\n".join(f"{x:.6f} {y:.6f}" for x, y in zip(axis, mu, strict=True))
    return (
        f"# XDI/1.0\n# Column.1: {column}\n# Column.2: {label}\n# Element.symbol: Ni\n"
        f"# Element.edge: K\n{extra}#---\n{rows}\n"
    )


def scan_of(text: str, tmp_path: Path) -> RawScan | FailedScan:
    (tmp_path / "a.xdi").write_text(text)
    [scan] = read_scans(tmp_path / "a.xdi", "a.xdi", NI)
    return scan


E_EV = np.linspace(8200, 8600, 101)


@pytest.mark.parametrize("unit", ["degrees", "rad"])
def test_angles_are_converted_with_the_d_spacing(tmp_path: Path, unit: str) -> None:
    # Bragg: Si(111), d = 3.1356 A, hc = 12398.41984 eV A; the Ni edge is at 13.71 degrees.
    theta = np.arcsin(12398.419843320026 / (2 * 3.1356 * E_EV))
    assert np.rad2deg(theta).min() > 13.2
    axis = np.rad2deg(theta) if unit == "degrees" else theta
    scan = scan_of(xdi_text(f"angle {unit}", axis, "# Mono.d_spacing: 3.1356\n"), tmp_path)
    assert isinstance(scan, RawScan)
    np.testing.assert_allclose(scan.energy_ev, E_EV, atol=0.05)


def test_kev_columns_are_converted(tmp_path: Path) -> None:
    scan = scan_of(xdi_text("energy keV", E_EV / 1e3), tmp_path)
    assert isinstance(scan, RawScan)
    np.testing.assert_allclose(scan.energy_ev, E_EV)


def test_kev_without_its_unit_is_refused(tmp_path: Path) -> None:
    scan = scan_of(xdi_text("energy", E_EV / 1e3), tmp_path)
    assert isinstance(scan, FailedScan)
    assert scan.status is ScanStatus.BAD_ENERGY
    assert "keV" in scan.reason


def test_normalised_columns_say_so(tmp_path: Path) -> None:
    scan = scan_of(xdi_text("energy eV", E_EV, label="normtrans"), tmp_path)
    assert isinstance(scan, RawScan)
    assert scan.is_normalised


def test_the_middle_of_the_scan_is_between_start_and_end(tmp_path: Path) -> None:
    extra = "# Scan.start_time: 2020-01-01T10:00:00\n# Scan.end_time: 2020-01-01T10:20:00\n"
    scan = scan_of(xdi_text("energy eV", E_EV, extra), tmp_path)
    assert isinstance(scan, RawScan)
    assert scan.time_iso == "2020-01-01T10:10:00"


@pytest.mark.parametrize(("element", "edge"), [("Co", "K"), ("Ni", "L3")])
def test_a_file_that_claims_another_edge_fails(tmp_path: Path, element: str, edge: str) -> None:
    (tmp_path / "a.xdi").write_text(xdi_text("energy eV", E_EV))
    dataset = Dataset("d", "xas", "sample", "x", element=element, edge=edge, mode="transmission")
    [scan] = read_scans(tmp_path / "a.xdi", "a.xdi", dataset)
    assert isinstance(scan, FailedScan)
    assert scan.status is ScanStatus.BAD_ENERGY
    assert "Ni K" in scan.reason
    assert f"{element} {edge}" in scan.reason


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    text = xdi_text("energy eV", E_EV)
    plain = scan_of(text, tmp_path)
    (tmp_path / "b.xdi").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    [scan] = read_scans(tmp_path / "b.xdi", "b.xdi", NI)
    assert isinstance(scan, RawScan)
    assert isinstance(plain, RawScan)
    np.testing.assert_array_equal(scan.mu, plain.mu)


def test_a_broken_reference_costs_only_the_reference(tmp_path: Path) -> None:
    energy = E_EV
    rows = "\n".join(
        f"{e:.3f} 1000 {1000 * np.exp(-np.arctan(e - 8345) - 2):.6f} {0 if i == 50 else 5}"
        for i, e in enumerate(energy)
    )
    columns = "".join(
        f"# Column.{i}: {name}\n" for i, name in enumerate(("energy", "i0", "itrans", "irefer"), 1)
    )
    scan = scan_of(f"# XDI/1.0\n{columns}#---\n{rows}\n", tmp_path)
    assert isinstance(scan, RawScan)
    assert scan.reference_mu is None
    assert Flag.NO_REFERENCE in scan.flags
