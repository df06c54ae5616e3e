"""The quantity that a change is about, in each frame: from lines or cells, with what is known where there is no line.

A line that is absent or too weak has no area but an upper limit: its area counts as 0 with the sigma for which the limit
is what it says, `limit / z`. Two lines that have become one have no splitting: it counts as 0 with the sigma of
the line, `FWHM / 2.355`, for lines closer than that are not told apart. Both kinds of value weigh in where a change
begins or ends, but say nothing about the scatter.

Two lines that run towards each other may be taken for each other in a frame before they meet: a splitting has the sign
that it has where they stand well apart, so that a true crossing within four widths is shown as a touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.core.errors import AnalysisError, did_you_mean
from pipeline.xrd.merged_lines import fitted_alone
from pipeline.xrd.options import ChangeOptions, Hkl, hkl_label
from pipeline.xrd.options.transitions import OF_CELL, OF_LINE
from pipeline.xrd.records import CellSeries, LineStatus, PeakTracks

FWHM_TO_SIGMA = 2.354820045030949  # 2 sqrt(2 ln 2)
TOLD_APART = (
    4.0  # widths; lines that move by a width or two a frame are taken for each other up to this
)
_OF_LINE = {
    "area": ("area_counts_deg", "area_sigma_counts_deg"),
    "position": ("position_target_deg", "position_target_sigma_deg"),
    "fwhm": ("fwhm_deg", "fwhm_sigma_deg"),
    "spacing": ("spacing_angstrom", "spacing_sigma_angstrom"),
}
_OF_CELL = {
    **{n: (f"{n}_angstrom", f"{n}_sigma_angstrom") for n in "abc"},
    "volume": ("volume_angstrom3", "volume_sigma_angstrom3"),
    "c_over_a": ("c_over_a_ratio", "c_over_a_sigma_ratio"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A quantity in each frame `(n_frames,)`, NaN where there is none, and which values stand for a limit."""

    label: str
    value: FloatArray
    sigma: FloatArray
    limit: BoolArray


def quantity_of(
    change: ChangeOptions,
    tracks: PeakTracks,
    cells: CellSeries | None,
    phase: str,
    splittings: Mapping[str, tuple[Hkl, Hkl]],
) -> Quantity:
    """Fetch the quantity of a change.

    Args:
        change: which.
        tracks: followed lines.
        cells: cells of the same frames, or None.
        phase: whose lines are meant where the change does not say.
        splittings: the two lines of each named splitting, to see where they have become one.

    Returns:
        The quantity. Sigmas of lines are scaled to the scatter of their fits.

    Raises:
        AnalysisError: there is no such line, cell, splitting or ratio.
    """
    if change.quantity in OF_LINE:
        return _of_line(change, tracks, change.phase or phase)
    if cells is None:
        raise AnalysisError(f"the quantity '{change.quantity}' needs cells: add a `cell` block.")
    if change.quantity in OF_CELL:
        value, sigma = (getattr(cells, name) for name in _OF_CELL[change.quantity])
        none = np.zeros(value.shape, dtype=np.bool_)
        return Quantity(f"{change.quantity} {cells.phase}", value, sigma, none)
    if change.quantity == "ratio":
        i = _place(change, cells.ratio_names)
        value, sigma = cells.intensity_ratio[:, i], cells.intensity_sigma_ratio[:, i]
        none = np.zeros(value.shape, dtype=np.bool_)
        return Quantity(f"ratio {change.name}", value, sigma, none)
    return _splitting(change, tracks, cells, splittings)


def _of_line(change: ChangeOptions, tracks: PeakTracks, phase: str) -> Quantity:
    label = hkl_label(change.hkl) if change.hkl else ""
    try:
        i = tracks.lines.index(phase, label)
    except KeyError:
        hint = did_you_mean(f"{phase} {label}", tracks.lines.label)
        raise AnalysisError(f"the line '{phase} {label}' is not followed.{hint}") from None
    value, sigma = (getattr(tracks, name)[:, i].copy() for name in _OF_LINE[change.quantity])
    sigma *= np.fmax(tracks.scatter_ratio[:, i], 1.0)
    value[~fitted_alone(tracks)[:, i]] = (
        np.nan
    )  # of two lines that became one, nothing is of either
    limit = np.zeros(value.shape, dtype=np.bool_)
    if change.quantity == "area":
        bound = tracks.area_limit_counts_deg[:, i]
        limit = ~np.isfinite(value) & np.isfinite(bound)
        value[limit], sigma[limit] = 0.0, bound[limit] / ndtri(tracks.limit_level_fraction)
    return Quantity(f"{change.quantity} {phase} {label}", value, sigma, limit)


def _splitting(
    change: ChangeOptions,
    tracks: PeakTracks,
    cells: CellSeries,
    splittings: Mapping[str, tuple[Hkl, Hkl]],
) -> Quantity:
    j = _place(change, cells.splitting_names)
    value, sigma = cells.splitting_deg[:, j].copy(), cells.splitting_sigma_deg[:, j].copy()
    limit = np.zeros(value.shape, dtype=np.bool_)
    pair = splittings.get(str(change.name))
    if pair is not None:
        columns = [tracks.lines.index(cells.phase, hkl_label(hkl)) for hkl in pair]
        merged = np.array(
            [LineStatus.MERGED in (row[columns[0]], row[columns[1]]) for row in tracks.line_status]
        )
        width = _width(tracks, columns)
        value = _one_sign(value, width)
        limit = merged & ~np.isfinite(value) & np.isfinite(width)
        value[limit], sigma[limit] = 0.0, width[limit] / FWHM_TO_SIGMA
    return Quantity(f"splitting {change.name}", value, sigma, limit)


def _one_sign(value: FloatArray, width: FloatArray) -> FloatArray:
    """Splittings with the sign of those frames where the lines stand well apart.

    Nearer to each other than `TOLD_APART` widths, which of two moving lines is which is not sure, only how far
    they are from each other.
    """
    with np.errstate(invalid="ignore"):
        near = np.abs(value) < TOLD_APART * width
        far = np.abs(value) >= TOLD_APART * width
    if not far.any():
        return value
    return np.where(near, np.sign(np.median(value[far])) * np.abs(value), value)


def _width(tracks: PeakTracks, columns: list[int]) -> FloatArray:
    """Width of either line of a pair in each frame, where neither has one the median of all, on the target axis."""
    fwhm = tracks.fwhm_deg[:, columns]
    # Angles on the two axes are to each other as tan(theta), for d(2 theta) = 2 tan(theta) d(d) / d.
    measured, target = tracks.position_deg[:, columns], tracks.position_target_deg[:, columns]
    fwhm = fwhm * np.tan(np.radians(target / 2)) / np.tan(np.radians(measured / 2))
    there = np.isfinite(fwhm)
    if not there.any():
        return np.full(len(fwhm), np.nan)
    own = np.where(there, fwhm, -np.inf).max(axis=1)
    return np.where(there.any(axis=1), own, np.median(fwhm[there]))


def _place(change: ChangeOptions, names: tuple[str, ...]) -> int:
    if change.name not in names:
        hint = did_you_mean(str(change.name), names)
        raise AnalysisError(f"the cells have no {change.quantity} '{change.name}'.{hint}")
    return names.index(change.name)
