"""Which figures a study of diffraction gets, what they read, and that they are made the same each time."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.nexus import read_plot
from pipeline.core.study import Study
from pipeline.xrd.figures import Marks
from pipeline.xrd.steps import figures, series_figures
from pipeline.xrd.steps.windows import enlarged, reference_line
from tests.xrd import build
from tests.xrd import study as example
from tests.xrd.study import COLD, HOT


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = example.study(tmp_path_factory.mktemp("study"))
    example.write_results(made)
    return made


def test_series_and_single_patterns_get_what_they_have(ready: Study) -> None:
    names = set(figures.targets(ready))
    of_series = {f"xrd_{n}_{k}" for n in (HOT, COLD) for k in ("map", "lines", "cell", "fit")}
    joint = {"patterns", "windows", "cell", "broadening", "transitions_temperature"}
    single = {"xrd_pristine_fit", "xrd_cycled_fit"}
    assert names == of_series | single | {f"xrd_{k}" for k in joint}


def test_inputs_are_results_that_are_made(ready: Study) -> None:
    for target in figures.targets(ready):
        paths = figures.inputs(ready, target)
        assert paths
        assert all((ready.home / path).is_file() for path in paths), target


def test_the_heating_figure_reads_the_gas_measured_beside(ready: Study) -> None:
    gas = ready.result("ms", "conv_gas", "release")
    assert gas in figures.inputs(ready, f"xrd_{HOT}_map")
    assert gas not in figures.inputs(ready, f"xrd_{COLD}_map")


def test_options_are_those_that_the_figure_needs(ready: Study) -> None:
    fit = figures.options(ready, f"xrd_{HOT}_fit")
    assert set(fit[HOT]) == {"track"}
    assert fit["titles"] == {HOT: ["conventional", "", "sample"]}
    assert "cell" in figures.options(ready, "xrd_windows")["pristine"]
    assert figures.reads(ready, "xrd_windows") == ()


KINDS = ("lines", "cell", "fit")
JOINT = ("patterns", "windows", "cell", "broadening", "transitions_temperature")


@pytest.mark.parametrize("target", [f"{HOT}_{kind}" for kind in KINDS] + [*JOINT])
def test_every_figure_is_made(ready: Study, target: str) -> None:
    figures.run(ready, f"xrd_{target}")
    assert all(0 < len(data) < 500_000 for data in written(ready, f"xrd_{target}"))


def test_same_results_same_bytes(ready: Study) -> None:
    target = f"xrd_{HOT}_map"
    figures.run(ready, target)
    first = written(ready, target)
    figures.run(ready, target)
    assert written(ready, target) == first


def written(made: Study, target: str) -> tuple[bytes, bytes]:
    folder = made.home / made.results / "figures"
    return (folder / f"{target}.pdf").read_bytes(), (folder / f"{target}.png").read_bytes()


def test_a_gas_with_a_clock_only_is_placed_through_the_frames(ready: Study) -> None:
    truth = build.heated(30)
    series = build.converted(truth, n_points=50)
    plot = read_plot(ready.home / ready.result("ms", "conv_gas", "release"), "mz_32")
    seconds = np.array([-60.0, 0.0, 3562.5, 7125.0, 9000.0])
    clocked = type(plot)(
        *("mz_32", "", "x_normalised", ("time_s",)),
        {"x_normalised": np.ones(5), "time_s": seconds},
        {},
    )
    at = series_figures._at(clocked, series, "temperature_c")
    np.testing.assert_allclose(at, [np.nan, 25.0, 262.5, 500.0, np.nan])
    at = series_figures._at(plot, series, "temperature_c")
    np.testing.assert_array_equal(at, plot.fields["temperature_c"])


def test_short_series_are_shown_pattern_by_pattern(tmp_path: Path) -> None:
    changed = {name: {"transitions": None, "broadening": None} for name in (HOT, COLD)}
    made = example.study(tmp_path, overrides=example.OPTIONS["overrides"] | changed)
    listed = tmp_path / made.inventory(COLD)
    listed.parent.mkdir(parents=True)
    rows = [f"scan\tcg_{i}.xy\t9\t{'f' * 64}" for i in range(10)]
    listed.write_text("\n".join(["kind\tpath\tsize_bytes\tsha256", *rows]) + "\n")
    names = figures.targets(made)
    assert f"xrd_{COLD}_patterns" in names
    assert f"xrd_{COLD}_map" not in names
    assert f"xrd_{HOT}_map" in names  # how many there are is not known yet
    example.write_results(made, n_frames=10 + 2)
    figures.run(made, f"xrd_{COLD}_patterns")
    assert (tmp_path / made.results / "figures" / f"xrd_{COLD}_patterns.png").is_file()


def test_several_phases_give_several_joint_figures(tmp_path: Path) -> None:
    other = {
        "phases": {
            "LaB6 (SRM)": {"system": "cubic", "a_angstrom": 4.157, "reflections": [[1, 0, 0]]}
        }
    }
    none = {"cell": None, "transitions": None, "broadening": None}
    overrides = example.OPTIONS["overrides"] | {"cycled": other | none}
    names = figures.targets(example.study(tmp_path, overrides=overrides))
    assert {"xrd_patterns_NMC", "xrd_patterns_LaB6_SRM"} <= set(names)
    assert not any("windows" in name for name in names)  # one pattern each: nothing to compare


def test_patterns_without_phases_or_lines_are_shown_too(tmp_path: Path) -> None:
    bare = dict.fromkeys(("track", "cell", "broadening", "transitions"))
    made = example.study(tmp_path, **bare, phases={}, overrides={})
    assert set(figures.targets(made)) == {
        *(f"xrd_{HOT}_map", f"xrd_{COLD}_map"),
        "xrd_patterns",
    }
    example.write_results(made, n_frames=12)
    for target in (f"xrd_{COLD}_map", "xrd_patterns"):
        figures.run(made, target)


def test_windows_hold_the_first_line_and_the_split_pair() -> None:
    tracks = build.tracks(build.at_rest(), angstrom=0.7093)
    at = build.angle(build.spacing(build.at_rest()), 1.5406)[0, :7]
    marks = Marks("NMC", tracks.lines.hkl[:7], at)
    first, pair = enlarged(marks, [tracks], ())
    assert first[0] < at[0] < first[1] < at[1]
    assert pair[0] < at[5] < at[6] < pair[1]
    (_, asked) = enlarged(marks, [tracks], [((0, 0, 6), (1, 0, 2))])
    assert asked[0] < at[2] < at[3] < asked[1]
    assert reference_line([tracks, tracks], [first, pair]) == "104"
    assert reference_line([tracks], [(0.0, 180.0)]) is None
