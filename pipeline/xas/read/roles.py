"""What each column of a table is: told by the data-set table, or by well-known labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError, did_you_mean
from pipeline.xas.read.energy import known_unit

ROLES = ("energy", "i0", "it", "ir", "if", "mu", "reference")
SETTINGS = ("unit", "d_spacing")

# Well-known labels, in lower case. Where two columns answer to one role, none does.
_ENERGIES = "energy e energy_ev ev mono_energy ebraggenergy achieved_energy absenergyname zapenergy"
_ALIASES: dict[str, frozenset[str]] = {
    "energy": frozenset(_ENERGIES.split()),
    "i0": frozenset({"i0", "io"}),
    "it": frozenset({"it", "i1", "itrans"}),
    "ir": frozenset({"ir", "iref", "irefer", "i2"}),
    "if": frozenset({"if", "iff", "ifluor", "lytle"}),
    "mu": frozenset({"mu", "xmu", "mu(e)"}),
    "reference": frozenset({"murefer", "mu_ref", "muref", "normrefer"}),
}
# Ready absorption whose label says how it was measured; taken before detector counts are.
_READY = {
    "transmission": frozenset({"mutrans", "xmu(trans)"}),
    "fluorescence": frozenset({"mufluor", "avg_mufluor"}),
}
# ESRF's fast scans write their energy in keV, and say so nowhere.
_UNIT_OF_LABEL = {"zapenergy": "kev"}
# Counts that give the absorption of each mode.
COUNTS = {"transmission": ("i0", "it"), "fluorescence": ("if", "i0")}
_NORMALISED = {
    "transmission": frozenset({"normtrans", "norm", "normalized", "normalised"}),
    "fluorescence": frozenset({"normfluor", "norm", "normalized", "normalised"}),
}
_LABEL_WITH_UNIT = re.compile(r"(\w+?)[ _]*[(\[](\w+)[)\]]")
# `I0-32` is the scaler's channel of I0, `I0_c4` its column.
_LABEL_WITH_CHANNEL = re.compile(r"(i0|it|iref|if|energy)(-\d+|_c\d+)")


@dataclass(frozen=True, slots=True)
class Roles:
    """Columns of each role, counted from 0, of which there are several where they are summed."""

    columns: Mapping[str, tuple[int, ...]]
    unit: str = ""
    d_spacing_angstrom: float | None = None
    is_normalised: bool = False

    def has(self, *roles: str) -> bool:
        """Say whether all these roles are filled."""
        return all(role in self.columns for role in roles)

    def values(self, role: str, data: FloatArray) -> FloatArray:
        """Give the column of a role, or the sum of its columns, `(n,)`."""
        column: FloatArray = data[:, list(self.columns[role])].sum(axis=1)
        return column


def given_roles(
    columns: Mapping[str, str], labels: Sequence[str], n_columns: int, source_file: str
) -> Roles:
    """Read the cell `columns` of the table: `energy=1 i0=2 if=7+8+9 unit=kev`.

    Args:
        columns: role to column number (from 1), label, or a sum of these; `unit`, `d_spacing`.
        labels: labels of the file, or none.
        n_columns: columns that the file has.
        source_file: file in messages.

    Raises:
        RawDataError: unknown role or label, a number that is no column, an unknown unit.
    """
    found: dict[str, tuple[int, ...]] = {}
    for role, cell in columns.items():
        if role in ROLES:
            found[role] = _indices(role, cell, labels, n_columns, source_file)
        elif role not in SETTINGS:
            raise RawDataError(
                f"{source_file}: `columns` knows no '{role}'."
                f"{did_you_mean(role, (*ROLES, *SETTINGS))}"
            )
    unit = columns.get("unit", "")
    if unit and not known_unit(unit):
        raise RawDataError(
            f"{source_file}: `unit={unit}` in `columns` is none of ev, kev, deg, rad, mrad."
        )
    used = known_unit(unit)
    if not used and "energy" in found and labels:
        used = _split_unit(labels[found["energy"][0]])[1]
    return Roles(found, used, _spacing(columns.get("d_spacing", ""), source_file))


def _indices(
    role: str, cell: str, labels: Sequence[str], n_columns: int, source_file: str
) -> tuple[int, ...]:
    known = [label.lower() for label in labels]
    parts = [cell] if cell.lower() in known else cell.split("+")
    indices: list[int] = []
    for part in parts:
        n_alike = known.count(part.lower())
        if "*" in part and not n_alike:
            indices += _alike(role, part, known, source_file)
        elif part.isdecimal() and 1 <= int(part) <= n_columns:
            indices.append(int(part) - 1)
        elif n_alike == 1:
            indices.append(known.index(part.lower()))
        else:
            problem = (
                f"{n_alike} columns have that label"
                if n_alike
                else f"the file has {n_columns} columns and no such label"
            )
            raise RawDataError(
                f"{source_file}: `{role}={cell}` in `columns`: {problem}."
                f"{did_you_mean(part, labels) if not n_alike else _one_or_all(part)}"
            )
    return tuple(indices)


def _one_or_all(label: str) -> str:
    return f" Give the number of one, or `{label}*` for their sum."


def _alike(role: str, pattern: str, known: Sequence[str], source_file: str) -> list[int]:
    """Columns whose label a pattern such as `Ifslow*` matches, to be summed."""
    found = [i for i, label in enumerate(known) if fnmatchcase(label, pattern.lower())]
    if not found:
        raise RawDataError(
            f"{source_file}: `{role}={pattern}` in `columns`: no label of the file matches it."
        )
    return found


def _spacing(cell: str, source_file: str) -> float | None:
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        raise RawDataError(
            f"{source_file}: `d_spacing={cell}` in `columns` is no number (angstrom are meant)."
        ) from None


def labelled_roles(labels: Sequence[str], mode: str) -> Roles:
    """Recognise columns by well-known labels; what is ambiguous stays unrecognised.

    Args:
        labels: one label for each column.
        mode: `transmission`, `fluorescence` or `reference`; decides which absorption is taken.
    """
    known, units = zip(*map(_split_unit, labels), strict=True) if labels else ((), ())

    def unique(names: frozenset[str]) -> tuple[int, ...]:
        hits = [i for i, label in enumerate(known) if label in names]
        return (hits[0],) if len(hits) == 1 else ()

    found = {role: hit for role, names in _ALIASES.items() if (hit := unique(names))}
    ready = unique(_READY.get(mode, frozenset()))
    if ready:
        found["mu"] = ready
    elif mode in COUNTS and all(role in found for role in COUNTS[mode]):
        # Beside the counts of this mode, a plain `mu` may be that of the other mode.
        found.pop("mu", None)
    is_normalised = False
    if mode in COUNTS and "mu" not in found and not all(r in found for r in COUNTS[mode]):
        normalised = unique(_NORMALISED[mode])
        if normalised:
            found["mu"], is_normalised = normalised, True
    unit = units[found["energy"][0]] if "energy" in found else ""
    return Roles(found, unit, is_normalised=is_normalised)


def _split_unit(label: str) -> tuple[str, str]:
    """Part `Energy(keV)` into `energy` and `kev`; any other label is kept, in lower case."""
    match = _LABEL_WITH_UNIT.fullmatch(label.strip())
    if match and known_unit(match[2]):
        return match[1].lower(), known_unit(match[2])
    word = label.strip().lower()
    if channel := _LABEL_WITH_CHANNEL.fullmatch(word):
        word = channel[1]
    return word, _UNIT_OF_LABEL.get(word, "")
