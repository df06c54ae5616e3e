"""Text formats with a grammar of their own: UXD, GSAS, powder CIF, start-step-end."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from tests.formats.powder_files import ANGLES, COUNTS, read, read_one, rows

UXD_HEAD = """\
; written by a test
_FILEVERSION=2
_SAMPLE='x'
_GONIOMETER_RADIUS=200.5
_DATEMEASURED='04-Mar-2010 20:59:14'
_WL_UNIT='A'
_WL1=1.540600
_WL2=1.544390
_WLRATIO=0.500000
"""


def uxd_range(data: str, start: float = 10.0, drive: str = "COUPLED") -> str:
    return (
        f"; (Data for Range number)\n_DRIVE='{drive}'\n_STEPTIME=2.000000\n_STEPSIZE=0.020000\n"
        f"_START={start}\n_2THETA={start}\n{data}"
    )


def counts_in_lines(values: np.ndarray) -> str:
    return "".join(
        " ".join(f"{v:8.0f}" for v in values[i : i + 8]) + "\n" for i in range(0, values.size, 8)
    )


def test_uxd_ranges_of_every_kind(tmp_path: Path) -> None:
    text = (
        UXD_HEAD
        + uxd_range("_COUNTS\n" + counts_in_lines(COUNTS))
        + uxd_range("_2THETACOUNTS\n" + rows(ANGLES + 5, COUNTS, decimals=2), 15.0)
        + uxd_range("_CPS\n" + "\n".join(f"{v / 2:.1f}" for v in COUNTS) + "\n", 20.0)
        + uxd_range("_2THETACPS\n" + rows(ANGLES + 15, COUNTS / 2, decimals=3), 25.0)
    )
    patterns = read(tmp_path, text)
    assert [p.label for p in patterns] == [f"scan range {i}" for i in (1, 2, 3, 4)]
    for i, pattern in enumerate(patterns):
        np.testing.assert_allclose(pattern.two_theta_deg, ANGLES + 5 * i, atol=1e-9)
        np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)
        assert pattern.is_counts
        assert pattern.counting_time_s == 2.0
        assert pattern.radius_mm == 200.5
        assert pattern.time_iso == "2010-03-04T20:59:14"
        assert pattern.radiation is not None
        assert pattern.radiation.kalpha2_angstrom == 1.54439
        assert pattern.radiation.kalpha2_ratio == 0.5
    [third] = read(tmp_path, text, select="3")
    assert third.two_theta_deg[0] == 20.0
    assert [p.label for p in read(tmp_path, text, select="1; range 4")] == [
        "scan range 1",
        "scan range 4",
    ]
    with pytest.raises(RawDataError, match=r"no pattern '9' \(`select`\); it holds 4"):
        read(tmp_path, text, select="9")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (uxd_range("_2THETACOUNTS\n10.00 5\n10.02\n"), "cut short"),
        (uxd_range("_COUNTS\n1 2 x\n"), "neither a keyword nor a row"),
        (uxd_range("_COUNTS\n1 2 3\n", drive="PHI"), "over the drive PHI"),
        ("_STEPTIME=1\n_COUNTS\n1 2 3\n", "no _START or _STEPSIZE"),
        (uxd_range(""), "without data"),
        (uxd_range("_STEPCOUNT=500\n_COUNTS\n1 2 3\n"), "3 points, 500 are promised"),
    ],
)
def test_uxd_that_is_damaged_is_refused(tmp_path: Path, data: str, said: str) -> None:
    with pytest.raises(RawDataError, match=said):
        read(tmp_path, UXD_HEAD + data)


def bank(record: str, *lines: str) -> str:
    return (
        "\n".join(
            ["a title, lambda = 0.412", "Instrument parameter  x.prm", "# note", record, *lines]
        )
        + "\n"
    )


def packed(values: list[str], per_line: int) -> list[str]:
    return ["".join(values[i : i + per_line]).ljust(80) for i in range(0, len(values), per_line)]


def test_gsas_fxye(tmp_path: Path) -> None:
    lines = [
        f"{100 * x:15.6f} {y:12.4f} {2 * y**0.5:12.4f}" for x, y in zip(ANGLES, COUNTS, strict=True)
    ]
    pattern = read_one(tmp_path, bank("BANK 1 100 100 CONS 1000.0 2.0 0 0 FXYE", *lines))
    np.testing.assert_allclose(pattern.two_theta_deg, ANGLES, atol=1e-9)
    np.testing.assert_allclose(pattern.intensity_counts, COUNTS)
    np.testing.assert_allclose(pattern.sigma_counts, 2 * np.sqrt(COUNTS), atol=1e-4)
    assert pattern.radiation is not None
    assert pattern.radiation.wavelength_angstrom == 0.412
    short = bank("BANK 1 100 100 CONST 1000.0 2.0 0 0 FXYE", *lines[:60])
    with pytest.raises(RawDataError, match="promises 100 points and holds 60"):
        read_one(tmp_path, short)
    with pytest.raises(RawDataError, match="cut short"):
        read_one(tmp_path, bank("BANK 1 100 100 CONST 1000.0 2.0 0 0 FXYE", *lines[:99], "119"))


def test_gsas_std_in_fixed_columns_and_with_blanks(tmp_path: Path) -> None:
    cells = [f"  {v:6.0f}" for v in COUNTS]
    fixed = read_one(tmp_path, bank("BANK 1 100 10 CONST 1000.0 2.0 0 0 STD", *packed(cells, 10)))
    blanks = read_one(
        tmp_path, bank("BANK 1 100 10 CONST 1000 2", *counts_in_lines(COUNTS).splitlines())
    )
    for pattern in (fixed, blanks):
        np.testing.assert_allclose(pattern.two_theta_deg, ANGLES, atol=1e-9)
        np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)
        assert pattern.is_counts
        assert pattern.sigma_counts is None
    # Full columns leave no blank between numbers.
    big = COUNTS + 123000
    glued = [f"  {v:6.0f}" if i % 3 else f" 1{v:6.0f}" for i, v in enumerate(big)]
    np.testing.assert_array_equal(
        read_one(
            tmp_path, bank("BANK 1 100 10 CONST 1000 2 0 0 STD", *packed(glued, 10))
        ).intensity_counts,
        big,
    )


def test_gsas_std_of_several_detectors_is_a_mean(tmp_path: Path) -> None:
    cells = [f" 4{v:6.0f}" for v in COUNTS]
    pattern = read_one(tmp_path, bank("BANK 1 100 10 CONST 1000.0 2.0 0 0 STD", *packed(cells, 10)))
    assert not pattern.is_counts
    np.testing.assert_allclose(pattern.sigma_counts, np.sqrt(COUNTS / 4))


def test_gsas_esd_and_alt(tmp_path: Path) -> None:
    cells = [f"{v:8.1f}{v**0.5:8.2f}" for v in COUNTS]
    esd = read_one(tmp_path, bank("BANK 1 100 20 CONST 1000.0 2.0 0 0 ESD", *packed(cells, 5)))
    np.testing.assert_allclose(esd.sigma_counts, np.sqrt(COUNTS), atol=0.005)
    pairs = zip(ANGLES, COUNTS, strict=True)
    cells = [f"{3200 * x:8.0f}{1000 * y:7.0f}{20 * y**0.5:5.0f}" for x, y in pairs]
    alt = read_one(tmp_path, bank("BANK 1 100 25 CONST 1000.0 2.0 0 0 ALT", *packed(cells, 4)))
    np.testing.assert_allclose(alt.two_theta_deg, ANGLES, atol=1e-3)
    np.testing.assert_allclose(alt.intensity_counts, COUNTS)
    np.testing.assert_allclose(alt.sigma_counts, 0.02 * np.sqrt(COUNTS), atol=1e-3)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("BANK 1 100 100 SLOG 1000.0 2.0 0 0 FXYE", "time of flight or energy"),
        ("BANK 1 100 100 RALF 1000.0 2.0 0 0 ALT", "time of flight or energy"),
        ("BANK 1 100 100 CONST 1000.0 2.0 0 0 XYZ", "data of type 'XYZ'"),
        ("BANK 1 100 100 CONST", "no start and step"),
    ],
)
def test_gsas_of_another_kind_is_refused(tmp_path: Path, record: str, said: str) -> None:
    with pytest.raises(RawDataError, match=said):
        read_one(tmp_path, bank(record, *counts_in_lines(COUNTS).splitlines()))


def cif(loop: str, items: str = "") -> str:
    return f"data_x\n_diffrn_radiation_wavelength 1.5406\n{items}\nloop_\n{loop}"


def test_a_cif_with_angles_and_su_in_brackets(tmp_path: Path) -> None:
    lines = "".join(f"{x:.2f} {y:.0f}({y**0.5:.0f})\n" for x, y in zip(ANGLES, COUNTS, strict=True))
    pattern = read_one(tmp_path, cif("_pd_meas_2theta_scan\n_pd_meas_intensity_total\n" + lines))
    np.testing.assert_allclose(pattern.two_theta_deg, ANGLES)
    np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)
    np.testing.assert_array_equal(pattern.sigma_counts, np.round(np.sqrt(COUNTS)))
    decimal = lines.replace("(7)", ".00(7)")
    again = read_one(tmp_path, cif("_pd_meas_2theta_scan\n_pd_meas_intensity_total\n" + decimal))
    assert again.sigma_counts is not None
    assert again.sigma_counts[0] == pytest.approx(0.07)


def test_a_cif_with_a_range(tmp_path: Path) -> None:
    items = "_pd_meas_2theta_range_min 10.0\n_pd_meas_2theta_range_max 11.98\n_pd_meas_2theta_range_inc 0.02\n"
    loop = "_pd_meas_counts_total\n" + "\n".join(f"{v:.0f}" for v in COUNTS) + "\n"
    pattern = read_one(tmp_path, cif(loop, items))
    np.testing.assert_allclose(pattern.two_theta_deg, ANGLES)
    assert pattern.is_counts
    with pytest.raises(RawDataError, match="make 100 points, the loop holds 99"):
        read_one(tmp_path, cif(loop.rstrip().rpartition("\n")[0] + "\n", items))
    with pytest.raises(RawDataError, match="no angles"):
        read_one(tmp_path, cif(loop))


def test_a_cif_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match="no powder pattern"):
        read_one(tmp_path, "data_x\n_cell_length_a 2.8\n")
    with pytest.raises(RawDataError, match="cannot be parsed"):
        read_one(tmp_path, cif("_pd_meas_2theta_scan\n_pd_meas_intensity_total\n10 5\n10.02\n"))


def test_start_step_end(tmp_path: Path) -> None:
    text = "10.000   0.020   11.980\n" + counts_in_lines(COUNTS)
    pattern = read_one(tmp_path, text)
    np.testing.assert_allclose(pattern.two_theta_deg, ANGLES)
    np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)
    titled = read_one(tmp_path, "a title\nlambda= 1.4940, Date=2001-06-16 06:25:59\n" + text)
    assert titled.radiation is not None
    assert titled.radiation.wavelength_angstrom == 1.494
    assert titled.time_iso == "2001-06-16T06:25:59"
    esds = read_one(tmp_path, text + counts_in_lines(np.round(np.sqrt(COUNTS))) + " a footer\n")
    np.testing.assert_array_equal(esds.sigma_counts, np.round(np.sqrt(COUNTS)))
    with pytest.raises(RawDataError, match="100 points, but 64 numbers follow.*cut short"):
        read_one(tmp_path, "10.000   0.020   11.980\n" + counts_in_lines(COUNTS[:64]))


def test_rows_that_look_like_a_range_are_rows(tmp_path: Path) -> None:
    """Angle 2, intensity 0.5, esd 10 may be read as start, step and end."""
    text = rows(np.arange(2.0, 52.0), np.full(50, 0.5), np.full(50, 10.0))
    pattern = read_one(tmp_path, text, columns={"unit": "deg"})
    assert pattern.two_theta_deg.size == 50


def test_uxd_angles_are_finer_than_they_are_printed(tmp_path: Path) -> None:
    angles = 10 + 0.015592 * np.arange(100)
    data = uxd_range("_2THETACOUNTS\n" + rows(angles, COUNTS, decimals=2)).replace(
        "_STEPSIZE=0.020000", "_STEPSIZE=0.015592"
    )
    pattern = read_one(tmp_path, UXD_HEAD + data)
    np.testing.assert_allclose(pattern.two_theta_deg, angles, atol=1e-9)
    assert "those printed are rounded" in pattern.remarks[0]
    # Angles that no rounding explains are taken as printed.
    other = read_one(tmp_path, UXD_HEAD + data.replace("0.015592", "0.015000"))
    np.testing.assert_allclose(other.two_theta_deg, angles, atol=0.0051)
