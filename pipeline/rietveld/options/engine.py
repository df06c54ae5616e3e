"""Options of the engines: which one refines, and where GSAS-II is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.core.options import Options

EngineName = Literal["rietx", "gsas2"]
EngineChoice = Literal["auto", "rietx", "gsas2", "both"]


class Gsas2Options(Options):
    """Where GSAS-II is, which users install in a Python of its own."""

    python: str | None = Field(
        None,
        description="interpreter that can import GSAS-II; absent: the environment variable `GSAS2_PYTHON`, our own "
        "interpreter, then the usual install places",
    )
    path: str | None = Field(
        None, description="folder to put on its PYTHONPATH: the parent of the folder `GSASII`"
    )
    time_limit_s: float = Field(
        600.0, gt=0, description="a refinement that takes longer is ended and counts as failed"
    )
    keep: Literal["all", "none"] = Field(
        "all", description="keep the .gpx and .lst of each refinement, to open in GSAS-II itself"
    )
