"""Find a data set's raw files and list them with their hashes."""

from __future__ import annotations

import fnmatch
import logging
import os
import re
import time
from pathlib import Path

from pipeline.core.errors import RawDataError, StudyError
from pipeline.core.files import sha256_of, write_text_if_changed
from pipeline.core.inventory import Inventory, read_inventory
from pipeline.core.progress import track
from pipeline.core.study import Dataset, RawFile, Study
from pipeline.demo.write import raw_files as demo_raw_files

_DIGITS = re.compile(r"(\d+)")
_TOLD = 6
_LOG = logging.getLogger(__name__)


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


def refresh_inventories(study: Study) -> int:
    """Bring the inventory of every data set up to date; files that are equal are left alone.

    A file is read again only where it is newer than its data set's inventory, by the later of the
    times when its content and its name or rights changed. A demo study whose files were not made yet has none.

    Returns:
        How many raw files were read.

    Raises:
        StudyError, RawDataError: as `make_inventory`.
    """
    if study.demo_seed is not None:
        raw = study.home / study.raw
        if not all((raw / name).is_file() for name in demo_raw_files(study.demo_seed)):
            return 0
    return sum(make_inventory(study, dataset.name) for dataset in study.datasets)


def make_inventory(study: Study, name: str) -> int:
    """Write the inventory of a data set unless it is up to date; say how many files were read.

    Raises:
        StudyError: no raw file, or a hash given for more than one file.
        RawDataError: the file's hash is not the one in the table, or it cannot be read.
    """
    began_ns = time.time_ns()
    dataset = study.dataset(name)
    scans, sidecars = scans_and_sidecars(study, dataset)
    known_ns, known = _known(study, name)
    hashed = 0

    def listed(file: str) -> RawFile:
        nonlocal hashed
        path = study.home / study.raw / file
        try:
            seen = path.stat()
            old = known.get(file)
            if old and old.size_bytes == seen.st_size and _changed_ns(seen) < known_ns:
                return old
            hashed += 1
            return RawFile(file, seen.st_size, sha256_of(path))
        except OSError as error:
            raise RawDataError(f"{path}: cannot be read ({error.strerror}).") from error

    inventory = Inventory(
        scans=tuple(listed(file) for file in track(scans, f"inventory of {name}")),
        sidecars=tuple(listed(file) for file in sidecars),
    )
    _check_hash(dataset, inventory)
    _tell_changes(name, known, inventory)
    path = study.home / study.inventory(name)
    write_text_if_changed(path, inventory.as_text())
    # When all files were last looked at; one that changes while others are being read counts as newer.
    seen = _seen(path)
    seen.touch()
    os.utime(seen, ns=(began_ns, began_ns))
    return hashed


def _seen(inventory: Path) -> Path:
    return inventory.with_name(f".{inventory.name}.seen")


def _tell_changes(name: str, known: dict[str, RawFile], inventory: Inventory) -> None:
    """Say which files came or went since the last run: scans are counted by their place in the list."""
    now = {file.path for file in inventory.files}
    gone, new = sorted(known.keys() - now), sorted(now - known.keys())
    if known and (gone or new):
        listed = ", ".join([*(f"-{f}" for f in gone), *(f"+{f}" for f in new)][:_TOLD])
        _LOG.warning(
            "data set '%s': %d raw files gone and %d new since the last run, so that its scans are "
            "counted anew: %s",
            *(name, len(gone), len(new), listed),
        )


def _changed_ns(seen: os.stat_result) -> int:
    return max(seen.st_mtime_ns, seen.st_ctime_ns)


def _known(study: Study, name: str) -> tuple[int, dict[str, RawFile]]:
    """When the inventory was made, and what it lists; nothing where there is none."""
    path = study.home / study.inventory(name)
    try:
        made_ns = _seen(path).stat().st_mtime_ns
        return made_ns, {f.path: f for f in read_inventory(study, name).files}
    except (OSError, RawDataError):
        return 0, {}


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
