"""One self-contained file for the whole study."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.core.nexus import merge, plot_names, read_plot
from pipeline.core.study import Study
from pipeline.study.workflow import all_results


def merge_study(study: Study) -> None:
    """Copy the results of all steps into `results/<study>.nxs`, entries `<technique>_<dataset>_<step>`.

    The last step of the first sample that has something to show is shown first.
    """
    paths = all_results(study)
    samples = [d.name for d in study.datasets if d.role == "sample"]
    first = samples[0] if samples else study.datasets[0].name
    of_first = [p for p in paths if p.split("/")[-2] == first]
    shown = next((p for p in reversed(of_first) if _has_values(study.home / p)), of_first[-1])
    technique, dataset, file = shown.split("/")[-3:]
    target = study.home / study.results.with_suffix(".nxs")
    default = f"{technique}_{dataset}_{file.removesuffix('.nxs')}"
    merge([study.home / path for path in paths], target, default)


def _has_values(path: Path) -> bool:
    """Whether the default view of a result shows a number: of a change that was not found there is none."""
    names = plot_names(path)
    if not names:
        return False
    plot = read_plot(path, names[0])
    return bool(np.isfinite(plot.fields[plot.signal]).any())
