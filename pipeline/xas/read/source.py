"""Raw files as text: unpacked, decoded, with one kind of line end; binary content is refused."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from pipeline.core.errors import RawDataError

# A damaged or hostile archive must not fill the memory; the largest project seen unpacks to 1.6 MB.
MAX_TEXT_BYTES = 500_000_000

# The three versions of EPICS saveData, 1.2 to 1.4, as a big-endian float.
_MDA = "an EPICS .mda file (convert it with mda2ascii or mda2xdi and name the text instead)"
_BINARY_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF", "an HDF5 or NeXus file"),
    (b"CDF\x01", "a netCDF file"),
    (b"PK\x03\x04", "a zip archive (an .xlsx, .docx or packed file)"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    *((magic, _MDA) for magic in (b"?\x99\x99\x9a", b"?\xa6ff", b"?\xb333")),
    (b"BIO-LOGIC MODULAR FILE", "a binary EC-Lab file; export it as text (.mpt)"),
)
# Control bytes that text does not hold: all below blank but tab, line ends, form feed, Ctrl-Z, Esc.
_CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 26, 27})


def read_text(path: Path, source_file: str) -> str:
    r"""Read a text file, gzipped or not, as UTF-8, UTF-16 with its mark, or else Latin-1.

    Args:
        path: the file.
        source_file: its name in messages, relative to the raw folder.

    Returns:
        Its text, with `\n` at every line's end and no byte-order mark.

    Raises:
        RawDataError: it cannot be read, is empty, damaged, or no text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RawDataError(f"{source_file}: cannot be read ({error.strerror}).") from error
    if content.startswith(b"\x1f\x8b"):
        content = _unpack(content, source_file)
    if not content.strip():
        raise RawDataError(f"{source_file}: the file is empty ({len(content)} bytes).")
    text = _decode(content, source_file).replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip("\n\x1a")  # the end mark of MS-DOS


def _unpack(content: bytes, source_file: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(MAX_TEXT_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RawDataError(
            f"{source_file}: its gzip packing is damaged or cut short ({error}). "
            "Copy the file again from the beamline."
        ) from error
    if len(unpacked) > MAX_TEXT_BYTES:
        raise RawDataError(
            f"{source_file}: unpacks to more than {MAX_TEXT_BYTES / 1e6:.0f} MB, which no scan does."
        )
    return unpacked


def _decode(content: bytes, source_file: str) -> str:
    for magic, kind in _BINARY_KINDS:
        if content.startswith(magic):
            raise RawDataError(f"{source_file}: this is {kind}, not a text file of scans.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace").removeprefix("\ufeff")
    if b"\0" in content:
        at = content.index(b"\0")
        raise RawDataError(
            f"{source_file}: not text: a zero byte at byte {at + 1} of {len(content)}. "
            "The file is binary, or its copy was broken off; copy it again."
        )
    n_control = len(content) - len(content.translate(None, _CONTROL))
    if n_control > len(content) // 1000:
        raise RawDataError(
            f"{source_file}: not text: {n_control} of {len(content)} bytes are control characters. "
            "The file is binary or damaged."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
