"""The only module that imports GSAS-II."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
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
    "tie_cells",
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


# The derivative of line positions by A0 of a cell whose A0 is A1 too (and A2, A3) is a sum, of which this version takes the
# first term alone, h^2: sigma(a) of hexagonal cells comes out 1.2 to 1.3 times too large, of cubic ones 1.4, and a
# converges slowly. Positions of the terms that belong to A0, by Laue class:
_BELONG = {
    **dict.fromkeys(("4/m", "4/mmm"), (1,)),
    **dict.fromkeys(("3", "3m1", "31m", "6/m", "6/mmm"), (1, 3)),
    **dict.fromkeys(("m3", "m3m"), (1, 2)),
}
_ONE_TERM = re.compile(r"A0'\s*,\s*dpdA\[0\]\s*\]\s*\]")
_positions = strmath.GetReflPosDerv
_tied: dict[str, tuple[int, ...]] = {}


def _whole_derivatives(refl: Any, im: Any, wave: Any, cell: Any, pfx: str, *more: Any) -> Any:
    found = _positions(refl, im, wave, cell, pfx, *more)
    found[0][0] += sum(found[0][k] for k in _tied.get(pfx, ()))
    return found


if _ONE_TERM.search(inspect.getsource(strmath.getPowderProfileDerv)):
    strmath.GetReflPosDerv = _whole_derivatives


def tie_cells(laue_classes: Sequence[str]) -> None:
    """Say which cells have tied lengths, by the Laue class of each phase, so that derivatives hold all their terms."""
    _tied.clear()
    _tied.update({f"{k}::": _BELONG.get(laue, ()) for k, laue in enumerate(laue_classes)})


def prepare(dispersion: bool) -> None:
    """Set what GSAS-II keeps for the whole process: one core, few words, with or without f' and f''."""
    scriptable.SetPrintLevel("warn")
    several_cores.InitMP(False)
    strio.GetFprime = _tabulated if dispersion else _without_dispersion
