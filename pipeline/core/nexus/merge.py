"""Merge the results of all steps into one self-contained file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import h5py

from pipeline.core.errors import RawDataError
from pipeline.core.files import atomic_path
from pipeline.core.nexus.write import LIBVER, write_root


def merge(sources: Sequence[Path], target: Path, default: str | None = None) -> None:
    """Copy the entries of all sources into one file.

    They are copies, not external links or virtual data sets: a missing source of those reads as
    fill values without a word, and not every viewer follows them.

    Args:
        sources: results files; the merged entries keep this order.
        target: the file to be made, whole or not at all.
        default: entry shown first; None for the first one.

    Raises:
        RawDataError: two sources hold an entry of one name, or there is no entry at all.
    """
    with atomic_path(target) as part, h5py.File(part, "w", libver=LIBVER, track_order=True) as file:
        for source in sources:
            with h5py.File(source, "r") as step:
                for name in step:
                    if name in file:
                        raise RawDataError(f"{source}: entry '{name}' is already in {target.name}")
                    step.copy(name, file)
        if not len(file):
            raise RawDataError(f"{target}: there is no result to merge")
        write_root(file, default if default and default in file else next(iter(file)))
