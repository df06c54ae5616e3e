"""What no single key shows: names that do not exist, lines that are not followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from pipeline.core.errors import did_you_mean
from pipeline.core.overrides import override_problems
from pipeline.core.study import Dataset, Problem
from pipeline.xrd.options.cell import BroadeningOptions, CellOptions
from pipeline.xrd.options.phases import Hkl, hkl_label
from pipeline.xrd.options.root import DiffractionOptions, XrdOptions
from pipeline.xrd.options.symmetry import symmetry_problems
from pipeline.xrd.options.transitions import OF_CELL, OF_LINE

Place = tuple[str | int, ...]
COLUMN_KEYS = ("two_theta", "intensity", "sigma", "unit", "decimal")
"""What the table's `columns` can name: columns of a text file, the unit of its axis, its decimal mark."""


def check(options: XrdOptions, datasets: Sequence[Dataset]) -> Iterator[Problem]:
    """Find what no single key shows.

    Args:
        options: the study's `xrd` block.
        datasets: all rows of the table.

    Yields:
        Each problem with its place.
    """
    own = {d.name: d for d in datasets if d.technique == "xrd"}
    for dataset in own.values():
        for key in dataset.columns:
            if key not in COLUMN_KEYS:
                hint = did_you_mean(key, COLUMN_KEYS)
                text = f"unknown column '{key}' in 'columns' of '{dataset.name}'.{hint}"
                yield Problem(dataset, text)
    common = DiffractionOptions.model_validate(options.model_dump(exclude={"overrides"}))
    told = {
        (p.where[1:], p.message) for p in _one(("xrd",), common, own) if isinstance(p.where, tuple)
    }
    yield from _one(("xrd",), common, own)
    for name in options.overrides:
        place: Place = ("xrd", "overrides", name)
        if name not in own:
            yield Problem(place, f"no xrd data set '{name}'.{did_you_mean(name, own)}")
            continue
        try:
            merged = options.for_dataset(name)
        except ValidationError as error:
            yield from override_problems(place, error)
        else:
            for problem in _one(place, merged, own):
                here = problem.where[len(place) :] if isinstance(problem.where, tuple) else ()
                if (
                    here,
                    problem.message,
                ) not in told:  # what the common options say was said above
                    yield problem


def _one(place: Place, used: DiffractionOptions, own: dict[str, Dataset]) -> Iterator[Problem]:
    for name, phase in used.phases.items():
        yield from symmetry_problems((*place, "phases", name), name, phase)
    followed = list(used.phases)
    if used.track is not None:
        if not used.phases:
            yield Problem((*place, "track"), "there is nothing to follow: `phases` is empty.")
        for i, name in enumerate(used.track.phases or ()):
            if name not in used.phases:
                hint = did_you_mean(name, used.phases)
                yield Problem((*place, "track", "phases", i), f"no phase '{name}'.{hint}")
        followed = list(used.track.phases or used.phases)
    for block in ("cell", "broadening", "transitions"):
        if getattr(used, block) is not None and used.track is None:
            yield Problem((*place, block), f"`{block}` needs a `track` block.")
    if used.track is None or not used.phases:
        return
    if used.cell is not None:
        yield from _cell((*place, "cell"), used, used.cell, followed, own)
    if used.broadening is not None:
        yield from _broadening((*place, "broadening"), used, used.broadening, followed, own)
    if used.transitions is not None:
        yield from _changes(place, used, followed)


def _cell(
    place: Place,
    used: DiffractionOptions,
    cell: CellOptions,
    followed: list[str],
    own: dict[str, Dataset],
) -> Iterator[Problem]:
    phase = cell.phase or followed[0]
    if phase not in followed:
        hint = did_you_mean(phase, followed)
        yield Problem((*place, "phase"), f"phase '{phase}' is not followed.{hint}")
        return
    if cell.reference not in (None, *own):
        hint = did_you_mean(str(cell.reference), own)
        yield Problem((*place, "reference"), f"no xrd data set '{cell.reference}'.{hint}")
    known = used.phases[phase].reflections
    wanted: list[tuple[Place, Hkl]] = [(("lines", i), h) for i, h in enumerate(cell.lines or ())]
    for name, ratio in cell.ratios.items():
        wanted += [(("ratios", name), h) for h in (*ratio.over, *ratio.under)]
    for name, pair in cell.splittings.items():
        wanted += [(("splittings", name), h) for h in pair]
    for where, hkl in wanted:
        if hkl not in known:
            text = f"({hkl_label(hkl)}) is not among the `reflections` of '{phase}'."
            yield Problem((*place, *where), text)


def _broadening(
    place: Place,
    used: DiffractionOptions,
    broadening: BroadeningOptions,
    followed: list[str],
    own: dict[str, Dataset],
) -> Iterator[Problem]:
    if broadening.instrument not in (None, *own):
        name = str(broadening.instrument)
        yield Problem((*place, "instrument"), f"no xrd data set '{name}'.{did_you_mean(name, own)}")
    phase = (used.cell.phase if used.cell else None) or followed[0]
    of_instrument = broadening.instrument in place  # its own overrides: it gets no size and strain
    if of_instrument or phase not in used.phases:
        return
    for i, hkl in enumerate(broadening.lines or ()):
        if hkl not in used.phases[phase].reflections:
            text = f"({hkl_label(hkl)}) is not among the `reflections` of '{phase}'."
            yield Problem((*place, "lines", i), text)


def _changes(place: Place, used: DiffractionOptions, followed: list[str]) -> Iterator[Problem]:
    assert used.transitions is not None  # noqa: S101  (the caller looked)
    cell = used.cell
    of_cell = (cell.phase if cell else None) or followed[0]
    for name, change in used.transitions.changes.items():
        where: Place = (*place, "transitions", "changes", name)
        if change.quantity in (*OF_CELL, "splitting", "ratio") and cell is None:
            yield Problem(where, f"the quantity `{change.quantity}` needs a `cell` block.")
            continue
        phase = change.phase or of_cell
        if phase not in followed:
            text = f"phase '{phase}' is not followed.{did_you_mean(phase, followed)}"
            yield Problem((*where, "phase"), text)
        elif change.quantity in OF_LINE and change.hkl not in used.phases[phase].reflections:
            label = hkl_label(change.hkl) if change.hkl else ""
            yield Problem(where, f"({label}) is not among the `reflections` of '{phase}'.")
        named = {"splitting": "splittings", "ratio": "ratios"}.get(change.quantity)
        if named and cell is not None and change.name not in getattr(cell, named):
            hint = did_you_mean(str(change.name), getattr(cell, named))
            yield Problem(
                (*where, "name"), f"the cell block has no `{named}` '{change.name}'.{hint}"
            )
