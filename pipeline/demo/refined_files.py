"""Files of the powders whose whole patterns are refined: `.xye` of the synchrotron, `.xrdml` of the laboratory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipeline.demo import powder_files
from pipeline.demo.refined import POWDERS, SYNCHROTRON, Powder

START = datetime(2024, 3, 26, 9, 0)
EXPOSURE_S = 1.0
COUNTING_TIME_S = 96.0


def names() -> Iterator[str]:
    """Give the name of each file."""
    return (powder.path for powder in POWDERS)


def contents(seed: int) -> dict[str, bytes]:
    """Simulate everything: the bytes of each file by its name."""
    return {powder.path: _file(powder, seed) for powder in POWDERS}


def _file(powder: Powder, seed: int) -> bytes:
    start, counts = START + timedelta(hours=powder.start_h), powder.measure(seed)
    if powder.instrument is SYNCHROTRON:
        return powder_files.xye(powder.instrument, counts, powder.title, start, EXPOSURE_S)
    return powder_files.xrdml(
        *(powder.instrument, counts, powder.title, start, COUNTING_TIME_S), powder_files.COPPER
    )
