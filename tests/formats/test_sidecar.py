"""Plain tables beside a measurement."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.sidecar import read_sidecar


def written(tmp_path: Path, text: str) -> list[Path]:
    path = tmp_path / "side.csv"
    path.write_text(text, encoding="utf-8")
    return [path]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_seconds(tmp_path: Path, separator: str) -> None:
    text = "# by hand\ntime_s,Voltage_V,cycle,remark\n0,3.0,1,\n10,3.5,,ok\n".replace(
        ",", separator
    )
    run = read_sidecar(written(tmp_path, text))
    assert run.start_iso == ""
    np.testing.assert_array_equal(run.time_s, [0, 10])
    np.testing.assert_array_equal(run.voltage_v, [3.0, 3.5])
    np.testing.assert_array_equal(run.cycle, [1, np.nan])
    assert run.charge_mah is None


def test_times_are_sorted_and_count_from_the_first(tmp_path: Path) -> None:
    text = "time_iso,temperature_c\n2022-07-26T10:01:00,30\n2022-07-26 10:00:00,20\n"
    run = read_sidecar(written(tmp_path, text))
    assert run.start_iso == "2022-07-26T10:00:00"
    np.testing.assert_array_equal(run.time_s, [0, 60])
    np.testing.assert_array_equal(run.temperature_c, [20, 30])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("time_s,voltage_v\n", "no row"),
        ("voltage_v\n1\n", "no column `time_s` or `time_iso`"),
        ("time_s,volt\n1,2\n", "no column any of"),
        ("time_s,voltage_v\n1,2\n3\n", "line 3: 1 cells under 2 columns"),
        ("time_s,voltage_v\n1,high\n", "line 2: voltage_v 'high' is no number"),
        ("time_s,voltage_v\n,1\n", "line 2: `time_s` is empty"),
        ("time_iso,voltage_v\nnoon,1\n", "line 2: 'noon' is no time"),
    ],
)
def test_refusals(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RawDataError, match=message):
        read_sidecar(written(tmp_path, text))


def test_several_tables_are_refused(tmp_path: Path) -> None:
    [path] = written(tmp_path, "time_s,voltage_v\n1,2\n")
    with pytest.raises(RawDataError, match="2 sidecar files"):
        read_sidecar([path, path])
    with pytest.raises(RawDataError, match="0 sidecar files"):
        read_sidecar([])


@pytest.mark.data
def test_eclab_files_are_told_by_content(data_dir: Path) -> None:
    run = read_sidecar(sorted((data_dir / "xas/perex_rock_lno/EC").glob("*.mpt")))
    assert run.start_iso.startswith("2022-07-26T22:38:30.19")
    assert run.time_s.size == 6333 + 1402
