"""One figure of a study before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.study import Dataset, Study


@dataclass(frozen=True, slots=True)
class Planned:
    """How a figure is made, of which data sets, from which of their steps.

    `blocks` are the parts of the options that it needs beside the results; `beside` are results of other techniques.
    """

    make: Callable[[Study, Planned, Path], None]
    datasets: tuple[Dataset, ...]
    steps: tuple[str, ...]
    blocks: tuple[str, ...] = ()
    beside: tuple[Path, ...] = ()
