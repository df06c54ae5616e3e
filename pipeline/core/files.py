"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.core.errors import StudyError

_BLOCK_BYTES = 1 << 20


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path in the folder of `path`; on success it becomes `path`, else it goes.

    Args:
        path: the file to be made; its folder is made where it is missing.

    Yields:
        A path to write to. It ends in `.part` and is never taken for a result.

    Raises:
        StudyError: the folder cannot be made or written to.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise StudyError(
            f"{path.parent}: cannot write results here ({error.strerror}). "
            "Check the folder's permissions and free space, or choose another place."
        ) from error
    try:
        yield part
        with part.open("rb+") as handle:
            os.fsync(handle.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_text_if_changed(path: Path, text: str) -> bool:
    """Write a text file unless it holds just this text; say whether it was written."""
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    write_text(path, text)
    return True


def sha256_of(path: Path) -> str:
    """Give the sha256 of a file's bytes as hexadecimal text."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
