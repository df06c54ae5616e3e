"""What no single key shows: names that do not exist, data sets that were not measured together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from pipeline.core.errors import did_you_mean
from pipeline.core.overrides import override_problems
from pipeline.core.study import Dataset, Problem
from pipeline.ms.options.root import GasOptions, MsOptions

TOGETHER_WITH = "xrd"
_CHANNEL = re.compile(r"mz_\d+(_\d+)?|channel_[a-z0-9_]+")


def check(options: MsOptions, datasets: Sequence[Dataset]) -> Iterator[Problem]:
    """Find what no single key shows.

    Args:
        options: the study's `ms` block.
        datasets: all rows of the table.

    Yields:
        Each problem with its place.
    """
    own = {d.name: d for d in datasets if d.technique == "ms"}
    beside = {d.name: d for d in datasets if d.technique == TOGETHER_WITH}
    for dataset in own.values():
        if dataset.together and dataset.together not in beside:
            hint = did_you_mean(dataset.together, beside)
            text = (
                f"'together' of '{dataset.name}' must name a data set of the technique "
                f"{TOGETHER_WITH}, and '{dataset.together}' is none.{hint}"
            )
            yield Problem(dataset, text)
        if dataset.columns:
            text = f"'columns' of '{dataset.name}' is not used: mass spectra name their columns."
            yield Problem(dataset, text)
    yield from _names(("ms",), GasOptions.model_validate(options.model_dump(exclude={"overrides"})))
    for name in options.overrides:
        place = ("ms", "overrides", name)
        if name not in own:
            yield Problem(place, f"no ms data set '{name}'.{did_you_mean(name, own)}")
            continue
        try:
            used = options.for_dataset(name)
        except ValidationError as error:
            yield from override_problems(place, error)
        else:
            yield from _names(place, used)


def _names(place: tuple[str | int, ...], used: GasOptions) -> Iterator[Problem]:
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("channels", i), name) for i, name in enumerate(used.channels or ())
    ]
    if used.normalise_by is not None:
        named.append((("normalise_by",), used.normalise_by))
    for where, name in named:
        if not _CHANNEL.fullmatch(name):
            text = f"'{name}' is no channel; channels are named by m/z, such as `mz_32`."
            yield Problem((*place, *where), text)
