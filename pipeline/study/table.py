"""The data-set table: tab-separated text, one row a data set, every cell checked with its line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.core.errors import StudyError, did_you_mean
from pipeline.core.study import Dataset
from pipeline.study.techniques import TECHNIQUES, module

NUMBERS = ("wavelength_angstrom", "valence", "cycle", "temperature_c", "voltage_v", "time_s")
REQUIRED = ("dataset", "technique", "role", "path")
COLUMNS: dict[str, str] = {
    "dataset": "id of the data set, unique: a letter, then letters, digits and `_`",
    "technique": "what was measured: " + ", ".join(f"`{t}`" for t in TECHNIQUES),
    "role": "`sample`, `standard`, `foil` or `background`",
    "sample": "label for figures and tables",
    "state": "label for figures and tables, such as `pristine`",
    "path": "file or glob below the raw folder; many files are one series",
    "select": "what to take from a file that holds many: Athena groups (globs, `;` between), scans of a SPEC file (`3;5`, `12-20`), "
    "an HDF5 path, patterns of a diffraction file by number or label (`1;3`, `*_hot`)",
    "columns": "how to read unlabelled columns, such as `energy=1 i0=2 it=3 ir=4`, by number, label, sum (`if=7+8+9`) or pattern (`if=Ni_Ka*`); "
    "of diffraction `two_theta=1 intensity=2 sigma=3`, the unit of the axis (`unit=deg`, `rad`, `theta`, `q`, `q_nm`, `d` or `d_nm`) and "
    "the decimal mark (`decimal=comma` or `point`)",
    "element": "chemical symbol",
    "edge": "`K`, `L3`, ...",
    "mode": "how it was measured. xas: `transmission`, `fluorescence`, or `reference` for the foil channel itself; "
    "xrd: `bragg-brentano`, `debye-scherrer` or `grazing-incidence`",
    "wavelength_angstrom": "for diffraction; empty: the file must say it",
    "valence": "oxidation state where it is known: of a standard, or of a sample that tests the edge line",
    "family": "family of compounds, such as `salt`, `oxide`, `layered`: an edge line holds within one",
    "cycle": "number of cycles",
    "temperature_c": "temperature in degrees Celsius",
    "voltage_v": "cell voltage in volt",
    "time_s": "time in seconds",
    "sidecar": "file or glob below the raw folder with charge, voltage, ... against time "
    "(EC-Lab `.mpt`, or a table), joined to the scans by time",
    "together": "data set that was measured at the same time, such as the diffraction beside which a "
    "mass spectrum was taken: its clock and temperature are shared",
    "sha256": "optional hash of a single raw file; another hash stops the run",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ELEMENT = re.compile(r"[A-Z][a-z]?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: dict[str, str]


def read_table(path: Path) -> tuple[Dataset, ...]:
    """Read and check a data-set table.

    Args:
        path: the `.tsv` file. Empty lines and lines that begin with `#` are passed over.

    Raises:
        StudyError: every mistake found, one line each, with file and line.
    """
    header, rows = _cells(path)
    problems = [f"{path}:{line}: {message}" for line, message in _header_problems(header, rows)]
    if problems:
        raise StudyError("\n".join(problems))
    datasets: list[Dataset] = []
    seen: dict[str, int] = {}
    for row in rows:
        found = list(_row_problems(row, seen))
        problems += [f"{path}:{row.line}: {message}" for message in found]
        seen.setdefault(row.cells["dataset"], row.line)
        if not found:
            datasets.append(_dataset(row))
    for dataset in datasets:
        if dataset.together and dataset.together not in seen:
            hint = did_you_mean(dataset.together, seen)
            text = f"'together' of '{dataset.name}' names no data set: '{dataset.together}'.{hint}"
            problems.append(f"{path}:{dataset.line}: {text}")
    if problems:
        raise StudyError("\n".join(problems))
    if not datasets:
        raise StudyError(f"{path}: the table has no row; give one line for each data set.")
    return tuple(datasets)


def _cells(path: Path) -> tuple[tuple[int, list[str]], list[_Row]]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no such data-set table.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(
            f"{path}: cannot be read as UTF-8 text ({error}). Save it as UTF-8, tab-separated "
            "(not as `Unicode text`, which is UTF-16)."
        ) from error
    lines = [
        (number, line)
        for number, line in enumerate(content.splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise StudyError(f"{path}: the table is empty; its first line names the columns.")
    first, header = lines[0]
    if "\t" not in header:
        separator = next((s for s in (";", ",") if s in header), "blanks")
        raise StudyError(
            f"{path}:{first}: columns are separated by tabs, this line has "
            f"{'none' if separator == 'blanks' else f'`{separator}`'}. "
            "Save the table as tab-separated text."
        )
    names = [cell.strip() for cell in header.rstrip("\t").split("\t")]
    rows = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) == 1 and len(names) > 1:
            raise StudyError(
                f"{path}:{number}: this line has no tab; columns are separated by tabs, not blanks."
            )
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()
        if len(cells) > len(names):
            raise StudyError(
                f"{path}:{number}: {len(cells)} cells under {len(names)} columns; "
                f"the first without a column is '{cells[len(names)]}'."
            )
        cells += [""] * (len(names) - len(cells))
        rows.append(_Row(number, dict(zip(names, cells, strict=True))))
    return (first, names), rows


def _header_problems(header: tuple[int, list[str]], rows: list[_Row]) -> Iterator[tuple[int, str]]:
    line, names = header
    for name in names:
        if name not in COLUMNS:
            yield line, f"unknown column '{name}'.{did_you_mean(name, COLUMNS)}"
    for name in {n for n in names if names.count(n) > 1}:
        yield line, f"column '{name}' stands twice."
    for name in REQUIRED:
        if name not in names:
            yield line, f"column '{name}' is missing."
    if not rows:
        yield line, "the table has a header and no row."


def _row_problems(row: _Row, seen: dict[str, int]) -> Iterator[str]:
    cells = row.cells
    for name in REQUIRED:
        if not cells[name]:
            yield f"'{name}' is empty; {COLUMNS[name]}."
    name = cells["dataset"]
    if name and not _NAME.fullmatch(name):
        yield f"'{name}' is no data-set id: {COLUMNS['dataset']}."
    if name in seen and name:
        yield f"data set '{name}' stands on line {seen[name]} already; ids are unique."
    for column in NUMBERS:
        if cells.get(column) and not _is_number(cells[column]):
            yield f"{column} '{cells[column]}' of '{name}' is no number (a point is the decimal mark)."
    for column in ("path", "sidecar"):
        if cells.get(column):
            yield from _path_problems(column, cells[column])
    if cells.get("sha256") and not _SHA256.fullmatch(cells["sha256"]):
        yield "'sha256' is 64 hexadecimal digits in lower case."
    if cells.get("element") and not _ELEMENT.fullmatch(cells["element"]):
        yield f"'{cells['element']}' is no element symbol."
    yield from _column_map_problems(cells.get("columns", ""))
    yield from _technique_problems(cells)


def _technique_problems(cells: dict[str, str]) -> Iterator[str]:
    technique = cells["technique"]
    if not technique:
        return
    if technique not in TECHNIQUES:
        yield f"unknown technique '{technique}'.{did_you_mean(technique, TECHNIQUES)}"
        return
    rules = module(technique, "options")
    if not rules.ROLES:
        yield f"technique '{technique}' has no rows of its own: {rules.WHERE_FROM}"
        return
    for column, known in (("role", rules.ROLES), ("mode", rules.MODES)):
        value = cells.get(column, "")
        if value and not known:
            yield f"{column} '{value}': {technique} has none; leave the cell empty."
        elif value and value not in known:
            yield f"unknown {column} '{value}'.{did_you_mean(value, known)}"
    for column in rules.REQUIRED_COLUMNS:
        if not cells.get(column):
            meaning = (
                ", ".join(f"`{m}`" for m in rules.MODES) if column == "mode" else COLUMNS[column]
            )
            yield f"'{column}' is empty, and {technique} needs it: {meaning}."


def _path_problems(column: str, value: str) -> Iterator[str]:
    parts = PurePosixPath(value)
    if parts.is_absolute() or ".." in parts.parts or "\\" in value or ":" in value:
        yield (
            f"{column} '{value}' leaves the raw folder; "
            "give a path below it, with `/` between folders."
        )


def _column_map_problems(value: str) -> Iterator[str]:
    for part in value.split():
        key, equals, column = part.partition("=")
        if not (key and equals and column):
            yield f"columns '{part}' is not of the form `energy=1`."


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _dataset(row: _Row) -> Dataset:
    cells = {key: value for key, value in row.cells.items() if value}
    values: dict[str, Any] = {"line": row.line}
    convert: dict[str, Callable[[str], Any]] = {"columns": column_map}
    convert |= dict.fromkeys(NUMBERS, float)
    for key, value in cells.items():
        values["name" if key == "dataset" else key] = convert.get(key, str)(value)
    return Dataset(**values)


def column_map(value: str) -> dict[str, str]:
    """Turn `energy=1 i0=2` into a dict."""
    pairs = (part.partition("=") for part in value.split())
    return {key: column for key, _, column in pairs}
