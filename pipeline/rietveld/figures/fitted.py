"""One refined pattern with all that is said of it in a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.esd import with_esd
from pipeline.rietveld.records import FitStatus, InstrumentProfiles, Refinements, ReflectionTable

ENGINES = {"gsas2": "GSAS-II", "rietx": "rietx"}
"""Engines as they write themselves."""

CROSS = "\N{MULTIPLICATION SIGN}"
"""Mark of a refinement that is no answer."""

_SIDE = 0.5  # share of the range that the enlarged part takes at most
_LATEST = 0.67  # share of the range after which it begins at the latest
_TRIED = 25  # places where it may begin
_MUCH_LOWER = 0.5  # it begins later where what is left is this much lower
_FEWEST_LINES = 3
_TO_EDGE = 0.02  # share of the range between a window's end and its outermost line


@dataclass(frozen=True, slots=True)
class Ticks:
    """Reflections of one phase, `(n,)`."""

    phase: str
    two_theta_deg: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FittedPattern:
    """A pattern `(n_points,)` without the NaN at its end, its curves, ticks and words.

    `calculated_counts` and `background_counts` are NaN where the engine gave none. `refused` is why the refinement is
    no answer, '' where it stands.
    """

    title: str
    two_theta_deg: FloatArray
    observed_counts: FloatArray
    sigma_counts: FloatArray
    calculated_counts: FloatArray
    background_counts: FloatArray
    ticks: tuple[Ticks, ...]
    said: tuple[str, ...]
    refused: str

    @property
    def has_data(self) -> bool:
        """Whether there is an observed pattern at all."""
        return bool(np.isfinite(self.observed_counts).any())

    @property
    def difference_counts(self) -> FloatArray:
        """Observed less calculated, `(n_points,)`."""
        return np.asarray(self.observed_counts - self.calculated_counts)


def engine_label(engine: str, version: str = "") -> str:
    """An engine as it writes itself, with its version."""
    return f"{ENGINES.get(engine, engine)} {version}".strip()


def refined_pattern(found: Refinements, row: int, title: str) -> FittedPattern:
    """A row of refinements: R factors and the mixing are said, of a mixture the weights too."""
    said = [
        engine_label(found.engine[row], found.engine_version[row]),
        *_fit_words(found.rwp_percent[row], found.gof[row]),
    ]
    numbers = [("mixing", _number(found, row, f"{found.main_phase}.mixing_percent"))]
    if len(found.phases) > 1:
        numbers += [(f"{p} by weight", _weight(found, row, p)) for p in found.phases]
    said += [f"{what} {number} %" for what, number in numbers if number]
    refused = "" if found.status[row] is FitStatus.OK else found.reason[row]
    ticks = _ticks(found.reflections, row, found.phases)
    return _pattern(found, row, title, ticks, said, refused)


def _number(found: Refinements, row: int, name: str) -> str:
    """A refined number with its esd; '' where it was not refined, or the row is no answer."""
    value, sigma = (float(v[row]) for v in found.derived.column(name))
    stands = found.status[row] is FitStatus.OK and np.isfinite(value) and np.isfinite(sigma)
    return with_esd(value, sigma) if stands else ""


def _weight(found: Refinements, row: int, phase: str) -> str:
    """The weight of a phase, and what it is without microabsorption where that was asked for."""
    plain = _number(found, row, f"{phase}.weight_percent")
    corrected = _number(found, row, f"{phase}.weight_brindley_percent")
    return f"{plain}, corrected {corrected}" if corrected else plain


def calibrated_pattern(found: InstrumentProfiles, row: int, title: str) -> FittedPattern:
    """A row of a standard's line profile."""
    said = [
        engine_label(found.engine[row], found.engine_version[row]),
        *_fit_words(found.rwp_percent[row], found.gof[row]),
    ]
    for name, what, unit in (
        ("zero_deg", "zero", "°"),
        ("displacement_um", "displacement", " µm"),
        ("axial_ratio", "axial (S+H)/L", ""),
    ):
        value, sigma = (float(v[row]) for v in found.profile.column(name))
        if np.isfinite(value) and np.isfinite(sigma) and sigma > 0:
            said.append(f"{what} {with_esd(value, sigma)}{unit}")
    refused = "" if found.status[row] is FitStatus.OK else found.reason[row]
    ticks = () if found.reflections is None else _ticks(found.reflections, row, (found.phase,))
    return _pattern(found, row, title, ticks, said, refused)


