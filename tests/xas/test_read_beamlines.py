"""Labels, dates and files of single beamlines, on excerpts written for the tests."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import read_scans, read_series
from pipeline.xas.read.energy import HC_EV_ANGSTROM
from pipeline.xas.read.labels import header_labels
from pipeline.xas.read.times import middle_of
from pipeline.xas.records import FailedScan, RawScan, ScanStatus

ENERGY = np.linspace(8200, 8600, 81)
MU = 0.5 + np.arctan((ENERGY - 8345) / 2) / np.pi
FOIL = 0.5 + np.arctan((ENERGY - 8333) / 2) / np.pi
I0 = np.full(81, 2e5)


def row(mode: str = "transmission", select: str = "", **columns: str) -> Dataset:
    return Dataset(
        *("d", "xas", "sample", "x"),
        select=select,
        element="Ni",
        edge="K",
        mode=mode,
        columns=columns,
    )


def text_of(*arrays: np.ndarray, header: str = "", separator: str = " ") -> str:
    rows = (separator.join(f"{v:.9g}" for v in point) for point in zip(*arrays, strict=True))
    return header + "\n".join(rows) + "\n"


def read(tmp_path: Path, text: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    path = tmp_path / "scan.dat"
    path.write_text(text)
    return read_scans(path, "run/scan.dat", dataset)


def good(tmp_path: Path, text: str, dataset: Dataset) -> RawScan:
    [scan] = read(tmp_path, text, dataset)
    assert isinstance(scan, RawScan), scan
    return scan


# Labels


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            (
                "# Column Headings:\n"
                "#Mono Energy *        Scaler preset time * I0-32                SIS scaler time preseIt"
            ),
            ("Mono_Energy", "Scaler_preset_time", "I0-32", "SIS_scaler_time_prese", "It"),
        ),
        (
            "; P1 = {Energy} --> 13BMA:E\n; D1 = {I0}  --> a\n; D2 = {As Ka} --> b\n;---\n;  P1 D1 D2 D3 D4",
            ("Energy", "I0", "As_Ka", "D3", "D4"),
        ),
        ("#C 1_Energy (keV) 2_sec 3_i0 4_i1 5_dt", ("Energy_(keV)", "sec", "i0", "i1", "dt")),
        (
            "SSRL   EXAFS\nData:\nReal time clock \nRequested Energy\nAchieved Energy\nI0\nI1\n\n",
            ("Real_time_clock", "Requested_Energy", "Achieved_Energy", "I0", "I1"),
        ),
        (
            (
                "## mda2ascii 0.3.2\n#    1  [     Index      ]\n"
                "#    2  [1-D Positioner 1]  PGM:SP, Mono setpoint, TABLE, eV, PGM:SP, Mono setpoint, eV\n"
                "#    3  [1-D Detector   1]  AMP08:CURR, Sample Drain, A\n"
                "#    4  [1-D Detector   2]  SCALER.S20, , \n#    5  [1-D Detector   3]  i0, i0, , "
            ),
            ("Index", "energy", "Sample_Drain", "SCALER.S20", "i0"),
        ),
        (
            (
                '# CLS Data Acquisition\n#(1)\t"Event-ID"\t"a"\n'
                '#(1)\t"Event-ID"\t"$(AbsEnergyName)"\t"$(Detector1)"\t"$(kName)"\t"$(RingCurrent)"\n# x'
            ),
            ("Event-ID", "AbsEnergyName", "Detector1", "kName", "RingCurrent"),
        ),
    ],
    ids=["labview", "epics", "numbered", "ssrl", "mda2ascii", "cls"],
)
def test_labels_of_known_programs(header: str, expected: tuple[str, ...]) -> None:
    assert header_labels(header.split("\n"), 5) == expected
    assert header_labels(header.split("\n"), 6) == ()


def test_a_channel_or_column_behind_a_label_is_not_part_of_it(tmp_path: Path) -> None:
    it = I0 * np.exp(-MU)
    for header in ("# energy I0-32 It-32\n", "# Energy_c1 I0_c2 It_c3\n"):
        scan = good(tmp_path, text_of(ENERGY, I0, it, header=header), row())
        np.testing.assert_allclose(scan.mu, MU, atol=1e-6)


def test_labels_of_one_detector_are_summed_by_a_pattern(tmp_path: Path) -> None:
    text = text_of(ENERGY, I0, MU, 2 * MU, 7 * MU, header="# energy i0 Ni_Ka_1 Ni_Ka_2 Cu_Ka_1\n")
    scan = good(tmp_path, text, row("fluorescence", energy="energy", i0="i0", **{"if": "Ni_Ka*"}))
    np.testing.assert_allclose(scan.mu, 3 * MU / 2e5, rtol=1e-6)
    with pytest.raises(RawDataError, match=r"`if=Fe\*` in `columns`: no label of the file matches"):
        read(tmp_path, text, row("fluorescence", energy="1", i0="2", **{"if": "Fe*"}))


def test_the_unit_of_a_label_holds_where_the_column_is_named(tmp_path: Path) -> None:
    text = text_of(ENERGY / 1e3, MU, header="# Energy(keV) signal\n")
    scan = good(tmp_path, text, row(energy="1", mu="signal"))
    np.testing.assert_allclose(scan.energy_ev, ENERGY, atol=1e-4)


# Dates


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("# 2024-03-01 10:00:05", "2024-03-01T10:00:05"),
        ("#D Fri Jun 28 13:44:15 2013", "2013-06-28T13:44:15"),
        ('"x" created at APS 10BM on Tue Jul  9 15:35:15 2019 CDT', "2019-07-09T15:35:15"),
        (
            "; scan began at time: Thu Apr 10 16:50:32 2008\n; =\n; scan ended at time: Thu Apr 10 17:00:32 2008",
            "2008-04-10T16:55:32",
        ),
        ("# by LabVIEW Control Panel  6/5/2018  8:14:19 PM; x", "2018-06-05T20:14:19"),
        ("# by LabVIEW Control Panel  8/10/01  12:10 AM", "2001-08-10T00:10:00"),
        (
            "# by LabVIEW Control Panel  7/7/2022  2:30:00 PM; Scan time 0 hrs 10 min 0 sec.",
            "2022-07-07T14:35:00",
        ),
        (
            "# Facility: NSLS-II\n# Start time: 02/06/2019  12:52:00\n# Stop time: 02/06/2019  12:54:00",
            "2019-02-06T12:53:00",
        ),
        ("9809     KEK-PF   BL9A\n Fe  22.05.11 17:26 - 22.05.11 18:26 x", "2022-05-11T17:56:00"),
        ("# SCAN STARTED: 05:04:43  5-NOV-95 SCAN FINISHED: 05:27:40", "1995-11-05T05:04:43"),
        ("# Scan time = Aug 16, 2024 13:06:57.373192", "2024-08-16T13:06:57.373192"),
        ("# Date: 03/02/2024\n# Duration: 17:00:00 - 18:00:00", "2024-02-03T17:30:00"),
        ("# Date: 03/02/2024\n# Duration: 23:30:00 - 00:30:00", "2024-02-04T00:00:00"),
        ("# 28/02/2023 13:44", "2023-02-28T13:44:00"),
        ("# 02/28/2023 13:44", "2023-02-28T13:44:00"),
        ("# 02/03/2023 13:44", ""),
        ("# 31/31/2023 13:44", ""),
        ("# Mon Foo 45 13:44:00 2013", ""),
        ("# 2023-02-31 13:44:00", ""),
        ("", ""),
    ],
)
def test_dates(header: str, expected: str) -> None:
    assert middle_of(header.split("\n")) == expected


# SPEC

SPEC_HEAD = "#F ni.dat\n#E 1371554237\n#D Fri Jun 28 13:38:56 2013\n#O0 tth th\n\n"


def spec_scan(number: int, mu: np.ndarray = MU, n: int = 81) -> str:
    header = (
        f"#S {number}  ascan energy 8200 8600 80 1\n#D Fri Jun 28 1{number}:00:00 2013\n#N 4\n"
        "#L Energy  Epoch  Ion Chamber 0  Ion Chamber 1\n"
    )
    return header + text_of(ENERGY[:n], ENERGY[:n], I0[:n], (I0 * np.exp(-mu))[:n]) + "\n"


NAMED = {"energy": "Energy", "i0": "Ion_Chamber_0", "it": "Ion_Chamber_1"}


def test_scans_of_a_spec_file_are_kept_apart(tmp_path: Path) -> None:
    text = SPEC_HEAD + spec_scan(1) + "#C aborted\n" + spec_scan(2, 2 * MU) + spec_scan(4, 3 * MU)
    scans = read(tmp_path, text, row(**NAMED))
    assert [s.label for s in scans] == ["scan scan 1", "scan scan 2", "scan scan 4"]
    for scan, factor in zip(scans, (1, 2, 3), strict=True):
        assert isinstance(scan, RawScan)
        np.testing.assert_allclose(scan.mu, factor * MU, atol=1e-6)
    assert scans[2].time_iso == "2013-06-28T14:00:00"


@pytest.mark.parametrize(("select", "expected"), [("2", [2]), ("1;4", [1, 4]), ("2-4", [2, 4])])
def test_select_names_scans_by_number(tmp_path: Path, select: str, expected: list[int]) -> None:
    text = SPEC_HEAD + spec_scan(1) + spec_scan(2) + spec_scan(4)
    scans = read(tmp_path, text, row(select=select, **NAMED))
    assert [s.label for s in scans] == [f"scan scan {n}" for n in expected]


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("3", r"no scan 3 \(`select` of 'd'\); it has 1, 2\."),
        ("Ni*", r"is no list of scan numbers such as `3;5` or `12-20`; the file has scans 1, 2\."),
    ],
)
def test_a_scan_that_is_not_there(tmp_path: Path, select: str, message: str) -> None:
    with pytest.raises(RawDataError, match=message):
        read(tmp_path, SPEC_HEAD + spec_scan(1) + spec_scan(2), row(select=select, **NAMED))


def test_an_aborted_or_torn_scan_costs_only_itself(tmp_path: Path) -> None:
    torn = spec_scan(2).rstrip("\n")[:-20] + "\n"
    empty = "#S 3  ascan\n#L Energy  Epoch  Ion Chamber 0  Ion Chamber 1\n"
    text = SPEC_HEAD + spec_scan(1) + torn + empty + spec_scan(4, n=12)
    first, second, third, fourth = read(tmp_path, text, row(**NAMED))
    assert isinstance(first, RawScan)
    assert isinstance(second, FailedScan)
    assert "has not one number for each of the 4 labels. It is the scan's last" in second.reason
    assert isinstance(third, FailedScan)
    assert "no point was measured" in third.reason
    assert isinstance(fourth, FailedScan)


def test_spectra_of_a_multichannel_analyser_are_no_points(tmp_path: Path) -> None:
    rows = spec_scan(1).split("\n")
    with_spectra = "\n".join(rows[:4] + [f"{r}\n@A 1 2 3\\\n 4 5 6" for r in rows[4:] if r])
    scan = good(tmp_path, SPEC_HEAD + with_spectra, row(**NAMED))
    np.testing.assert_allclose(scan.mu, MU, atol=1e-6)


def test_select_means_nothing_to_a_file_of_one_scan(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match=r"groups of a project, or scans of a SPEC file"):
        read(tmp_path, text_of(ENERGY, MU, header="# energy mu\n"), row(select="1"))


# Photon Factory

PF_HEAD = (
    "  9809     KEK-PF   BL9A\n Ni 22.05.11 17:26 - 22.05.11 18:33\n"
    " Mono :   Si(111)       D=  3.13551 A    Initial angle= 13.9 deg\n"
    " Ortec(-1)     NDCH = 3\n  Angle(c)  Angle(o)    time/s         2         3\n"
    "      Mode         0         0         1         {mode}\n"
    "    Offset         0         0   100.000   100.000\n"
)
ANGLE = np.rad2deg(np.arcsin(HC_EV_ANGSTROM / (2 * 3.13551 * ENERGY)))


def pf_text(mode: int, counts: np.ndarray) -> str:
    return text_of(ANGLE + 0.3, ANGLE, np.ones(81), I0, counts, header=PF_HEAD.format(mode=mode))


def test_photon_factory_transmission_and_fluorescence(tmp_path: Path) -> None:
    scan = good(tmp_path, pf_text(2, I0 * np.exp(-MU)), row())
    np.testing.assert_allclose(scan.energy_ev, ENERGY, atol=1e-3)
    np.testing.assert_allclose(scan.mu, MU, atol=1e-6)
    scan = good(tmp_path, pf_text(3, I0 * MU), row("fluorescence"))
    np.testing.assert_allclose(scan.mu, MU, atol=1e-6)


def test_photon_factory_without_the_counter_or_the_spacing(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match=r"cannot tell which column holds mu, or i0 and it"):
        read(tmp_path, pf_text(3, I0), row())
    with pytest.raises(RawDataError, match=r"no plane spacing `D= ... A`"):
        read(tmp_path, pf_text(2, I0).replace("D=", "d:"), row())


def test_photon_factory_with_columns_given(tmp_path: Path) -> None:
    scan = good(
        tmp_path, pf_text(0, I0 * MU), row("fluorescence", energy="2", i0="4", **{"if": "5"})
    )
    np.testing.assert_allclose(scan.energy_ev, ENERGY, atol=1e-3)


# ASTRA

ASTRA_HEAD = (
    "# ASTRA: Absorption Spectroscopy beamline for Tender energy Range and Above\n# Date: 28/02/2024\n"
    "# Duration: 17:54:18 - 18:08:19\n# E          Theta        dt  I0  I1  I2  IF  FDT  Ir\n"
)


def astra_text(time_s: np.ndarray) -> str:
    i1 = I0 * np.exp(-MU)
    i2 = i1 * np.exp(-FOIL)
    arrays = (ENERGY, ANGLE, time_s, I0, i1, i2, I0 * MU * time_s, 0 * MU, 400 - 0 * MU)
    return text_of(*arrays, header=ASTRA_HEAD, separator=", ")


def test_astra_ring_current_is_no_reference(tmp_path: Path) -> None:
    scan = good(tmp_path, astra_text(np.ones(81)), row())
    np.testing.assert_allclose(scan.mu, MU, atol=1e-6)
    assert scan.reference_mu is not None
    np.testing.assert_allclose(scan.reference_mu, FOIL, atol=1e-6)
    assert scan.time_iso == "2024-02-28T18:01:18.500000"


def test_astra_counting_time_makes_no_step(tmp_path: Path) -> None:
    time_s = np.where(ENERGY > 8400, 5.0, 1.0)
    scan = good(tmp_path, astra_text(time_s), row("fluorescence"))
    np.testing.assert_allclose(scan.mu, MU, atol=1e-6)


def test_astra_without_a_counting_time_or_a_column(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match=r"counting time 0 s in row 1"):
        read(tmp_path, astra_text(np.zeros(81)), row("fluorescence"))
    with pytest.raises(RawDataError, match=r"2 columns; a file of ASTRA has 9"):
        read(tmp_path, text_of(ENERGY, MU, header=ASTRA_HEAD), row())


# What must be refused


def test_a_scan_of_time_has_no_edge(tmp_path: Path) -> None:
    [scan] = read(tmp_path, text_of(0 * ENERGY + 8350, MU, header="# energy mu\n"), row())
    assert isinstance(scan, FailedScan)
    assert scan.status is ScanStatus.NO_EDGE
    assert "the energy stands still at 8350" in scan.reason


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(8200, 8325, "ends below its edge at 8333 eV"), (8337, 8600, "begins above its edge at 8333")],
)
def test_a_scan_that_was_broken_off_at_its_edge(
    tmp_path: Path, low: float, high: float, words: str
) -> None:
    """Within 30 eV of the edge a wrong calibration might explain it, were there an edge in the scan."""
    grid = np.linspace(low, high, 60)
    mu = 0.5 + np.arctan((grid - 8333) / 2) / np.pi
    [scan] = read(tmp_path, text_of(grid, mu, header="# energy mu\n"), row())
    assert isinstance(scan, FailedScan)
    assert scan.status is ScanStatus.NO_EDGE
    assert words in scan.reason
    moved = 0.5 + np.arctan((grid - (low + high) / 2) / 2) / np.pi
    assert good(tmp_path, text_of(grid, moved, header="# energy mu\n"), row()).energy_ev.size == 60


def test_a_column_that_is_over_i0_already_is_not_divided_again(tmp_path: Path) -> None:
    header = (
        "# XDI/1.0\n# Element.symbol: Ni\n# Element.edge: K\n# Mono.d_spacing: 3.1\n"
        "# Column.1: energy eV\n# Column.2: i0\n# Column.3: ifluor\n"
        "# Describe.Column.3: ifluor - mean of detectors{}\n# ///\n# x\n#----\n# energy i0 ifluor\n"
    )
    for words, expected in ((" -- normalised by i0", MU), ("", MU / 2e5)):
        text = text_of(ENERGY, I0, MU, header=header.format(words))
        scan = good(tmp_path, text, row("fluorescence"))
        np.testing.assert_allclose(scan.mu, expected, rtol=1e-6)


def test_an_mda_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "x.mda").write_bytes(b"?\xa6ff\0\1\xfa)\0\0\0\1")
    [reason] = read_series(row(), [(tmp_path / "x.mda", "x.mda")]).reason
    assert "this is an EPICS .mda file (convert it with mda2ascii" in reason


def test_the_message_asks_whether_the_mode_is_right(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match=r"Its labels tell fluorescence: is the mode 'transmi"):
        read(tmp_path, pf_text(3, I0), row())


def test_labels_that_come_twice_are_summed_only_when_asked(tmp_path: Path) -> None:
    text = text_of(ENERGY, I0, MU, MU, header="# energy i0 Ni_Ka Ni_Ka\n")
    named = {"energy": "energy", "i0": "i0"}
    with pytest.raises(
        RawDataError, match=r"2 columns have that label\. .* or `Ni_Ka\*` for their"
    ):
        read(tmp_path, text, row("fluorescence", **named, **{"if": "Ni_Ka"}))
    scan = good(tmp_path, text, row("fluorescence", **named, **{"if": "Ni_Ka*"}))
    np.testing.assert_allclose(scan.mu, 2 * MU / 2e5, rtol=1e-6)
