"""What several steps ask of a study: a data set's options, its energies by default, its provenance."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipeline.core.errors import StudyError
from pipeline.core.study import Dataset
from pipeline.xas.options import EdgeOptions


@cache
def tabulated_edge_ev(element: str, edge: str) -> float:
    """Tabulated energy of an absorption edge (xraydb, after W. T. Elam et al., doi:10.1016/S0969-806X(01)00227-4).

    Raises:
        StudyError: the element has no such edge.
    """
    import xraydb

    try:
        found = xraydb.xray_edge(element, edge)
    except ValueError:
        found = None
    if found is None:
        raise StudyError(f"element '{element}' has no tabulated edge '{edge}'.")
    return float(found.energy)


def foil_e0_ev(dataset: Dataset, options: EdgeOptions) -> float:
    """Energy of the foil's first inflection: as given, else the tabulated edge."""
    return options.calibrate.e0_ev or tabulated_edge_ev(dataset.element, dataset.edge)


def reference_e0_ev(dataset: Dataset, options: EdgeOptions) -> float:
    """Energy to which windows are relative: as given, else the tabulated edge."""
    return options.normalise.e0_ev or tabulated_edge_ev(dataset.element, dataset.edge)


def reading_values(dataset: Dataset) -> dict[str, Any]:
    """What of a table row says how its files are read."""
    return {
        "role": dataset.role,
        "select": dataset.select,
        "columns": dict(dataset.columns),
        "element": dataset.element,
        "edge": dataset.edge,
        "mode": dataset.mode,
    }


def row_values(dataset: Dataset) -> dict[str, Any]:
    """What of a table row reaches a result: how it is read, and what it is called."""
    return reading_values(dataset) | {
        "sample": dataset.sample,
        "state": dataset.state,
        "cycle": dataset.cycle,
        "temperature_c": dataset.temperature_c,
        "voltage_v": dataset.voltage_v,
        "time_s": dataset.time_s,
        "sidecar": dataset.sidecar,
    }
