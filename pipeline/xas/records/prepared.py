"""What was found and done while scans were prepared for normalisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields


@dataclass(frozen=True, slots=True, eq=False)
class Glitches:
    """Points that stand off, or stood in a window to be removed; all fields are `(n_glitches,)`.

    `scan_index` counts the scans of the calibrated series from 0, `glitch_ev` is on the calibrated
    axis, `deviation_ratio` is the distance from the cubic through the neighbours in sigma of the
    point noise (NaN for a point of a window), `cause` is `detected` or `window`.
    """

    scan_index: FloatArray
    glitch_ev: FloatArray
    deviation_ratio: FloatArray
    cause: tuple[str, ...]
    source_file: tuple[str, ...]
    removed: tuple[bool, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("scan_index", "glitch_ev", "deviation_ratio"), ndim=1)

    @classmethod
    def none(cls) -> Glitches:
        """No glitch."""
        nothing = np.empty(0)
        return cls(nothing, nothing, nothing, (), (), ())

    def __len__(self) -> int:
        return len(self.cause)
