"""What was plotted comes back as it was written, without the record's class."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.nexus import (
    Plot,
    Provenance,
    StepResult,
    merge,
    plot_names,
    read_plot,
    write_result,
)
from tests.core.test_nexus import Inner, same

TRACE = Plot(
    "mz_32",
    "O2",
    "ion_current_a",
    ("time_s",),
    {
        "time_s": np.arange(5.0),
        "ion_current_a": np.array([1, 2, np.nan, 4, 5]),
        "temperature_c": np.linspace(25, 500, 5),
    },
    {"time_s": "time (s)", "ion_current_a": "m/z 32 (A)", "temperature_c": "temperature (°C)"},
    auxiliary=("temperature_c",),
    errors={"ion_current_a": np.full(5, 0.1)},
)
MAP = Plot(
    "map",
    "all frames",
    "intensity_counts",
    (".", "two_theta_deg"),
    {"intensity_counts": np.ones((3, 4)), "two_theta_deg": np.arange(4.0)},
    {"intensity_counts": "counts", "two_theta_deg": "2θ (°)"},
)


def written(path: Path, dataset: str = "d", plots: tuple[Plot, ...] = (TRACE, MAP)) -> Path:
    made_of = Provenance({}, (), {})
    record = Inner(np.arange(3.0))
    write_result(
        path, StepResult("ms", "release", 1, dataset, "title", "NMC", record, plots, made_of)
    )
    return path


@pytest.mark.parametrize("plot", [TRACE, MAP], ids=lambda p: p.name)
def test_a_plot_comes_back_as_it_was(tmp_path: Path, plot: Plot) -> None:
    back = read_plot(written(tmp_path / "a.nxs"), plot.name)
    for name in ("name", "title", "signal", "axes", "auxiliary", "labels"):
        assert getattr(back, name) == getattr(plot, name)
    for name in ("fields", "errors"):
        ours, theirs = getattr(back, name), getattr(plot, name)
        assert set(ours) == set(theirs)
        assert all(same(ours[n], theirs[n]) for n in ours)


def test_nobody_changes_what_was_read(tmp_path: Path) -> None:
    back = read_plot(written(tmp_path / "a.nxs"), "mz_32")
    with pytest.raises(ValueError, match="read-only"):
        back.fields["time_s"][0] = 1


def test_the_default_view_is_named_first(tmp_path: Path) -> None:
    assert plot_names(written(tmp_path / "a.nxs")) == ("mz_32", "map")
    assert plot_names(written(tmp_path / "b.nxs", plots=())) == ()


def test_an_entry_of_merged_results_is_told_by_its_name(tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{n}.nxs", n, (p,)) for n, p in (("a", TRACE), ("b", MAP))]
    merge(paths, tmp_path / "m.nxs")
    assert plot_names(tmp_path / "m.nxs", "ms_b_release") == ("map",)
    assert read_plot(tmp_path / "m.nxs", "map", "ms_b_release").title == "all frames"
    with pytest.raises(RawDataError, match=r"m\.nxs: there is no entry 'ms_c_release'"):
        read_plot(tmp_path / "m.nxs", "map", "ms_c_release")


@pytest.mark.parametrize("name", ["mz_23", "record"])
def test_a_plot_that_is_not_there_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(RawDataError, match=f"no plot '{name}' in entry 'ms_d_release'.*mz_32"):
        read_plot(written(tmp_path / "a.nxs"), name)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match="missing"):
        plot_names(tmp_path / "none.nxs")


def test_the_default_view_is_the_first_with_a_number(tmp_path: Path) -> None:
    nothing = {**TRACE.fields, "ion_current_a": np.full(5, np.nan)}
    empty = replace(TRACE, name="empty", fields=nothing)
    assert plot_names(written(tmp_path / "a.nxs", plots=(empty, MAP, TRACE)))[0] == "map"
    assert plot_names(written(tmp_path / "b.nxs", plots=(empty,))) == ("empty",)
