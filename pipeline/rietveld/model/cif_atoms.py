"""The atoms of a CIF as they stand in it: element and charge, place, share, displacement."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import gemmi
import numpy as np

from pipeline.core.errors import StudyError
from pipeline.rietveld.model.ions import tabulated
from pipeline.rietveld.model.symmetry import Cell, Position, orthogonal

PER_B = 1.0 / (8.0 * math.pi**2)  # U = B / (8 pi^2)
TENSOR = ("11", "22", "33", "12", "13", "23")
AT = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
SYMBOL = re.compile(r"^([A-Za-z]+?)\s*(?:(\d?)([+-])|([+-])(\d))?$")

COLUMNS = [
    "_atom_site_label",
    *("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z"),
    *("?_atom_site_type_symbol", "?_atom_site_occupancy"),
    *("?_atom_site_U_iso_or_equiv", "?_atom_site_B_iso_or_equiv"),
    *("?_atom_site_site_symmetry_multiplicity", "?_atom_site_symmetry_multiplicity"),
    "?_atom_site_calc_flag",
]


@dataclass(frozen=True, slots=True)
class CifAtom:
    """One line of the atom list; `multiplicity` is 0 where the file states none."""

    label: str
    element: str
    charge: int
    position: Position
    occupancy: float
    u_iso_angstrom2: float | None
    multiplicity: int


def atoms_of(
    block: gemmi.cif.Block, cell: Cell, where: str
) -> tuple[tuple[CifAtom, ...], tuple[str, ...]]:
    """Atoms, and remarks on what they lack.

    Raises:
        StudyError: an element that does not exist, a coordinate that is no number, an occupancy that is impossible,
            a label twice.
    """
    table = block.find(COLUMNS)
    remarks: list[str] = []
    tensors = _tensors(block, cell)
    charges = _oxidation_numbers(block)
    atoms = []
    for row in table:
        given = [gemmi.cif.as_string(row[k]) if row.has(k) else "" for k in range(len(COLUMNS))]
        given = ["" if text in ("?", ".") else text for text in given]
        label = given[0]
        if given[10] == "dum":
            remarks.append(f"{label} is a dummy atom and left out")
            continue
        position = tuple(gemmi.cif.as_number(text) for text in given[1:4])
        if not all(math.isfinite(v) for v in position):
            raise StudyError(f"{where}: atom {label} has a coordinate that is no number.")
        element, charge = _element(label, given[4], where)
        charge = charge or charges.get(given[4], 0)
        if charge and not tabulated(element, charge):
            remarks.append(
                f"no form factor of {element}{abs(charge)}{'+' if charge > 0 else '-'} is tabulated: {label} is neutral"
            )
            charge = 0
        u, said = _displacement(label, given[6], given[7], tensors.get(label))
        remarks += said
        atoms.append(
            CifAtom(
                *(label, element, charge, (position[0], position[1], position[2])),
                *(_occupancy(label, given[5], where), u, int(_number(given[8] or given[9], 0.0))),
            )
        )
    if not atoms:
        raise StudyError(f"{where}: it lists no atoms.")
    labels = [a.label for a in atoms]
    twice = sorted({x for x in labels if labels.count(x) > 1})
    if twice:
        raise StudyError(
            f"{where}: two atoms have the label '{twice[0]}'. Labels name atoms in constraints and results: make each its own."
        )
    return tuple(atoms), tuple(dict.fromkeys(remarks))


def _number(text: str, absent: float) -> float:
    return gemmi.cif.as_number(text) if text else absent


def _element(label: str, symbol: str, where: str) -> tuple[str, int]:
    """Element and charge from the type symbol (`Ni3+`, `Ni+3`, `Ni`), else element from the label (`Ni1`)."""
    if symbol:
        found = SYMBOL.match(symbol)
        name = found.group(1) if found else symbol
        sign = (found.group(3) or found.group(4)) if found else None
        digits = (found.group(2) or found.group(5) or "1") if found else "1"
        charge = (int(digits) if sign == "+" else -int(digits)) if sign else 0
        names = [name]
    else:
        letters = re.match(r"[A-Za-z]+", label)
        names = [letters.group(0)[:2], letters.group(0)[:1]] if letters else [label]
        charge = 0
    for name in names:
        spelt = name.capitalize()
        if spelt in ("D", "T"):
            return "H", charge  # the isotopes scatter X-rays alike
        if spelt != "X" and gemmi.Element(spelt).name == spelt:
            return spelt, charge
    raise StudyError(
        f"{where}: atom {label} is of '{symbol or label}', which is no element. Write `_atom_site_type_symbol`, such as Ni or Ni3+."
    )


def _occupancy(label: str, text: str, where: str) -> float:
    value = _number(text, 1.0)
    if not 0.0 <= value <= 1.005:
        raise StudyError(
            f"{where}: atom {label} has the occupancy {text}; a share of a site lies between 0 and 1."
        )
    return value


def _displacement(
    label: str, u_text: str, b_text: str, tensor: float | None
) -> tuple[float | None, tuple[str, ...]]:
    """U, of a tensor the mean of its principal values; None, with a remark, where it cannot be used."""
    u = _number(u_text, math.nan)
    if not math.isfinite(u):
        u = _number(b_text, math.nan) * PER_B
    said: tuple[str, ...] = ()
    if tensor is not None:
        u = tensor
        said = (f"{label}: its anisotropic displacement is taken as the equivalent U {u:.5f} A2",)
    if not math.isfinite(u):
        return None, (f"{label}: no displacement parameter in the file, a usual one is taken",)
    if u <= 0.0 or u > 0.15:
        return None, (f"{label}: U {u:g} A2 of the file is impossible, a usual one is taken",)
    return u, said


def _tensors(block: gemmi.cif.Block, cell: Cell) -> dict[str, float]:
    """Equivalent U of each atom with a tensor: `1/3 sum U_ij a*_i a*_j a_i . a_j`.

    R. X. Fischer, E. Tillmanns, Acta Cryst. C44 (1988) 775, doi:10.1107/S0108270187012745.
    """
    axes = orthogonal(cell)
    metric = axes.T @ axes
    star = np.sqrt(np.diag(np.linalg.inv(metric)))
    weights = metric * np.outer(star, star)
    found = {}
    for letter, factor in (("U", 1.0), ("B", PER_B)):
        keys = ["_atom_site_aniso_label", *(f"_atom_site_aniso_{letter}_{ij}" for ij in TENSOR)]
        for row in block.find(keys):
            tensor = np.zeros((3, 3))
            for k, (i, j) in enumerate(AT):
                tensor[i, j] = tensor[j, i] = factor * gemmi.cif.as_number(row.str(k + 1))
            found[row.str(0)] = float((tensor * weights).sum() / 3.0)
    return {label: u for label, u in found.items() if math.isfinite(u)}


def _oxidation_numbers(block: gemmi.cif.Block) -> dict[str, int]:
    found = {}
    for row in block.find(["_atom_type_symbol", "_atom_type_oxidation_number"]):
        value = gemmi.cif.as_number(row.str(1))
        if math.isfinite(value) and value == round(value):
            found[row.str(0)] = int(value)
    return found
