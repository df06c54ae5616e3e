"""One figure of Rietveld refinement before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.study import Dataset, Study

Make = Callable[[Study, "Planned", Path], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """How a figure is made, of which data sets, from which results; `engine` '' means the one that there is."""

    make: Make
    datasets: tuple[Dataset, ...]
    inputs: tuple[Path, ...]
    engine: str = ""
