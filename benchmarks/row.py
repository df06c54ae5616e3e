"""One benchmark: our CPU time, the peer's, and how far the results are apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Row:
    """CPU seconds of ours and of the peer for the same work; `ratio = peer_s / ours_s`."""

    name: str
    ours_s: float
    peer_s: float
    max_abs_difference: float
    sizes: Mapping[str, int]
    versions: Mapping[str, str]
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times less CPU ours takes."""
        return self.peer_s / self.ours_s

    def as_dict(self) -> dict[str, Any]:
        """The row as it stands in `results/bench.json`."""
        return asdict(self) | {"ratio": self.ratio}


def cpu_seconds(work: Callable[[], Result], repeats: int = 1) -> tuple[float, Result]:
    """CPU time of the quickest of several runs, all threads counted, and what the work gave."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result
