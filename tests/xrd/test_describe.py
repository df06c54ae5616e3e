"""`inspect`: what the readers see, and what they leave to others."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xrd.read import describe
from tests.xrd.test_read_series import ANGLES, COUNTS, SIGMA, text


def seen(folder: Path, content: str, dataset: Dataset | None = None) -> dict[str, str]:
    (folder / "a.txt").write_text(content)
    return dict(describe(folder / "a.txt", dataset))


def test_a_pattern_in_words(tmp_path: Path) -> None:
    header = "# wavelength = 0.4522\n# step time = 2\n# time 2024-05-01T10:00:00\n"
    found = seen(tmp_path, text(ANGLES, COUNTS, SIGMA, header=header))
    assert found["points"] == "100"
    assert found["range"] == "15 to 16.98 deg"
    assert found["step"] == "0.02 deg"
    assert found["esds"] == "in the file"
    assert found["variance/mean"] == "1"
    assert found["wavelength"] == "0.4522 angstrom"
    assert found["counting"] == "2 s a point"
    assert found["time"] == "2024-05-01T10:00:00"


def test_what_would_become_of_it_is_said(tmp_path: Path) -> None:
    assert seen(tmp_path, text(ANGLES, 0 * COUNTS))["reads as"].startswith("no_counts")


def test_several_patterns_are_listed(tmp_path: Path) -> None:
    one = "_STEPTIME=1\n_STEPSIZE=0.02\n_START=10\n_COUNTS\n" + " ".join("123456789") + "\n"
    lines = describe(_written(tmp_path, "_FILEVERSION=1\n" + 2 * one))
    assert ("patterns", "2") in lines
    assert [value for key, value in lines if key == "pattern"] == [
        "a range 1: 9 points, 10 to 10.16 deg",
        "a range 2: 9 points, 10 to 10.16 deg",
    ]


def _written(folder: Path, content: str) -> Path:
    (folder / "a.txt").write_text(content)
    return folder / "a.txt"


@pytest.mark.parametrize(
    "content",
    [
        text(np.linspace(7000, 8000, 200), COUNTS.repeat(2)),
        text(np.geomspace(7.0, 8.5, 100), COUNTS / 300),
        text(np.linspace(7.0, 8.5, 100), COUNTS, header="energy mu\n"),
        text(ANGLES, -COUNTS),
        "1 2\n2 3\n3 4\n",
        "nothing\n",
    ],
)
def test_columns_of_something_else_are_left_to_others(tmp_path: Path, content: str) -> None:
    with pytest.raises(RawDataError):
        seen(tmp_path, content)


def test_named_columns_are_read_whatever_they_look_like(tmp_path: Path) -> None:
    row = Dataset("", "", "", "", columns={"two_theta": "1", "intensity": "2"})
    assert seen(tmp_path, text(np.geomspace(17, 85, 100), COUNTS), row)["points"] == "100"


@pytest.mark.data
def test_an_absorption_spectrum_of_every_kind_is_refused(data_dir: Path) -> None:
    files = [p for p in sorted((data_dir / "xas").rglob("*")) if p.is_file()]
    assert len(files) > 100
    for path in files:
        with pytest.raises(RawDataError):
            describe(path)
