"""What this engine cannot do, in words for the user."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 (an answer, not a mistake)
    """A job that GSAS-II cannot answer; the text says why and what to do."""
