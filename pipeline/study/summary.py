"""What became of every data set: for the end of a run, and for `check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.core.nexus.read import EntryStatus, read_statuses
from pipeline.core.study import Study
from pipeline.study.consistency import NAME, differing, needed
from pipeline.study.workflow import all_results, figures, tables

_SHOWN = 5
_ANSWERS = ("ok", "no_change")  # that nothing changes is an answer, not a failure


@dataclass(frozen=True, slots=True)
class Summary:
    """Data sets of which a step made nothing, those with some bad scans, and how many scans have each flag.

    A data set stands here with the step at which it failed first.
    """

    failed: tuple[EntryStatus, ...]
    partial: tuple[EntryStatus, ...]
    flags: Counter[str]

    def lines(self) -> list[str]:
        """The summary in words, worst first; empty when all is well."""
        told = [
            f"FAILED  {e.dataset}: nothing came of `{e.step}`. {e.reasons[0]}" for e in self.failed
        ]
        for entry in self.partial:
            bad = [i for i, status in enumerate(entry.status) if status not in _ANSWERS]
            names = entry.names or tuple(f"scan {i}" for i in range(len(entry.status)))
            shown = "; ".join(f"{names[i]}: {entry.reasons[i]}" for i in bad[:_SHOWN])
            more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
            what = f"of `{entry.step}`" if entry.names else "scans"
            share = f"{len(bad)} of {len(entry.status)} {what} failed"
            told.append(f"PARTLY  {entry.dataset}: {share}. {shown}{more}")
        counted = ", ".join(f"{name} x{count}" for name, count in sorted(self.flags.items()))
        return [*told, f"flags   {counted}"] if counted else told


def summarise(paths: Iterable[Path]) -> Summary:
    """Collect what became of every data set of some results files, in the order of their steps."""
    entries = [entry for path in paths for entry in read_statuses(path)]
    bad = [e for e in entries if any(s not in _ANSWERS for s in e.status)]
    failed = _first(e for e in bad if all(s not in _ANSWERS for s in e.status))
    partial = _first(e for e in bad if any(s in _ANSWERS for s in e.status))
    lost = {e.dataset: entries.index(e) for e in failed}
    flagged = {(e.dataset, i, f) for e in entries for i, row in enumerate(e.flags) for f in row}
    return Summary(
        failed=failed,
        partial=tuple(e for e in partial if entries.index(e) < lost.get(e.dataset, len(entries))),
        flags=Counter(flag for _, _, flag in flagged),
    )


def _first(entries: Iterable[EntryStatus]) -> tuple[EntryStatus, ...]:
    """The first entry of each data set."""
    found: dict[str, EntryStatus] = {}
    for entry in entries:
        found.setdefault(entry.dataset, entry)
    return tuple(found.values())


def closing_summary(study: Study) -> str:
    """What a run ends with: where the results are, and what went wrong in them."""
    merged = study.results.with_suffix(".nxs")
    try:
        summary = summarise(study.home / path for path in all_results(study))
    except RawDataError as error:
        return str(error)
    head = (
        f"study '{study.name}': {len(study.datasets)} data sets -> {merged}, "
        f"{len(tables(study))} tables in {study.results}/tables, "
        f"{len(figures(study))} figures in {study.results}/figures"
    )
    apart = (
        differing(study.home / study.results / "tables" / f"{NAME}.csv") if needed(study) else []
    )
    return "\n".join([head, *(f"  {line}" for line in [*summary.lines(), *apart])])
