"""EC-Lab text files (xas/perex_rock_lno/EC, licence beside the data)."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.eclab import read_mpt, read_runs
from pipeline.formats.electrochem import ElectrochemRun

FOLDER = "xas/perex_rock_lno/EC"
FIRST = "220726cell4operandoxas_C06.mpt"
SECOND = "220726cell4operandoxascontinuation_C06.mpt"


@pytest.mark.data
def test_start_and_rows(data_dir: Path) -> None:
    run = read_mpt(data_dir / FOLDER / FIRST)
    assert run.start_iso == "2022-07-26T22:38:30.190000"
    assert run.time_s.shape == (6333,)
    assert run.time_s[0] == 0
    assert run.time_s[-1] == pytest.approx(139968.6453)
    assert run.voltage_v is not None
    assert run.charge_mah is not None
    assert run.current_ma is not None
    assert run.voltage_v[0] == 3.4912014  # written 3,4912014E+000
    assert run.charge_mah[-1] == pytest.approx(0.8402035415)
    assert run.current_ma[-1] == pytest.approx(0.2403482603)


@pytest.mark.data
def test_a_continuation_carries_the_charge_on(data_dir: Path) -> None:
    paths = [data_dir / FOLDER / SECOND, data_dir / FOLDER / FIRST]
    first, second, run = read_mpt(paths[1]), read_mpt(paths[0]), read_runs(paths)
    assert first.charge_mah is not None
    assert second.charge_mah is not None
    assert run.charge_mah is not None
    n = first.time_s.size
    assert second.charge_mah[0] == 0
    assert run.charge_mah[n] == run.charge_mah[n - 1] == first.charge_mah[-1]
    np.testing.assert_allclose(
        run.charge_mah[n:] - run.charge_mah[n], second.charge_mah, atol=1e-12
    )
    assert run.start_iso == first.start_iso
    # 2022-07-28 13:31:45.341 is 139995.151 s after 2022-07-26 22:38:30.190.
    assert run.time_s[n] == pytest.approx(139995.151, abs=1e-6)
    assert (np.diff(run.time_s) >= 0).all()
    assert run.time_s.size == n + second.time_s.size


@pytest.mark.data
def test_one_file_twice_is_refused(data_dir: Path) -> None:
    path = data_dir / FOLDER / FIRST
    with pytest.raises(RawDataError, match="before the file before it ends"):
        read_runs([path, path])


HEADER = """EC-Lab ASCII FILE
Nb header lines : 5
Acquisition started on : {start}
Comments : 25 \xb0C, 100 \xb5A
time/s\tEwe/V\t{charge}\t<I>/mA
"""


def mpt(
    path: Path,
    rows: str,
    start: str = "07/26/2022 22:38:30.190",
    charge: str = "(Q-Qo)/mA.h",
    end: str = "\r\n",
) -> Path:
    text = HEADER.format(start=start, charge=charge) + rows
    path.write_bytes(text.replace("\n", end).encode("latin-1"))
    return path


ROWS = "0,0\t3,5\t0,0\t1,0\n10,0\t3,6\t0,5\t1,0\n"


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("rows", [ROWS, ROWS.replace(",", ".")])
def test_decimal_marks_and_line_ends(tmp_path: Path, rows: str, end: str) -> None:
    run = read_mpt(mpt(tmp_path / "a.mpt", rows, end=end))
    np.testing.assert_array_equal(run.voltage_v, [3.5, 3.6])
    np.testing.assert_array_equal(run.charge_mah, [0, 0.5])


def test_coulombs_become_mah(tmp_path: Path) -> None:
    run = read_mpt(mpt(tmp_path / "a.mpt", "0\t3\t0\t1\n1\t3\t3,6\t1\n", charge="(Q-Qo)/C"))
    np.testing.assert_allclose(run.charge_mah, [0, 1])


def test_one_row(tmp_path: Path) -> None:
    assert read_mpt(mpt(tmp_path / "a.mpt", "0\t3\t0\t1\n")).time_s.shape == (1,)


@pytest.mark.parametrize(
    ("start", "iso"),
    [
        ("07/26/2022 22:38:30.190", "2022-07-26T22:38:30.190000"),
        ("26/07/2022 22:38:30", "2022-07-26T22:38:30"),
        ("07.26.2022 02:08:00", "2022-07-26T02:08:00"),
    ],
)
def test_starts(tmp_path: Path, start: str, iso: str) -> None:
    assert read_mpt(mpt(tmp_path / "a.mpt", ROWS, start=start)).start_iso == iso


def test_three_files_add_up(tmp_path: Path) -> None:
    paths = [mpt(tmp_path / f"{i}.mpt", ROWS, start=f"07/26/2022 22:3{i}:00") for i in (2, 0, 1)]
    run = read_runs(paths)
    np.testing.assert_allclose(run.charge_mah, [0, 0.5, 0.5, 1, 1, 1.5])
    np.testing.assert_allclose(run.time_s, [0, 10, 60, 70, 120, 130])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no EC-Lab text"),
        (b"time voltage\n1 2\n", "begins with 'time voltage'"),
        (b"\x00\x01\x02\xff" * 50, "no EC-Lab text"),
        (b"EC-Lab ASCII FILE\r\nno number\r\n", "no EC-Lab text"),
        (
            HEADER.format(start="07/26/2022 22:38:30", charge="x/C").encode("latin-1"),
            "no row of data",
        ),
        (
            HEADER.format(start="99/99/2022 22:38:30", charge="x/C").encode("latin-1")
            + b"1\t2\t3\t4",
            "does not say",
        ),
        (
            HEADER.format(start="07/26/2022 22:38:30", charge="x/C").encode("latin-1") + b"1\t2\n",
            "cannot be read",
        ),
        (
            HEADER.format(start="07/26/2022 22:38:30", charge="junk").encode("latin-1")
            + b"1\t2\t3\t4",
            "junk",
        ),
        (
            HEADER.format(start="07/26/2022 22:38:30", charge="x/C")
            .replace("Ewe/V", "P/W")
            .encode("latin-1")
            + b"1\t2\t3\t4",
            "no column 'Ewe/V'",
        ),
        (
            HEADER.format(start="07/26/2022 22:38:30", charge="x/C").encode("latin-1")
            + b"9\t2\t3\t4\r\n1\t2\t3\t4",
            "must be finite and ascend",
        ),
    ],
)
def test_what_is_no_run_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.mpt").write_bytes(content)
    with pytest.raises(RawDataError, match=message):
        read_mpt(tmp_path / "a.mpt")


def test_absent_files(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match="cannot be read"):
        read_mpt(tmp_path / "absent.mpt")
    with pytest.raises(RawDataError, match="no EC-Lab file"):
        read_runs([])


def test_a_run_must_be_consistent() -> None:
    with pytest.raises(ValueError, match="2 values for 3 times"):
        ElectrochemRun("", np.arange(3.0), np.arange(2.0))
    run = ElectrochemRun("", np.arange(3.0), np.arange(3.0))
    assert run.voltage_v is not None
    assert not run.voltage_v.flags.writeable
