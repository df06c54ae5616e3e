"""The curves of a linear-combination fit: sample and standards on the sample's energies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics import grids
from pipeline.xas.options import LcfOptions
from pipeline.xas.records import NormalisedSeries
from pipeline.xas.standards import Standard


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Sample and standards on the sample's energies, NaN outside a window.

    `energy_ev`, `data` are `(n, m)`; `components` and their `slopes` per eV `(n, K, m)`.
    """

    energy_ev: FloatArray
    data: FloatArray
    components: FloatArray
    slopes: FloatArray

    @classmethod
    def of(
        cls,
        sample: NormalisedSeries,
        means: Sequence[Standard],
        options: LcfOptions,
        window_ev: tuple[float, float],
        scans: BoolArray,
    ) -> Curves:
        """Evaluate the standards where the good scans have points in the window."""
        energy = sample.energy_ev
        inside = (energy >= window_ev[0]) & (energy <= window_ev[1]) & scans[:, None]
        part = _span(inside)
        spectra: FloatArray = getattr(sample, options.signal)
        energy, data, inside = energy[:, part], spectra[:, part], inside[:, part]
        # Scans that share their axis share the standards on it: a view, not n copies.
        axis = grids.shared_row(energy, scans)
        pairs = [m.evaluate(np.atleast_2d(axis)) for m in means]
        full = (len(data), len(means), data.shape[1])
        components, slopes = (
            np.broadcast_to(np.stack([pair[j] for pair in pairs], axis=1), full) for j in (0, 1)
        )
        return cls(
            np.where(inside, energy, np.nan), np.where(inside, data, np.nan), components, slopes
        )

    def within(self, window_ev: tuple[float, float]) -> Curves:
        """The part of the curves inside a narrower window."""
        inside = (self.energy_ev >= window_ev[0]) & (self.energy_ev <= window_ev[1])
        part = _span(inside)
        return Curves(
            np.where(inside, self.energy_ev, np.nan)[:, part],
            np.where(inside, self.data, np.nan)[:, part],
            self.components[:, :, part],
            self.slopes[:, :, part],
        )

    def over(self, sigma: FloatArray | None) -> Curves:
        """Every curve divided by the sigma of its points `(n, m)`, as a weighted fit sees it."""
        if sigma is None:
            return self
        s = sigma[:, None]
        return Curves(self.energy_ev, self.data / sigma, self.components / s, self.slopes / s)

    def condition(self) -> FloatArray:
        """Condition number `(n,)` of the standards, each scaled to unit length."""
        a = np.where(np.isfinite(self.data)[:, None], self.components, 0.0)
        length = np.sqrt((a**2).sum(axis=-1, keepdims=True))
        unit = a / np.where(length > 0, length, 1.0)
        eigenvalues = np.linalg.eigvalsh(unit @ np.swapaxes(unit, -1, -2))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: FloatArray = eigenvalues[:, -1] / np.maximum(eigenvalues[:, 0], 0.0)
        return np.sqrt(ratio)


def _span(inside: BoolArray) -> slice:
    """Columns that any row uses; one column, of NaN, where none does."""
    columns = np.flatnonzero(inside.any(axis=0))
    return slice(columns[0], columns[-1] + 1) if columns.size else slice(0, 1)
