"""Which engines refine, opened for a while: one context manager whatever is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from pipeline.core.errors import EngineError
from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.options import EngineChoice, Gsas2Options


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that is ready: `refine` answers one job after the other, and raises nothing for a fit that failed."""

    name: str
    version: str
    refine: Callable[[Job], Fit | Failure]


@contextmanager
def opened(choice: EngineChoice, gsas2: Gsas2Options, keep: Path) -> Iterator[tuple[Engine, ...]]:
    """Open the chosen engines; what they need is closed at the end.

    Args:
        choice: `auto` is GSAS-II where it is found, else rietx.
        gsas2: where GSAS-II is.
        keep: folder for GSAS-II's own files, made when the first is kept.

    Raises:
        EngineError: an engine that was asked for by name is not there; the message says how to get it.
    """
    from pipeline.rietveld.engines.gsas2 import find_gsas2, opened_gsas2
    from pipeline.rietveld.engines.rietx import opened_rietx

    found = find_gsas2(gsas2) if choice != "rietx" else None
    if choice in ("gsas2", "both") and (found is None or found.problem):
        reason = found.problem if found else ""
        raise EngineError(
            f"`rietveld.engine: {choice}` needs GSAS-II, which was not found. {reason} Install it as "
            "https://advancedphotonsource.github.io/GSAS-II-tutorials/install.html says, and name its interpreter in "
            "`rietveld.gsas2.python` or in the environment variable GSAS2_PYTHON; or write `engine: rietx`. "
            "`python -m pipeline doctor` says what was looked at."
        )
    with ExitStack() as stack:
        ready: list[Engine] = []
        if found is not None and not found.problem:
            ready.append(stack.enter_context(opened_gsas2(found, gsas2, keep)))
        if choice in ("rietx", "both") or not ready:
            ready.append(stack.enter_context(opened_rietx()))
        # Sums that several threads share come out in another order, and an answer would depend on the machine's cores.
        # Only now are all libraries loaded that share them out.
        stack.enter_context(threadpool_limits(limits=1, user_api="blas"))
        yield tuple(ready)
