"""Which table files a study has, and which job makes them."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.study import Study
from pipeline.study import workflow
from pipeline.study.config import load_study


@pytest.fixture(scope="module")
def demo(root: Path) -> Study:
    return load_study(root / "config" / "config.yaml")


def test_every_table_is_made_by_one_job(demo: Study) -> None:
    made = [name for names in workflow.table_batches(demo).values() for name in names]
    assert sorted(made) == sorted(workflow.tables(demo))


def test_tables_of_one_job_are_made_from_the_same_steps(demo: Study) -> None:
    for batch, names in workflow.table_batches(demo).items():
        steps = {
            tuple(sorted({Path(p).stem for p in workflow.table_inputs(demo, name)}))
            for name in names
        }
        assert len(steps) == 1
        first = "_".join((workflow.technique_of(names[0]), *steps.pop()))
        assert batch.rpartition("_")[0] == first


def test_published_tables_are_latex_and_markdown_too(demo: Study) -> None:
    files = workflow.table_files(demo)
    assert len(set(files)) == len(files)
    folder = "results/demo/tables"
    assert {f"{folder}/rietveld_mixing{s}" for s in (".csv", ".tex", ".md")} <= set(files)
    assert {f"{folder}/rietveld_cells{s}" for s in (".csv", ".tex", ".md")} <= set(files)
    assert f"{folder}/rietveld.csv" in files
    assert len([f for f in files if not f.endswith(".csv")]) == 4
    assert workflow.printed_files(demo, ["xas_lcf", "rietveld"]) == []


def test_engines_are_compared_where_both_refine(demo: Study) -> None:
    assert workflow.compared_tables(demo) == []  # the demo has one engine
    assert not any("consistency" in f for f in workflow.table_files(demo))
    both = demo.options["rietveld"].model_copy(update={"engine": "both"})
    study = replace(demo, options={**demo.options, "rietveld": both})
    assert workflow.compared_tables(study) == ["results/demo/tables/rietveld.csv"]
    assert "results/demo/tables/consistency.csv" in workflow.table_files(study)
