"""What became of every data set: for the end of a run, and for `check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.nexus.read import EntryStatus, read_statuses
from pipeline.core.study import Study
from pipeline.study.workflow import all_results, figures, tables

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Summary:
    """Entries without a good scan, entries with some bad ones, and how often each flag stands."""

    failed: tuple[EntryStatus, ...]
    partial: tuple[EntryStatus, ...]
    flags: Counter[str]

    def lines(self) -> list[str]:
        """The summary in words, worst first; empty when all is well."""
        told = [f"FAILED  {e.entry}: no good scan. {e.reasons[0]}" for e in self.failed]
        for entry in self.partial:
            bad = [
                (i, r)
                for i, (s, r) in enumerate(zip(entry.status, entry.reasons, strict=True))
                if s != "ok"
            ]
            shown = "; ".join(f"scan {i}: {reason}" for i, reason in bad[:_SHOWN])
            more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
            told.append(
                f"PARTLY  {entry.entry}: {len(bad)} of {len(entry.status)} scans failed. {shown}{more}"
            )
        counted = ", ".join(f"{name} x{count}" for name, count in sorted(self.flags.items()))
        return [*told, f"flags   {counted}"] if counted else told


def summarise(paths: Iterable[Path]) -> Summary:
    """Collect the status of every entry of some results files."""
    entries = [entry for path in paths for entry in read_statuses(path)]
    flags = Counter(flag for entry in entries for flag in entry.flags)
    bad = [e for e in entries if any(s != "ok" for s in e.status)]
    return Summary(
        failed=tuple(e for e in bad if all(s != "ok" for s in e.status)),
        partial=tuple(e for e in bad if any(s == "ok" for s in e.status)),
        flags=flags,
    )


def closing_summary(study: Study) -> str:
    """What a run ends with: where the results are, and what went wrong in them."""
    merged = study.results.with_suffix(".nxs")
    summary = summarise(study.home / path for path in all_results(study))
    head = (
        f"study '{study.name}': {len(study.datasets)} data sets -> {merged}, "
        f"{len(tables(study))} tables in {study.results}/tables, "
        f"{len(figures(study))} figures in {study.results}/figures"
    )
    return "\n".join([head, *(f"  {line}" for line in summary.lines())])
