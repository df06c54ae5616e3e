"""Which figures refinements get, what they read, and that they are made the same each time."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.study import Study
from pipeline.rietveld.steps import figures
from pipeline.rietveld.steps.pattern_figures import shown_rows
from tests.rietveld import build
from tests.rietveld import study as example
from tests.rietveld.study import HR, LAB, MIXED, SERIES, STANDARD

FITS = tuple(f"{n}_fit_{e}" for n in (HR, LAB, SERIES, MIXED) for e in ("gsas2", "rietx"))
OTHERS = (f"{STANDARD}_profile", f"{SERIES}_series", f"{HR}_sensitivity", "samples", "weights")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = example.study(tmp_path_factory.mktemp("study"))
    example.write_results(made)
    return made


def test_data_sets_get_what_they_have(ready: Study) -> None:
    assert set(figures.targets(ready)) == {f"rietveld_{name}" for name in (*FITS, *OTHERS)}


def test_one_engine_gives_one_figure_of_each(tmp_path: Path) -> None:
    names = figures.targets(example.study(tmp_path, engine="auto"))
    assert f"rietveld_{HR}_fit" in names
    assert not any("rietx" in name or "gsas2" in name for name in names)


def test_one_sample_by_one_engine_is_not_compared(tmp_path: Path) -> None:
    alone = example.study(tmp_path, engine="rietx", datasets=[HR], overrides={})
    assert "rietveld_samples" not in figures.targets(alone)
    both = example.study(tmp_path, datasets=[HR], overrides={})
    assert "rietveld_samples" in figures.targets(both)


def test_samples_of_different_phases_get_figures_of_their_own(tmp_path: Path) -> None:
    use = {LAB: {"use": ["NiO"]}}
    names = figures.targets(example.study(tmp_path, overrides=use))
    assert {"rietveld_samples_NCM", "rietveld_samples_NiO"} <= set(names)
    assert "rietveld_weights" not in names


def test_inputs_are_results_that_are_made(ready: Study) -> None:
    for target in figures.targets(ready):
        paths = figures.inputs(ready, target)
        assert paths
        assert all((ready.home / path).is_file() for path in paths), target
        assert figures.reads(ready, target) == ()
    said = figures.options(ready, f"rietveld_{HR}_fit_gsas2")
    assert said == {"titles": {HR: ["C-NCM96", "pristine", "sample"]}, "engine": "gsas2"}


@pytest.mark.parametrize("name", [f"{HR}_fit_gsas2", f"{LAB}_fit_rietx", *OTHERS])
def test_every_figure_is_made_and_small(ready: Study, name: str) -> None:
    figures.run(ready, f"rietveld_{name}")
    assert all(0 < len(data) < 500_000 for data in written(ready, f"rietveld_{name}"))


def test_same_results_same_bytes(ready: Study) -> None:
    target = f"rietveld_{MIXED}_fit_rietx"
    figures.run(ready, target)
    first = written(ready, target)
    figures.run(ready, target)
    assert written(ready, target) == first


def test_a_series_shows_its_first_worst_and_last_frame() -> None:
    covariates, a, c = build.charged(6)
    refused = {1: build.NO_FRAME, 3: build.MINIMA}
    found = build.refinements(
        a_angstrom=a, c_angstrom=c, covariates=covariates, refused=refused, step_deg=0.2
    )
    assert shown_rows(found, "rietx") == [0, 3, 5]  # frame 1 has nothing to show
    gof = found.gof[6:]
    assert shown_rows(found, "gsas2") == [6, 6 + 1 + int(np.argmax(gof[1:-1])), 11]
    assert shown_rows(build.refinements(step_deg=0.2), "gsas2") == [1]
    assert shown_rows(build.refinements(step_deg=0.2)) == [0, 1]
    assert shown_rows(found, "other") == []


def test_a_study_that_refines_nothing_gets_no_figure(tmp_path: Path) -> None:
    none = example.study(tmp_path, datasets=[], standards={}, sensitivity=[], overrides={})
    assert figures.targets(none) == ()


def test_an_engine_that_left_no_row_is_said(tmp_path: Path) -> None:
    made = example.study(tmp_path, datasets=[HR], overrides={})
    example.write_results(made, engines=("rietx",))
    figures.run(made, f"rietveld_{HR}_fit_gsas2")
    assert written(made, f"rietveld_{HR}_fit_gsas2")[1]


def written(made: Study, target: str) -> tuple[bytes, bytes]:
    folder = made.home / made.results / "figures"
    return (folder / f"{target}.pdf").read_bytes(), (folder / f"{target}.png").read_bytes()
