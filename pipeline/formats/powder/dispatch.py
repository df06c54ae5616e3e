"""Which reader a file wants, told by its content and never by its name."""

from __future__ import annotations

import fnmatch
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import (
    brml,
    bruker_raw,
    gsas,
    hdf5,
    pdcif,
    ras,
    rasx,
    start_step,
    stoe_raw,
    uxd,
    xrdml,
    zipped,
)
from pipeline.formats.powder import columns as columns_of_text
from pipeline.formats.powder.archive import MAGIC as ZIP_MAGIC
from pipeline.formats.powder.archive import open_archive
from pipeline.formats.powder.decode import GZIP_MAGIC, decode_text, unpack
from pipeline.formats.powder.order import AngleError, admit
from pipeline.formats.powder.pattern import Pattern, Unread

HEAD_BYTES = 4096
_NOTHING: Mapping[str, str] = {}
Frames = list[Pattern | Unread]


_Read = Callable[[Path, str], Sequence[Pattern | Unread]]
_BY_HEAD: tuple[tuple[Callable[[bytes], bool], _Read], ...] = (
    (xrdml.matches, xrdml.read),
    (ras.matches, ras.read),
    (bruker_raw.matches, bruker_raw.read),
    (stoe_raw.matches, stoe_raw.read),
)
_BY_MEMBERS: tuple[tuple[Callable[[Sequence[str]], bool], _Read], ...] = (
    (rasx.matches_archive, rasx.read),
    (brml.matches_archive, brml.read),
)
_NO_PATTERNS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF; name the measurement itself"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\0", "a TIFF image of a detector; integrate it first, for example with pyFAI"),
    (b"MM\0*", "a TIFF image of a detector; integrate it first, for example with pyFAI"),
    (b"###CBF", "a CBF image of a detector; integrate it first, for example with pyFAI"),
    (b"\xd0\xcf\x11\xe0", "an old Office or Project file; export the pattern as text"),
    (b"CDF\x01", "a netCDF file"),
    (b"BIO-LOGIC MODULAR FILE", "electrochemistry; name it in the column `sidecar`"),
    (b"EC-Lab ASCII FILE", "electrochemistry; name it in the column `sidecar`"),
    (b"BT-Lab ASCII FILE", "electrochemistry; name it in the column `sidecar`"),
    (b"# XDI/", "an X-ray absorption spectrum (technique xas)"),
    (b"SQLite format 3", "a database"),
)


def read_patterns(
    path: Path,
    source_file: str,
    select: str = "",
    columns: Mapping[str, str] = _NOTHING,
    wavelength_angstrom: float = math.nan,
) -> list[Pattern]:
    """Read the patterns of a file of any known format.

    Args:
        path: the file.
        source_file: its name relative to the raw folder, for records and messages.
        select: of a file of several patterns, which: numbers from 1 or labels (with `*`), parted by
            `;`. Of an HDF5 file with several groups, the group's path, which begins with `/`.
        columns: of a text file, what its columns are, see `columns.read`; its `unit` also of HDF5.
        wavelength_angstrom: for an axis of Q or d, where the file states no wavelength.

    Returns:
        The patterns in the file's order, angles strictly ascending.

    Raises:
        RawDataError: the file cannot be read, holds no pattern, or a pattern of it is damaged.
    """
    frames = read_frames(path, source_file, select, columns, wavelength_angstrom)
    for frame in frames:
        if isinstance(frame, Unread):
            raise AngleError(frame.reason) if frame.bad_angles else RawDataError(frame.reason)
    return [frame for frame in frames if isinstance(frame, Pattern)]


def read_frames(
    path: Path,
    source_file: str,
    select: str = "",
    columns: Mapping[str, str] = _NOTHING,
    wavelength_angstrom: float = math.nan,
) -> Frames:
    """As `read_patterns`, but a damaged pattern of a file of several costs only itself.

    Raises:
        RawDataError: the file as a whole cannot be read, or `select` finds nothing.
    """
    group = select if select.startswith("/") else ""
    frames = _read(path, source_file, group, columns, wavelength_angstrom)
    admitted = [_admitted(frame) for frame in frames] if len(frames) > 1 else _alone(frames)
    labelled = [_labelled(frame) for frame in admitted]
    return _selected(labelled, "" if group else select, source_file)


