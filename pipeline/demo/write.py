"""Write the raw files of the demo study."""

from __future__ import annotations

from pathlib import Path

from pipeline.demo import (
    diffraction,
    files,
    known,
    powder_truth,
    refined_files,
    refined_truth,
    truth,
)
from pipeline.demo.study import ALL

TRUTH_FILE = "truth.tsv"


def raw_files(seed: int) -> tuple[str, ...]:
    """Give the names of all files that `write` makes, sorted, relative to its folder."""
    del seed  # it changes what is in the files, not which there are
    names = {series.path(scan) for series in ALL for scan in range(series.n_scans)}
    return tuple(sorted(names.union(diffraction.names(), refined_files.names(), {TRUTH_FILE})))


def contents(seed: int) -> dict[str, bytes]:
    """Simulate the study: the bytes of each raw file by its name."""
    scans = {series.dataset: series.measure(seed) for series in ALL}
    out = {
        series.path(n): series.content(n, scan)
        for series in ALL
        if series.writer
        for n, scan in enumerate(scans[series.dataset])
    }
    projects: dict[str, list[files.Entry]] = {}
    for series in (s for s in ALL if s.project):
        entries = (series.entry(n, scan) for n, scan in enumerate(scans[series.dataset]))
        projects.setdefault(series.project, []).extend(entries)
    out |= {name: files.athena_project(entries) for name, entries in projects.items()}
    out |= diffraction.contents(seed) | refined_files.contents(seed)
    known_rows = [*truth.rows(scans), *powder_truth.rows(), *refined_truth.rows()]
    out[TRUTH_FILE] = known.table(known_rows)
    return out


def write(folder: Path, seed: int) -> None:
    """Write the raw files; a file that already holds the right bytes is left alone.

    Args:
        folder: made where it is missing.
        seed: of the noise and of the monochromator's errors, zero or more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents(seed).items():
        path = folder / name
        if path.is_file() and path.read_bytes() == content:
            continue
        # Through a file beside it: an interrupted run leaves the old file or the new, never half.
        part = path.with_name(f".{name}.part")
        part.write_bytes(content)
        part.replace(path)
