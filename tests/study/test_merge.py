"""The one file of a study opens on something to see."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from pipeline.core.nexus import write_result
from pipeline.study.merge import merge_study
from pipeline.xrd.nexus import transitions_result
from tests.xrd import build
from tests.xrd.study import HOT, NONE, study, write_results


def test_the_last_step_that_shows_something_is_shown_first(tmp_path: Path) -> None:
    made = study(tmp_path)
    write_results(made, 12)
    merge_study(made)
    merged = tmp_path / "results" / "s.nxs"
    with h5py.File(merged) as file:
        assert file.attrs["default"] == f"xrd_{HOT}_transition"

    found = build.transitions(build.heated(8))
    nothing = np.full_like(found.scaled_ratio, np.nan)
    quiet = replace(found, scaled_ratio=nothing, fitted_ratio=nothing)
    path = made.home / made.result("xrd", HOT, "transition")
    write_result(path, transitions_result(quiet, made.dataset(HOT), NONE))
    merge_study(made)
    with h5py.File(merged) as file:
        assert file.attrs["default"] == f"xrd_{HOT}_cell"


def test_the_covariate_of_a_change_is_labelled_with_its_unit(tmp_path: Path) -> None:
    made = study(tmp_path)
    found = replace(build.transitions(build.heated(8)), covariate="time_s")
    plot = transitions_result(found, made.dataset(HOT), NONE).plots[0]
    assert plot.labels["time_s"] == "time since the first frame (s)"
