"""Raw files to raw scans: XDI, Athena projects, extranormal text, columns of text.

The format is told by content. Every reader gives energies in eV as measured, undoing a shift
that the file's maker applied and keeping its value; every scan then passes one door (`checks`)
that sorts it and refuses what makes no sense: wrong units, no edge, no number.
"""

from __future__ import annotations

from pipeline.xas.read.describe import describe
from pipeline.xas.read.dispatch import read_scans
from pipeline.xas.read.series import read_series

__all__ = ["describe", "read_scans", "read_series"]
