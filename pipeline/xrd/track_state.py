"""What is known of each line in each frame while a series is being fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray

POOR_SCATTER = 2.0  # esds that would have to be doubled


class Role(IntEnum):
    """How a line takes part in a fit."""

    OUT = 0  # it does not
    EMPTY = 1  # its window counts, its area is zero
    AREA_ONLY = 2  # place, width and shape are held
    SHAPE_HELD = 3  # the Lorentzian share and the asymmetry are held
    FREE = 4


@dataclass(slots=True, eq=False)
class Fitted:
    """Starts before a fit and numbers after it, all `(L, n)`; NaN where there is none.

    `fit_status` is of `pipeline.physics.batchfit.FitStatus`, -1 where nothing was fitted; `at_bound` says
    that the width ended on a bound. The window of its data went from `left_deg` to `right_deg`. `height` is the line's own at its maximum, `background` what lies under it.
    """

    role: IntArray
    position_deg: FloatArray
    area: FloatArray
    fwhm_deg: FloatArray
    lorentz: FloatArray
    asymmetry: FloatArray
    position_sigma_deg: FloatArray
    area_sigma: FloatArray
    fwhm_sigma_deg: FloatArray
    lorentz_sigma: FloatArray
    asymmetry_sigma: FloatArray
    width_shape_correlation: FloatArray
    height: FloatArray
    background: FloatArray
    left_deg: FloatArray
    right_deg: FloatArray
    deviance: FloatArray
    reduced_chi2: FloatArray
    fit_status: IntArray
    at_bound: BoolArray

    @classmethod
    def empty(cls, n_lines: int, n_frames: int) -> Fitted:
        """Nothing is known yet."""
        shape = n_lines, n_frames
        made: dict[str, FloatArray | IntArray | BoolArray] = {
            f.name: np.full(shape, np.nan) for f in fields(cls)
        }
        made["role"] = np.full(shape, Role.OUT, dtype=np.int64)
        made["fit_status"] = np.full(shape, -1, dtype=np.int64)
        made["at_bound"] = np.zeros(shape, dtype=bool)
        return cls(**made)  # type: ignore[arg-type]

    def copy(self) -> Fitted:
        """A copy that can be changed."""
        return Fitted(*(getattr(self, f.name).copy() for f in fields(self)))

    def take(self, other: Fitted, where: BoolArray) -> None:
        """Take over another's numbers where asked `(L, n)`."""
        for field in fields(self):
            getattr(self, field.name)[where] = getattr(other, field.name)[where]

    @property
    def converged(self) -> BoolArray:
        """Lines with numbers."""
        return np.asarray(self.fit_status == 0)

    @property
    def scatter(self) -> FloatArray:
        """Root of the reduced chi2 where above one."""
        return np.sqrt(np.maximum(np.nan_to_num(self.reduced_chi2, nan=1.0), 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """Numbers of all lines, a word on each as the number of its `LineStatus`, and limits `(L, n)`."""

    state: Fitted
    code: IntArray
    area_limit: FloatArray

    @classmethod
    def joined(cls, parts: Sequence[Followed], rows: Sequence[IntArray]) -> Followed:
        """Parts of a series, each of its own frames, as one."""
        if len(parts) == 1:
            return parts[0]
        order = np.argsort(np.concatenate(rows))

        def together(values: list[FloatArray]) -> FloatArray:
            return np.concatenate(values, axis=1)[:, order]

        state = Fitted(
            *(together([getattr(p.state, f.name) for p in parts]) for f in fields(Fitted))  # type: ignore[arg-type]
        )
        code = np.concatenate([p.code for p in parts], axis=1)[:, order]
        return cls(state, code, together([p.area_limit for p in parts]))
