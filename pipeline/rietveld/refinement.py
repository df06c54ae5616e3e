"""Refinements of a data set: all frames by each engine, judged, compared, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.rietveld.assemble import assembled
from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.instrument_source import InstrumentSource
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.records import FitStatus, Flag, Patterns, Refinements
from pipeline.rietveld.series import Row, series, sigma_of, with_flag

DIFFER_SIGMA = 3.0
DIFFER_PPM = 80.0
"""Beyond this two engines differ in a cell however large the sigmas: the same axial divergence means 100 ppm between them."""


def refinements(
    patterns: Patterns,
    used: SampleOptions,
    models: tuple[PhaseModel, ...],
    instrument: InstrumentSource,
    engines: Sequence[Engine],
) -> Refinements:
    """Refine every frame by each engine; see `series` for what becomes of bad frames and failed gates.

    Args:
        patterns: the series.
        used: options of the data set.
        models: its phases, the main one first.
        instrument: where the line profile comes from.
        engines: who refines.

    Returns:
        Rows of the first engine, then of the next.
    """
    rows = [row for e in engines for row in series(patterns, used, models, instrument, e)]
    return assembled(patterns, used, models, compared(rows, models[0].name))


def compared(rows: list[Row], main: str) -> list[Row]:
    """Remark on rows of one frame whose engines differ in cell or mixing."""
    by_frame: dict[int, list[Row]] = {}
    for row in rows:
        if row.status is FitStatus.OK:
            by_frame.setdefault(row.frame, []).append(row)
    differing = {f for f, some in by_frame.items() if len(some) > 1 and _differ(some, main)}
    return [
        with_flag(row, Flag.ENGINES_DIFFER)
        if row.frame in differing and row.status is FitStatus.OK
        else row
        for row in rows
    ]


def _differ(rows: list[Row], main: str) -> bool:
    for name in ("a_angstrom", "b_angstrom", "c_angstrom", "mixing_fraction"):
        found = np.array([sigma_of(row, f"{main}.{name}") for row in rows])
        if not np.isfinite(found).all():
            continue
        apart = np.ptp(found[:, 0])
        if apart > DIFFER_SIGMA * np.hypot.reduce(found[:, 1]):
            return True
        if name.endswith("angstrom") and apart > DIFFER_PPM * 1e-6 * found[0, 0]:
            return True
    return False
