"""Start and length of scans from a log that lies beside them: a table of scan, start and end."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from datetime import datetime

from pipeline.formats.powder.header import time_in

_START = re.compile(r"start|begin", re.IGNORECASE)
_END = re.compile(r"\bend|_end|stop|finish", re.IGNORECASE)
MANY = 0.5  # of the scans, a log has to name more


def times_in(text: str, labels: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Find when each scan was taken.

    Args:
        text: a table with a header line; one of its columns names the scans by a number or word that
            stands in their labels.
        labels: of the scans.

    Returns:
        Start, ISO 8601, and length in s (NaN where no end is given) of the labels that the table
        names once; empty where it is no log of these scans.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    separator = next((mark for mark in "\t;," if lines and mark in lines[0]), "")
    if not separator:
        return {}
    header, *rows = csv.reader(lines, delimiter=separator)
    start = next((i for i, name in enumerate(header) if _START.search(name)), None)
    end = next((i for i, name in enumerate(header) if _END.search(name)), None)
    rows = [row for row in rows if len(row) == len(header)]
    if start is None or not rows:
        return {}
    for key in set(range(len(header))) - {start, end}:
        by_name: dict[str, list[list[str]]] = {}
        for row in rows:
            by_name.setdefault(row[key].strip(), []).append(row)
        found = {}
        for label in labels:
            named = [row for word in _words(label) for row in by_name.get(word, ())]
            if len(named) == 1 and (began := time_in(named[0][start])):
                found[label] = (began, _length_s(named[0], start, end))
        if len(found) > MANY * len(labels):
            return found
    return {}


def _words(label: str) -> set[str]:
    """The label and its whole words and numbers: `12` names `scan_12`, not `scan_120`."""
    return {label, *re.findall(r"[^\W_]+", label)}


def _length_s(row: Sequence[str], start: int, end: int | None) -> float:
    began, ended = time_in(row[start]), time_in(row[end]) if end is not None else ""
    if not began or not ended:
        return math.nan
    length_s = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    return length_s if length_s > 0 else math.nan
