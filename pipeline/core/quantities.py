"""Numbers of different units side by side: one column each, named with its unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, frozen


@dataclass(frozen=True, slots=True, eq=False)
class Quantities:
    """A table of named numbers and their 1 sigma.

    `names` end in their unit (`NCM.a_angstrom`, `zero_deg`); `value` and `sigma` are `(n_rows, n_names)`, NaN where a
    row has no such number. A number that was not refined has a sigma of NaN. The writer makes one field of each column.
    """

    names: tuple[str, ...]
    value: FloatArray
    sigma: FloatArray

    def __post_init__(self) -> None:
        for name in ("value", "sigma"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
            if getattr(self, name).ndim != 2 or getattr(self, name).shape[1] != len(self.names):
                found = getattr(self, name).shape
                raise ValueError(f"Quantities.{name}: {found} for {len(self.names)} names")

    def column(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Values and sigmas of one quantity, each `(n_rows,)`; NaN where there is no such name."""
        if name not in self.names:
            none = np.full(len(self.value), np.nan)
            return none, none
        k = self.names.index(name)
        return self.value[:, k], self.sigma[:, k]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.value)


def stacked(rows: list[tuple[tuple[str, ...], FloatArray, FloatArray]]) -> Quantities:
    """One table from rows that may have different names, columns in the order of first appearance.

    Args:
        rows: names, values and sigmas of each row.
    """
    names = tuple(dict.fromkeys(name for row, _, _ in rows for name in row))
    at = {name: k for k, name in enumerate(names)}
    value = np.full((len(rows), len(names)), np.nan)
    sigma = value.copy()
    for i, (own, values, sigmas) in enumerate(rows):
        for name, v, s in zip(own, values, sigmas, strict=True):
            value[i, at[name]], sigma[i, at[name]] = v, s
    return Quantities(names, value, sigma)
