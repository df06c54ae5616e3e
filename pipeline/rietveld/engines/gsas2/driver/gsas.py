"""The only module that imports GSAS-II."""

from __future__ import annotations

import inspect
from typing import Any

try:
    from GSASII import GSASIIscriptable as scriptable
except (
    ModuleNotFoundError
):  # installed with its "scripting shortcut", which puts GSAS-II on the path
    import G2script  # noqa: F401
    from GSASII import GSASIIscriptable as scriptable
from GSASII import GSASIIElem as elements
from GSASII import GSASIImapvars as mapvars
from GSASII import GSASIImpsubs as several_cores
from GSASII import GSASIIpath as paths
from GSASII import GSASIIspc as space_groups
from GSASII import GSASIIstrIO as strio
from GSASII import GSASIIstrMain as strmain
from GSASII import GSASIIstrMath as strmath
from GSASII import atmdata

__all__ = [
    "atmdata",
    "elements",
    "last_core",
    "mapvars",
    "paths",
    "prepare",
    "scriptable",
    "several_cores",
    "space_groups",
    "strio",
    "strmain",
    "tie_terms",
]

last_core: dict[str, Any] = {}
"""What the last least squares said: `G2strMain.Refine` itself keeps half of it."""

_tabulated = strio.GetFprime
_core = strmain.RefineCore


def _without_dispersion(controls: Any, histograms: Any) -> None:
    _tabulated(controls, histograms)
    for table in (controls["FFtables"] or {}).values():
        for key in table:
            if key.endswith((":FP", ":FPP")):
                table[key] = 0.0


def _remembering(*args: Any, **kwargs: Any) -> Any:
    last_core.clear()
    found = _core(*args, **kwargs)
    result = found[2]
    last_core.update(result[2], ier=result[4] if len(result) > 4 else None)
    return found


strmain.RefineCore = _remembering

tied_terms: dict[str, tuple[int, ...]] = {}
"""By the prefix of a phase, the terms of its reciprocal metric that A0 stands for."""

_TIED = {"4/m": (0, 1), "4/mmm": (0, 1), "m3": (0, 1, 2), "m3m": (0, 1, 2)}
_TIED.update(dict.fromkeys(("6/m", "6/mmm", "3m1", "31m", "3"), (0, 1, 3)))
_position_derivatives = strmath.GetReflPosDerv


def _with_tied_terms(*args: Any) -> Any:
    found = _position_derivatives(*args)
    tied = tied_terms.get(args[4])
    if tied is None:
        return found
    by_terms = found[0].copy()
    by_terms[0] = found[0][list(tied)].sum()
    return (by_terms, *found[1:])


def _leaves_tied_terms_out() -> bool:
    """Whether this GSAS-II takes the derivative of a line by A0 alone where A1 (and A2 or A3) follow it.

    It does (5.7): the minimum is then not quite one, and sigma(a) of a hexagonal cell is up to a third too large, of a cubic
    one more. A version that adds them up is left as it is.
    """
    text = "".join(inspect.getsource(strmath.getPowderProfileDerv).split())
    return "[pfx+'A0',dpdA[0]],[pfx+'A2',dpdA[2]]" in text and "[[pfx+'A0',dpdA[0]]]" in text


if _leaves_tied_terms_out():
    strmath.GetReflPosDerv = _with_tied_terms


def tie_terms(phase: int, laue: str) -> None:
    """Say which Laue class a phase has, by its number."""
    prefix = f"{phase}::"
    tied_terms.pop(prefix, None)
    if laue in _TIED:
        tied_terms[prefix] = _TIED[laue]


def prepare(dispersion: bool) -> None:
    """Set what GSAS-II keeps for the whole process: one core, few words, with or without f' and f''."""
    scriptable.SetPrintLevel("warn")
    several_cores.InitMP(False)
    strio.GetFprime = _tabulated if dispersion else _without_dispersion
