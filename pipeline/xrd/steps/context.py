"""What several steps ask of a study: a data set's row, its provenance."""

from __future__ import annotations

from typing import Any

from pipeline.core.study import Dataset


def row_values(dataset: Dataset) -> dict[str, Any]:
    """What of a table row reaches a result: how it is read, and what it is called."""
    return {
        "role": dataset.role,
        "select": dataset.select,
        "columns": dict(dataset.columns),
        "mode": dataset.mode,
        "wavelength_angstrom": dataset.wavelength_angstrom,
        "sample": dataset.sample,
        "state": dataset.state,
        "cycle": dataset.cycle,
        "temperature_c": dataset.temperature_c,
        "voltage_v": dataset.voltage_v,
        "time_s": dataset.time_s,
        "sidecar": dataset.sidecar,
    }


def labels(dataset: Dataset) -> dict[str, str]:
    """Labels of a data set, which stand in its results' titles."""
    return {"sample": dataset.sample, "state": dataset.state}
