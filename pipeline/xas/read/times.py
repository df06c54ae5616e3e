"""When a scan was measured, from the ways in which beamlines write a date.

A day and a month are only told apart where the program that wrote them is known, or where no other
reading makes a date: `02/03/2023` alone may be in February or in March, and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
_END = re.compile(r"end|stop|finish|^ - $", re.IGNORECASE)
_ISO = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)[T ]({_CLOCK})")
_CTIME = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+([A-Z][a-z]{{2}})\s+(\d+)\s+({_CLOCK})\s+(\d{{4}})"
)
_US_WORDS = re.compile(rf"([A-Z][a-z]{{2}}) (\d+), (\d{{4}}) ({_CLOCK})")
_SLASHES = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}|\d\d)\s+(?:at\s+)?({_CLOCK})\s*([AP]M)?")
_KEK = re.compile(rf"(\d\d)\.(\d\d)\.(\d\d) ({_CLOCK})")
_NSLS = re.compile(rf"({_CLOCK})\s+(\d{{1,2}})-([A-Z]{{3}})-(\d\d)\b")
_ASTRA_DATE = re.compile(r"#\s*Date:\s*(\d\d)/(\d\d)/(\d{4})")
_ASTRA_SPAN = re.compile(rf"#\s*Duration:\s*({_CLOCK})\s*-\s*({_CLOCK})")
_LASTED = re.compile(r"Scan time (\d+) hrs (\d+) min (\d+) sec")

# Programs of the United States that write the month first.
_MONTH_FIRST = ("LabVIEW Control Panel", "XDAC", "NSLS-II", "MRCAT_XAFS")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"


def middle_of(header: Sequence[str]) -> str:
    """Give the middle of a scan in ISO 8601, its start where no end is told, or ''.

    Args:
        header: lines above the numbers.
    """
    text = "\n".join(header)
    if (day := _ASTRA_DATE.search(text)) and (span := _ASTRA_SPAN.search(text)):
        dates = [_date(day[3], day[2], day[1], clock) for clock in span.groups()]
        if dates[0] and dates[1] and dates[1] < dates[0]:
            dates[1] += timedelta(days=1)  # over midnight
    else:
        dates = _start_and_end(text)
        if len(dates) == 1 and dates[0] and (lasted := _LASTED.search(text)):
            hours, minutes, seconds = map(int, lasted.groups())
            dates.append(dates[0] + timedelta(hours=hours, minutes=minutes, seconds=seconds))
    known = [date for date in dates if date is not None]
    if not known:
        return ""
    is_span = len(known) == 2 and known[0] < known[1]
    middle = known[0] + (known[1] - known[0]) / 2 if is_span else known[0]
    return middle.isoformat()


def _start_and_end(text: str) -> list[datetime | None]:
    """The first date, of the first style that there is one of; with the next, if it is told to be the end."""
    for pattern, read in _STYLES:
        found = list(pattern.finditer(text))[:2]
        if not found:
            continue
        first = read(found[0].groups(""), text)
        if len(found) == 1 or not _END.search(text[found[0].end() : found[1].start()]):
            return [first]
        return [first, read(found[1].groups(""), text)]
    return []


def _date(year: str, month: str, day: str, clock: str, half: str = "") -> datetime | None:
    number = int(year)
    if number < 100:
        number += 2000 if number < 70 else 1900
    month_number = int(month) if month.isdigit() else _MONTHS.split().index(month.lower()) + 1
    hour, minute, *second = clock.split(":")
    hours = int(hour) % 12 + (12 if half == "PM" else 0) if half else int(hour)
    try:
        moment = datetime(number, month_number, int(day), hours, int(minute))
    except ValueError:
        return None
    return moment + timedelta(seconds=float(second[0])) if second else moment


def _slashes(parts: Sequence[str], text: str) -> datetime | None:
    first, second, year, clock, half = parts
    if any(program in text for program in _MONTH_FIRST) or (int(second) > 12 >= int(first)):
        return _date(year, first, second, clock, half)
    if int(first) > 12 >= int(second):
        return _date(year, second, first, clock, half)
    return None


def _is_month(word: str) -> bool:
    return word.lower() in _MONTHS.split()


_STYLES: tuple[tuple[re.Pattern[str], Callable[[Sequence[str], str], datetime | None]], ...] = (
    (_ISO, lambda p, _: _date(*p)),
    (_CTIME, lambda p, _: _date(p[3], p[0], p[1], p[2]) if _is_month(p[0]) else None),
    (_US_WORDS, lambda p, _: _date(p[2], p[0], p[1], p[3]) if _is_month(p[0]) else None),
    (_SLASHES, _slashes),
    (_KEK, lambda p, text: _date(*p) if "KEK" in text else None),
    (_NSLS, lambda p, _: _date(p[3], p[2], p[1], p[0]) if _is_month(p[2]) else None),
)
