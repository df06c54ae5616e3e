"""A quantity that goes through regimes: rises, then falls, by straight parts that hang together.

The layer spacing of a nickel-rich oxide is the example: on charge it grows (H1), grows faster or keeps
its pace (H2), and collapses when little lithium is left (H3) (H.-H. Ryu et al., Chem. Mater. 30 (2018) 1155,
doi:10.1021/acs.chemmater.7b05269). One or two breaks, as the data ask for
(`pipeline.physics.change_choice`), divide the series; each part rises, falls, or stays where its slope is below two
sigma. The quantity is largest where a part that does not fall is followed by one that does, and its
fall sets in where the steepest fall begins: the same place unless it falls slowly first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.change_choice import Candidate, settled, used_points
from pipeline.physics.changes import FEWEST, SIGNIFICANT, Outcome, change_significance
from pipeline.physics.expansion import relative_slope

STAYS = 2.0  # sigmas of a slope


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """Regimes of a series; numbers are NaN where there are none.

    `slopes` and `slope_sigmas` `(m,)` are those of the straight parts in order, per unit of the covariate, and `breaks`
    and `break_sigmas` `(m - 1,)` lie between them. `fall` is the value at the end over the largest, less one. `fitted`
    and `progress` `(n,)` are the curve, and 0 at its beginning to 1 where it is largest; `rise` is what lies between.
    """

    outcome: Outcome
    significance: float
    slopes: FloatArray
    slope_sigmas: FloatArray
    breaks: FloatArray
    break_sigmas: FloatArray
    fitted: FloatArray
    progress: FloatArray
    onset: float = np.nan
    onset_sigma: float = np.nan
    largest: float = np.nan
    largest_sigma: float = np.nan
    fall: float = np.nan
    fall_sigma: float = np.nan
    rise: float = np.nan
    reduced_chi2: float = np.nan
    poor: bool = False
    left_out: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def words(self) -> tuple[str, ...]:
        """`rises`, `falls` or `stays` for each part, `faster` or `slower` where it goes the same way as before."""
        found: list[str] = []
        ways = _ways(self.slopes, self.slope_sigmas)
        for i, way in enumerate(ways):
            word = {1: "rises", -1: "falls", 0: "stays"}[way]
            if i and way and way == ways[i - 1]:
                word += " faster" if abs(self.slopes[i]) > abs(self.slopes[i - 1]) else " slower"
            found.append(word)
        return tuple(found)


def fit_sequence(x: FloatArray, y: FloatArray, sigma: FloatArray) -> Sequence:
    """Divide a series into its regimes.

    Args:
        x: covariate `(n,)`, in any order, NaN where it is not known.
        y: the quantity `(n,)`, NaN where there is none.
        sigma: its sigma `(n,)`.

    Returns:
        The regimes. `NO_CHANGE` where one straight line or a parabola describes the series: of a line its
        slope is there. `UNDETERMINED` where the breaks lie at the border, or nothing falls at the end of a rise.
    """
    points = used_points(x, y, sigma, None)
    nothing, none = np.full(x.shape, np.nan), np.empty(0)
    empty = (none, none, none, none, nothing, nothing)
    if np.unique(points.x).size < FEWEST:
        return Sequence(Outcome.TOO_FEW, np.nan, *empty)
    given = points.index
    points, tried = settled(points, "broken_line")
    left_out = np.setdiff1d(given, points.index)
    found = change_significance(points.x, points.y, points.weight, "broken_line")
    if not found >= SIGNIFICANT:
        line = relative_slope(x, y, sigma)
        slope = np.array([line.slope * line.start])
        error = np.array([line.slope_sigma * abs(line.start)])
        return Sequence(Outcome.NO_CHANGE, found, slope, error, none, none, nothing, nothing)
    best = tried[0]
    if best.cut:
        return Sequence(Outcome.UNDETERMINED, found, *empty)
    reduced = best.surface.least_chi2 / points.degrees(best.shape.parameters)
    return replace(_regimes(best, x, found, reduced), left_out=left_out)


def _ways(slopes: FloatArray, sigmas: FloatArray) -> list[int]:
    return [
        int(np.sign(s)) if abs(s) > STAYS * e else 0 for s, e in zip(slopes, sigmas, strict=True)
    ]


def _regimes(best: Candidate, x: FloatArray, significance: float, reduced_chi2: float) -> Sequence:
    shape, made = best.shape, best.surface
    k = made.coefficients.shape[1]
    places = [made.location] + ([made.second] if shape.name == "ramp" else [])
    breaks = np.array([made.moments(p) for p in places])
    # The slope of a part is the sum of the first slope and the bends before it.
    gradients = np.zeros((made.location.size, k - 1, k))
    gradients[:, :, 1:] = np.tril(np.ones((k - 1, k - 1))) / shape.span
    slopes, covariance = made.linear(gradients)
    sigmas = np.sqrt(np.diag(covariance))
    at = slice(made.best, made.best + 1)
    curve = made.coefficients[made.best] @ shape.at(x)(made.location[at], made.second[at])[0]
    numbers = {
        "slopes": slopes,
        "slope_sigmas": sigmas,
        "breaks": breaks[:, 0],
        "break_sigmas": breaks[:, 1],
        "fitted": curve,
    }
    ways = _ways(slopes, sigmas)
    turns = [i for i in range(1, len(ways)) if ways[i] < 0 <= ways[i - 1]]
    if not turns:
        nothing = np.full(x.shape, np.nan)
        return Sequence(Outcome.UNDETERMINED, significance, progress=nothing, **numbers)
    turn = turns[-1] - 1
    steepest = max(turn, int(np.argmin(slopes[1:])))
    values, within = made.linear(_values(best, places[turn]))
    start, top, end = values
    ratio = np.array([0.0, -end / top, 1.0]) / top
    return Sequence(
        Outcome.FOUND,
        significance,
        progress=(curve - start) / (top - start),
        onset=float(breaks[steepest, 0]),
        onset_sigma=float(breaks[steepest, 1]),
        largest=float(breaks[turn, 0]),
        largest_sigma=float(breaks[turn, 1]),
        fall=float(end / top - 1),
        fall_sigma=float(np.sqrt(ratio @ within @ ratio)),
        rise=float(top - start),
        reduced_chi2=reduced_chi2,
        poor=best.poor,
        **numbers,
    )


def _values(best: Candidate, top: FloatArray) -> FloatArray:
    """Gradients `(g, 3, k)` of the values at the first point, at `top` `(g,)` and at the last point."""
    shape, made = best.shape, best.surface
    first, last = np.full_like(top, shape.stop - shape.span), np.full_like(top, shape.stop)
    rows = []
    for place in (first, top, last):
        t = (place - made.location) / shape.span
        row = [np.ones_like(t), t, np.maximum(t, 0.0)]
        if shape.name == "ramp":
            row.append(np.maximum((place - made.second) / shape.span, 0.0))
        rows.append(np.stack(row, axis=1))
    return np.stack(rows, axis=1)
