"""Columns of text: headers, code pages, decimal commas, axes, and what must not be guessed."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from tests.formats.powder_files import ANGLES, COUNTS, read_one, rows

XY = rows(ANGLES, COUNTS)
XYE = rows(ANGLES, COUNTS, np.sqrt(COUNTS))


def comma(text: str) -> str:
    return text.replace(".", ",")


@pytest.mark.parametrize(
    "content",
    [
        XY,
        XY.replace("\n", "\r\n"),
        XY.replace("\n", "\r"),
        XY.replace(" ", "\t"),
        XY.replace(" ", ","),
        XY.replace(" ", ", "),
        XY.replace(" ", ";"),
        XY.replace(" ", "   "),
        "  " + XY.replace("\n", "\n  "),
        comma(XY).replace(" ", ";"),
        comma(XY).replace(" ", "\t"),
        comma(XY),
        "# a comment\n! another\n" + XY,
        "Angle,Intensity\n" + XY.replace(" ", ","),
        "2theta;I\n" + comma(XY).replace(" ", ";"),
        '"2Theta";"Intensity"\n' + comma(XY).replace(" ", ";"),
        "sample 7, measured by nobody\n2-Theta Angle (Degrees)\nIntensity\n       100\n" + XY,
        XY + "\n\n\x1a",
        XY[:200] + XY[200:].replace("\n", "\n# a remark between rows\n", 1),
        ("\ufeff# 2theta counts\n" + XY).encode("utf-16"),
        ("# 2theta counts\n" + XY).encode("utf-16-le"),
        ("\ufeff" + XY).encode(),
        (
            "# \u0423\u0433\u043e\u043b 2\u0422\u0435\u0442\u0430, \u0418\u043d\u0442\u0435\u043d\u0441\u0438\u0432\u043d\u043e\u0441\u0442\u044c\n"
            + XY
        ).encode("cp1251"),
        ("# 測定 角度 強度\n" + XY).encode("shift-jis"),
        ("# R\u00f6ntgen, 20 \u00b0C\n" + XY).encode("latin-1"),
    ],
)
def test_one_pattern_in_many_clothes(tmp_path: Path, content: str | bytes) -> None:
    pattern = read_one(tmp_path, content)
    np.testing.assert_allclose(pattern.two_theta_deg, ANGLES, atol=1e-9)
    np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)
    assert pattern.sigma_counts is None
    assert pattern.remarks == ()


@pytest.mark.parametrize(
    "content",
    [
        XYE,
        comma(XYE).replace(" ", ";"),
        "x,y_obs,sigma\n" + XYE.replace(" ", ","),
        "# 2th_deg     I       sigma\n" + XYE,
    ],
)
def test_the_third_column_of_xye_is_the_esd(tmp_path: Path, content: str) -> None:
    sigma = read_one(tmp_path, content).sigma_counts
    assert sigma is not None
    np.testing.assert_allclose(sigma, np.sqrt(COUNTS), atol=6e-5)


@pytest.mark.parametrize("third", [COUNTS - 5, np.ones_like(COUNTS)])
def test_a_third_column_that_is_no_esd_is_not_taken_for_one(
    tmp_path: Path, third: np.ndarray
) -> None:
    pattern = read_one(tmp_path, rows(ANGLES, COUNTS, third))
    assert pattern.sigma_counts is None
    assert any("not taken for esds" in remark for remark in pattern.remarks)


def test_columns_are_chosen_by_label_and_by_the_table(tmp_path: Path) -> None:
    table = rows(ANGLES, COUNTS, COUNTS - 3, np.full(100, 2.0))
    labelled = read_one(tmp_path, "2theta yobs ycalc esd\n" + table)
    np.testing.assert_array_equal(labelled.intensity_counts, COUNTS)
    np.testing.assert_array_equal(labelled.sigma_counts, 2.0)
    with pytest.raises(RawDataError, match="open which is the intensity.*two_theta=1"):
        read_one(tmp_path, table)
    given = read_one(tmp_path, table, columns={"intensity": "3", "sigma": "4"})
    np.testing.assert_array_equal(given.intensity_counts, COUNTS - 3)
    with pytest.raises(RawDataError, match="there are 4 columns"):
        read_one(tmp_path, table, columns={"intensity": "9"})
    with pytest.raises(RawDataError, match="Did you mean 'ycalc'"):
        read_one(tmp_path, "2theta yobs ycalc esd\n" + table, columns={"intensity": "ycal"})


WAVELENGTH = 0.7
Q = 4 * np.pi * np.sin(np.radians(ANGLES / 2)) / WAVELENGTH
SPACING = 2 * np.pi / Q


@pytest.mark.parametrize(
    ("label", "axis", "unit"),
    [
        ("q_A^-1", Q, ""),
        ("Q (1/A)", Q, ""),
        ("q_nm^-1", 10 * Q, ""),
        ("2th_rad", np.radians(ANGLES), ""),
        ("d (A)", SPACING, ""),
        ("x", Q, "q"),
        ("q", 10 * Q, "q_nm"),
        ("theta", ANGLES / 2, "theta"),
    ],
)
def test_other_axes_become_2theta(tmp_path: Path, label: str, axis: np.ndarray, unit: str) -> None:
    text = f"# {label}  I\n" + rows(axis, COUNTS, decimals=9)
    columns = {"unit": unit} if unit else {}
    pattern = read_one(tmp_path, text, columns=columns, wavelength_angstrom=WAVELENGTH)
    np.testing.assert_allclose(pattern.two_theta_deg, ANGLES, atol=1e-5)
    np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)
    assert any("converted" in remark for remark in pattern.remarks)
    if "rad" not in label and label != "theta":
        assert pattern.radiation is not None
        assert pattern.radiation.wavelength_angstrom == WAVELENGTH


def test_an_axis_of_q_needs_a_wavelength(tmp_path: Path) -> None:
    text = "# q_A^-1  I\n" + rows(Q, COUNTS)
    with pytest.raises(RawDataError, match="wavelength_angstrom"):
        read_one(tmp_path, text)
    stated = read_one(
        tmp_path, "# wavelength: 7e-11 m\n# q_A^-1  I\n" + rows(Q, COUNTS, decimals=9)
    )
    np.testing.assert_allclose(stated.two_theta_deg, ANGLES, atol=1e-5)


def test_q_beyond_reach_is_left_out_and_counted(tmp_path: Path) -> None:
    q = np.linspace(1, 20, 100)
    pattern = read_one(tmp_path, "# q_A^-1  I\n" + rows(q, COUNTS), wavelength_angstrom=1.5406)
    lost = int(np.count_nonzero(q * 1.5406 / (4 * np.pi) > 1))
    assert pattern.two_theta_deg.size == 100 - lost
    assert f"{lost} points have no angle at this wavelength; left out" in pattern.remarks


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("energy,mu\n" + rows(ANGLES, COUNTS), "absorption spectrum"),
        ("Energy (keV) I\n" + rows(ANGLES, COUNTS), "absorption spectrum"),
        (rows(100 * ANGLES, COUNTS), "cannot be 2theta in degrees"),
        (rows(np.radians(20 * (ANGLES - 9)), COUNTS), "degrees or radians"),
        ("theta,intensity\n" + XY.replace(" ", ","), "`unit=theta`"),
        ("q I\n" + rows(Q, COUNTS), "in 1/angstrom or in 1/nm"),
        ("# 2theta turned into q\n" + rows(Q, COUNTS), "in 1/angstrom or in 1/nm"),
    ],
)
def test_what_the_axis_is_is_never_guessed(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(RawDataError, match=said):
        read_one(tmp_path, content)


def test_the_user_cannot_contradict_the_file(tmp_path: Path) -> None:
    text = "# q_nm^-1 I\n" + rows(Q, COUNTS)
    with pytest.raises(RawDataError, match=r"unit=deg.*own header says"):
        read_one(tmp_path, text, columns={"unit": "deg"})
    with pytest.raises(RawDataError, match="`unit=nm` is unknown"):
        read_one(tmp_path, XY, columns={"unit": "nm"})
    with pytest.raises(RawDataError, match="Did you mean 'intensity'"):
        read_one(tmp_path, XY, columns={"intensit": "2"})
    with pytest.raises(RawDataError, match="`point` or `comma`"):
        read_one(tmp_path, XY, columns={"decimal": "dot"})


def test_a_short_axis_without_a_word_gets_a_remark(tmp_path: Path) -> None:
    pattern = read_one(tmp_path, rows(ANGLES - 8, COUNTS))
    assert any("taken for 2theta in degrees" in remark for remark in pattern.remarks)
    assert read_one(tmp_path, "# Start 2theta (deg) = 2\n" + rows(ANGLES - 8, COUNTS)).remarks == ()


def test_commas_that_may_be_two_things_are_asked_about(tmp_path: Path) -> None:
    whole = "".join(f"{10 + i // 50},{2 * (i % 50):02d},{i + 5},5\n" for i in range(100))
    with pytest.raises(RawDataError, match="decimal=comma"):
        read_one(tmp_path, whole)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (XY[: len(XY) // 2] + "10.5", "cut short"),
        (XY + "end of file\n", "'end of file' is no row of numbers"),
        (XY.replace("10.5000 ", "10.5000,"), "line 26"),
        (XY.replace("10.5000 50", "10.5000 5O"), r"scan.bin, line 26: '10.5000 5O.0000' is no row"),
        (XY.replace("10.5000 ", "10.5000 1_0"), "line 26"),
        ("no numbers here\n" * 30, "no rows of numbers"),
        ("", "empty"),
        (b"\x00\x01\x02" * 3000, "not text"),
        (XY.encode()[:500] + b"\0" * 500, "not text"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(RawDataError, match=said) as caught:
        read_one(tmp_path, content)
    assert "scan.bin" in str(caught.value)


HEADER = """\
# Scan time = APR 12, 2017 01:23:16.472073
# Temp (K) = 300.15
# Time per step (sec) = 0.1
# Gonio._radius [mm] = 1000.0
# End 2theta (deg) = 28.0
# Calibrated wavelength = 0.414581
"""


def test_what_a_header_says_is_kept(tmp_path: Path) -> None:
    pattern = read_one(tmp_path, HEADER + XYE)
    assert pattern.radiation is not None
    assert pattern.radiation.wavelength_angstrom == 0.414581
    assert not pattern.radiation.is_mean
    assert pattern.time_iso == "2017-04-12T01:23:16.472073"
    assert pattern.temperature_c == pytest.approx(27.0)
    assert pattern.counting_time_s == 0.1
    assert pattern.radius_mm == 1000.0
    assert any("ends at 28 deg" in remark for remark in pattern.remarks)


def test_a_panalytical_csv_states_its_doublet(tmp_path: Path) -> None:
    header = (
        "[Measurement conditions]\nSample identification,x\nAnode material,Cu\n"
        "K-Alpha1 wavelength,1.540598\nK-Alpha2 wavelength,1.544426\nRatio K-Alpha2/K-Alpha1,0.5\n"
        "Time per step,12.5\n[Scan points]\nAngle,Intensity\n"
    )
    pattern = read_one(tmp_path, header + XY.replace(" ", ","))
    used = pattern.radiation
    assert used is not None
    assert (used.wavelength_angstrom, used.kalpha2_angstrom, used.kalpha2_ratio) == (
        1.540598,
        1.544426,
        0.5,
    )
    assert pattern.counting_time_s == 12.5


def test_a_mean_wavelength_is_called_one(tmp_path: Path) -> None:
    used = read_one(tmp_path, "# Wavelength (A): 1.5418\n" + XY).radiation
    assert used is not None
    assert used.is_mean
    assert not used.is_doublet


@pytest.mark.parametrize(
    "text", ["# 03/04/2020 10:00:00\n", "# no time\n", "# Feb 31, 2020 10:00:00\n"]
)
def test_a_time_that_can_be_misread_is_not_read(tmp_path: Path, text: str) -> None:
    assert read_one(tmp_path, text + XY).time_iso == ""


def test_counts_per_second_become_counts_where_that_is_exact(tmp_path: Path) -> None:
    header = "# step time = 2.5\n2theta cps\n"
    exact = read_one(tmp_path, header + rows(ANGLES, COUNTS / 2.5))
    assert exact.is_counts
    np.testing.assert_array_equal(exact.intensity_counts, COUNTS)
    corrected = read_one(tmp_path, header + rows(ANGLES, 0.937 * COUNTS / 2.5))
    assert not corrected.is_counts
    assert corrected.is_rate
    np.testing.assert_allclose(corrected.intensity_counts, 0.937 * COUNTS / 2.5, atol=1e-4)


def test_a_gzipped_file_is_unpacked(tmp_path: Path) -> None:
    import gzip

    pattern = read_one(tmp_path, gzip.compress(XY.encode()))
    assert pattern.two_theta_deg.size == 100
    with pytest.raises(RawDataError, match="damaged or cut short"):
        read_one(tmp_path, gzip.compress(XY.encode())[:-20])


@pytest.mark.parametrize(
    "label", ["time_s,voltage_v", "Temperature;I", "m/z\tintensity", "cycle I"]
)
def test_columns_that_are_labelled_as_something_else_are_no_pattern(
    tmp_path: Path, label: str
) -> None:
    with pytest.raises(RawDataError, match="none of which is an angle"):
        read_one(tmp_path, label + "\n" + XY)
    named = read_one(tmp_path, label + "\n" + XY, columns={"two_theta": "1", "intensity": "2"})
    assert named.two_theta_deg.size == 100


def test_of_several_intensities_none_is_chosen(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match=r"3 columns \(2theta, I1, I2\)"):
        read_one(tmp_path, "2theta I1 I2\n" + XYE)
    assert read_one(tmp_path, "2theta I_obs I_calc\n" + XYE).intensity_counts[0] == COUNTS[0]


@pytest.mark.parametrize(
    "title", ["my nice sample", "# LaB6 in capillary", "Temperature 25 C", "run 3 b"]
)
def test_a_title_is_no_row_of_labels(tmp_path: Path, title: str) -> None:
    pattern = read_one(tmp_path, title + "\n" + XYE)
    np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)
    assert pattern.sigma_counts is not None
