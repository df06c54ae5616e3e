"""A zip folder of patterns: one series, in natural order of the names."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pipeline.core.errors import RawDataError
from pipeline.formats.powder.archive import Archive, open_archive
from pipeline.formats.powder.decode import decode_text
from pipeline.formats.powder.pattern import Pattern, Unread
from pipeline.formats.powder.scan_log import times_in

FORMAT = "zip folder"
SHOWN = 5
_LOGS = (".csv", ".txt", ".tsv", ".log", ".dat")
_JUNK = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_DIGITS = re.compile(r"(\d+)")

Frames = list[Pattern | Unread]
ReadOne = Callable[[Path, str], Frames]


def natural_key(name: str) -> list[tuple[int, str]]:
    """Sort key by which `C2` stands before `C10`."""
    parts = _DIGITS.split(name.lower())
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts]


def read(path: Path, source_file: str, read_one: ReadOne) -> Frames:
    """Read the patterns of a zip folder.

    Patterns are the files of the ending that most readable files have; what else lies in the
    folder (tables of electrochemistry, logs) is passed over and named in a remark of the first pattern;
    from a log of scan, start and end, the times of scans are taken whose files give none.

    Args:
        path: the archive.
        source_file: its name in messages.
        read_one: reads one unpacked file.

    Raises:
        RawDataError: it holds no pattern, or the archive passes no limit of `archive`.
    """
    with open_archive(path, source_file) as archive, tempfile.TemporaryDirectory() as folder:
        names = sorted((n for n in archive.names if not _JUNK.search(n)), key=natural_key)
        read = {name: _member(archive, name, Path(folder) / "member", read_one) for name in names}
        used = _ending_of_patterns(read, source_file)
        frames = [frame for name in names if _ending(name) == used for frame in read[name]]
        others = [name for name in names if _ending(name) != used]
        logged = _timed(frames, archive, [n for n in others if _ending(n) in _LOGS])
    return _with_remark(logged, others)


def _ending_of_patterns(read: Mapping[str, Frames], source_file: str) -> str:
    good = Counter(_ending(name) for name, found in read.items() if not _failed(found))
    if not good:
        reasons = [f.reason for found in read.values() for f in found if isinstance(f, Unread)]
        raise RawDataError(
            f"{source_file}: no pattern among the {len(read)} files of this archive."
            + (f" The first: {reasons[0]}" if reasons else "")
        )
    most = max(good.values())
    return min(ending for ending, count in good.items() if count == most)


def _timed(frames: Frames, archive: Archive, logs: Sequence[str]) -> Frames:
    """The frames with the times that a log beside them gives, where their files give none."""
    silent = [f.label for f in frames if isinstance(f, Pattern) and not f.time_iso]
    for name in logs:
        try:
            found = times_in(decode_text(archive.read(name), name), silent)
        except RawDataError:
            continue  # no text: it is named among what was passed over
        if found:
            return [_with_time(frame, found, name) for frame in frames]
    return frames


def _with_time(
    frame: Pattern | Unread, found: Mapping[str, tuple[str, float]], log: str
) -> Pattern | Unread:
    if not isinstance(frame, Pattern) or frame.label not in found:
        return frame
    start, length_s = found[frame.label]
    remarks = (*frame.remarks, f"time from {PurePosixPath(log).name}")
    return replace(frame, time_iso=start, duration_s=length_s, remarks=remarks)


def _member(archive: Archive, name: str, scratch: Path, read_one: ReadOne) -> Frames:
    shown = f"{archive.source_file}: {name}"
    try:
        scratch.write_bytes(archive.read(name))
        found = read_one(scratch, shown)
    except RawDataError as error:
        return [Unread(shown, PurePosixPath(name).stem, str(error))]
    finally:
        scratch.unlink(missing_ok=True)
    return found


def _failed(found: Frames) -> bool:
    return all(isinstance(frame, Unread) for frame in found)


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _with_remark(frames: Frames, others: Sequence[str]) -> Frames:
    first = next(i for i, frame in enumerate(frames) if isinstance(frame, Pattern))
    pattern = frames[first]
    if not others or not isinstance(pattern, Pattern):
        return frames
    shown = ", ".join(others[:SHOWN]) + (", ..." if len(others) > SHOWN else "")
    remark = f"passed over in the archive, no patterns of this series: {shown}"
    return [
        *frames[:first],
        replace(pattern, remarks=(*pattern.remarks, remark)),
        *frames[first + 1 :],
    ]
