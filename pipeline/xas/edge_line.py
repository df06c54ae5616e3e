"""The line of valence against edge energy through compounds of known valence.

Edge energies rise with the valence, about linearly within one family of compounds; ligands and
coordination move them by up to 2 eV between families, as much as a unit of valence. So the line goes through
named standards, every compound of known valence is predicted by the line without it, and what
compounds of other families are off by is the model sigma of a sample of another family.

Valences are exact, energies are measured: the fit is energy against valence, inverted
(`pipeline.physics.calibration_line`).

Reference: H. Dau, P. Liebisch, M. Haumann, Anal. Bioanal. Chem. 376 (2003) 562,
doi:10.1007/s00216-003-1982-2 (edge energy, oxidation state, and what else moves the edge).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics import calibration_line
from pipeline.physics.calibration_line import Lines
from pipeline.xas.options import ValenceOptions
from pipeline.xas.records import EdgeLine, Flag, NormalisedSeries, ScanStatus
from pipeline.xas.verdicts import Verdicts

SLOPE_SIGNIFICANCE = 3.0  # a slope within this many sigma of zero gives no valence
BEYOND_SIGMAS = 3.0  # an edge this far outside the standards of the line,
BEYOND_EV = 0.1  # and at least so far, is extrapolated
FEWEST_OUTSIDE = 2  # compounds of other families that tell how far those are off


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound of known valence, and whether the line goes through it."""

    name: str
    title: str
    family: str
    valence: float
    in_line: bool
    series: NormalisedSeries


def edge_energies(series: NormalisedSeries, position: str) -> tuple[FloatArray, FloatArray]:
    """Edge energy of each scan with its sigma, `(n_scans,)`, by a method of `valence.edge_position`."""
    source = series if position in ("half_step", "level") else series.edges
    if source is None:
        nothing = np.full(len(series.status), np.nan)
        return nothing, nothing
    return getattr(source, f"{position}_ev"), getattr(source, f"{position}_sigma_ev")


def mean_energy(series: NormalisedSeries, position: str) -> tuple[float, float]:
    """Edge energy of a compound: the mean of its good scans.

    Its sigma is the rms of theirs: what they share, step and scale, does not fall with their number.
    """
    energy, sigma = edge_energies(series, position)
    good = np.array([s is ScanStatus.OK for s in series.status], dtype=np.bool_)
    good &= np.isfinite(energy) & np.isfinite(sigma)
    if not good.any():
        return float("nan"), float("nan")
    return float(energy[good].mean()), float(np.sqrt((sigma[good] ** 2).mean()))


def through(
    compounds: Sequence[Compound], options: ValenceOptions, element: str, edge: str
) -> EdgeLine:
    """Put the line through its standards, and predict every compound of known valence without it.

    Args:
        compounds: all compounds of known valence; those with `in_line` make the line.
        options: which edge position, the scatter where it is given.
        element: symbol.
        edge: such as `K`.

    Returns:
        The line. A compound without an edge position has the status `NO_EDGE_POSITION` and is
        left out. Where the rest are too few or of one valence, or where the slope is not above zero by
        three sigma, there is no line, and `why_not` says so.
    """
    valence = np.array([c.valence for c in compounds], dtype=np.float64)
    means = [mean_energy(c.series, options.edge_position) for c in compounds]
    energy, sigma = (np.array([pair[j] for pair in means], dtype=np.float64) for j in (0, 1))
    count = len(compounds)
    verdicts = Verdicts([ScanStatus.OK] * count, [""] * count, [()] * count)
    what = options.edge_position.replace("_", " ")
    verdicts.fail(
        ~np.isfinite(energy),
        ScanStatus.NO_EDGE_POSITION,
        lambda i: f"'{compounds[i].name}' has no good scan with an edge energy ({what})",
    )
    members = np.array([c.in_line for c in compounds], dtype=np.bool_) & verdicts.ok
    # One line with all its standards, then one for each compound without it, in a single fit.
    used = np.vstack([members, members & ~np.eye(count, dtype=np.bool_)])
    lines = calibration_line.fit(valence, energy, sigma, used, options.scatter_ev)
    why_not = _why_not(lines, members, valence, what)
    whole, without = _row(lines, slice(0, 1)), _row(lines, slice(1, None))
    predicted, predicted_sigma = without.invert(energy, sigma)
    half = without.interval * predicted_sigma
    usable = without.slope > SLOPE_SIGNIFICANCE * without.slope_sigma
    known = verdicts.ok & usable if not why_not else np.zeros(count, dtype=np.bool_)

    families = {c.family for c, used_ in zip(compounds, members, strict=True) if used_ and c.family}
    other = np.array([bool(c.family) and c.family not in families for c in compounds])
    verdicts.flag(other & bool(families), Flag.FAMILY_DIFFERS)
    if len(families) > 1:
        verdicts.flag(members, Flag.LINE_ACROSS_FAMILIES)
    below, above = beyond(energy, sigma, energy[members], sigma[members])
    verdicts.flag(verdicts.ok & (below | above), Flag.LINE_EXTRAPOLATED)

    def number(values: FloatArray) -> float:
        return float("nan") if why_not else float(values[0])

    return EdgeLine(
        element=element,
        edge=edge,
        position=options.edge_position,
        compounds=tuple(c.name for c in compounds),
        titles=tuple(c.title for c in compounds),
        families=tuple(c.family for c in compounds),
        in_line=tuple(bool(m) for m in members),
        valence=valence,
        energy_ev=energy,
        energy_sigma_ev=sigma,
        predicted_valence=np.where(known, predicted, np.nan),
        predicted_valence_sigma=np.where(known, predicted_sigma, np.nan),
        predicted_low_valence=np.where(known, predicted - half, np.nan),
        predicted_high_valence=np.where(known, predicted + half, np.nan),
        left_out_slope_ev=np.where(known, without.slope, np.nan),
        left_out_centre_ev=np.where(known, without.at(np.full(count, whole.centre_x[0])), np.nan),
        slope_ev=number(whole.slope),
        slope_sigma_ev=number(whole.slope_sigma),
        centre_valence=number(whole.centre_x),
        centre_ev=number(whole.centre_y),
        centre_sigma_ev=number(whole.centre_y_sigma),
        scatter_ev=number(whole.scatter),
        interval_ratio=number(whole.interval),
        why_not=why_not,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )


