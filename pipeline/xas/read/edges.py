"""Tabulated absorption edges (xraydb, imported where it is used: it costs half a second)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError, did_you_mean

_GUESSED_EDGES = ("K", "L3", "L2", "L1")


@lru_cache
def edge_energy_ev(element: str, edge: str) -> float:
    """Give the tabulated energy of an edge in eV.

    Raises:
        RawDataError: no such element, or it has no such edge.
    """
    import xraydb  # noqa: PLC0415 - slow, and only needed once a scan was read

    try:
        edges = xraydb.xray_edges(element)
    except ValueError as error:
        raise RawDataError(f"'{element}' is no element that has a tabulated edge.") from error
    if edge not in edges:
        raise RawDataError(f"{element} has no tabulated {edge} edge.{did_you_mean(edge, edges)}")
    return float(edges[edge].energy)


def nearest_edge(energy_ev: float) -> tuple[str, str, float]:
    """Give the element, edge and energy in eV of the K or L edge nearest to an energy."""
    import xraydb  # noqa: PLC0415 - see above

    element, edge = xraydb.guess_edge(energy_ev, edges=list(_GUESSED_EDGES))
    return element, edge, edge_energy_ev(element, edge)


def steepest_ev(energy_ev: FloatArray, mu: FloatArray) -> float:
    """Give the energy of the steepest rise of a scan, good enough to tell which edge it is.

    Args:
        energy_ev: `(n,)`, ascending strictly.
        mu: `(n,)`.
    """
    # The rise over about 5 eV: noise between neighbours 0.1 eV apart is steeper than an edge.
    before = np.interp(energy_ev - 2.5, energy_ev, mu)
    after = np.interp(energy_ev + 2.5, energy_ev, mu)
    return float(energy_ev[np.argmax(after - before)])
