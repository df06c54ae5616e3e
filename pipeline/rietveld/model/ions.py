"""Ions whose form factors are tabulated by both engines, and the one that an element usually is in an oxide.

International Tables for Crystallography C (2006), table 6.1.1.4, doi:10.1107/97809553602060000600, in the parametrisations
of D. Waasmaier, A. Kirfel, Acta Cryst. A51 (1995) 416, doi:10.1107/S0108767394013292; the tables have O1- alone, O2- is
that of E. Hovestreydt, Acta Cryst. A39 (1983) 268.
"""

from __future__ import annotations

from collections.abc import Mapping

TABULATED: dict[str, tuple[int, ...]] = {
    "Ac": (3,), "Ag": (1, 2), "Al": (3,), "Au": (1, 3), "Ba": (2,), "Be": (2,), "Bi": (3, 5), "Br": (-1,),
    "Ca": (2,), "Cd": (2,), "Ce": (3, 4), "Cl": (-1,), "Co": (2, 3), "Cr": (2, 3), "Cs": (1,), "Cu": (1, 2),
    "Dy": (3,), "Er": (3,), "Eu": (2, 3), "F": (-1,), "Fe": (2, 3), "Ga": (3,), "Gd": (3,), "Ge": (4,),
    "H": (-1,), "Hf": (4,), "Hg": (1, 2), "Ho": (3,), "I": (-1,), "In": (3,), "Ir": (3, 4), "K": (1,), "La": (3,),
    "Li": (1,), "Lu": (3,), "Mg": (2,), "Mn": (2, 3, 4), "Mo": (3, 5, 6), "Na": (1,), "Nb": (3, 5), "Nd": (3,),
    "Ni": (2, 3), "Np": (3, 4, 6), "O": (-2, -1), "Os": (4,), "Pb": (2, 4), "Pd": (2, 4), "Pm": (3,), "Pr": (3, 4),
    "Pt": (2, 4), "Pu": (3, 4, 6), "Ra": (2,), "Rb": (1,), "Rh": (3, 4), "Ru": (3, 4), "Sb": (3, 5), "Sc": (3,),
    "Si": (4,), "Sm": (3,), "Sn": (2, 4), "Sr": (2,), "Ta": (5,), "Tb": (3,), "Th": (4,), "Ti": (2, 3, 4),
    "Tl": (1, 3), "Tm": (3,), "U": (3, 4, 6), "V": (2, 3, 5), "W": (6,), "Yb": (2, 3), "Zn": (2,), "Zr": (4,),
}  # fmt: skip

NEUTRAL = 0.02  # electrons that rounded occupancies may leave over, per atom or cell

# On the transition-metal site of a discharged layered oxide.
USUAL: dict[str, int] = {
    "Li": 1, "Na": 1, "K": 1, "Mg": 2, "Ca": 2, "Sr": 2, "Ba": 2, "Zn": 2, "Cu": 2, "Ni": 3, "Co": 3, "Mn": 4,
    "Al": 3, "Fe": 3, "Cr": 3, "Ga": 3, "In": 3, "La": 3, "Ti": 4, "Zr": 4, "Sn": 4, "Ge": 4, "Ce": 4, "Hf": 4,
    "Ru": 4, "V": 5, "Nb": 5, "Ta": 5, "Sb": 5, "Mo": 6, "W": 6, "O": -2, "F": -1,
}  # fmt: skip

# An ion that changes places with lithium is the large one of low charge.
ON_LITHIUM: dict[str, int] = {"Ni": 2, "Co": 2, "Mn": 2, "Fe": 2}


def tabulated(element: str, charge: int) -> bool:
    """Whether both engines have a form factor of this ion."""
    return charge in TABULATED.get(element, ())


def usual_charge(element: str) -> int:
    """Charge of an element on the metal site of a layered oxide; 0, the neutral atom, where there is none."""
    return USUAL.get(element, 0)


def charge_on_lithium(element: str) -> int:
    """Charge of an element on the lithium site: Ni2+, whose size is lithium's."""
    return ON_LITHIUM.get(element, usual_charge(element))


def balanced_charges(content: Mapping[str, float]) -> dict[str, int] | None:
    """Charges of a compound whose file states none, where they can be no others.

    Oxygen is 2-; an element with one tabulated ion has its charge; one element that has several takes the charge that makes
    the whole neutral.

    Args:
        content: number of atoms of each element in the cell.

    Returns:
        Charge of each element; None where there are no anions, where two elements leave the charge open, an element has
        no ion, or none makes the whole neutral.
    """
    known = {e: TABULATED[e][0] for e in content if len(TABULATED.get(e, ())) == 1}
    if "O" in content:
        known["O"] = -2
    open_ones = [e for e in content if e not in known]
    if len(open_ones) > 1 or not any(charge < 0 for charge in known.values()):
        return None
    held = sum(charge * content[e] for e, charge in known.items())
    if not open_ones:
        return known if abs(held) < NEUTRAL else None
    charge = -held / content[open_ones[0]]
    if abs(charge - round(charge)) > NEUTRAL or not tabulated(open_ones[0], round(charge)):
        return None
    return {e: known.get(e, round(charge)) for e in content}
