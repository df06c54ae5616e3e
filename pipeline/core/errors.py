"""The errors that a user can meet, and the exit code of each.

A message says what is wrong, where (file, line, data set, scan), the value found, the limit,
and what to do. Only the command line catches these; inside a series a bad scan is a status
of that scan and not an exception.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class PipelineError(Exception):
    """Base of every error with a message for the user."""

    exit_code: ClassVar[int] = 1


class StudyError(PipelineError):
    """The study file, its table, or a path in it is wrong."""

    exit_code = 2


class RawDataError(PipelineError):
    """A raw file cannot be read, or what it holds makes no sense."""

    exit_code = 3


class AnalysisError(PipelineError):
    """An analysis was asked that the data cannot give."""

    exit_code = 4


class EngineError(PipelineError):
    """An external program failed."""

    exit_code = 5


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `` Did you mean 'x'?`` for a near miss, or the known names, or nothing.

    Args:
        word: what the user wrote.
        known: the names that would have been right.

    Returns:
        Text to append to a message, with its leading space; empty when nothing helps.
    """
    names = sorted(set(known))
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    if close:
        return f" Did you mean '{lower[close[0]]}'?"
    if names and len(names) <= 20:
        return " Known: " + ", ".join(names) + "."
    return ""
