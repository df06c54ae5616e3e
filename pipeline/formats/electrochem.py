"""Electrochemistry against time, wherever it was read from."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pipeline.core.arrays import FloatArray, frozen


@dataclass(frozen=True, slots=True, eq=False)
class ElectrochemRun:
    """What a potentiostat, or a table kept by hand, says of the cell; all arrays are `(n,)`.

    `time_s` ascends and counts from `start_iso`, ISO 8601 in the instrument's clock, or '' where
    only seconds are known. NaN where a row has no value; None where a quantity was not recorded.
    """

    start_iso: str
    time_s: FloatArray
    voltage_v: FloatArray | None = None
    charge_mah: FloatArray | None = None
    current_ma: FloatArray | None = None
    temperature_c: FloatArray | None = None
    cycle: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self) if f.name != "start_iso"):
            values = getattr(self, name)
            if values is None:
                continue
            values = frozen(values, ndim=1)
            if values.shape != np.shape(self.time_s):
                raise ValueError(
                    f"{name} has {values.size} values for {np.size(self.time_s)} times"
                )
            object.__setattr__(self, name, values)
        if not np.isfinite(self.time_s).all() or (np.diff(self.time_s) < 0).any():
            raise ValueError("the times of a run must be finite and ascend")
