"""Patterns from the result of the step `read` of powder diffraction."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.core.nexus import read_part
from pipeline.core.study import Dataset
from pipeline.rietveld.records import Patterns


def read_patterns(path: Path) -> Patterns:
    """Read the patterns that `xrd read` wrote.

    Raises:
        RawDataError: the file is missing or holds something else.
    """
    return read_part(path, Patterns, "measured")


def describe(path: Path, dataset: Dataset | None = None) -> list[tuple[str, str]]:
    """Refuse: raw patterns are files of the technique `xrd`.

    Raises:
        RawDataError: always.
    """
    del dataset
    raise RawDataError(f"{path}: patterns are read by the technique `xrd`.")
