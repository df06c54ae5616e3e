"""The inventory of a data set: its raw files in natural order, with size and sha256.

Every step resolves its raw files through it, and refuses one that has changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.core.files import sha256_of
from pipeline.core.progress import track
from pipeline.core.study import RawFile, Study

HEADER = ("kind", "path", "size_bytes", "sha256")
SCAN, SIDECAR = "scan", "sidecar"


@dataclass(frozen=True, slots=True)
class Inventory:
    """Raw files of a data set: its scans, and its sidecar tables."""

    scans: tuple[RawFile, ...]
    sidecars: tuple[RawFile, ...]

    @property
    def files(self) -> tuple[RawFile, ...]:
        """All of them."""
        return (*self.scans, *self.sidecars)

    def as_text(self) -> str:
        """The inventory as tab-separated text."""
        rows = [HEADER]
        for kind, files in ((SCAN, self.scans), (SIDECAR, self.sidecars)):
            rows += [(kind, f.path, str(f.size_bytes), f.sha256) for f in files]
        return "".join("\t".join(row) + "\n" for row in rows)


def read_inventory(study: Study, dataset: str) -> Inventory:
    """Read the inventory that the inventory step wrote.

    Raises:
        RawDataError: it is missing or damaged.
    """
    path = study.home / study.inventory(dataset)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [line.split("\t") for line in lines[1:]]
        listed = [(kind, RawFile(name, int(size), sha)) for kind, name, size, sha in rows]
    except (OSError, ValueError) as error:
        raise RawDataError(
            f"{path}: the inventory of '{dataset}' cannot be read ({error}). "
            "Delete it and run again; Snakemake makes it anew."
        ) from error
    return Inventory(
        scans=tuple(f for kind, f in listed if kind == SCAN),
        sidecars=tuple(f for kind, f in listed if kind == SIDECAR),
    )


def raw_paths(study: Study, files: Sequence[RawFile]) -> list[tuple[Path, str]]:
    """Give each raw file's path beside its name in the inventory, after looking at its hash.

    Raises:
        RawDataError: a file went missing or changed since the inventory was made.
    """
    found = []
    for file in track(files, "checking raw files"):
        path = study.home / study.raw / file.path
        if not path.is_file():
            raise RawDataError(
                f"{path}: this raw file was there when the study began, and is gone."
            )
        if sha256_of(path) != file.sha256:
            raise RawDataError(
                f"{path}: this raw file changed while the study ran. Run `snakemake` again."
            )
        found.append((path, file.path))
    return found
