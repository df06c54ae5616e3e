"""The demo's crystals: layered oxides with some nickel among the lithium, the spinel they turn into, and LaB6."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.demo.crystals import Crystal, Site

NMC622: Mapping[str, float] = {"Ni": 0.6, "Co": 0.2, "Mn": 0.2}
NMC811: Mapping[str, float] = {"Ni": 0.8, "Co": 0.1, "Mn": 0.1}
LAB6_ANGSTROM = 4.15692  # NIST SRM 660a at 22.5 C


def layered(
    metals: Mapping[str, float],
    a_angstrom: float,
    c_angstrom: float,
    lithium: float,
    mixing: float,
    z_oxygen: float,
) -> Crystal:
    """Give a layered oxide, R-3m on hexagonal axes, lithium at 0, 0, 0 and metals at 0, 0, 1/2.

    Args:
        metals: shares of the metals, which add up to one.
        a_angstrom: cell.
        c_angstrom: cell.
        lithium: lithium per formula unit, without what sits among the metals.
        mixing: share of lithium sites that hold nickel; as much lithium sits among the metals.
        z_oxygen: height of oxygen over the lithium layer, near 0.24.
    """
    in_slab = {element: share - mixing * (element == "Ni") for element, share in metals.items()}
    sites = (
        Site((0.0, 0.0, 0.0), (("Li", lithium - mixing), ("Ni", mixing)), 0.9),
        Site((0.0, 0.0, 0.5), (*in_slab.items(), ("Li", mixing)), 0.4),
        Site((0.0, 0.0, z_oxygen), (("O", 1.0),), 0.7),
    )
    return Crystal("R -3 m:H", a_angstrom, c_angstrom, sites)


def spinel(metals: Mapping[str, float], a_angstrom: float, tetrahedral: float) -> Crystal:
    """Give a spinel of two formula units of a layered oxide, Fd-3m, second origin.

    Args:
        metals: shares of the metals, which add up to one.
        a_angstrom: cell.
        tetrahedral: metals per tetrahedral site (8a); the rest of two sits on 16d. It alone makes (220) visible.
    """
    on_8a = tuple((element, tetrahedral * share) for element, share in metals.items())
    on_16d = tuple(
        (element, (1.0 - tetrahedral / 2.0) * share) for element, share in metals.items()
    )
    sites = (
        Site((0.125, 0.125, 0.125), (("Li", 1.0 - tetrahedral), *on_8a), 0.8),
        Site((0.5, 0.5, 0.5), on_16d, 0.6),
        Site((0.2625, 0.2625, 0.2625), (("O", 1.0),), 0.9),
    )
    return Crystal("F d -3 m:2", a_angstrom, a_angstrom, sites)


def lanthanum_hexaboride() -> Crystal:
    """Give LaB6, Pm-3m, whose lines are as wide as the instrument makes them."""
    sites = (
        Site((0.0, 0.0, 0.0), (("La", 1.0),), 0.35),
        Site((0.1997, 0.5, 0.5), (("B", 1.0),), 0.25),
    )
    return Crystal("P m -3 m", LAB6_ANGSTROM, LAB6_ANGSTROM, sites)
