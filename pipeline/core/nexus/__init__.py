"""NeXus/HDF5 files: writing and reading step results, merging them, and the gate that checks them."""

from pipeline.core.nexus.merge import merge
from pipeline.core.nexus.plots import plot_names, read_plot
from pipeline.core.nexus.read import read_entries, read_part, read_record
from pipeline.core.nexus.result import Plot, Provenance, StepResult
from pipeline.core.nexus.write import write_result

__all__ = [
    "Plot",
    "Provenance",
    "StepResult",
    "merge",
    "plot_names",
    "read_entries",
    "read_part",
    "read_plot",
    "read_record",
    "write_result",
]
