"""Files of several scans: what each is called, and that a damaged one costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pipeline.core.errors import RawDataError
from pipeline.formats.powder.pattern import Pattern, Unread

Part = TypeVar("Part")


def read_each(
    parts: Sequence[Part], word: str, read_one: Callable[[Part, str], Pattern], source_file: str
) -> list[Pattern | Unread]:
    """Read every scan of a file.

    Args:
        parts: what is known of each scan.
        word: what its maker calls one, `scan` or `range`; numbered from 1 it is the label.
        read_one: makes the pattern of a part and its label; the only scan has the label ''.
        source_file: for the record of a damaged scan.

    Returns:
        The patterns in order; of several, a damaged one as its reason.

    Raises:
        RawDataError: the only scan of the file is damaged.
    """
    if len(parts) == 1:
        return [read_one(parts[0], "")]
    made: list[Pattern | Unread] = []
    for number, part in enumerate(parts, start=1):
        label = f"{word} {number}"
        try:
            made.append(read_one(part, label))
        except RawDataError as error:
            made.append(Unread(source_file, label, str(error)))
    return made
