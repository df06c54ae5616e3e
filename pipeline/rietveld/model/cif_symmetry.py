"""Space group and cell of a CIF: by its operations where they are listed, else by its Hall or Hermann-Mauguin symbol."""

from __future__ import annotations

import math

import gemmi

from pipeline.core.errors import StudyError
from pipeline.rietveld.model.symmetry import CELL_NAMES, Cell, tied_cell

OPERATIONS = ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz")
HALL = ("_space_group_name_Hall", "_symmetry_space_group_name_Hall")
SYMBOL = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M", "_space_group_name_H-M")
NUMBER = ("_space_group_IT_number", "_symmetry_Int_Tables_number")
CELL = (
    *("_cell_length_a", "_cell_length_b", "_cell_length_c"),
    *("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma"),
)
ICSD_ENDINGS = {"Z": ":2", "S": ":1", "H": ":H", "R": ":R"}
NEAR_LENGTH = 1e-3  # relative: what rounding may leave between lengths that symmetry has equal
NEAR_ANGLE_DEG = 0.05


def text_of(block: gemmi.cif.Block, keys: tuple[str, ...]) -> str:
    """First of some single values that is given; empty where none is."""
    for key in keys:
        value = block.find_value(key)
        if value is not None:
            said: str = gemmi.cif.as_string(value).strip()
            if said not in ("", "?", "."):
                return said
    return ""


def cell_of(block: gemmi.cif.Block, where: str) -> Cell:
    """The six numbers of the cell.

    Raises:
        StudyError: one is missing, no number, or impossible.
    """
    values = [gemmi.cif.as_number(text_of(block, (key,))) for key in CELL]
    for key, value in zip(CELL, values, strict=True):
        if not math.isfinite(value):
            raise StudyError(f"{where}: `{key}` is missing or no number.")
        low, high = (1.0, 200.0) if "length" in key else (20.0, 160.0)
        if not low <= value <= high:
            raise StudyError(
                f"{where}: `{key}` {value:g} lies outside {low:g} to {high:g}; lengths are in angstrom, angles in degree."
            )
    a, b, c, alpha, beta, gamma = values
    return a, b, c, alpha, beta, gamma


def space_group_of(block: gemmi.cif.Block, cell: Cell, where: str) -> gemmi.SpaceGroup:
    """The space group; symbol, number and operations must say the same.

    Raises:
        StudyError: unknown, not said, said twice and differently, of two origins without saying which,
            or one that the cell does not have.
    """
    symbol = text_of(block, SYMBOL)
    group = _by_operations(block, where) or _by_hall(block, where)
    named = _by_symbol(symbol, cell, where, sure=group is None) if symbol else None
    found = group if group is not None else named
    if found is None:
        raise StudyError(
            f"{where}: it states no space group. Add `_space_group_name_H-M_alt` and the operations."
        )
    if group is not None and named is not None and group.number != named.number:
        raise StudyError(
            f"{where}: the symbol '{symbol}' is number {named.number}, and the operations are those of {group.xhm()}, "
            f"number {group.number}. Correct the file."
        )
    number = text_of(block, NUMBER)
    if number and number != str(found.number):
        raise StudyError(
            f"{where}: space group number {number}, and '{found.xhm()}' is number {found.number}. Correct the file."
        )
    return found


def _by_operations(block: gemmi.cif.Block, where: str) -> gemmi.SpaceGroup | None:
    for key in OPERATIONS:
        listed = [v.str(0) for v in block.find([key])]
        if not listed:
            continue
        try:
            group = gemmi.find_spacegroup_by_ops(gemmi.GroupOps([gemmi.Op(s) for s in listed]))
        except (RuntimeError, ValueError) as error:
            raise StudyError(
                f"{where}: its symmetry operations cannot be read ({error})."
            ) from error
        if group is None:
            raise StudyError(
                f"{where}: its {len(listed)} symmetry operations are of no tabulated setting of a space group. "
                "Bring the structure to a standard setting first, for example with VESTA or GSAS-II."
            )
        return group
    return None


def _by_hall(block: gemmi.cif.Block, where: str) -> gemmi.SpaceGroup | None:
    hall = text_of(block, HALL)
    if not hall:
        return None
    try:
        group = gemmi.find_spacegroup_by_ops(gemmi.symops_from_hall(hall))
    except (RuntimeError, ValueError) as error:
        raise StudyError(f"{where}: the Hall symbol '{hall}' cannot be read ({error}).") from error
    if group is None:
        raise StudyError(f"{where}: the Hall symbol '{hall}' is of no tabulated setting.")
    return group


def _by_symbol(symbol: str, cell: Cell, where: str, sure: bool) -> gemmi.SpaceGroup | None:
    """By the symbol; where nothing else says it (`sure`), it has to be one setting."""
    plain = symbol.replace("_", "").strip()
    stem, _, ending = plain.rpartition(" ")
    if stem and ending in ICSD_ENDINGS:
        plain = f"{stem}{ICSD_ENDINGS[ending]}"
    group = gemmi.find_spacegroup_by_name(plain, cell[3], cell[5])
    if group is None:
        raise StudyError(
            f"{where}: '{symbol}' is no space group that is known. Write the Hermann-Mauguin symbol, such as `R -3 m :H`."
        )
    if group.ext == "R" and ":" not in plain and cell[0] != cell[2]:
        group = gemmi.SpaceGroup(f"{group.hm}:H")
    if sure and ":" not in plain and group.ext in ("1", "2"):
        raise StudyError(
            f"{where}: '{symbol}' has two origin choices, and without operations the file does not say which. "
            f"Write `{group.hm} :1` or `{group.hm} :2`."
        )
    return group


def cell_in_system(group: gemmi.SpaceGroup, cell: Cell, where: str) -> Cell:
    """The cell with what the space group ties set exactly.

    Raises:
        StudyError: it differs from that by more than rounding.
    """
    system = group.crystal_system_str()
    if group.ext == "R":
        a = sum(cell[:3]) / 3.0
        alpha = sum(cell[3:]) / 3.0
        exact: Cell = (a, a, a, alpha, alpha, alpha)
    else:
        exact = tied_cell(group.xhm(), system, cell)
    for k, name in enumerate(CELL_NAMES):
        allowed = NEAR_LENGTH * exact[k] if k < 3 else NEAR_ANGLE_DEG
        if abs(exact[k] - cell[k]) > allowed:
            raise StudyError(
                f"{where}: {name.split('_')[0]} is {cell[k]:g}, and the space group {group.xhm()} needs {exact[k]:g}."
            )
    return exact
