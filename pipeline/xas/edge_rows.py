"""What the result tables say of edge positions and of the edge line: columns, and rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.xas.records import EdgeLine, NormalisedSeries

OTHER_POSITIONS = (
    *("derivative_ev", "derivative_sigma_ev", "derivative_second_ratio"),
    *("area_ev", "area_sigma_ev"),
)
LINE_COLUMNS = (
    *("element", "edge", "standard", "sample", "family", "in_line", "valence"),
    *("edge_position", "edge_ev", "edge_sigma_ev", "predicted_valence", "prediction_sigma"),
    *("predicted_low", "predicted_high", "residual_valence"),
    *("slope_ev", "slope_sigma_ev", "scatter_ev", "reason", "status", "flags"),
)


def other_positions(series: NormalisedSeries) -> tuple[FloatArray, ...]:
    """The columns of `OTHER_POSITIONS`, `(n_scans,)` each; NaN where they were not made."""
    if series.edges is None:
        return (np.full(len(series.status), np.nan),) * len(OTHER_POSITIONS)
    return tuple(getattr(series.edges, name) for name in OTHER_POSITIONS)


def line_rows(line: EdgeLine) -> Iterator[tuple[str | float, ...]]:
    """One row a compound of known valence; a residual is predicted minus known."""
    for i, name in enumerate(line.compounds):
        status, reason = str(line.status[i]), line.reason[i] or line.why_not
        words = ([] if status == "ok" else [status]) + [str(flag) for flag in line.flags[i]]
        yield (
            *(line.element, line.edge, name, line.titles[i], line.families[i]),
            *("yes" if line.in_line[i] else "no", float(line.valence[i]), line.position),
            *(float(line.energy_ev[i]), float(line.energy_sigma_ev[i])),
            *(float(line.predicted_valence[i]), float(line.predicted_valence_sigma[i])),
            *(float(line.predicted_low_valence[i]), float(line.predicted_high_valence[i])),
            float(line.predicted_valence[i] - line.valence[i]),
            *(line.slope_ev, line.slope_sigma_ev, line.scatter_ev),
            *(reason, status, ";".join(words)),
        )
