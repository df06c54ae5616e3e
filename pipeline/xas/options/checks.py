"""What no single key shows: names that do not exist, standards of another edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from pipeline.core.errors import did_you_mean
from pipeline.core.explain import problems_of
from pipeline.core.study import Dataset, Problem
from pipeline.xas.options.edges import EDGE_KEY, EdgeOptions, XasOptions, edge_key
from pipeline.xas.options.line_checks import line_problems, override_problems

COLUMN_KEYS = ("energy", "i0", "it", "ir", "if", "mu", "reference", "unit", "d_spacing")
"""What the table's `columns` can name: roles of columns, and settings of the energy."""


def check(options: XasOptions, datasets: Sequence[Dataset]) -> Iterator[Problem]:
    """Find what no single key shows: names that do not exist, standards of another edge.

    Args:
        options: the study's `xas` block.
        datasets: all rows of the table.

    Yields:
        Each problem with its place.
    """
    own = {d.name: d for d in datasets if d.technique == "xas"}
    for dataset in own.values():
        yield from _row_problems(dataset)
    for key in options.edges():
        if not any(edge_key(d) == key for d in own.values()):
            yield Problem(("xas", key), "no data set of the table has this element and edge.")
        yield from _check_edge(("xas", key), key, options.edge(key), own)
    for name, changes in options.overrides.items():
        place: tuple[str | int, ...] = ("xas", "overrides", name)
        yield from override_problems(place, changes.get("valence"))
        if name not in own:
            yield Problem(place, f"no xas data set '{name}'.{did_you_mean(name, own)}")
            continue
        try:
            merged = options.for_dataset(name, edge_key(own[name]))
        except ValidationError as error:
            yield from problems_of(place, EdgeOptions, error)
        else:
            yield from _foil_problems(place, changes, merged)
            if {"lcf", "valence"} & set(changes):
                yield from _check_edge(place, edge_key(own[name]), merged, own)


def _row_problems(dataset: Dataset) -> Iterator[Problem]:
    if not EDGE_KEY.match(edge_key(dataset)):
        yield Problem(dataset, f"'{dataset.edge}' is no edge; write K, L1 to L3 or M1 to M5.")
    for key in dataset.columns:
        if key not in COLUMN_KEYS:
            hint = did_you_mean(key, COLUMN_KEYS)
            yield Problem(
                dataset, f"unknown column '{key}' in 'columns' of '{dataset.name}'.{hint}"
            )


def _foil_problems(
    place: tuple[str | int, ...], changes: dict[str, Any], merged: EdgeOptions
) -> Iterator[Problem]:
    asked = changes.get("calibrate")
    if merged.calibrate.method == "foil" and isinstance(asked, dict) and "e0_ev" in asked:
        text = "the foil's energy is one for all data sets of an edge; set it in the edge's block."
        yield Problem((*place, "calibrate", "e0_ev"), text)


def _check_edge(
    place: tuple[str | int, ...], key: str, edge: EdgeOptions, own: dict[str, Dataset]
) -> Iterator[Problem]:
    yield from _check_series(place, key, edge, own)
    methods = () if edge.valence is None else edge.valence.methods
    if edge.valence is not None and "edge" in methods:
        yield from line_problems((*place, "valence"), key, edge.valence, own)
    if edge.lcf is None:
        if "lcf" in methods:
            yield Problem((*place, "valence"), "a valence by LCF needs an `lcf` block.")
        return
    for i, name in enumerate(edge.lcf.standards):
        where = (*place, "lcf", "standards", i)
        if name not in own:
            yield Problem(where, f"no xas data set '{name}'.{did_you_mean(name, own)}")
        elif edge_key(own[name]) != key:
            yield Problem(where, f"'{name}' is of {edge_key(own[name])}, the fit of {key}.")
        elif "lcf" in methods and own[name].valence is None:
            yield Problem(own[name], f"standard '{name}' has no 'valence', and {key} asks for one.")
    asked = edge.lcf.combinations
    for i, name in enumerate(asked.candidates if asked else ()):
        where = (*place, "lcf", "combinations", "candidates", i)
        if name not in own:
            yield Problem(where, f"no xas data set '{name}'.{did_you_mean(name, own)}")
        elif edge_key(own[name]) != key:
            yield Problem(where, f"'{name}' is of {edge_key(own[name])}, the fit of {key}.")


def _check_series(
    place: tuple[str | int, ...], key: str, edge: EdgeOptions, own: dict[str, Dataset]
) -> Iterator[Problem]:
    for block, used in (("pca", edge.pca), ("mcr", edge.mcr)):
        for i, name in enumerate(used.standards if used is not None else ()):
            where = (*place, block, "standards", i)
            if name not in own:
                yield Problem(where, f"no xas data set '{name}'.{did_you_mean(name, own)}")
            elif edge_key(own[name]) != key:
                yield Problem(where, f"'{name}' is of {edge_key(own[name])}, the series of {key}.")
