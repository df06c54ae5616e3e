"""Zip files of measurements, read into memory within limits."""

from __future__ import annotations

import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.core.errors import RawDataError

MAGIC = b"PK\x03\x04"
MEMBERS_LIMIT = 20_000
UNPACKED_LIMIT_BYTES = 1 << 30
RATIO_LIMIT = 200  # text of counts packs 3 to 30 times; deflate reaches 1,032
RATIO_MATTERS_BYTES = 1 << 24  # a small archive may be mostly blanks

_OUTSIDE = re.compile(r"^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)|\x00")
_DAMAGE = (  # what `zipfile` lets through from a damaged file, found by changing bytes at random
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, RuntimeError, OSError, ValueError),
)


@dataclass(frozen=True, slots=True)
class Archive:
    """An open zip file that has passed the limits; `names` are its files in stored order."""

    source_file: str
    names: tuple[str, ...]
    _handle: zipfile.ZipFile

    def read(self, name: str) -> bytes:
        """Unpack one file into memory.

        Raises:
            RawDataError: no such file, it is damaged, or it is itself a zip file.
        """
        if name not in self.names:
            raise RawDataError(
                f"{self.source_file}: '{name}' is not in this archive. It is incomplete; copy it "
                "again from the instrument."
            )
        try:
            data = self._handle.read(name)
        except _DAMAGE as error:
            raise RawDataError(
                f"{self.source_file}: '{name}' in this archive cannot be unpacked ({error}). "
                "The archive is damaged; copy it again."
            ) from error
        if data.startswith(MAGIC):
            raise RawDataError(
                f"{self.source_file}: '{name}' is a zip file within a zip file (so are .brml and "
                ".rasx), which is not opened. Unpack the outer one into the raw folder."
            )
        return data


@contextmanager
def open_archive(source: Path | IO[bytes], source_file: str) -> Iterator[Archive]:
    """Open a zip file and hold it to the limits before anything is unpacked.

    Args:
        source: the file, or a binary stream of it.
        source_file: its name in messages.

    Yields:
        The archive; nothing is ever written to disk.

    Raises:
        RawDataError: it is no zip file, or damaged; it has too many files, would unpack to too
            much or packs too well to be measurements (a zip bomb); a name leads outside of it or
            stands twice; it holds links or is encrypted.
    """
    try:
        handle = zipfile.ZipFile(source)
    except _DAMAGE as error:
        raise RawDataError(
            f"{source_file}: this zip file cannot be opened ({error}). It is damaged or was cut "
            "short; copy it again."
        ) from error
    with handle:
        found = [info for info in handle.infolist() if not info.is_dir()]
        fault = _fault(found)
        if fault:
            raise RawDataError(f"{source_file}: {fault}")
        yield Archive(source_file, tuple(info.filename for info in found), handle)


def _fault(found: Sequence[zipfile.ZipInfo]) -> str:
    """What is wrong with the files of an archive, in words, or ''."""
    if len(found) > MEMBERS_LIMIT:
        return (
            f"this archive holds {len(found)} files, more than {MEMBERS_LIMIT}. "
            "Unpack it into the raw folder if it is meant to."
        )
    unpacked = sum(info.file_size for info in found)
    packed = max(sum(info.compress_size for info in found), 1)
    if unpacked > UNPACKED_LIMIT_BYTES:
        return (
            f"this archive would unpack to {unpacked} bytes, more than {UNPACKED_LIMIT_BYTES}: "
            "perhaps a zip bomb. Unpack it into the raw folder if you trust it."
        )
    if unpacked > RATIO_MATTERS_BYTES and unpacked > RATIO_LIMIT * packed:
        return (
            f"this archive unpacks to {unpacked / packed:.0f} times its size (limit {RATIO_LIMIT}): "
            "a zip bomb, or no measurement. Unpack it into the raw folder if you trust it."
        )
    names = set()
    for info in found:
        if _OUTSIDE.search(info.filename):
            return (
                f"'{info.filename}' leads outside of this archive. Do not trust it; pack it anew."
            )
        if info.filename in names:
            return f"'{info.filename}' stands twice in this archive. Pack it anew."
        if stat.S_ISLNK(info.external_attr >> 16):
            return f"'{info.filename}' in this archive is a link. Pack the file itself."
        if info.flag_bits & 1:
            return f"'{info.filename}' in this archive is encrypted. Pack it without a password."
        names.add(info.filename)
    return ""
