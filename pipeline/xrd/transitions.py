"""Changes over a series: onset, midpoint, end and width of what its lines and cells do.

The models are those of `pipeline.physics.changes`, `.expansion` and `.sequences`. A quantity that does not change
beyond what chance and a smooth background give has no onset, and its status says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.physics.changes import FEWEST, SIGNIFICANT, Change, Outcome, fit_change
from pipeline.physics.expansion import relative_slope
from pipeline.physics.sequences import Sequence, fit_sequence
from pipeline.xrd.change_series import Quantity, quantity_of
from pipeline.xrd.options import ChangeOptions, Hkl, TransitionOptions
from pipeline.xrd.records import (
    CellSeries,
    Flag,
    Flags,
    FrameStatus,
    PeakTracks,
    Transitions,
)

PLACES = tuple(f"{n}{end}" for n in ("onset", "midpoint", "end", "width") for end in ("", "_sigma"))
OTHERS = ("step", "step_sigma", "slope", "slope_sigma", "significance", "reduced_chi2")


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """One change of the record: numbers that are missing are NaN; curves are `(n_frames,)`."""

    scaled: FloatArray
    scaled_sigma: FloatArray
    fitted: FloatArray
    status: FrameStatus = FrameStatus.OK
    reason: str = ""
    flags: Flags = ()
    verdict: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)


def transitions(
    tracks: PeakTracks,
    cells: CellSeries | None,
    phase: str,
    options: TransitionOptions,
    splittings: Mapping[str, tuple[Hkl, Hkl]] | None = None,
) -> Transitions:
    """Fit every change that is asked for.

    Args:
        tracks: followed lines.
        cells: cells of the same frames, or None where there are none.
        phase: whose lines are meant where a change does not say.
        options: the changes and their covariate.
        splittings: the two lines of each named splitting, for frames where they have become one.

    Returns:
        One row a change. What cannot be fitted has a status with its reason.

    Raises:
        AnalysisError: a change names a line, splitting or ratio that is not there.
    """
    at = _covariate(tracks, options.against)
    rows, labels = [], []
    for change in options.changes.values():
        found = quantity_of(change, tracks, cells, phase, splittings or {})
        labels.append(found.label)
        rows.append(_row(change, found, at, options.against))
    numbers = {
        name: np.array([row.numbers.get(name, np.nan) for row in rows])
        for name in (*PLACES, *OTHERS)
    }
    shape = (len(rows), at.size)
    return Transitions(
        covariate=options.against,
        names=tuple(options.changes),
        quantity=tuple(labels),
        models=tuple(c.model for c in options.changes.values()),
        **{f"{name}_of_covariate": numbers[name] for name in PLACES},
        step_ratio=numbers["step"],
        step_sigma_ratio=numbers["step_sigma"],
        slope_per_covariate=numbers["slope"],
        slope_sigma_per_covariate=numbers["slope_sigma"],
        significance_ratio=numbers["significance"],
        reduced_chi2=numbers["reduced_chi2"],
        at_of_covariate=at,
        scaled_ratio=np.array([row.scaled for row in rows]).reshape(shape),
        scaled_sigma_ratio=np.array([row.scaled_sigma for row in rows]).reshape(shape),
        fitted_ratio=np.array([row.fitted for row in rows]).reshape(shape),
        status=tuple(row.status for row in rows),
        reason=tuple(row.reason for row in rows),
        flags=tuple(row.flags for row in rows),
        verdict=tuple(row.verdict for row in rows),
    )


def _covariate(tracks: PeakTracks, name: str) -> FloatArray:
    if name == "frame":
        return np.arange(tracks.n_frames, dtype=np.float64)
    values: FloatArray = getattr(tracks.covariates, name)
    return values


def _row(change: ChangeOptions, found: Quantity, at: FloatArray, covariate: str) -> _Row:
    if not np.isfinite(at).any():
        return _none(at, FrameStatus.NO_COVARIATE, f"no frame has a {covariate}")
    if change.range is not None:
        with np.errstate(invalid="ignore"):
            at = np.where((at >= change.range[0]) & (at <= change.range[1]), at, np.nan)
    if change.model == "expansion":
        return _expansion(found, at)
    if change.model == "sequence":
        return _sequence(found, at)
    made = fit_change(at, found.value, found.sigma, change.model, found.limit)
    if made.outcome is not Outcome.FOUND:
        return _not_found(made.outcome, made.significance, found, at)
    size = made.after - made.before
    return _Row(
        *_scaled(found, made.fitted, made.progress, size),
        reason=_left_out(made),
        flags=((Flag.CHANGE_NOT_COMPLETE,) if made.incomplete else ()) + _flags(made),
        verdict="rises" if size > 0 else "falls",
        numbers=_numbers_of(made),
    )


def _numbers_of(made: Change) -> dict[str, float]:
    return {name: getattr(made, name) for name in PLACES} | {
        "step": made.ratio,
        "step_sigma": made.ratio_sigma,
        "significance": made.significance,
        "reduced_chi2": made.reduced_chi2,
    }


def _flags(made: Change | Sequence) -> Flags:
    poor: Flags = (Flag.MODEL_POOR,) if made.poor else ()
    return poor + ((Flag.FRAMES_LEFT_OUT,) if made.left_out.size else ())


def _left_out(made: Change | Sequence) -> str:
    """Which frames, for a reader of the table to look at."""
    if not made.left_out.size:
        return ""
    frames = ", ".join(str(i) for i in made.left_out)
    return f"frame {frames}: far from the curve on which its neighbours lie, left out"


def _expansion(found: Quantity, at: FloatArray) -> _Row:
    made = relative_slope(at, found.value, found.sigma)
    if not np.isfinite(made.slope):
        return _not_found(Outcome.TOO_FEW, np.nan, found, at)
    significance = abs(made.slope) / made.slope_sigma
    word = "stays"
    if significance >= SIGNIFICANT:
        word = "rises" if made.slope > 0 else "falls"
    return _Row(
        *_scaled(found, made.fitted, made.progress, made.change),
        flags=(Flag.MODEL_POOR,) if made.poor else (),
        verdict=word,
        numbers={
            "slope": made.slope,
            "slope_sigma": made.slope_sigma,
            "significance": significance,
            "reduced_chi2": made.reduced_chi2,
        },
    )


def _sequence(found: Quantity, at: FloatArray) -> _Row:
    made = fit_sequence(at, found.value, found.sigma)
    words = _in_words(made)
    if made.outcome is not Outcome.FOUND:
        return _not_found(made.outcome, made.significance, found, at, words)
    return _Row(
        *_scaled(found, made.fitted, made.progress, made.rise),
        reason=_left_out(made),
        flags=_flags(made),
        verdict=words,
        numbers={
            "onset": made.onset,
            "onset_sigma": made.onset_sigma,
            "midpoint": made.largest,
            "midpoint_sigma": made.largest_sigma,
            "step": made.fall,
            "step_sigma": made.fall_sigma,
            "significance": made.significance,
            "reduced_chi2": made.reduced_chi2,
        },
    )


def _in_words(made: Sequence) -> str:
    """Such as `rises to 0.48, rises faster to 1.32, falls`."""
    parts = [
        f"{word} to {place:.4g}" if place is not None else word
        for word, place in zip(made.words, [*made.breaks.tolist(), None], strict=False)
    ]
    return ", ".join(parts)


def _scaled(
    found: Quantity, fitted: FloatArray, progress: FloatArray, size: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values, sigmas and curve as shares of the change: residuals in units of it beside the curve."""
    return progress + (found.value - fitted) / size, np.abs(found.sigma / size), progress


