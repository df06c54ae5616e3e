"""Tabulated absorption edges (xraydb, imported where it is used: it costs half a second)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError, did_you_mean

# Tried in this order: the steepest rise of a K edge often lies nearer to some other L edge.
_GUESSES = (("K",), ("L3",), ("K", "L3", "L2", "L1"))
_NEAR_EV = 25.0


@lru_cache
def edge_energy_ev(element: str, edge: str) -> float:
    """Give the tabulated energy of an edge in eV.

    Raises:
        RawDataError: no such element, or it has no such edge.
    """
    import xraydb

    try:
        edges = xraydb.xray_edges(element)
    except ValueError as error:
        raise RawDataError(f"'{element}' is no element that has a tabulated edge.") from error
    if edge not in edges:
        raise RawDataError(f"{element} has no tabulated {edge} edge.{did_you_mean(edge, edges)}")
    return float(edges[edge].energy)


def nearest_edge(energy_ev: float) -> str:
    """Name the tabulated edge nearest to an energy, such as `Ni K at 8333 eV`, or `none`.

    A K edge within 25 eV is preferred, then such an L3 edge.
    """
    import xraydb

    name = "none"
    for edges in _GUESSES:
        element, edge = xraydb.guess_edge(energy_ev, edges=list(edges))
        if element is None:
            continue
        tabulated_ev = edge_energy_ev(element, edge)
        name = f"{element} {edge} at {tabulated_ev:.6g} eV"
        if abs(tabulated_ev - energy_ev) < _NEAR_EV:
            break
    return name


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
