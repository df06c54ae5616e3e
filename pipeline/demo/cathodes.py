"""The demo's crystals: layered oxides with some nickel among the lithium, the spinel they turn into, and LaB6."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.demo.crystals import Crystal, Site

NMC622: Mapping[str, float] = {"Ni": 0.6, "Co": 0.2, "Mn": 0.2}
NMC811: Mapping[str, float] = {"Ni": 0.8, "Co": 0.1, "Mn": 0.1}
NCM96: Mapping[str, float] = {"Ni": 0.950, "Co": 0.018, "Mn": 0.032}
LAB6_ANGSTROM = 4.15692  # NIST SRM 660a at 22.5 C
LAB6_660C_ANGSTROM = 4.156826  # NIST SRM 660c at 22.5 C
B_OF_SITES = (0.9, 0.4, 0.7)


def layered(
    metals: Mapping[str, float],
    a_angstrom: float,
    c_angstrom: float,
    lithium: float,
    mixing: float,
    z_oxygen: float,
    b_iso_angstrom2: tuple[float, float, float] = B_OF_SITES,
) -> Crystal:
    """Give a layered oxide, R-3m on hexagonal axes, lithium at 0, 0, 0 and metals at 0, 0, 1/2.

    Args:
        metals: shares of the metals, which add up to one.
        a_angstrom: cell.
        c_angstrom: cell.
        lithium: lithium per formula unit, without what sits among the metals.
        mixing: share of lithium sites that hold nickel; as much lithium sits among the metals.
        z_oxygen: height of oxygen over the lithium layer, near 0.24.
        b_iso_angstrom2: `B = 8 pi^2 U` of the lithium site, of the metals' and of oxygen's.
    """
    in_slab = {element: share - mixing * (element == "Ni") for element, share in metals.items()}
    sites = (
        Site((0.0, 0.0, 0.0), (("Li", lithium - mixing), ("Ni", mixing)), b_iso_angstrom2[0]),
        Site((0.0, 0.0, 0.5), (*in_slab.items(), ("Li", mixing)), b_iso_angstrom2[1]),
        Site((0.0, 0.0, z_oxygen), (("O", 1.0),), b_iso_angstrom2[2]),
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


def lanthanum_hexaboride(a_angstrom: float = LAB6_ANGSTROM) -> Crystal:
    """Give LaB6, Pm-3m, whose lines are as wide as the instrument makes them."""
    sites = (
        Site((0.0, 0.0, 0.0), (("La", 1.0),), 0.35),
        Site((0.1997, 0.5, 0.5), (("B", 1.0),), 0.25),
    )
    return Crystal("P m -3 m", a_angstrom, a_angstrom, sites)
