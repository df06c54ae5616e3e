"""What every row of a table of X-ray absorption begins with."""

from __future__ import annotations

from pipeline.core.study import Dataset
from pipeline.core.table import Cell

SCAN = ("dataset", "scan", "source_file")
WHAT = ("sample", "state", "element", "edge", "mode")


def what(dataset: Dataset) -> tuple[Cell, ...]:
    """Labels of a data set."""
    return dataset.sample, dataset.state, dataset.element, dataset.edge, dataset.mode
