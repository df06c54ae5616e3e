"""What became of every data set: for the end of a run, and for `check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.core.nexus.read import EntryStatus, read_statuses
from pipeline.core.study import Study
from pipeline.study.workflow import all_results, figures, tables

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Summary:
    """Data sets without a good scan, data sets with some bad ones, and how many scans have each flag.

    A data set stands here with the step at which it failed first.
    """

    failed: tuple[EntryStatus, ...]
    partial: tuple[EntryStatus, ...]
    flags: Counter[str]

    def lines(self) -> list[str]:
        """The summary in words, worst first; empty when all is well."""
        told = [f"FAILED  {e.dataset}: no good scan. {e.reasons[0]}" for e in self.failed]
        for entry in self.partial:
            bad = [i for i, status in enumerate(entry.status) if status != "ok"]
            shown = "; ".join(f"scan {i}: {entry.reasons[i]}" for i in bad[:_SHOWN])
            more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
            share = f"{len(bad)} of {len(entry.status)} scans failed"
            told.append(f"PARTLY  {entry.dataset}: {share}. {shown}{more}")
        counted = ", ".join(f"{name} x{count}" for name, count in sorted(self.flags.items()))
        return [*told, f"flags   {counted}"] if counted else told


def summarise(paths: Iterable[Path]) -> Summary:
    """Collect what became of every data set of some results files, in the order of their steps."""
    entries = [entry for path in paths for entry in read_statuses(path)]
    bad = [e for e in entries if any(s != "ok" for s in e.status)]
    failed = _first(e for e in bad if all(s != "ok" for s in e.status))
    partial = _first(e for e in bad if any(s == "ok" for s in e.status))
    flagged = {(e.dataset, i, f) for e in entries for i, row in enumerate(e.flags) for f in row}
    return Summary(
        failed=failed,
        partial=tuple(e for e in partial if e.dataset not in {f.dataset for f in failed}),
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
    return "\n".join([head, *(f"  {line}" for line in summary.lines())])
