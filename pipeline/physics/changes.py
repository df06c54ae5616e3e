"""Changes of a quantity with a covariate: where one begins, is half done, ends, and how wide it is.

Two models. `logistic`: from one level to another, `y = before + (after - before) / (1 + exp(-(x - m) / s))`,
either level with a slope of its own where the data ask for it. Onset and end are where the tangent at
the midpoint meets the levels, `m - 2 s` and `m + 2 s` (the extrapolated onset of thermal analysis,
ISO 11357-1), and the width is `4 s`. `broken_line`: straight, then with another slope from the onset on;
where the data show that this ends too, a second break is the end, and the midpoint is half way.
Which slopes and breaks there are the data decide (`pipeline.physics.change_choice`).

All places and widths are looked at (`pipeline.physics.separable`), and estimates are means and
sigmas of the likelihood: a change that is over between two points has an onset known to about
gap/sqrt(12), not better. Sigmas are scaled by the root of the reduced chi2 where above one, and by the
autocorrelation of the residuals. A change must be significant against a smooth background, all
places counted where it was looked for (`pipeline.physics.look_elsewhere`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.physics.change_choice import EDGE, Candidate, Model, settled, used_points
from pipeline.physics.change_shapes import Shape, logistic
from pipeline.physics.look_elsewhere import significance
from pipeline.physics.separable import Surface

FEWEST = 10  # points; the largest model has six parameters, and AICc needs two more than that
SIGNIFICANT = 3.0  # sigmas, all places counted: one series of noise in 740 shows a change
HALF = 0.5  # Akaike weight that shapes whose likelihood is not cut must have together
PLACES = 60  # looked at by the test of significance
WIDTHS = (0.0, 0.03, 0.08, 0.2, 0.5)  # of the span, likewise


class Outcome(StrEnum):
    """What was found."""

    FOUND = "found"
    NO_CHANGE = "no_change"
    UNDETERMINED = "undetermined"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One change; numbers are NaN where there are none.

    Places are in the unit of the covariate. `before` and `after` are the levels at the midpoint of
    a step; of a broken line both where the change ends, or at the last point where it does not: the
    first line there, and the curve. `ratio` is `(after - before)` over the larger of the two. `fitted`
    `(n,)` is the most likely curve at all points and `progress` `(n,)` the share of the change that is done there; a
    value is drawn beside it as `progress + (y - fitted) / (after - before)`. `significance` is in sigmas.
    `incomplete` says that no points show the level before or after it, `poor` that residuals hang together.
    `left_out` are the places of points that stand alone, far from a curve on which their neighbours lie.
    """

    outcome: Outcome
    significance: float
    fitted: FloatArray
    progress: FloatArray
    onset: float = np.nan
    onset_sigma: float = np.nan
    midpoint: float = np.nan
    midpoint_sigma: float = np.nan
    end: float = np.nan
    end_sigma: float = np.nan
    width: float = np.nan
    width_sigma: float = np.nan
    before: float = np.nan
    before_sigma: float = np.nan
    after: float = np.nan
    after_sigma: float = np.nan
    ratio: float = np.nan
    ratio_sigma: float = np.nan
    reduced_chi2: float = np.nan
    shape: str = ""
    incomplete: bool = False
    poor: bool = False
    left_out: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def fit_change(
    x: FloatArray, y: FloatArray, sigma: FloatArray, model: Model, limit: BoolArray | None = None
) -> Change:
    """Fit one change to a quantity.

    Args:
        x: covariate of the points `(n,)`, in any order, NaN where it is not known.
        y: the quantity `(n,)`, NaN where there is none.
        sigma: its sigma `(n,)`.
        model: of the change.
        limit: which values are none but stand for an upper limit `(n,)`: they weigh in, but their
            agreement with the model says nothing about the scatter.

    Returns:
        The change. Points without covariate, value or sigma are left out.
    """
    points = used_points(x, y, sigma, limit)
    nothing = np.full(x.shape, np.nan)
    none = Change(Outcome.TOO_FEW, np.nan, nothing, nothing)
    if points.x.size < FEWEST or np.unique(points.x).size < FEWEST:
        return none
    given = points.index
    points, tried = settled(points, model)
    none = replace(none, left_out=np.setdiff1d(given, points.index))
    found = change_significance(points.x, points.y, points.weight, model)
    if not found >= SIGNIFICANT:
        return replace(none, outcome=Outcome.NO_CHANGE, significance=found)
    kept = [c for c in tried if not c.cut]
    if sum(c.share for c in kept) < HALF:
        cut = replace(none, outcome=Outcome.UNDETERMINED, significance=found)
        return replace(cut, shape=tried[0].shape.name)
    places = _no_finer_than_points(_places(kept), points.x)
    shape, made = kept[0].shape, kept[0].surface
    fitted, progress = _curves(shape, made, x)
    return Change(
        Outcome.FOUND,
        found,
        fitted,
        progress,
        **places,
        **_levels(shape, made),
        reduced_chi2=made.least_chi2 / points.degrees(shape.parameters),
        shape=shape.name,
        incomplete=_incomplete(places, shape, made, points.x),
        poor=kept[0].poor,
        left_out=none.left_out,
    )


