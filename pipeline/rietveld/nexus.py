"""What to plot of the results of Rietveld refinement; the writer stores each record whole."""

from __future__ import annotations

import re

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.nexus import Plot, Provenance, StepResult
from pipeline.core.nexus.result import dataset_result
from pipeline.core.study import Dataset
from pipeline.rietveld.plan import TECHNIQUE
from pipeline.rietveld.records import InstrumentProfiles, Refinements, Sensitivity

ANGLE = "2theta (degree)"


def refinements_result(found: Refinements, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of refinements: the pattern as observed and calculated, then cell and mixing against the row."""
    title = f"{dataset.title}: Rietveld refinement"
    plots = [_pattern(found, title)]
    for name in _shown(found):
        value, sigma = found.derived.column(name)
        row = np.arange(found.n_rows, dtype=np.float64)
        signal = name.rpartition(".")[2]
        plots.append(
            Plot(
                _nexus_name(name),
                f"{dataset.title}: {name}",
                signal,
                ("frame",),
                {signal: value, "frame": row},
                {signal: signal.replace("_", " "), "frame": "refinement"},
                errors={signal: sigma},
            )
        )
    return dataset_result(TECHNIQUE, "refine", 2, dataset, title, found, tuple(plots), record)


def _shown(found: Refinements) -> list[str]:
    wanted = ("volume_angstrom3", "mixing_percent", "weight_percent")
    return [n for n in found.derived.names if n.rpartition(".")[2] in wanted]


def profiles_result(found: InstrumentProfiles, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of a standard: its pattern as observed and calculated."""
    title = f"{dataset.title}: line profile of the instrument"
    plots = (_pattern(found, title),)
    return dataset_result(TECHNIQUE, "instrument", 1, dataset, title, found, plots, record)


def sensitivity_result(found: Sensitivity, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of other choices: the mixing under each."""
    title = f"{dataset.title}: mixing under each choice"
    value, sigma = found.derived.column("mixing_percent")
    row = np.arange(len(found.choice), dtype=np.float64)
    plot = Plot(
        "mixing",
        title,
        "mixing_percent",
        ("choice_index",),
        {"mixing_percent": value, "choice_index": row},
        {"mixing_percent": "mixing (percent)", "choice_index": "choice"},
        errors={"mixing_percent": sigma},
    )
    return dataset_result(TECHNIQUE, "sensitivity", 3, dataset, title, found, (plot,), record)


def _pattern(found: Refinements | InstrumentProfiles, title: str) -> Plot:
    """The first row with a calculated curve, else the first."""
    good = np.flatnonzero(np.isfinite(found.calculated_counts).any(axis=1))
    i = int(good[0]) if good.size else 0
    axis = found.two_theta_deg[i]
    inside = np.isfinite(axis)
    if inside.sum() < 2:
        axis, inside = np.array([0.0, 1.0]), np.ones(2, dtype=bool)

    def cut(curve: FloatArray) -> FloatArray:
        full = np.full(inside.size, np.nan)  # curves may end earlier than the longest row's angles
        shown = curve[i][: inside.size]
        full[: shown.size] = shown
        return np.asarray(full[inside])

    observed, calculated = cut(found.observed_counts), cut(found.calculated_counts)
    fields = {
        "observed_counts": observed,
        "calculated_counts": calculated,
        "difference_counts": observed - calculated,
        "background_counts": cut(found.background_counts),
        "two_theta_deg": axis[inside],
    }
    labels = {
        "observed_counts": "observed (counts)",
        "calculated_counts": "calculated",
        "difference_counts": "difference",
        "background_counts": "background",
        "two_theta_deg": ANGLE,
    }
    auxiliary = ("calculated_counts", "difference_counts", "background_counts")
    return Plot(
        *("pattern", title, "observed_counts", ("two_theta_deg",), fields, labels),
        auxiliary=auxiliary,
        errors={"observed_counts": cut(found.sigma_counts)},
    )


def _nexus_name(label: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "_", label)
    return name if name[:1].isalpha() else f"phase_{name}"
