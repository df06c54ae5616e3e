"""What no single key shows: names that do not exist, standards that are none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from pipeline.core.errors import did_you_mean
from pipeline.core.explain import problems_of
from pipeline.core.study import Dataset, Problem
from pipeline.rietveld.options.root import RietveldOptions, SampleOptions

DIFFRACTION = "xrd"
Place = tuple[str | int, ...]


def check(options: RietveldOptions, datasets: Sequence[Dataset]) -> Iterator[Problem]:
    """Find what no single key shows.

    Args:
        options: the study's `rietveld` block.
        datasets: all rows of the table.

    Yields:
        Each problem with its place.
    """
    patterns = {d.name: d for d in datasets if d.technique == DIFFRACTION}
    for key in ("datasets", "standards", "sensitivity", "overrides"):
        for i, name in enumerate(getattr(options, key)):
            known = options.datasets if key in ("sensitivity", "overrides") else list(patterns)
            if name not in known:
                at: Place = (
                    "rietveld",
                    key,
                    i if isinstance(getattr(options, key), list) else name,
                )
                what = "xrd data set" if known is not options.datasets else "data set in `datasets`"
                yield Problem(at, f"no {what} '{name}'.{did_you_mean(name, known)}")
    for key in ("datasets", "sensitivity"):
        names = getattr(options, key)
        for i, name in enumerate(names):
            if name in names[:i]:
                yield Problem(("rietveld", key, i), f"'{name}' stands twice; leave one out.")
    for name, standard in options.standards.items():
        where: Place = ("rietveld", "standards", name)
        if name in patterns and patterns[name].role != "standard":
            text = f"'{name}' has the role `{patterns[name].role}` in the table; a standard has the role `standard`."
            yield Problem(where, text)
        if standard.phase not in options.phases:
            hint = did_you_mean(standard.phase, options.phases)
            yield Problem((*where, "phase"), f"no phase '{standard.phase}' in `phases`.{hint}")
    for name in options.datasets:
        place: Place = (
            ("rietveld", "overrides", name) if name in options.overrides else ("rietveld",)
        )
        try:
            used = options.for_dataset(name)
        except ValidationError as error:
            yield from problems_of(place, SampleOptions, error)
            continue
        yield from _one(place, name, used, options)


def _one(
    place: Place, name: str, used: SampleOptions, options: RietveldOptions
) -> Iterator[Problem]:
    if not (used.use if used.use is not None else used.phases):
        yield Problem(place, f"no phase for '{name}': name at least one in `phases`.")
    for i, phase in enumerate(used.use or ()):
        if phase not in used.phases:
            hint = did_you_mean(phase, used.phases)
            yield Problem((*place, "use", i), f"no phase '{phase}' in `phases`.{hint}")
    present = [p for p in (used.use if used.use is not None else used.phases) if p in used.phases]
    unknown = [p for p in present if used.phases[p].particle_um is None]
    if used.brindley and len(present) > 1 and unknown:
        text = f"`brindley` needs `particle_um` of every phase of '{name}'; {', '.join(unknown)} has none."
        yield Problem((*place, "brindley"), text)
    standard = used.instrument.standard
    if standard is not None and standard not in options.standards:
        hint = did_you_mean(standard, options.standards)
        text = f"'{standard}' is not among the `standards`.{hint}"
        yield Problem((*place, "instrument", "standard"), text)
