"""Dates of instruments: day and month are told apart by content, or not at all.

`03/04/2022` is in March or in April. Where another date of the same file has a day above 12, or its
name holds the date as `20220403`, or only one reading gives the run its own length, that decides; else nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d{1,2}):(\d\d)(?::(\d\d(?:[.,]\d+)?))?")
_PARTS = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})[ T]+(\d{1,2}):(\d\d)(?::(\d\d(?:[.,]\d+)?))?\s*([AaPp][Mm])?"
)
_COMPACT = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)")


def moment(text: str, order: str | None) -> datetime | None:
    """Read one date with its time; None where it is none, or its order is not known.

    Args:
        text: `2022-11-28 13:51:12`, `28.11.2022 13:51:12`, `11/28/2022 1:51:12 PM`, ...
        order: `day_first`, `month_first`, or None; points part day-first dates only.
    """
    word = text.strip()
    if found := _ISO.match(word):
        year, month, day, hour, minute, second = found.groups()
        return _made(year, month, day, hour, minute, second, "")
    found = _PARTS.match(word)
    if not found:
        return None
    first, mark, second_part, year, hour, minute, second, half = found.groups()
    used = DAY_FIRST if mark == "." else order
    if used is None:
        return None
    day, month = (first, second_part) if used == DAY_FIRST else (second_part, first)
    return _made(year, month, day, hour, minute, second, half or "")


def order_of(texts: Sequence[str], name: str = "", length_s: float | None = None) -> str | None:
    """Tell the order of day and month in a file's dates; None where it cannot be told.

    Args:
        texts: dates of the file, the first and the last of the run first.
        name: name of the measurement, which may hold its date as `20221128`.
        length_s: how long the run took, by its own clock.
    """
    parts = [found.groups() for text in texts if (found := _PARTS.match(text.strip()))]
    if any(p[1] == "." for p in parts) or any(int(p[0]) > 12 for p in parts):
        return DAY_FIRST
    if any(int(p[2]) > 12 for p in parts):
        return MONTH_FIRST
    if parts and (compact := _COMPACT.search(name)):
        year, month, day = map(int, compact.groups())
        if int(parts[0][3]) == year and month != day:
            if (int(parts[0][0]), int(parts[0][2])) == (day, month):
                return DAY_FIRST
            if (int(parts[0][0]), int(parts[0][2])) == (month, day):
                return MONTH_FIRST
    if length_s is not None and len(texts) > 1:
        fits = [o for o in (DAY_FIRST, MONTH_FIRST) if _lasts(texts, o, length_s)]
        if len(fits) == 1:
            return fits[0]
    return None


def _lasts(texts: Sequence[str], order: str, length_s: float) -> bool:
    begin, end = moment(texts[0], order), moment(texts[1], order)
    return (
        begin is not None
        and end is not None
        and abs((end - begin).total_seconds() - length_s) < 3600.0
    )


def is_ambiguous(text: str) -> bool:
    """Say whether a date can be read in two ways."""
    found = _PARTS.match(text.strip())
    if not found or found[2] == ".":
        return False
    return int(found[1]) <= 12 and int(found[3]) <= 12 and found[1] != found[3]


def _made(
    year: str, month: str, day: str, hour: str, minute: str, second: str | None, half: str
) -> datetime | None:
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    try:
        whole = datetime(int(year), int(month), int(day), hours, int(minute))
    except ValueError:
        return None
    return whole + timedelta(seconds=float((second or "0").replace(",", ".")))
