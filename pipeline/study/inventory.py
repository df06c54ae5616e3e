"""Find a data set's raw files and list them with their hashes."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from pathlib import Path

from pipeline.core.errors import RawDataError, StudyError
from pipeline.core.files import sha256_of, write_text
from pipeline.core.inventory import Inventory, read_inventory
from pipeline.core.study import Dataset, RawFile, Study
from pipeline.demo.write import raw_files as demo_raw_files

_DIGITS = re.compile(r"(\d+)")
MADE_BY_A_RULE = "made by a rule of this study"


def natural_key(name: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts `scan_2` before `scan_10`."""
    parts = _DIGITS.split(name)
    return tuple((int(p), "") if p.isdigit() else (-1, p) for p in parts)


def find_raw(study: Study, dataset: Dataset, pattern: str) -> list[str]:
    """Names of the raw files that a pattern means, relative to the raw folder, in natural order.

    In a demo study they come from the list of files that the demo makes, so that they need not be there yet.

    Raises:
        StudyError: there is none.
    """
    if study.demo_seed is not None:
        made = demo_raw_files(study.demo_seed)
        names = [name for name in made if fnmatch.fnmatchcase(name, pattern)]
    else:
        raw = study.home / study.raw
        names = [p.relative_to(raw).as_posix() for p in raw.glob(pattern) if p.is_file()]
    if not names:
        raise StudyError(_nothing_found(study, dataset, pattern))
    return sorted(names, key=natural_key)


def _nothing_found(study: Study, dataset: Dataset, pattern: str) -> str:
    table = f"{study.source.name}, data set '{dataset.name}' (table line {dataset.line})"
    raw = study.home / study.raw
    if not raw.is_dir():
        return f"{table}: the raw folder {raw} does not exist; see `raw:` in {study.source}."
    folder = (raw / pattern).parent
    if any(sign in str(folder) for sign in "*?["):
        return f"{table}: no file matches '{pattern}' below {raw}."
    if not folder.is_dir():
        return f"{table}: there is no folder {folder} for '{pattern}'."
    near = sorted(p.name for p in folder.iterdir() if p.is_file())[:5]
    seen = f" The folder holds {', '.join(near)}, ..." if near else " The folder is empty."
    return f"{table}: no raw file '{pattern}' below {raw}.{seen}"


def scans_and_sidecars(study: Study, dataset: Dataset) -> tuple[list[str], list[str]]:
    """Names of a data set's scan files and sidecar files."""
    sidecars = find_raw(study, dataset, dataset.sidecar) if dataset.sidecar else []
    return find_raw(study, dataset, dataset.path), sidecars


def make_inventory(study: Study, name: str) -> None:
    """Write the inventory of a data set.

    Raises:
        StudyError: no raw file, or a hash given for more than one file.
        RawDataError: the file's hash is not the one in the table.
    """
    dataset = study.dataset(name)
    scans, sidecars = scans_and_sidecars(study, dataset)
    inventory = Inventory(
        scans=tuple(_listed(study, file) for file in scans),
        sidecars=tuple(_listed(study, file) for file in sidecars),
    )
    _check_hash(dataset, inventory)
    write_text(study.home / study.inventory(name), inventory.as_text())


def _listed(study: Study, name: str) -> RawFile:
    path = study.home / study.raw / name
    try:
        return RawFile(name, path.stat().st_size, sha256_of(path))
    except OSError as error:
        raise RawDataError(f"{path}: cannot be read ({error.strerror}).") from error


def _check_hash(dataset: Dataset, inventory: Inventory) -> None:
    if not dataset.sha256:
        return
    if len(inventory.scans) != 1:
        raise StudyError(
            f"data set '{dataset.name}' (table line {dataset.line}): 'sha256' is the hash of one "
            f"file, and '{dataset.path}' means {len(inventory.scans)}."
        )
    found = inventory.scans[0]
    if found.sha256 != dataset.sha256:
        raise RawDataError(
            f"{found.path}: its sha256 is {found.sha256}, the table asks for {dataset.sha256}. "
            "The file is not the one that was meant."
        )


def raw_digest(study: Study, dataset: Dataset) -> str:
    """A short digest of a data set's raw files, for Snakemake to see whether they changed.

    The content counts and not the time: a file that was touched has the digest it had. Hashes are
    taken from the inventory where no file is newer than it, so that large files are read once.
    """
    if study.demo_seed is not None:
        return MADE_BY_A_RULE
    names = [name for part in scans_and_sidecars(study, dataset) for name in part]
    known = _known_hashes(study, dataset.name)
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\t{_hash(study.home / study.raw / name, name, known)}\n".encode())
    return digest.hexdigest()[:16]


def _known_hashes(study: Study, name: str) -> tuple[int, dict[str, RawFile]]:
    path = study.home / study.inventory(name)
    try:
        made_ns = path.stat().st_mtime_ns
        return made_ns, {f.path: f for f in read_inventory(study, name).files}
    except (OSError, RawDataError):
        return 0, {}


def _hash(path: Path, name: str, known: tuple[int, dict[str, RawFile]]) -> str:
    made_ns, listed = known
    try:
        seen = path.stat()
        if (
            name in listed
            and seen.st_size == listed[name].size_bytes
            and max(seen.st_mtime_ns, seen.st_ctime_ns) < made_ns
        ):
            return listed[name].sha256
        return sha256_of(path)
    except OSError as error:
        raise StudyError(f"{path}: cannot be read ({error.strerror}).") from error
