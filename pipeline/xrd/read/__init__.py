"""Raw files to a series of patterns: formats told by content, one door for all, nothing repaired silently.

A file that cannot be read, or whose numbers make no sense, costs its own frame only and says why.
"""

from __future__ import annotations

from pipeline.xrd.read.describe import describe
from pipeline.xrd.read.series import read_series

__all__ = ["describe", "read_series"]
