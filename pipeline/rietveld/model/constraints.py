"""Own variables and linear constraints of a phase, laid over what its model has."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.core.errors import StudyError, did_you_mean
from pipeline.rietveld.interface import Affine, Atom, PhaseModel, Variable
from pipeline.rietveld.options.phases import ConstraintOptions, PhaseOptions

CONSTANT = "constant"
UNITS = {"occupancy": "fraction", "u_iso": "angstrom2"}
FULL = 1.005
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def constrained(model: PhaseModel, used: PhaseOptions) -> PhaseModel:
    """The model with its own variables and constraints; a variable that nothing follows any more is dropped.

    A variable that the model has, such as `u_tm`, can be given another start and bounds, and constraints may refer to it.

    Raises:
        StudyError: an atom or variable that does not exist, a number that is said twice, a variable of two units or of
            no use, a start at which a site holds more than one atom.
    """
    if not used.variables and not used.constraints:
        return model
    where = f"phase '{model.name}'"
    said = _by_number(model, used.constraints, where)
    units = {v.name: v.unit for v in model.variables} | _units(model, used, where)
    atoms = tuple(_followed(atom, said) for atom in model.atoms)
    followed = {v for a in atoms for v in (*a.occupancy.variables, *a.u_iso.variables)}
    idle = [name for name in used.variables if name not in followed]
    if idle:
        raise StudyError(
            f"{where}: nothing follows the variable '{idle[0]}'. Use it in `constraints`, or leave it out."
        )
    kept = [_restarted(v, used) for v in model.variables if v.name in followed]
    own = [
        Variable(name, units[name], *given.start_low_high)
        for name, given in used.variables.items()
        if name not in {v.name for v in kept}
    ]
    built = replace(model, atoms=atoms, variables=(*kept, *own))
    _check_sites(built, where)
    return built


Numbers = dict[tuple[str, str], Affine]


def _by_number(model: PhaseModel, given: list[ConstraintOptions], where: str) -> Numbers:
    labels = [a.label for a in model.atoms]
    said: Numbers = {}
    for k, one in enumerate(given):
        at = f"{where}, constraint {k + 1}"
        if one.atom not in labels:
            raise StudyError(f"{at}: no atom '{one.atom}'.{did_you_mean(one.atom, labels)}")
        if (one.atom, one.quantity) in said:
            raise StudyError(f"{at}: {one.quantity} of {one.atom} is constrained twice.")
        factors = {name: f for name, f in one.equals.items() if name != CONSTANT}
        constant = one.equals.get(CONSTANT, 0.0)
        said[one.atom, one.quantity] = Affine(constant, tuple(factors), tuple(factors.values()))
    return said


def _units(model: PhaseModel, used: PhaseOptions, where: str) -> dict[str, str]:
    """Unit of each variable that constraints name, from what it stands for."""
    built_in = {v.name: v.unit for v in model.variables}
    known = [*built_in, *used.variables]
    for name in used.variables:
        if not NAME.fullmatch(name) or name == CONSTANT:
            raise StudyError(
                f"{where}: '{name}' cannot name a variable; letters, digits and underscores can."
            )
    units: dict[str, str] = {}
    for k, one in enumerate(used.constraints):
        for name in one.equals:
            if name == CONSTANT:
                continue
            if name not in known:
                hint = did_you_mean(name, [*known, CONSTANT])
                raise StudyError(f"{where}, constraint {k + 1}: no variable '{name}'.{hint}")
            unit = UNITS[one.quantity]
            before = built_in.get(name, units.get(name, unit))
            if before != unit:
                raise StudyError(
                    f"{where}, constraint {k + 1}: '{name}' stands for an occupancy and for a displacement. Use two variables."
                )
            units[name] = unit
    return units


def _followed(atom: Atom, said: Numbers) -> Atom:
    return replace(
        atom,
        occupancy=said.get((atom.label, "occupancy"), atom.occupancy),
        u_iso=said.get((atom.label, "u_iso"), atom.u_iso),
    )


def _restarted(variable: Variable, used: PhaseOptions) -> Variable:
    given = used.variables.get(variable.name)
    if given is None:
        return variable
    start, low, high = given.start_low_high
    return replace(variable, start=start, low=low, high=high)


def _check_sites(model: PhaseModel, where: str) -> None:
    """At the start no site holds more than one atom, and no occupancy is negative: an engine would change it."""
    values = {v.name: v.start for v in model.variables}
    total: dict[str, float] = {}
    for atom in model.atoms:
        share = atom.occupancy.at(values)
        if share < -1e-9:
            raise StudyError(
                f"{where}: at the start {atom.label} has the occupancy {share:g}. Correct the starts of its variables."
            )
        total[atom.site] = total.get(atom.site, 0.0) + share
    for site, held in total.items():
        if held > FULL:
            labels = ", ".join(a.label for a in model.atoms if a.site == site)
            raise StudyError(
                f"{where}: at the start the site of {labels} holds {held:g} atoms, more than 1. Correct constants or starts."
            )
