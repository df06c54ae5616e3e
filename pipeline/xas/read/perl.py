"""Values of Perl's Data::Dumper, read and never run: strings, numbers, lists, hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""\s*(?:
        '(?P<single>(?:[^'\\]|\\.)*)'
      | "(?P<double>(?:[^"\\]|\\.)*)"
      | (?P<open>[(\[{])
      | (?P<close>[)\]}])
      | (?P<comma>,|=>)
      | (?P<word>[^\s,'"()\[\]{};=]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_STATEMENT = re.compile(r"^[ \t]*[$@%](?P<name>\w+)[ \t]*=", re.MULTILINE)
_ESCAPE = re.compile(r"\\(['\\])")

PerlValue = str | list["PerlValue"]


def statements(text: str) -> Iterator[tuple[str, PerlValue]]:
    """Give name and value of each assignment of a literal; hashes are lists of keys and values.

    Whatever is no literal, such as a call of a function, is passed over. Text inside a string is
    never taken for an assignment.

    Raises:
        ValueError: brackets that do not match, or a literal that does not end.
    """
    at = 0
    while match := _STATEMENT.search(text, at):
        at = match.end()
        token = _TOKEN.match(text, at)
        if token and token.lastgroup in ("single", "double"):
            at = token.end()
            yield match["name"], _string(token)
        elif token and token["open"]:
            value, at = _list(text, token.end())
            yield match["name"], value


def _list(text: str, at: int) -> tuple[list[PerlValue], int]:
    stack: list[list[PerlValue]] = [[]]
    start = at
    while token := _TOKEN.match(text, at):
        at = token.end()
        kind = token.lastgroup
        if kind == "open":
            stack.append([])
        elif kind == "close":
            done = stack.pop()
            if not stack:
                return done, at
            stack[-1].append(done)
        elif kind != "comma":
            stack[-1].append(_string(token))
    line = text.count("\n", 0, start) + 1
    raise ValueError(f"the list that begins on line {line} does not end")


def _string(token: re.Match[str]) -> str:
    if token["word"] is not None:
        return "" if token["word"] == "undef" else token["word"]
    quoted = token["single"] if token["single"] is not None else token["double"]
    return _ESCAPE.sub(r"\1", quoted)
