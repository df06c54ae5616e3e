"""The same change in two samples: by how much it differs, and whether that is more than chance.

"Sharp or gradual" is the width of a change with its sigma; the difference of two widths says which sample
is the sharper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.xrd.records import Transitions

COMPARED = ("onset", "midpoint", "end", "width")


@dataclass(frozen=True, slots=True)
class Difference:
    """A number of a change in the second sample less that in the first, in the unit of the covariate."""

    change: str
    quantity: str
    covariate: str
    first: str
    second: str
    difference: float
    sigma: float

    @property
    def verdict(self) -> str:
        """`earlier`, `later`, `sharper` or `more gradual` of the second sample; `equal` below three sigma."""
        if abs(self.difference) < 3 * self.sigma:
            return "equal"
        words = ("sharper", "more gradual") if self.quantity == "width" else ("earlier", "later")
        return words[int(self.difference > 0)]


def compare(named: Mapping[str, Transitions]) -> Iterator[Difference]:
    """Compare changes of the same name, model and covariate between all pairs of data sets.

    Args:
        named: changes of each data set.

    Yields:
        Differences of onset, midpoint, end and width where both data sets have the number; sigmas
        add in quadrature, for the two were measured apart.
    """
    for (first, a), (second, b) in combinations(named.items(), 2):
        if a.covariate != b.covariate:
            continue
        for i, name in enumerate(a.names):
            if name not in b.names or a.models[i] != b.models[b.names.index(name)]:
                continue
            j = b.names.index(name)
            for what in COMPARED:
                values = (getattr(r, f"{what}_of_covariate")[k] for r, k in ((b, j), (a, i)))
                sigmas = (getattr(r, f"{what}_sigma_of_covariate")[k] for r, k in ((b, j), (a, i)))
                difference = float(np.subtract(*values))
                if np.isfinite(difference):
                    sigma = float(np.hypot(*sigmas))
                    yield Difference(name, what, a.covariate, first, second, difference, sigma)
