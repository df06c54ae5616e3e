"""The only module that imports GSAS-II."""

from __future__ import annotations

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


def prepare(dispersion: bool) -> None:
    """Set what GSAS-II keeps for the whole process: one core, few words, with or without f' and f''."""
    scriptable.SetPrintLevel("warn")
    several_cores.InitMP(False)
    strio.GetFprime = _tabulated if dispersion else _without_dispersion
