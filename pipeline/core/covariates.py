"""What is known beside each scan or frame of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """What is known beside each scan or frame `(n,)`; NaN where it is not."""

    cycle: FloatArray
    temperature_c: FloatArray
    voltage_v: FloatArray
    time_s: FloatArray
    charge_mah: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, self.__slots__, ndim=1)

    @classmethod
    def unknown(cls, n_scans: int) -> Covariates:
        """Covariates of which none is known."""
        nan = np.full(n_scans, np.nan)
        return cls(nan, nan, nan, nan, nan)


LABELS = {
    "charge_mah": "charge passed (mA h)",
    "cycle": "cycle",
    "temperature_c": "temperature (°C)",
    "voltage_v": "voltage (V)",
    "time_s": "time (h)",
}
"""What stands at an axis of each, in the order in which one is chosen to plot against."""

_SHOWN_PER_UNIT = {"time_s": 1 / 3600.0}  # long series are read in hours


def first_that_varies(series: Sequence[Covariates]) -> str:
    """The covariate to plot against: the first that is known and differs; else ''."""
    for name in LABELS:
        known = np.concatenate([getattr(c, name) for c in series] or [np.empty(0)])
        known = known[np.isfinite(known)]
        if known.size > 1 and np.ptp(known) > 0:
            return name
    return ""


def shown(name: str, values: FloatArray) -> FloatArray:
    """Values of a covariate in the unit of its label: times in hours."""
    return np.asarray(values * _SHOWN_PER_UNIT.get(name, 1.0))