def change_significance(x: FloatArray, y: FloatArray, weight: FloatArray, model: Model) -> float:
    """Significance of a change in sigmas, all places and widths counted that were looked at.

    Args:
        x: covariate `(n,)`, ascending.
        y: the quantity `(n,)`.
        weight: one over the square of sigma `(n,)`.
        model: of the change.

    Returns:
        Sigmas; see `pipeline.physics.look_elsewhere.significance`.
    """
    inside = np.arange(EDGE - 1, x.size - EDGE)
    pick = np.unique(np.linspace(inside[0], inside[-1], PLACES).round().astype(int))
    places = (x[pick] + x[pick + 1]) / 2
    span = x[-1] - x[0]
    t = (x - places[:, None]) / span
    if model == "broken_line":
        return significance(x, y, weight, np.maximum(t, 0.0), 2)
    shapes = np.concatenate([logistic(t, np.full((1, 1), w)) for w in WIDTHS])
    return significance(x, y, weight, shapes, 3)


def _places(kept: list[Candidate]) -> dict[str, float]:
    """Onset, midpoint, end and width, with their sigmas; of a line with one break the onset alone."""
    found = {"onset": np.nan, "midpoint": np.nan, "end": np.nan, "width": np.nan}
    made = [c.surface for c in kept]
    values = [c.shape.places(m.location, m.second) for c, m in zip(kept, made, strict=True)]
    for name in values[0]:
        parts = [m.moments(v[name]) for m, v in zip(made, values, strict=True)]
        share = np.array([c.share for c in kept])
        found[name], found[f"{name}_sigma"] = averaged(share, *np.array(parts).T)
    return found


def _incomplete(places: dict[str, float], shape: Shape, made: Surface, x: FloatArray) -> bool:
    """Whether the points do not show a level before or after the change.

    Too few of them lie there, or what they show drifts by more than the step itself: then it is no
    level, but a change that goes on.
    """
    onset = places["onset"]
    end = places["end"] if np.isfinite(places["end"]) else onset
    if onset < x[EDGE - 1] or end > x[-EDGE]:
        return True
    coefficients = made.coefficients[made.best]
    before, after = shape.drifts(coefficients)
    size = abs(coefficients[1] - coefficients[0]) if shape.is_step else np.inf
    return bool(max(abs(before) * (onset - x[0]), abs(after) * (x[-1] - end)) > size)


def _no_finer_than_points(places: dict[str, float], x: FloatArray) -> dict[str, float]:
    """Sigmas no less than gap/sqrt(12) of a step that is over between two points.

    Where in the gap it is the shape of the step alone would tell, and that is the model's and not the data's.
    """
    if not np.isfinite(places["width"]):
        return places
    distinct = np.unique(x)
    gap = np.diff(distinct)[np.searchsorted(distinct, places["midpoint"]) - 1]
    if places["width"] > gap:
        return places
    least = gap / np.sqrt(12)
    return {k: max(v, least) if k.endswith("_sigma") else v for k, v in places.items()}


def averaged(share: FloatArray, mean: FloatArray, sigma: FloatArray) -> tuple[float, float]:
    """Mean and sigma of a mixture: what the parts scatter among themselves adds to their own sigma.

    Args:
        share: weight of each part `(m,)`.
        mean: of each part `(m,)`.
        sigma: of each part `(m,)`.

    Returns:
        `sum p_i m_i` and the root of `sum p_i (sigma_i^2 + (m_i - mean)^2)`, with `p` summing to one.
    """
    part = share / share.sum()
    middle = float(part @ mean)
    return middle, float(np.sqrt(part @ (sigma**2 + (mean - middle) ** 2)))


def _levels(shape: Shape, made: Surface) -> dict[str, float]:
    """Levels before and after, and the change over the larger, with their sigmas."""
    mean, covariance = made.linear(shape.levels(made.location, made.second))
    larger, smaller = (1, 0) if abs(mean[1]) >= abs(mean[0]) else (0, 1)
    ratio, ratio_sigma = np.nan, np.nan
    if mean[larger] != 0:
        part = mean[smaller] / mean[larger]
        ratio = float((1 - part) * np.sign(mean[larger])) * (1.0 if larger == 1 else -1.0)
        gradient = np.zeros(2)
        gradient[smaller], gradient[larger] = 1 / mean[larger], -part / mean[larger]
        ratio_sigma = float(np.sqrt(gradient @ covariance @ gradient))
    sigma = np.sqrt(np.diag(covariance))
    return {
        "before": float(mean[0]),
        "before_sigma": float(sigma[0]),
        "after": float(mean[1]),
        "after_sigma": float(sigma[1]),
        "ratio": ratio,
        "ratio_sigma": ratio_sigma,
    }


def _curves(shape: Shape, made: Surface, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The most likely curve at all points, and what share of the change is done there."""
    best = slice(made.best, made.best + 1)
    location, second, coefficients = (
        made.location[best],
        made.second[best],
        made.coefficients[best][0],
    )
    everywhere = shape.at(x)
    fitted: FloatArray = coefficients @ everywhere(location, second)[0]
    return fitted, everywhere.progress(location, second, coefficients)