def _not_found(
    outcome: Outcome, significance: float, found: Quantity, at: FloatArray, words: str = ""
) -> _Row:
    count = int(np.count_nonzero(np.isfinite(at) & np.isfinite(found.value)))
    if outcome is Outcome.TOO_FEW:
        text = f"{count} frames with a value and a covariate; {FEWEST} different ones are needed"
        return _none(at, FrameStatus.TOO_FEW_FRAMES, text)
    numbers = {"significance": significance}
    if outcome is Outcome.NO_CHANGE:
        text = f"a smooth curve does as well: {significance:.1f} sigma, {SIGNIFICANT:g} are asked"
        return _none(at, FrameStatus.NO_CHANGE, text, (), numbers, words or "stays smooth")
    text = "it changes, but not inside the range: what is before or after is not seen"
    if words:
        text = f"{words}: it does not rise and then fall inside the range"
    flags = (Flag.CHANGE_OUTSIDE_RANGE,)
    return _none(at, FrameStatus.NO_CHANGE, text, flags, numbers, words)


def _none(
    at: FloatArray,
    status: FrameStatus,
    reason: str,
    flags: Flags = (),
    numbers: Mapping[str, float] | None = None,
    verdict: str = "",
) -> _Row:
    nothing = np.full(at.shape, np.nan)
    return _Row(nothing, nothing, nothing, status, reason, flags, verdict, numbers or {})
