"""What the end of a run and `check` say of every data set."""

from dataclasses import replace
from pathlib import Path

from pipeline.core.nexus import Provenance, write_result
from pipeline.core.study import Dataset
from pipeline.study.summary import summarise
from pipeline.xrd.nexus import patterns_result, transitions_result
from pipeline.xrd.records import FrameStatus, Transitions
from tests.xrd import build

CHANGES = build.transitions(build.heated())


def lines(folder: Path, record: Transitions) -> list[str]:
    path = folder / "transition.nxs"
    row = Dataset("conv", "xrd", "sample", "conv_*.xy")
    write_result(path, transitions_result(record, row, Provenance({}, (), {})))
    return summarise([path]).lines()


def test_that_nothing_changes_is_no_failure(tmp_path: Path) -> None:
    quiet = replace(CHANGES, status=(FrameStatus.NO_CHANGE,) * 3)
    assert lines(tmp_path, CHANGES) == []
    assert lines(tmp_path, quiet) == []


def test_a_change_is_named_where_it_could_not_be_fitted(tmp_path: Path) -> None:
    few = replace(
        CHANGES,
        status=(FrameStatus.OK, FrameStatus.TOO_FEW_FRAMES, FrameStatus.NO_CHANGE),
        reason=("", "6 frames", "a smooth curve does as well"),
    )
    said = "PARTLY  xrd_conv: 1 of 3 of `transition` failed. loss_of_003: 6 frames"
    assert lines(tmp_path, few) == [said]


def test_a_step_of_which_nothing_came_is_named(tmp_path: Path) -> None:
    none = replace(
        CHANGES, status=(FrameStatus.NO_COVARIATE,) * 3, reason=("no frame is warm",) * 3
    )
    said = "FAILED  xrd_conv: nothing came of `transition`. no frame is warm"
    assert lines(tmp_path, none) == [said]


def test_a_bad_scan_is_told_even_if_a_later_step_fails(tmp_path: Path) -> None:
    row, none = Dataset("conv", "xrd", "sample", "conv_*.xy"), Provenance({}, (), {})
    read = build.converted(build.heated(4), bad=(2,))
    write_result(tmp_path / "read.nxs", patterns_result(read, row, none))
    few = replace(CHANGES, status=(FrameStatus.TOO_FEW_FRAMES,) * 3, reason=("3 frames",) * 3)
    write_result(tmp_path / "transition.nxs", transitions_result(few, row, none))
    said = summarise([tmp_path / "read.nxs", tmp_path / "transition.nxs"]).lines()
    assert said[0].startswith("FAILED  xrd_conv: nothing came of `transition`")
    assert said[1] == "PARTLY  xrd_conv: 1 of 4 scans failed. scan 2: no such file"
