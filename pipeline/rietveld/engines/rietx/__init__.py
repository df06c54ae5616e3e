"""The embedded engine, rietx (https://pypi.org/project/rietx/), behind a thin adapter: its API moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.rietveld.engines.choose import Engine

NAME = "rietx"


@contextmanager
def opened_rietx() -> Iterator[Engine]:
    """The embedded engine, ready; rietx is imported here and not before, which takes a second."""
    from pipeline.rietveld.engines.rietx.library import VERSION
    from pipeline.rietveld.engines.rietx.refine import refine

    yield Engine(NAME, VERSION, refine)
