"""Bytes of a text file to text, whatever code page its header was written in."""

from __future__ import annotations

import gzip
import io
import re
import zlib

from pipeline.core.errors import RawDataError

MAX_TEXT_BYTES = 500_000_000  # a damaged or hostile packing must not fill the memory
GZIP_MAGIC = b"\x1f\x8b"

# Control bytes that text does not hold: all below blank but tab, line ends, form feed, Ctrl-Z, Esc.
_CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 26, 27})
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_KANA_OR_KANJI = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_CYRILLIC_WORD = re.compile("[\u0410-\u044f\u0401\u0451]{3,}")


def decode_text(content: bytes, source_file: str) -> str:
    r"""Decode a text file.

    Numbers are ASCII in every code page; only words of headers differ. UTF-8 and UTF-16 are
    recognised for certain, Shift-JIS and cp1251 by the words that they give, and what remains is
    read as Latin-1, which never fails.

    Args:
        content: the bytes of the file.
        source_file: its name in messages.

    Returns:
        Its text with `\n` at every line's end and no byte-order mark.

    Raises:
        RawDataError: it is empty, damaged, or no text.
    """
    if content.startswith(_UTF16_MARKS):
        text = content.decode("utf-16", errors="replace")
    elif b"\0" in content and (wide := _utf16_without_mark(content)):
        text = content.decode(wide, errors="replace")
    elif content.isascii() and b"\0" not in content:
        text = content.decode("ascii")
    else:
        _refuse_binary(content, source_file)
        text = _by_words(content)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.removeprefix("\ufeff").rstrip(" \t\x1a")  # 1a: the end mark of MS-DOS
    if not text.strip():
        raise RawDataError(f"{source_file}: the file is empty ({len(content)} bytes).")
    return text


def unpack(content: bytes, source_file: str) -> bytes:
    """Unpack a gzipped file within a limit.

    Raises:
        RawDataError: it is damaged, cut short, or too large.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(MAX_TEXT_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RawDataError(
            f"{source_file}: its gzip packing is damaged or cut short ({error}). Copy the file again."
        ) from error
    if len(unpacked) > MAX_TEXT_BYTES:
        raise RawDataError(
            f"{source_file}: unpacks to more than {MAX_TEXT_BYTES / 1e6:.0f} MB, which no pattern does."
        )
    return unpacked


def _utf16_without_mark(content: bytes) -> str:
    """Numbers in UTF-16 have a zero in every second byte."""
    sample = content[:2000]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > 0.9 * half:
        return "utf-16-le"
    if half and sample[::2].count(0) > 0.9 * half:
        return "utf-16-be"
    return ""


def _refuse_binary(content: bytes, source_file: str) -> None:
    n_control = len(content) - len(content.translate(None, _CONTROL))
    if b"\0" in content or n_control > len(content) // 1000:
        raise RawDataError(
            f"{source_file}: not text ({n_control} of {len(content)} bytes are control characters), and "
            "no binary format of powder patterns that is known here. If the instrument's program can, "
            "export it as .xy or .xrdml."
        )


def _by_words(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    cyrillic = content.decode("cp1251", errors="replace")
    if _CYRILLIC_WORD.search(cyrillic):
        return cyrillic
    try:
        japanese = content.decode("cp932")
    except UnicodeDecodeError:
        return content.decode("latin-1")
    return japanese if _KANA_OR_KANJI.search(japanese) else content.decode("latin-1")
