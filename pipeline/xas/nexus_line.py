"""Which groups and fields the results of the edge line and of the valences have."""

from __future__ import annotations

import numpy as np

from pipeline.core.nexus import Plot, Provenance, StepResult
from pipeline.core.nexus.result import dataset_title
from pipeline.core.study import Dataset
from pipeline.xas.nexus import TECHNIQUE, scan_plot
from pipeline.xas.records import EdgeLine, Valences


def line_result(line: EdgeLine, target: str, record: Provenance) -> StepResult:
    """Result file of an edge line: known valences, those predicted without each, over the edge energy."""
    title = f"{line.element} {line.edge}: valence against edge energy ({line.position.replace('_', ' ')})"
    order = np.argsort(line.energy_ev, kind="stable")
    plot = Plot(
        "line",
        title,
        "valence",
        ("energy_ev",),
        {
            "valence": line.valence[order],
            "predicted_valence": line.predicted_valence[order],
            "energy_ev": line.energy_ev[order],
        },
        {
            "valence": f"{line.element} valence",
            "predicted_valence": "predicted by the line without the compound",
            "energy_ev": "edge energy (eV)",
        },
        auxiliary=("predicted_valence",),
        errors={"predicted_valence": line.predicted_valence_sigma[order]},
    )
    sample = f"{line.element} compounds of known valence"
    return StepResult(TECHNIQUE, "line", 4, target, title, sample, line, (plot,), record)


def valences_result(found: Valences, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of the valences of a sample, one plot a method; the first is the default."""
    title = dataset_title(dataset, "valence")
    plots = tuple(
        scan_plot(
            *(f"valence_{one.method}", f"{title} by {one.method}", "valence"),
            *(f"{one.element} valence", one.valence, one.valence_sigma),
        )
        for one in found.by_method
    )
    return StepResult(
        technique=TECHNIQUE,
        step="valence",
        sequence_index=5,
        dataset=dataset.name,
        title=title,
        sample=dataset.title,
        record=found,
        plots=plots,
        provenance=record,
    )
