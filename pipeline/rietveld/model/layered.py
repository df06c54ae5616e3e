"""The layered oxide Li(y) MO2, R-3m in hexagonal axes: one number says how much Ni and Li changed places.

Li site 3a at 0, 0, 0: Li y - x and Ni x; metal site 3b at 0, 0, 1/2: Ni n - x, Li x, and the others as the composition says;
O 6c at 0, 0, z. x is the mixing per formula unit. The composition is held, for one pattern cannot tell
the share of Ni on the Li site from that of vacancies; so a wrong lithium content goes into x and its gate.

Lithium in excess of 1 sits on the metal site and belongs into the composition, beside y. Charges, for ionic form factors: Li+, O2-,
Ni3+ on the metal site and Ni2+ on lithium's, Co3+, Mn4+, Al3+ (`model.ions`); no ion changes its charge with the state.
"""

from __future__ import annotations

import gemmi

from pipeline.core.errors import StudyError
from pipeline.rietveld.interface import Affine, Atom, PhaseModel, Variable
from pipeline.rietveld.model.ions import charge_on_lithium, usual_charge
from pipeline.rietveld.options.phases import PhaseOptions

SPACE_GROUP = "R -3 m:H"
FULL = 0.005  # how far the metals' sum may be from 1, in formula units
MIXING = "mixing"
U_BOUNDS = (-0.02, 0.2)  # angstrom2; wider than physics, so that a wrong model shows
U_STARTS = {"li": 0.010, "tm": 0.004, "o": 0.008}


def layered_oxide(name: str, used: PhaseOptions) -> PhaseModel:
    """The phase as it starts.

    Args:
        name: of the phase, for messages.
        used: its options; `a_angstrom` and `c_angstrom` are given.

    Raises:
        StudyError: an element that does not exist, a metal site that is not full, more lithium than its site holds,
            mixing of an element that the phase has not.
    """
    metals = {e: n for e, n in used.composition.items() if n > 0}
    element = _checked(name, used, metals)
    mixes = element in metals
    usual = min(0.03, metals.get(element, 0.0), used.li_fraction)
    start = usual if used.mixing_percent is None else used.mixing_percent / 100.0
    refined = used.refine_mixing and mixes
    variables = (
        Variable(MIXING, "fraction", start, -0.2, 0.6, refined),
        *(
            Variable(f"u_{s}", "angstrom2", u, *U_BOUNDS, used.refine_atoms != "none")
            for s, u in U_STARTS.items()
        ),
    )
    a, c = used.a_angstrom, used.c_angstrom
    if a is None or c is None:
        raise StudyError(f"phase '{name}': give its start cell, `a_angstrom` and `c_angstrom`.")
    atoms = _lithium_site(used, element, mixes) + _metal_site(metals, element, mixes)
    oxygen = Atom(
        "O1", "O", usual_charge("O"), "o", 0.0, 0.0, used.z_o_fraction, 6,
        Affine(1.0), _u("o"), ("z",) if used.refine_atoms == "all" else (),
    )  # fmt: skip
    return PhaseModel(
        name,
        "layered-oxide",
        SPACE_GROUP,
        (a, a, c, 90.0, 90.0, 120.0),
        "trigonal",
        (*atoms, oxygen),
        variables,
        used.size_nm,
        used.strain_percent,
    )


def _u(site: str) -> Affine:
    return Affine(0.0, (f"u_{site}",), (1.0,))


def _lithium_site(used: PhaseOptions, element: str, mixes: bool) -> tuple[Atom, ...]:
    def atom(label: str, what: str, charge: int, share: Affine) -> Atom:
        return Atom(label, what, charge, "li", 0.0, 0.0, 0.0, 3, share, _u("li"))

    lithium = Affine(used.li_fraction, (MIXING,), (-1.0,))
    atoms = [atom("Li1", "Li", usual_charge("Li"), lithium)]
    if mixes:
        foreign = Affine(0.0, (MIXING,), (1.0,))
        atoms.append(atom(f"{element}1", element, charge_on_lithium(element), foreign))
    return tuple(atoms)


def _metal_site(metals: dict[str, float], element: str, mixes: bool) -> tuple[Atom, ...]:
    shares = {e: Affine(n) for e, n in metals.items()}
    if mixes:
        shares[element] = Affine(metals[element], (MIXING,), (-1.0,))
        shares["Li"] = Affine(metals.get("Li", 0.0), (MIXING,), (1.0,))
    return tuple(
        Atom(f"{e}2", e, usual_charge(e), "tm", 0.0, 0.0, 0.5, 3, share, _u("tm"))
        for e, share in shares.items()
    )


def _checked(name: str, used: PhaseOptions, metals: dict[str, float]) -> str:
    for element in (*used.composition, used.mixing_element):
        if gemmi.Element(element).name != element or element == "X":
            raise StudyError(f"phase '{name}': '{element}' is no element; write it as in `Ni`.")
    negative = [e for e, n in used.composition.items() if n < 0]
    if negative:
        raise StudyError(f"phase '{name}': the composition has less than nothing of {negative[0]}.")
    total = sum(metals.values())
    if abs(total - 1.0) > FULL:
        parts = " + ".join(f"{e} {n:g}" for e, n in metals.items())
        raise StudyError(
            f"phase '{name}': the composition sums to {total:g} ({parts}), and its site holds 1. Give what chemical analysis "
            "found per formula unit, scaled to a sum of 1; excess lithium sits there too: `Li: 0.05`."
        )
    if used.li_fraction > 1.0 + FULL:
        raise StudyError(
            f"phase '{name}': `li_fraction` {used.li_fraction:g} is more than the lithium site holds. Give 1, and write the excess "
            f"into the composition, `Li: {used.li_fraction - 1:g}`: it sits on the metal site."
        )
    element = used.mixing_element
    if element in ("Li", "O"):
        raise StudyError(f"phase '{name}': `mixing_element` is a metal, not {element}.")
    if element not in metals and used.mixing_percent:
        raise StudyError(
            f"phase '{name}': `mixing_percent` {used.mixing_percent:g} of {element}, of which the composition has none. "
            "Give `mixing_element`, or leave `mixing_percent` out."
        )
    start = used.mixing_percent or 0.0
    if start > 100.0 * metals.get(element, 0.0):
        raise StudyError(
            f"phase '{name}': `mixing_percent` {start:g} needs more {element} than the composition has "
            f"({metals[element]:g} per formula unit)."
        )
    return element
