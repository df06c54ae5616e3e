from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.core.files import atomic_path, write_text, write_text_if_changed


def test_a_file_that_failed_half_way_is_not_there(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "result.csv"
    with pytest.raises(RuntimeError, match="stop"), atomic_path(target) as part:
        part.write_text("half")
        raise RuntimeError("stop")
    assert list(target.parent.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "result.csv"
    write_text(target, "old")
    with pytest.raises(RuntimeError, match="stop"), atomic_path(target) as part:
        part.write_text("new")
        raise RuntimeError("stop")
    assert target.read_text() == "old"


def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where the folder should be")
    with pytest.raises(StudyError, match=r"results.*cannot write results here"):
        write_text(tmp_path / "results" / "a.csv", "")


def test_an_equal_text_is_not_written_again(tmp_path: Path) -> None:
    target = tmp_path / "a.md"
    assert write_text_if_changed(target, "x")
    before = target.stat().st_mtime_ns
    assert not write_text_if_changed(target, "x")
    assert target.stat().st_mtime_ns == before
