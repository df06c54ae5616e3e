"""What every row of a result table has, whatever the technique: covariates, reason, status, flags."""

from __future__ import annotations

from typing import Any

from pipeline.core.covariates import Covariates
from pipeline.core.table import Cell

COVARIATES = ("cycle", "temperature_c", "voltage_v", "time_s", "charge_mah")
ENDING = ("reason", "status", "flags")
GOOD = "ok"


def beside(covariates: Covariates, row: int) -> tuple[Cell, ...]:
    """What is known beside a scan or frame."""
    return tuple(float(getattr(covariates, name)[row]) for name in COVARIATES)


def ending(result: Any, row: int) -> tuple[Cell, ...]:
    """Reason, status and flags of a scan or frame; the status of a failed one is a flag too."""
    status = str(result.status[row])
    words = [str(flag) for flag in result.flags[row]]
    if status != GOOD:
        words.insert(0, status)
    return str(result.reason[row]), status, ";".join(dict.fromkeys(words))
