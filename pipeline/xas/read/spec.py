"""SPEC files: many scans in one file, each with its number, command, date and labels.

`#S 12 command` begins a scan, `#D` tells its date, `#L` its labels, parted by two blanks. `select`
names scans by number (`12`, `3;5`, `12-20`), or takes all; where a number comes twice, both are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import times
from pipeline.xas.read.absorb import Facts, to_scan
from pipeline.xas.read.roles import given_roles, labelled_roles
from pipeline.xas.records import FailedScan, RawScan, ScanStatus

MAGIC = re.compile(r"^#S\s+\d+.*?^#L ", re.MULTILINE | re.DOTALL)

_START = re.compile(r"#S\s+(\d+)\s*(.*)")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class SpecScan:
    """One scan: `rows` are its lines of numbers with their line numbers in the file."""

    number: int
    command: str
    header: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[tuple[int, str], ...]


def read(text: str, source_file: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    """Read the scans that `select` names, or all.

    Raises:
        RawDataError: no such scan, a `select` that is no number, no scan with points, or columns that
            cannot be told in any of them.
    """
    chosen = _selected(parse(text), dataset, source_file)
    scans: list[RawScan | FailedScan] = []
    for scan in chosen:
        where = f"{source_file}, scan {scan.number}"
        label = f"{PurePosixPath(source_file).stem} scan {scan.number}"
        try:
            table = values(scan, where)
            roles = (
                given_roles(dataset.columns, scan.labels, table.shape[1], where)
                if dataset.columns
                else labelled_roles(scan.labels, dataset.mode)
            )
            facts = Facts(source_file, label, times.middle_of(scan.header))
            scans.append(to_scan(table, scan.labels, roles, facts, dataset))
        except RawDataError as error:
            if len(chosen) == 1:
                raise
            scans.append(FailedScan(source_file, label, ScanStatus.UNREADABLE, str(error)))
    if not any(isinstance(scan, RawScan) for scan in scans) and len(scans) > 1:
        first = next(scan for scan in scans if isinstance(scan, FailedScan))
        raise RawDataError(f"none of the {len(scans)} scans can be read; the first: {first.reason}")
    return scans


def parse(text: str) -> tuple[SpecScan, ...]:
    """Give the scans of a file, in its order."""
    return tuple(_scans(text.split("\n")))


def values(scan: SpecScan, where: str) -> FloatArray:
    """Give the numbers of a scan `(n_rows, n_columns)`.

    Raises:
        RawDataError: it has no points, or a row that has not a number for each label.
    """
    if not scan.rows:
        raise RawDataError(f"{where}: no point was measured (`{scan.command}`).")
    table = np.empty((len(scan.rows), len(scan.labels)))
    for row, (number, line) in zip(table, scan.rows, strict=True):
        words = line.split()
        try:
            row[:] = [float(word) for word in words]
        except ValueError:
            last = number == scan.rows[-1][0]
            raise RawDataError(
                f"{where}, line {number}: '{line[:40]}' has not one number for each of the "
                f"{len(scan.labels)} labels." + (" It is the scan's last line." if last else "")
            ) from None
    return table


def _scans(lines: Sequence[str]) -> Iterator[SpecScan]:
    starts = [i for i, line in enumerate(lines) if _START.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        match = _START.match(lines[start])
        body = lines[start:end]
        # A file may be begun anew, with `#F`, before the next scan.
        anew = next((i for i, line in enumerate(body) if line.startswith("#F")), len(body))
        body = body[:anew]
        labels = next((line[3:] for line in body if line.startswith("#L ")), "")
        if match and labels:
            yield SpecScan(
                int(match[1]),
                match[2].strip(),
                tuple(line for line in body if line.startswith("#D")),
                tuple(label.replace(" ", "_") for label in re.split(r"\s{2,}|\t", labels.strip())),
                tuple(_rows(body, start + 1)),
            )


def _rows(body: Sequence[str], first_line: int) -> Iterator[tuple[int, str]]:
    """Lines of numbers; spectra of a multichannel analyser (`@A`, which a backslash continues) are no rows."""
    continued = False
    for number, line in enumerate(body, start=first_line):
        is_spectrum = continued or line.startswith("@")
        continued = is_spectrum and line.rstrip().endswith("\\")
        if line.strip() and not line.startswith("#") and not is_spectrum:
            yield number, line


def _selected(
    scans: Sequence[SpecScan], dataset: Dataset, source_file: str
) -> tuple[SpecScan, ...]:
    there = ", ".join(str(scan.number) for scan in scans)
    if not dataset.select:
        return tuple(scans)
    wanted: set[int] = set()
    for part in re.split(r"[;|]", dataset.select):
        match = _RANGE.fullmatch(part.strip())
        if not match:
            raise RawDataError(
                f"{source_file}: `select` '{dataset.select}' of '{dataset.name}' is no list of scan "
                f"numbers such as `3;5` or `12-20`; the file has scans {there}."
            )
        named = set(range(int(match[1]), int(match[2] or match[1]) + 1))
        if not any(scan.number in named for scan in scans):
            raise RawDataError(
                f"{source_file}: no scan {part.strip()} (`select` of '{dataset.name}'); it has {there}."
            )
        wanted |= named
    return tuple(scan for scan in scans if scan.number in wanted)
