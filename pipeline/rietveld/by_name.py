"""Numbers of a judged refinement by their names, for what shows them: tables for reading and for print."""

from __future__ import annotations

import math

from pipeline.core.units import SUFFIX_UNITS
from pipeline.rietveld.records import FitStatus, Refinements

Number = tuple[float, float]
UNKNOWN: Number = (math.nan, math.nan)
_PURE = ("c_over_a", "z_o", "scale")  # their last letters are no unit


def number_of(found: Refinements, row: int, name: str) -> Number:
    """Value and sigma of a number of one refinement; NaN where it is refused, or has no such number.

    Args:
        found: the refinements of a data set.
        row: which of them.
        name: such as `NCM.volume_angstrom3`: derived, or refined.
    """
    if found.status[row] is not FitStatus.OK:
        return UNKNOWN
    for table in (found.derived, found.parameters):
        if name in table.names:
            value, sigma = table.column(name)
            return float(value[row]), float(sigma[row])
    return UNKNOWN


def of_phase(found: Refinements, row: int, phase: str, quantity: str) -> Number:
    """Value and sigma of a number of a phase, as `number_of`; a missing b is a where the system makes them equal."""
    if quantity == "b_angstrom" and f"{phase}.b_angstrom" not in _names(found):
        quantity = "a_angstrom"
    if quantity == "c_angstrom" and f"{phase}.c_angstrom" not in _names(found):
        quantity = "a_angstrom"  # cubic: a alone is a number
    return number_of(found, row, f"{phase}.{quantity}")


def _names(found: Refinements) -> tuple[str, ...]:
    return (*found.derived.names, *found.parameters.names)


def sigma_name(name: str) -> str:
    """Name of a number's sigma, the unit last: `a_angstrom` to `a_sigma_angstrom`, `c_over_a` to `c_over_a_sigma`."""
    if name in _PURE:
        return f"{name}_sigma"
    endings = (*SUFFIX_UNITS, "_ratio", "_fraction")
    unit = next((u for u in sorted(endings, key=len, reverse=True) if name.endswith(u)), "")
    return f"{name.removesuffix(unit)}_sigma{unit}"


def atoms_of(found: Refinements) -> dict[tuple[int, str], list[int]]:
    """Places in the table of atoms by refinement and phase."""
    places: dict[tuple[int, str], list[int]] = {}
    for k, (row, phase) in enumerate(zip(found.atoms.row_index, found.atoms.phase, strict=True)):
        places.setdefault((int(row), phase), []).append(k)
    return places


def wyckoff(kind: str, multiplicity: float, z_fraction: float) -> str:
    """Wyckoff letter of a site of the layered oxide, R-3m in hexagonal axes (International Tables A, no. 166).

    3a is 0, 0, 0 and 3b is 0, 0, 1/2; oxygen at 0, 0, z is 6c. Of other phases '' is given.
    """
    if kind != "layered-oxide":
        return ""
    if round(multiplicity) == 6:
        return "6c"
    return "3a" if abs(z_fraction - round(z_fraction)) < 0.25 else "3b"
