"""What every row of a result table begins and ends with."""

from __future__ import annotations

from typing import Any

from pipeline.core.covariates import Covariates
from pipeline.core.study import Dataset
from pipeline.core.table import Cell
from pipeline.xas.records import ScanStatus

SCAN = ("dataset", "scan", "source_file")
WHAT = ("sample", "state", "element", "edge", "mode")
COVARIATES = ("cycle", "temperature_c", "voltage_v", "time_s", "charge_mah")
ENDING = ("reason", "status", "flags")


def ending(result: Any, scan: int) -> tuple[Cell, ...]:
    """Reason, status and flags of a scan; the status of a failed one is a flag too."""
    status: ScanStatus = result.status[scan]
    words = list(result.flags[scan])
    if status is not ScanStatus.OK:
        words.insert(0, status)
    return str(result.reason[scan]), str(status), ";".join(dict.fromkeys(map(str, words)))


def what(dataset: Dataset) -> tuple[Cell, ...]:
    """Labels of a data set."""
    return dataset.sample, dataset.state, dataset.element, dataset.edge, dataset.mode


def beside(covariates: Covariates, scan: int) -> tuple[Cell, ...]:
    """What is known beside a scan."""
    return tuple(float(getattr(covariates, name)[scan]) for name in COVARIATES)