def _read(
    path: Path, source_file: str, group: str, columns: Mapping[str, str], wavelength_angstrom: float
) -> Frames:
    try:
        with path.open("rb") as handle:
            head = handle.read(HEAD_BYTES)
            if not hdf5.matches(head) and not head.startswith(ZIP_MAGIC):
                head_and_rest = head + handle.read()
    except OSError as error:
        raise RawDataError(f"{source_file}: cannot be read ({error.strerror}).") from error
    if hdf5.matches(head):
        return hdf5.read(path, source_file, group, columns.get("unit", ""), wavelength_angstrom)
    if head.startswith(ZIP_MAGIC):
        return _archive(path, source_file, columns, wavelength_angstrom)
    if head.startswith(GZIP_MAGIC):
        return _gzipped(head_and_rest, source_file, columns, wavelength_angstrom)
    for magic, kind in _NO_PATTERNS:
        if head.startswith(magic):
            raise RawDataError(f"{source_file}: this is {kind}, not a powder pattern.")
    for matches, read in _BY_HEAD:
        if matches(head):
            return list(read(path, source_file))
    return list(_text(head_and_rest, source_file, columns, wavelength_angstrom))


def _text(
    content: bytes, source_file: str, columns: Mapping[str, str], wavelength_angstrom: float
) -> list[Pattern]:
    text = decode_text(content, source_file)
    begin = text[:200].lstrip().lower()
    if begin.startswith("<"):
        raise RawDataError(
            f"{source_file}: this is XML or a web page ('{begin[:40].splitlines()[0]}'), and no XRDML file. "
            "If it should be a measurement, it was saved under a wrong name, or downloaded as an error page."
        )
    if begin.startswith(("{", "[{")):
        raise RawDataError(f"{source_file}: this is JSON, not a powder pattern.")
    if uxd.matches(text):
        return uxd.read(text, source_file)
    if gsas.matches(text):
        return gsas.read(text, source_file)
    if pdcif.matches(text):
        return pdcif.read(text, source_file)
    if start_step.matches(text):
        return start_step.read(text, source_file)
    return columns_of_text.read(text, source_file, columns, wavelength_angstrom)


def _archive(
    path: Path, source_file: str, columns: Mapping[str, str], wavelength_angstrom: float
) -> Frames:
    with open_archive(path, source_file) as archive:
        names = archive.names
    for matches, read in _BY_MEMBERS:
        if matches(names):
            return list(read(path, source_file))

    def read_one(member: Path, shown: str) -> Frames:
        found = _read(member, shown, "", columns, wavelength_angstrom)
        return [_admitted(frame) for frame in found]

    return zipped.read(path, source_file, read_one)


def _gzipped(
    content: bytes, source_file: str, columns: Mapping[str, str], wavelength_angstrom: float
) -> Frames:
    unpacked = unpack(content, source_file)
    if unpacked.startswith(GZIP_MAGIC):
        raise RawDataError(f"{source_file}: packed twice with gzip. Unpack it once.")
    with tempfile.TemporaryDirectory() as folder:
        member = Path(folder) / "member"
        member.write_bytes(unpacked)
        return _read(member, source_file, "", columns, wavelength_angstrom)


def _admitted(frame: Pattern | Unread) -> Pattern | Unread:
    if isinstance(frame, Unread):
        return frame
    try:
        return admit(frame)
    except AngleError as error:
        return Unread(frame.source_file, frame.label, str(error), bad_angles=True)


def _alone(frames: Frames) -> Frames:
    """A file's only pattern: what is wrong with it is wrong with the file."""
    return [frame if isinstance(frame, Unread) else admit(frame) for frame in frames]


def _labelled(frame: Pattern | Unread) -> Pattern | Unread:
    """A scan that its file does not name is called by the file; one of several by file and name."""
    stem = PurePath(frame.source_file.rpartition(": ")[2]).stem
    if frame.label.startswith(stem):
        return frame
    return replace(frame, label=f"{stem} {frame.label}".strip())


def _selected(frames: Frames, select: str, source_file: str) -> Frames:
    """The frames that `select` names, in the order of the file."""
    if not select:
        return frames
    chosen: set[int] = set()
    for word in (word.strip() for word in select.split(";")):
        found = _named(frames, word)
        if not found:
            known = ", ".join(
                f"{i} ({frame.label})" for i, frame in enumerate(frames[:12], start=1)
            )
            raise RawDataError(
                f"{source_file}: no pattern '{word}' (`select`); it holds {len(frames)}: {known}"
                + (", ..." if len(frames) > 12 else ".")
            )
        chosen.update(found)
    return [frames[i] for i in sorted(chosen)]


def _named(frames: Sequence[Pattern | Unread], word: str) -> list[int]:
    if word.isdecimal() and 1 <= int(word) <= len(frames):
        return [int(word) - 1]
    return [
        i
        for i, frame in enumerate(frames)
        if any(fnmatch.fnmatchcase(frame.label, name) for name in (word, f"* {word}"))
    ]