def read_off(
    line: EdgeLine, energy_ev: FloatArray, sigma_ev: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Valence at edge energies.

    Args:
        line: the line.
        energy_ev: edge energies `(n,)`.
        sigma_ev: their sigmas `(n,)`.

    Returns:
        Valence, its prediction sigma, and the standard deviation of what the lines without one of
        their standards give for it, each `(n,)`.
    """
    valence, sigma = _as_lines(line).invert(energy_ev, sigma_ev)
    kept = np.array(line.in_line) & np.isfinite(line.left_out_slope_ev)
    if kept.sum() < 2:
        return valence, sigma, np.full(valence.shape, np.nan)
    sets = line.centre_valence + (
        (energy_ev[:, None] - line.left_out_centre_ev[kept]) / line.left_out_slope_ev[kept]
    )
    return valence, sigma, sets.std(axis=1, ddof=1)


def beyond(
    energy_ev: FloatArray, sigma_ev: FloatArray, line_ev: FloatArray, line_sigma_ev: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """Say which energies `(n,)` lie below all, and which above all standards of a line `(m,)`.

    By more than three joint sigmas, and by more than 0.1 eV.
    """
    if not line_ev.size:
        nowhere = np.zeros(energy_ev.shape, dtype=np.bool_)
        return nowhere, nowhere
    found = []
    for end, sign in ((line_ev.argmin(), -1.0), (line_ev.argmax(), 1.0)):
        joint = np.hypot(np.nan_to_num(sigma_ev), line_sigma_ev[end])
        distance = sign * (energy_ev - line_ev[end])
        found.append(distance > np.maximum(BEYOND_SIGMAS * joint, BEYOND_EV))
    return found[0], found[1]


def family_sigma_ev(line: EdgeLine, sample: str, fallback_ev: float) -> float:
    """How far compounds outside the line's families lie from it, rms in eV.

    Args:
        line: the line.
        sample: id of the data set that is asked about, which does not count.
        fallback_ev: the answer where fewer than two compounds tell.
    """
    outside = [
        i
        for i, flags in enumerate(line.flags)
        if Flag.FAMILY_DIFFERS in flags and line.compounds[i] != sample
    ]
    residual = line.energy_ev[outside] - (
        line.centre_ev + line.slope_ev * (line.valence[outside] - line.centre_valence)
    )
    residual = residual[np.isfinite(residual)]
    if residual.size < FEWEST_OUTSIDE:
        return fallback_ev
    return float(np.sqrt((residual**2).mean()))


def _why_not(lines: Lines, members: BoolArray, valence: FloatArray, what: str) -> str:
    """Why there is no line through the standards; '' where there is one."""
    if not np.isfinite(lines.slope[0]):
        kinds = np.unique(valence[members]).size
        return (
            f"{int(members.sum())} standards of {kinds} valences have an edge energy ({what}); a line needs "
            "three of two valences, or two with `scatter_ev` given"
        )
    slope, sigma = lines.slope[0], lines.slope_sigma[0]
    if not slope > SLOPE_SIGNIFICANCE * sigma:
        return (
            f"the edge energies ({what}) do not rise with the valence: slope {slope:.3g} eV with sigma "
            f"{sigma:.2g}; choose other standards or another `edge_position`"
        )
    return ""


def _row(lines: Lines, rows: slice) -> Lines:
    return Lines(**{name: getattr(lines, name)[rows] for name in Lines.__dataclass_fields__})


def _as_lines(line: EdgeLine) -> Lines:
    """The record as a line of one row, for many energies."""
    return Lines(
        slope=np.array([line.slope_ev]),
        slope_sigma=np.array([line.slope_sigma_ev]),
        centre_x=np.array([line.centre_valence]),
        centre_y=np.array([line.centre_ev]),
        centre_y_sigma=np.array([line.centre_sigma_ev]),
        scatter=np.array([line.scatter_ev]),
        interval=np.array([line.interval_ratio]),
    )
