"""One self-contained file for the whole study."""

from __future__ import annotations

from pipeline.core.nexus import merge
from pipeline.core.study import Study
from pipeline.study.workflow import all_results


def merge_study(study: Study) -> None:
    """Copy the results of all steps into `results/<study>.nxs`, entries `<technique>_<dataset>_<step>`.

    The last step of the first sample is shown first.
    """
    paths = all_results(study)
    samples = [d.name for d in study.datasets if d.role == "sample"]
    first = samples[0] if samples else study.datasets[0].name
    of_first = [p.split("/") for p in paths if p.split("/")[-2] == first]
    technique, dataset, file = of_first[-1][-3:]
    target = study.home / study.results.with_suffix(".nxs")
    default = f"{technique}_{dataset}_{file.removesuffix('.nxs')}"
    merge([study.home / path for path in paths], target, default)