def _fit_words(rwp_percent: float, gof: float) -> list[str]:
    if not np.isfinite(rwp_percent):
        return []
    return [f"$R_{{wp}}$ {rwp_percent:.2f} %, GOF {gof:.2f}"]


def _ticks(table: ReflectionTable, row: int, phases: Sequence[str]) -> tuple[Ticks, ...]:
    mine = table.row_index == row
    return tuple(
        Ticks(phase, table.two_theta_deg[mine & np.array([p == phase for p in table.phase])])
        for phase in phases
        if mine.size
    )


def _pattern(
    found: Refinements | InstrumentProfiles,
    row: int,
    title: str,
    ticks: tuple[Ticks, ...],
    said: Sequence[str],
    refused: str,
) -> FittedPattern:
    angle = found.two_theta_deg[row]
    count = int(np.isfinite(angle).sum())  # NaN is at the end alone

    def cut(curve: FloatArray) -> FloatArray:
        own = np.full(count, np.nan)
        known = curve[row][
            :count
        ]  # of fewer columns where the engine gave no curve of the longest row
        own[: known.size] = known
        return own

    return FittedPattern(
        title,
        angle[:count],
        cut(found.observed_counts),
        cut(found.sigma_counts),
        cut(found.calculated_counts),
        cut(found.background_counts),
        ticks,
        tuple(said),
        refused,
    )


def high_angles(pattern: FittedPattern) -> tuple[float, float]:
    """Part that is worth enlarging: the upper half of the angles, to the last line; more where it holds few lines.

    A strong line at its beginning, which would set the scale, is left out. It begins between lines, where the
    calculated pattern is lowest nearby.

    Returns:
        Its lowest and highest angle in degree.
    """
    angle = pattern.two_theta_deg[np.isfinite(pattern.observed_counts)]
    low, high = float(angle[0]), float(angle[-1])
    at = np.sort(np.concatenate([np.empty(0), *(t.two_theta_deg for t in pattern.ticks)]))
    at = at[(at > low) & (at < high)]
    start, latest = low + _SIDE * (high - low), low + _LATEST * (high - low)
    edge = _TO_EDGE * (high - low)
    if at.size >= _FEWEST_LINES:
        start = min(start, float(at[-_FEWEST_LINES]) - edge)
        latest = min(latest, float(at[-_FEWEST_LINES]) - edge)
        high = min(high, float(at[-1]) + 2 * edge)
    start = max(low, _valley(pattern, start, edge))
    for later in np.linspace(start, latest, _TRIED)[1:]:
        place = _valley(pattern, float(later), edge / 2)
        if _height(pattern, place, high) < _MUCH_LOWER * _height(pattern, start, high):
            return place, high
    return start, high


def _curve(pattern: FittedPattern) -> FloatArray:
    calculated = pattern.calculated_counts
    return calculated if np.isfinite(calculated).any() else pattern.observed_counts


def _height(pattern: FittedPattern, low_deg: float, high_deg: float) -> float:
    """Height of the pattern over its lowest point, in a range of angles."""
    inside = (pattern.two_theta_deg >= low_deg) & (pattern.two_theta_deg <= high_deg)
    part = _curve(pattern)[inside]
    part = part[np.isfinite(part)]
    return float(np.ptp(part)) if part.size else 0.0


def _valley(pattern: FittedPattern, place_deg: float, reach_deg: float) -> float:
    """Angle near a place where no line is cut."""
    curve = _curve(pattern)
    near = np.flatnonzero(
        (np.abs(pattern.two_theta_deg - place_deg) <= reach_deg) & np.isfinite(curve)
    )
    if near.size == 0:
        return place_deg
    return float(pattern.two_theta_deg[near[np.argmin(curve[near])]])
