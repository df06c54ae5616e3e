"""Files of a data set as one series: statuses, wavelengths, gains, covariates, gaps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.options import SidecarOptions
from pipeline.core.study import Dataset
from pipeline.formats.electrochem import ElectrochemRun
from pipeline.xrd.options import SourceOptions
from pipeline.xrd.read import read_series
from pipeline.xrd.read.gaps import missing_before
from pipeline.xrd.records import Flag, FrameStatus, PatternSeries

ANGLES = 15 + 0.02 * np.arange(100)
RNG = np.random.default_rng(3)
COUNTS = RNG.poisson(50 + 400 * np.exp(-0.5 * ((ANGLES - 16) / 0.1) ** 2)).astype(float)
ROW = Dataset("d", "xrd", "sample", "*.xy", mode="debye-scherrer", wavelength_angstrom=0.5)
BLANK = replace(ROW, wavelength_angstrom=None)


def text(*columns: np.ndarray, header: str = "") -> str:
    cells = zip(*columns, strict=True)
    return header + "".join(" ".join(f"{v:.8g}" for v in row) + "\n" for row in cells)


GOOD = text(ANGLES, COUNTS)


def series(
    folder: Path,
    contents: dict[str, str | bytes],
    row: Dataset = ROW,
    source: SourceOptions | None = None,
    run: ElectrochemRun | None = None,
) -> PatternSeries:
    for name, content in contents.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    files = [(folder / name, name) for name in contents]
    return read_series(row, files, source or SourceOptions(), run, SidecarOptions())


def one(folder: Path, content: str | bytes, row: Dataset = ROW, **source: object) -> PatternSeries:
    return series(folder, {"a.xy": content}, row, SourceOptions.model_validate(source))


def test_a_good_series_shares_its_grid(tmp_path: Path) -> None:
    found = series(tmp_path, {f"{k}.xy": text(ANGLES, COUNTS * k) for k in (1, 2, 3)})
    assert found.n_frames == 3
    assert found.two_theta_deg.shape == found.intensity_counts.shape == (3, 100)
    assert found.two_theta_deg.strides[0] == 0
    np.testing.assert_array_equal(found.intensity_counts[1], 2 * COUNTS)
    assert np.isnan(found.sigma_counts).all()
    assert set(found.status) == {FrameStatus.OK}
    assert found.label == ("1", "2", "3")
    assert found.geometry == "debye-scherrer"
    assert (found.wavelength_angstrom == 0.5).all()
    assert np.isnan(found.kalpha2_ratio).all()
    assert (found.gain_ratio == 1).all()
    assert found.flags == ((), (), ())


SIGMA = np.sqrt(COUNTS)
AT = np.arange(100)


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (text(ANGLES[:10], COUNTS[:10]), FrameStatus.TOO_SHORT, "10 points; at least 20"),
        (
            text(ANGLES, np.where(AT == 7, np.nan, COUNTS)),
            FrameStatus.NOT_FINITE,
            "first at 15.14 deg",
        ),
        (text(ANGLES, np.where(AT == 7, np.inf, COUNTS)), FrameStatus.NOT_FINITE, "1 of 100"),
        (text(ANGLES, 0 * COUNTS), FrameStatus.NO_COUNTS, "all 100 intensities are zero"),
        (text(ANGLES, COUNTS - 60), FrameStatus.BAD_COUNTS, "negative"),
        (text(ANGLES, COUNTS, np.where(AT < 30, 0, SIGMA)), FrameStatus.BAD_SIGMA, "30 of 100"),
        (text(ANGLES, COUNTS, np.where(AT < 30, -1, SIGMA)), FrameStatus.BAD_SIGMA, "30 of 100"),
        (
            text(np.where(AT == 50, 15.1, ANGLES), COUNTS),
            FrameStatus.BAD_ANGLES,
            "go back at point 51",
        ),
        (
            text(np.where(AT == 5, np.nan, ANGLES), COUNTS),
            FrameStatus.BAD_ANGLES,
            "first at point 6",
        ),
        (text(100 * ANGLES, COUNTS), FrameStatus.BAD_ANGLES, "cannot be 2theta"),
        (text(np.tile(ANGLES, 2), np.append(COUNTS, COUNTS + 1)), FrameStatus.BAD_ANGLES, "twice"),
        (text(np.radians(2 * ANGLES), COUNTS) + "1 2 3\n", FrameStatus.UNREADABLE, "cut short"),
        (text(0.03 * (ANGLES - 10), COUNTS, header="energy I\n"), FrameStatus.UNREADABLE, "energy"),
        ("", FrameStatus.UNREADABLE, "empty"),
        (b"\0\1\2" * 99, FrameStatus.UNREADABLE, "not text"),
    ],
)
def test_a_bad_frame_is_a_status_and_costs_only_itself(
    tmp_path: Path, content: str | bytes, status: FrameStatus, said: str
) -> None:
    found = series(tmp_path, {"a.xy": GOOD, "b.xy": content, "c.xy": GOOD})
    assert found.status == (FrameStatus.OK, status, FrameStatus.OK)
    assert said in found.reason[1]
    assert found.reason[0] == found.reason[2] == ""
    assert np.isnan(found.intensity_counts[1]).all()
    assert np.isnan(found.gain_ratio[1])
    np.testing.assert_array_equal(found.intensity_counts[[0, 2]], [COUNTS, COUNTS])


def test_single_zero_esds_are_left_out_and_said(tmp_path: Path) -> None:
    found = one(tmp_path, text(ANGLES, COUNTS, np.where(AT == 7, 0, SIGMA)))
    assert found.status == (FrameStatus.OK,)
    assert found.two_theta_deg.shape == (1, 99)
    assert "1 points with an esd of zero or less left out, first at 15.14 deg" in found.remarks[0]
    assert Flag.FILE_REMARK in found.flags[0]


def test_zero_counts_with_a_zero_esd_are_counts(tmp_path: Path) -> None:
    counts = np.where(AT < 40, 0, COUNTS)
    found = one(tmp_path, text(ANGLES, counts, np.sqrt(counts)))
    assert found.two_theta_deg.shape == (1, 100)
    assert np.isnan(found.sigma_counts[0, :40]).all()
    assert found.gain_ratio[0] == pytest.approx(1, abs=1e-6)


def test_esds_of_few_counts_are_roots_of_counts(tmp_path: Path) -> None:
    """Two counts a point: without that, points of zero counts would be left out, and areas 4 % too small."""
    counts = np.random.default_rng(1).poisson(2, ANGLES.size)
    found = one(tmp_path, text(ANGLES, counts, np.sqrt(counts)))
    assert (counts < 9).all()
    assert found.gain_ratio[0] == pytest.approx(1, abs=1e-6)


def test_esds_that_are_all_zero_are_none(tmp_path: Path) -> None:
    found = one(tmp_path, text(ANGLES, COUNTS, 0 * SIGMA))
    assert np.isnan(found.sigma_counts).all()


@pytest.mark.parametrize(
    ("columns", "source", "gain"),
    [
        ((COUNTS,), {}, 1.0),
        ((COUNTS,), {"counts": "no"}, np.nan),
        ((COUNTS * 0.37,), {}, np.nan),
        ((COUNTS * 0.37,), {"counts": "yes"}, 1.0),
        ((COUNTS * 0.37, SIGMA * 0.37), {}, 0.37),
        ((COUNTS, SIGMA), {}, 1.0),
        ((COUNTS, SIGMA * 2), {}, 4.0),
        ((COUNTS, SIGMA * 2), {"counts": "yes"}, 1.0),
        ((COUNTS, np.hypot(SIGMA, 0.1 * COUNTS)), {}, np.nan),
        ((COUNTS, np.where(AT < 50, 1, 2) * SIGMA), {}, np.nan),
    ],
)
def test_gain(
    tmp_path: Path, columns: tuple[np.ndarray, ...], source: dict[str, str], gain: float
) -> None:
    found = one(tmp_path, text(ANGLES, *columns), **source)
    np.testing.assert_allclose(found.gain_ratio, [gain], rtol=1e-6)
    assert (Flag.NOT_COUNTS in found.flags[0]) == (gain != 1.0)
    assert (Flag.NO_ESD in found.flags[0]) == (np.isnan(gain) and len(columns) == 1)


def test_one_repeated_angle_leaves_counts_counts(tmp_path: Path) -> None:
    again, more = np.insert(ANGLES, 20, ANGLES[20]), np.insert(COUNTS, 20, COUNTS[20] + 1)
    found = one(tmp_path, text(again, more))
    assert found.intensity_counts[0, 20] == COUNTS[20] + 0.5
    assert found.gain_ratio[0] == 1
    assert Flag.NO_ESD not in found.flags[0]


def test_gain_of_counts_per_second(tmp_path: Path) -> None:
    header = "# step time = 2.5\n2theta cps\n"
    found = one(tmp_path, text(ANGLES, COUNTS * 0.97 / 2.5, header=header))
    np.testing.assert_allclose(found.gain_ratio, [0.4])
    assert found.counting_time_s[0] == 2.5


def test_gain_is_the_variance_over_the_mean(tmp_path: Path) -> None:
    """Simulated: counts scaled by a factor vary by the factor times their mean."""
    rng = np.random.default_rng(11)
    draws = 0.37 * rng.poisson(300, (400, 100))
    contents = {f"{i}.xye": text(ANGLES, d, np.sqrt(0.37 * d)) for i, d in enumerate(draws)}
    found = series(tmp_path, contents)
    variance = found.intensity_counts.var(axis=0, ddof=1).mean()
    predicted = (found.gain_ratio[:, None] * found.intensity_counts).mean()
    assert variance / predicted == pytest.approx(1, abs=0.03)


def stated(*lines: str) -> str:
    return text(ANGLES, COUNTS, header="".join(f"# {line}\n" for line in lines))


CU1, CU2, CU_MEAN = 1.540593, 1.544427, 1.541871
DOUBLET = stated(f"K-Alpha1 wavelength: {CU1}", f"K-Alpha2 wavelength: {CU2}")
CU_KA = {"radiation": "Cu-Ka"}


@pytest.mark.parametrize(
    ("content", "table", "source", "expected"),
    [
        (GOOD, 0.4522, {}, (0.4522, np.nan, np.nan)),
        (GOOD, None, {"wavelength_angstrom": 0.4522}, (0.4522, np.nan, np.nan)),
        (GOOD, None, CU_KA, (CU1, CU2, 0.5)),
        (GOOD, None, CU_KA | {"kalpha2_ratio": 0.4}, (CU1, CU2, 0.4)),
        (GOOD, None, {"radiation": "Cu-Ka1"}, (CU1, np.nan, np.nan)),
        (GOOD, None, {"radiation": "Cu-Kam"}, (CU_MEAN, np.nan, np.nan)),
        (GOOD, 1.5406, CU_KA, (CU1, CU2, 0.5)),
        (GOOD, 1.5418, CU_KA, (CU1, CU2, 0.5)),
        (stated("wavelength = 0.45223"), 0.4522, {}, (0.45223, np.nan, np.nan)),
        (stated("wavelength = 0.45223"), None, {}, (0.45223, np.nan, np.nan)),
        (stated("wavelength = 1.5406"), None, CU_KA, (CU1, CU2, 0.5)),
        (stated("wavelength = 1.5418"), None, {}, (1.5418, np.nan, np.nan)),
        (DOUBLET, None, {}, (CU1, CU2, 0.5)),
        (DOUBLET, 1.5406, {}, (CU1, CU2, 0.5)),
        (DOUBLET, 1.54187, {}, (CU1, CU2, 0.5)),
        (DOUBLET, None, {"radiation": "Cu-Ka1"}, (CU1, CU2, 0.5)),
        (DOUBLET, None, {"kalpha2_ratio": 0.42}, (CU1, CU2, 0.42)),
        (DOUBLET, None, {"kalpha2_ratio": 0.0}, (CU1, np.nan, np.nan)),
        (GOOD, None, CU_KA | {"kalpha2_ratio": 0.0}, (CU1, np.nan, np.nan)),
    ],
)
def test_wavelength_comes_from_file_table_and_study(
    tmp_path: Path,
    content: str,
    table: float | None,
    source: dict[str, object],
    expected: tuple[float, float, float],
) -> None:
    found = one(tmp_path, content, replace(ROW, wavelength_angstrom=table), **source)
    assert found.status == (FrameStatus.OK,), found.reason
    values = (found.wavelength_angstrom[0], found.kalpha2_angstrom[0], found.kalpha2_ratio[0])
    np.testing.assert_allclose(values, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("content", "table", "source", "words"),
    [
        (stated("wavelength = 0.4522"), 0.4959, {}, ("0.4522", "0.4959", "the table")),
        (stated("wavelength = 0.4522"), 0.4525, {}, ("0.4522", "0.4525")),
        (stated("wavelength = 0.4522"), None, CU_KA, ("0.4522", "the study")),
        (DOUBLET, 0.7093, {}, ("1.54059 and 1.54443", "0.7093")),
        (DOUBLET, None, {"radiation": "Mo-Ka"}, ("1.54059", "0.709317")),
        (GOOD, 0.4522, {"wavelength_angstrom": 0.4959}, ("0.4522", "0.4959", "the study")),
        (stated("wavelength = 1.5406"), 1.5418, {}, ("1.5406", "1.5418")),
    ],
)
def test_two_wavelengths_are_refused_with_both(
    tmp_path: Path,
    content: str,
    table: float | None,
    source: dict[str, object],
    words: tuple[str, ...],
) -> None:
    found = one(tmp_path, content, replace(ROW, wavelength_angstrom=table), **source)
    assert found.status == (FrameStatus.TWO_WAVELENGTHS,)
    for word in words:
        assert word in found.reason[0]


def test_no_wavelength_says_what_to_write_where(tmp_path: Path) -> None:
    found = one(tmp_path, GOOD, BLANK)
    assert found.status == (FrameStatus.NO_WAVELENGTH,)
    assert found.reason[0].startswith(f"{found.source_file[0]}: neither the file nor")
    assert "`wavelength_angstrom` in the data-set table" in found.reason[0]
    assert "Cu-Ka" in found.reason[0]


def test_an_axis_of_q_takes_the_tables_wavelength(tmp_path: Path) -> None:
    q = 4 * np.pi * np.sin(np.radians(ANGLES / 2)) / 0.5
    found = one(tmp_path, text(q, COUNTS, header="# q_A^-1 I\n"))
    np.testing.assert_allclose(found.two_theta_deg[0], ANGLES, atol=1e-5)
    assert found.wavelength_angstrom[0] == 0.5
    assert Flag.FILE_REMARK in found.flags[0]


def test_frames_on_other_grids_are_flagged_and_whole(tmp_path: Path) -> None:
    longer = np.append(ANGLES, 17.0)
    contents = {
        "a.xy": GOOD,
        "b.xy": GOOD,
        "c.xy": text(longer, np.append(COUNTS, 9.0)),
        "d.xy": GOOD,
    }
    found = series(tmp_path, contents)
    assert [Flag.GRID_DIFFERS in f for f in found.flags] == [False, False, True, False]
    assert found.two_theta_deg.shape == (4, 101)
    np.testing.assert_array_equal(found.two_theta_deg[2], longer)
    assert np.isnan(found.two_theta_deg[[0, 1, 3], 100]).all()


def test_gaps_in_numbered_names_are_said() -> None:
    names = [f"Scan_C{i}.xrdml" for i in (1, 2, 4, 5, 8)]
    found = missing_before(names)
    assert found[:2] == ("", "")
    assert found[2].endswith(": 3")
    assert found[4].endswith(": 6, 7")
    assert missing_before([f"{1355639 + 8 * i}_summed.xye" for i in (0, 1, 2, 4)])[3].endswith(
        "1355663"
    )
    for other in (
        names[:3],
        [f"s_{i}.xy" for i in (1, 2, 9, 30, 31, 70)],  # no step that most have
        ["000s.dat", "008s.dat", "013s.dat", "120s.dat"],
        ["a", "b", "c", "d"],
        [],
        names[::-1],
    ):
        assert not any(missing_before(other))


def test_a_missing_frame_is_a_remark_and_no_frame(tmp_path: Path) -> None:
    found = series(tmp_path, {f"C{i}.xy": GOOD for i in (1, 2, 3, 5)})
    assert found.n_frames == 4
    assert "missing before this frame, by the numbers of the names: 4" in found.remarks[3]
    assert Flag.FILE_REMARK in found.flags[3]


def test_a_frame_that_is_held_twice_is_said(tmp_path: Path) -> None:
    other = text(ANGLES, COUNTS[::-1])
    found = series(tmp_path, {"a.xy": GOOD, "b.xy": other, "c.xy": GOOD, "d.xy": ""})
    assert "the same at every point as frame 0" in found.remarks[2]
    assert [Flag.FILE_REMARK in flags for flags in found.flags] == [False, False, True, False]


def timed(minute: int, temperature_k: float) -> str:
    return text(
        ANGLES,
        COUNTS,
        header=f"# time 2024-05-01T10:{minute:02d}:00\n# Temp (K) = {temperature_k}\n",
    )


def test_times_and_temperatures_of_the_files(tmp_path: Path) -> None:
    found = series(tmp_path, {f"{i}.xy": timed(10 * i, 300.15 + i) for i in range(3)})
    np.testing.assert_allclose(found.covariates.time_s, [0, 600, 1200])
    np.testing.assert_allclose(found.covariates.temperature_c, [27, 28, 29])
    row = replace(ROW, temperature_c=400.0, cycle=2.0)
    given = series(tmp_path, {f"{i}.xy": timed(10 * i, 300.15 + i) for i in range(3)}, row)
    np.testing.assert_array_equal(given.covariates.temperature_c, [400.0] * 3)
    np.testing.assert_array_equal(given.covariates.cycle, [2.0] * 3)


def test_frames_out_of_turn_are_said(tmp_path: Path) -> None:
    when = {"a.xy": 20, "b.xy": 10, "c.xy": 30, "d.xy": 25}
    found = series(tmp_path, {name: timed(minute, 300.0) for name, minute in when.items()})
    said = ["measured before" in remark for remark in found.remarks]
    assert said == [False, True, False, True]


def test_a_sidecar_is_joined_by_time(tmp_path: Path) -> None:
    run = ElectrochemRun(
        "2024-05-01T10:00:00", np.array([0.0, 1200.0]), voltage_v=np.array([3.0, 4.0])
    )
    contents = {f"{i}.xy": timed(10 * i, 300.15) for i in range(3)} | {"9.xy": timed(55, 300.15)}
    found = series(tmp_path, contents, run=run)
    np.testing.assert_allclose(found.covariates.voltage_v, [3.0, 3.5, 4.0, np.nan])
    assert "not found in the sidecar" in found.remarks[3]
    np.testing.assert_allclose(found.covariates.temperature_c, 27.0)


def test_radius_of_the_study_where_the_file_is_silent(tmp_path: Path) -> None:
    assert one(tmp_path, GOOD, radius_mm=240.0).radius_mm[0] == 240.0
    said = text(ANGLES, COUNTS, header="# radius [mm] = 185\n")
    assert one(tmp_path, said, radius_mm=240.0).radius_mm[0] == 185.0


def test_only_selected_patterns_of_a_file(tmp_path: Path) -> None:
    ranges = "".join(
        f"_DRIVE='COUPLED'\n_STEPTIME=1\n_STEPSIZE=0.02\n_START={10 + k}\n_COUNTS\n"
        + " ".join(f"{c:.0f}" for c in COUNTS)
        + "\n"
        for k in range(3)
    )
    found = series(tmp_path, {"a.uxd": "_FILEVERSION=1\n" + ranges}, replace(ROW, select="2;3"))
    assert found.label == ("a range 2", "a range 3")
    wrong = series(tmp_path, {"a.uxd": "_FILEVERSION=1\n" + ranges}, replace(ROW, select="7"))
    assert wrong.status == (FrameStatus.UNREADABLE,)
    assert "`select`" in wrong.reason[0]


def test_same_files_same_series(tmp_path: Path) -> None:
    contents = {"a.xy": GOOD, "b.xy": "", "c.xy": text(ANGLES, COUNTS, SIGMA)}
    first, second = series(tmp_path, contents), series(tmp_path, contents)
    for name in ("intensity_counts", "sigma_counts", "gain_ratio"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
    assert (first.reason, first.remarks, first.flags) == (
        second.reason,
        second.remarks,
        second.flags,
    )


def test_negative_intensities_of_a_subtracted_pattern_stand(tmp_path: Path) -> None:
    content = text(ANGLES, COUNTS - 60)
    assert one(tmp_path, content, counts="no").status == (FrameStatus.OK,)
    assert one(tmp_path, text(ANGLES, COUNTS - 60.5)).status == (FrameStatus.OK,)
    assert one(tmp_path, text(ANGLES, COUNTS - 60.5), counts="yes").status == (
        FrameStatus.BAD_COUNTS,
    )


def test_a_doublet_of_the_file_that_the_study_denies_is_kept_and_said(tmp_path: Path) -> None:
    found = one(tmp_path, DOUBLET, BLANK, radiation="Cu-Ka1")
    assert found.kalpha2_ratio[0] == 0.5
    assert "`kalpha2_ratio: 0` takes Kalpha2 away" in found.remarks[0]
    assert found.flags[0] == (Flag.FILE_REMARK,)
