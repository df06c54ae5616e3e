"""The table `consistency.csv`: what two engines, or two techniques, say of one number of one data set.

Techniques are blind to each other, so it is made here, from their tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.esd import with_esd
from pipeline.core.rows import GOOD
from pipeline.core.study import Study
from pipeline.core.table import Cell, Table, read_table_rows, write_table
from pipeline.study.techniques import module

NAME = "consistency"
LIMIT_SIGMA = 3.0
LIMIT_ENGINES_PPM = 80.0
"""Between engines a cell length differs beyond this however large its sigma: they share the noise, and one axial divergence
taken in two ways moves it by 100 ppm."""
COLUMNS = (
    *("check", "dataset", "sample", "state", "frame", "phase", "quantity", "unit"),
    *("what_a", "value_a", "sigma_a", "what_b", "value_b", "sigma_b"),
    *("difference", "difference_sigma", "verdict", "flags"),
)
REFINED, PHASES, LINES = "rietveld", "rietveld_phases", "xrd_cell"
BOTH = "both"

# Column of the value, of its sigma, and the unit.
_BY_ENGINES = (
    ("a_angstrom", "a_sigma_angstrom", "angstrom"),
    ("c_angstrom", "c_sigma_angstrom", "angstrom"),
    ("z_o", "z_o_sigma", ""),
    ("li_ni_mixing_percent", "li_ni_mixing_sigma_percent", "percent"),
)
_BY_LINES = tuple((f"{n}_angstrom", f"{n}_sigma_angstrom", "angstrom") for n in "abc")
_SHOWN = 5
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two that are compared."""

    what: str
    row: Row
    value: float
    sigma: float


def needed(study: Study) -> tuple[str, ...]:
    """Tables that the checks of a study are made from; none where there is nothing to compare."""
    if REFINED not in study.options:
        return ()
    refined = set(module(REFINED, "plan").refined(study))
    engines = bool(refined) and study.options[REFINED].engine == BOTH
    lines = refined and refined & set(module("xrd", "plan").with_cell(study))
    return ((REFINED,) if engines else ()) + ((PHASES, LINES) if lines else ())


def consistency_table(tables: Path, names: Iterable[str]) -> Table:
    """Make the table from other tables.

    Args:
        tables: folder of the result tables.
        names: those that `needed` gives.

    Returns:
        One row a check: both values, `difference = b - a`, the same over both sigmas in quadrature, and the verdict:
        `agree` within three sigmas, `differ` beyond, `no_value` where one of the two has none. Two engines refine the same
        counts, so that their difference should be far below one sigma; of their cells the ppm count too.
    """
    found = {name: read_table_rows(tables / f"{name}.csv") for name in names}
    rows = [*_engines(found.get(REFINED, [])), *_lines(found.get(PHASES, []), found.get(LINES, []))]
    return Table(COLUMNS, tuple(rows))


def write_consistency(study: Study) -> None:
    """Write the table beside the others."""
    tables = study.home / study.results / "tables"
    write_table(tables / f"{NAME}.csv", consistency_table(tables, needed(study)))


def differing(path: Path) -> list[str]:
    """What differs, in words, of a table that was written; none where there is no table."""
    if not path.is_file():
        return []
    rows = [r for r in read_table_rows(path) if r["verdict"] == "differ"]
    told = [
        f"DIFFER  {r['dataset']} frame {r['frame']}, {r['phase']}: {r['quantity']} "
        f"{_quoted(r, 'a')} by {r['what_a']}, {_quoted(r, 'b')} by {r['what_b']}, "
        f"{abs(float(r['difference_sigma'])):.1f} sigma apart"
        for r in rows[:_SHOWN]
    ]
    more = len(rows) - _SHOWN
    return [*told, f"        and {more} more in {path.name}"] if more > 0 else told


def _engines(refined: list[dict[str, str]]) -> Iterator[tuple[Cell, ...]]:
    by_pattern: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in refined:
        by_pattern.setdefault((row["dataset"], row["frame"]), []).append(row)
    for first, *others in by_pattern.values():
        for other in others:
            for value, sigma, unit in _BY_ENGINES:
                a, b = (_side(r["engine"], r, value, sigma) for r in (first, other))
                if not _nothing_to_say(a, b):
                    yield _check("engines", value, unit, a, b)


def _nothing_to_say(a: _Side, b: _Side) -> bool:
    """Whether both have an answer, in which there is no such number, or it was held."""
    answered = a.row["status"] == b.row["status"] == GOOD
    return answered and math.isnan(a.sigma) and math.isnan(b.sigma)


def _lines(phases: list[dict[str, str]], cells: list[dict[str, str]]) -> Iterator[tuple[Cell, ...]]:
    by_frame = {(r["dataset"], r["frame"]): r for r in cells}
    of_frame: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in phases:
        of_frame.setdefault((row["dataset"], row["frame"], row["engine"]), []).append(row)
    for (dataset, frame, _), rows in of_frame.items():
        cell = by_frame.get((dataset, frame))
        # Both techniques name phases as the study file does; of one phase alone the name does not matter.
        same = [r for r in rows if cell and (r["phase"] == cell["phase"] or len(rows) == 1)]
        if cell is None or not same:
            continue
        for value, sigma, unit in _BY_LINES:
            a = _side(f"rietveld {same[0]['engine']}", same[0], value, sigma)
            by_lines = _side("lines", cell, value, sigma)
            model = _number(cell, value.replace("_angstrom", "_model_sigma_angstrom"))
            spread = math.hypot(by_lines.sigma, 0.0 if math.isnan(model) else model)
            b = _Side(by_lines.what, cell, by_lines.value, spread)
            if math.isnan(b.value) and cell["status"] == GOOD:
                continue  # of a hexagonal cell no b is fitted
            yield _check("cell_by_lines", value, unit, a, b)


def _check(check: str, quantity: str, unit: str, a: _Side, b: _Side) -> tuple[Cell, ...]:
    difference, sigma = b.value - a.value, math.hypot(a.sigma, b.sigma)
    apart = difference / sigma if sigma > 0 else math.nan
    verdict = "no_value"
    if math.isfinite(apart):
        cell = check == "engines" and unit == "angstrom"
        far = cell and abs(difference) > LIMIT_ENGINES_PPM * 1e-6 * abs(a.value)
        verdict = "differ" if far or abs(apart) > LIMIT_SIGMA else "agree"
    row = a.row
    words = dict.fromkeys(w for side in (a, b) for w in side.row["flags"].split(";") if w)
    return (
        *(check, row["dataset"], row["sample"], row["state"], int(row["frame"]), row["phase"]),
        *(quantity, unit, a.what, a.value, a.sigma, b.what, b.value, b.sigma),
        *(difference, apart, verdict, ";".join(words)),
    )


def _side(what: str, row: Row, value: str, sigma: str) -> _Side:
    return _Side(what, row, _number(row, value), _number(row, sigma))


def _number(row: Row, column: str) -> float:
    text = row.get(column, "")
    return float(text) if text else math.nan


def _quoted(row: Row, side: str) -> str:
    return with_esd(float(row[f"value_{side}"]), float(row[f"sigma_{side}"]))
