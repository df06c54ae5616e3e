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

_SIDE = 0.5  # share of the range that the enlarged part takes at most
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
    names = [(f"{found.main_phase}.mixing_percent", "mixing")]
    names += [(f"{p}.weight_percent", f"{p} by weight") for p in found.phases if found.phases[1:]]
    for name, what in names:
        value, sigma = found.derived.column(name)
        if np.isfinite(value[row]) and np.isfinite(sigma[row]):
            said.append(f"{what} {with_esd(float(value[row]), float(sigma[row]))} %")
    refused = "" if found.status[row] is FitStatus.OK else found.reason[row]
    ticks = _ticks(found.reflections, row, found.phases)
    return _pattern(found, row, title, ticks, said, refused)


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
    inside = np.isfinite(angle)

    def cut(curve: FloatArray) -> FloatArray:
        if curve.shape[1] != inside.size:  # an engine that failed left no curve
            return np.full(int(inside.sum()), np.nan)
        return np.asarray(curve[row][inside])

    return FittedPattern(
        title,
        angle[inside],
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

    It begins and ends between lines, where the calculated pattern is lowest nearby.

    Returns:
        Its lowest and highest angle in degree.
    """
    angle = pattern.two_theta_deg[np.isfinite(pattern.observed_counts)]
    low, high = float(angle[0]), float(angle[-1])
    at = np.sort(np.concatenate([np.empty(0), *(t.two_theta_deg for t in pattern.ticks)]))
    at = at[(at > low) & (at < high)]
    start = low + _SIDE * (high - low)
    edge = _TO_EDGE * (high - low)
    if at.size >= _FEWEST_LINES:
        start = min(start, float(at[-_FEWEST_LINES]) - edge)
        high = min(high, float(at[-1]) + 2 * edge)
    return max(low, _valley(pattern, start, edge)), high


def _valley(pattern: FittedPattern, place_deg: float, reach_deg: float) -> float:
    """Angle near a place where no line is cut."""
    curve = pattern.calculated_counts
    if not np.isfinite(curve).any():
        curve = pattern.observed_counts
    near = np.flatnonzero(
        (np.abs(pattern.two_theta_deg - place_deg) <= reach_deg) & np.isfinite(curve)
    )
    if near.size == 0:
        return place_deg
    return float(pattern.two_theta_deg[near[np.argmin(curve[near])]])
