"""What Snakemake asks of a study must grow with its data sets and no faster."""

import time
from pathlib import Path

from pipeline.core.study import Dataset, Study
from pipeline.study import workflow
from pipeline.xas.options import XasOptions

OPTIONS = {"Ni-K": {"lcf": {"standards": ["NiO", "LiNiO2"]}, "valence": {}}}


def study_of(n_samples: int) -> Study:
    common = {"technique": "xas", "element": "Ni", "edge": "K", "mode": "transmission"}
    samples = [
        Dataset(name=f"s{i}", role="sample", path=f"s{i}_*.dat", **common) for i in range(n_samples)
    ]
    standards = [
        Dataset(name=name, role="standard", path=f"{name}.dat", valence=v, **common)
        for name, v in (("NiO", 2.0), ("LiNiO2", 3.0))
    ]
    options = {"xas": XasOptions.model_validate(OPTIONS)}
    here = Path("/nowhere")
    return Study("s", here, here / "s.yaml", Path("raw"), (*samples, *standards), options)


def plan_everything(study: Study) -> int:
    asked = 0
    for name in workflow.figures(study):
        asked += len(workflow.figure_inputs(study, name))
        workflow.figure_options(study, name)
    for name in workflow.tables(study):
        asked += len(workflow.table_inputs(study, name))
    for path in map(Path, workflow.all_results(study)):
        target, step = path.parent.name, path.stem
        asked += len(workflow.step_inputs(study, "xas", step, target))
        asked += len(workflow.step_options(study, "xas", step, target))
    return asked


def test_planning_grows_with_the_number_of_data_sets() -> None:
    plan_everything(study_of(2))  # imports
    seconds = {}
    for n in (50, 400):
        start = time.process_time()
        assert plan_everything(study_of(n)) > n
        seconds[n] = time.process_time() - start
    assert seconds[400] < 8 * 3 * max(seconds[50], 0.02)
