"""What is known beside each scan or frame of a series."""

from __future__ import annotations

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
