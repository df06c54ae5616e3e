"""What no single key shows of the edge line: standards that do not exist or do not make a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.core.errors import did_you_mean
from pipeline.core.study import Dataset, Problem
from pipeline.xas.options.fits import ValenceOptions


def line_problems(
    place: tuple[str | int, ...], key: str, options: ValenceOptions, own: Mapping[str, Dataset]
) -> Iterator[Problem]:
    """Find what is wrong with the standards of an edge line.

    Args:
        place: where the `valence` block stands.
        key: its edge, such as `Mn-K`.
        options: the block.
        own: all xas data sets by name.

    Yields:
        Each problem with its place.
    """
    named = options.standards
    known = [d for d in own.values() if f"{d.element}-{d.edge}" == key and d.valence is not None]
    standards = [d for d in known if d.role == "standard"]
    if named is not None:
        standards = [d for d in known if d.name in named]
        for i, name in enumerate(named):
            where = (*place, "standards", i)
            if name not in own:
                yield Problem(where, f"no xas data set '{name}'.{did_you_mean(name, own)}")
            elif f"{own[name].element}-{own[name].edge}" != key:
                found = f"{own[name].element}-{own[name].edge}"
                yield Problem(where, f"'{name}' is of {found}, the line of {key}.")
            elif own[name].valence is None:
                yield Problem(own[name], f"'{name}' has no 'valence', and the edge line needs it.")
    fewest = 3 if options.scatter_ev is None else 2
    kinds = {d.valence for d in standards}
    if len(standards) < fewest or len(kinds) < 2:
        hint = " (or give `scatter_ev`, which makes two enough)" if fewest == 3 else ""
        yield Problem(
            (*place, "methods"),
            f"method `edge` needs {fewest} standards of at least two valences{hint}; "
            f"{key} has {len(standards)} of {len(kinds)}.",
        )


def override_problems(place: tuple[str | int, ...], changes: object) -> Iterator[Problem]:
    """Refuse a line of its own for one data set: the line is one for the edge."""
    if isinstance(changes, Mapping):
        for name in changes:
            if name != "methods":
                yield Problem(
                    (*place, "valence", name),
                    f"the edge line is one for the edge, so `{name}` cannot differ for one data set.",
                )
