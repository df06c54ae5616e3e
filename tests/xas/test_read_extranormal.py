"""extranormal text of SOLEIL ROCK (xas/perex_rock_lno, licence beside the data)."""

import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import read_scans, read_series
from pipeline.xas.records import FailedScan, RawScan, ScanStatus

FOLDER = "xas/perex_rock_lno/XAS_normalized_subset"
FIRST = "norm_op2_cell4_pos1_dq1_0001_av240_00001.txt"


def row(mode: str = "transmission", **columns: str) -> Dataset:
    return Dataset("d", "xas", "sample", "x", element="Ni", edge="K", mode=mode, columns=columns)


@pytest.mark.data
def test_every_shift_is_undone_and_kept(data_dir: Path) -> None:
    paths = sorted((data_dir / FOLDER).glob("*.txt"))
    assert len(paths) == 23
    series = read_series(row(), [(path, path.name) for path in paths])
    assert set(series.status) == {ScanStatus.OK}
    shifts = []
    for i, path in enumerate(paths):
        stated = re.search(r"Eshift=(\S+)", path.read_text())
        assert stated
        shifts.append(float(stated[1]))
        in_file = np.loadtxt(path, comments="#")
        np.testing.assert_allclose(series.energy_ev[i] + shifts[-1], in_file[:, 0], atol=1e-9)
        np.testing.assert_array_equal(series.mu[i], in_file[:, 1])
        np.testing.assert_array_equal(series.reference_mu[i], in_file[:, 2])
    np.testing.assert_array_equal(series.file_shift_ev, shifts)
    assert (min(shifts), max(shifts)) == (-0.372321656492, 0.1108234557)
    assert all(series.is_normalised)


@pytest.mark.data
def test_time_is_the_start_plus_the_seconds_from_it(data_dir: Path) -> None:
    [scan] = read_scans(data_dir / FOLDER / FIRST, FIRST, row())
    assert isinstance(scan, RawScan)
    # 2022-07-26 23:01:58.055 and 65.003889607 s.
    assert scan.time_iso == "2022-07-26T23:03:03.058890"
    assert (scan.element, scan.edge) == ("", "")
    assert scan.energy_ev.size == 1649


@pytest.mark.data
def test_mode_reference_takes_the_foil_which_is_not_normalised(data_dir: Path) -> None:
    [scan] = read_scans(data_dir / FOLDER / FIRST, FIRST, row("reference"))
    assert isinstance(scan, RawScan)
    assert scan.mu[0] == 1.034688
    assert not scan.is_normalised


HEADER = """\
# This file has been produced by extranormal (v 1.0.1 - February 23, 2017)
#Time at start=2022-07-26 23:01:58.055
#Time from start (seconds)=65.0
# E0=8332.88   Eshift=-0.5
# shifted energy\tnormalized\treference\tref.derivative\tI0
"""
ENERGY = np.linspace(8200, 8600, 81)
ROWS = "".join(
    f" {e:.2f} {np.arctan(e - 8345):.6f} {np.arctan(e - 8333):.6f} 0 1\n" for e in ENERGY
)


def read(tmp_path: Path, text: str, dataset: Dataset) -> RawScan | FailedScan:
    (tmp_path / "a.txt").write_text(text)
    [scan] = read_scans(tmp_path / "a.txt", "a.txt", dataset)
    return scan


def test_a_small_file(tmp_path: Path) -> None:
    scan = read(tmp_path, HEADER + ROWS, row())
    assert isinstance(scan, RawScan)
    np.testing.assert_allclose(scan.energy_ev, ENERGY + 0.5)
    assert scan.file_shift_ev == -0.5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Eshift=-0.5", "", "no `Eshift=`"),
        ("shifted energy\tnorm", "shifted energy norm", "5 columns of numbers under 4 labels"),
        ("normalized", "flattened", "without a column 'normalized'"),
    ],
)
def test_what_cannot_be_undone_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RawDataError, match=message):
        read(tmp_path, HEADER.replace(old, new) + ROWS, row())


def test_columns_are_refused_because_they_would_keep_the_shift(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match="leave `columns` empty"):
        read(tmp_path, HEADER + ROWS, row(energy="1", mu="2"))


@pytest.mark.parametrize("line", ["#Time at start=yesterday", "#Time at end=2022-07-26 23:01:58"])
def test_a_time_that_is_none_is_left_out(tmp_path: Path, line: str) -> None:
    text = HEADER.replace("#Time at start=2022-07-26 23:01:58.055", line)
    scan = read(tmp_path, text + ROWS, row())
    assert isinstance(scan, RawScan)
    assert scan.time_iso == ""


def test_without_a_foil_mode_reference_fails(tmp_path: Path) -> None:
    scan = read(tmp_path, HEADER.replace("\treference\t", "\tother\t") + ROWS, row("reference"))
    assert isinstance(scan, FailedScan)
    assert "no column 'reference'" in scan.reason
