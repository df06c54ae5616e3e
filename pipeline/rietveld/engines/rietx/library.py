"""rietx itself, imported once, with everything off that writes files, speaks, or counts threads."""

from __future__ import annotations

import os

# Read when rietx is imported: without them it writes a run folder into the working directory and takes all cores.
os.environ["RIETX_TELEMETRY"] = "0"
os.environ["RIETX_COMPILED_THREADS"] = "1"

import rietx
from rietx.crystallography.scattering import detect_fallback
from rietx.schemas.instrument import Dispersion, EmissionLine, Geometry, ProfileTCHZ, Source
from rietx.schemas.structure import PreferredOrientation

VERSION: str = rietx.__version__

__all__ = [
    "VERSION",
    "Dispersion",
    "EmissionLine",
    "Geometry",
    "PreferredOrientation",
    "ProfileTCHZ",
    "Source",
    "detect_fallback",
    "rietx",
]
