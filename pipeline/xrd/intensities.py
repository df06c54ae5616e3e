"""Ratios of integrated intensities, and differences of positions.

I(003)/I(104) of a layered oxide falls with Li/Ni mixing, and depends on wavelength and polarisation as well: the same
crystal shows 12 % less with Mo Kalpha than with Cu, and 15 % less at 0.452 angstrom at a synchrotron.
The corrected ratio is what unpolarised Cu Kalpha in Bragg-Brentano geometry would give
(`pipeline.physics.polarisation`); absorption, texture and anomalous scattering stay in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.physics.polarisation import to_cu_ratio
from pipeline.xrd.merged_lines import fitted_alone, fitted_lines, hosts
from pipeline.xrd.options import Hkl, RatioOptions, hkl_label
from pipeline.xrd.records import PeakTracks

Valued = tuple[FloatArray, FloatArray]


def intensity_ratios(
    tracks: PeakTracks, phase: str, ratios: Mapping[str, RatioOptions]
) -> tuple[Valued, Valued]:
    """Named ratios of summed areas, as measured and as Cu Kalpha would show them.

    Args:
        tracks: the followed lines.
        phase: the lines' phase.
        ratios: which sums over which.

    Returns:
        Ratios and sigmas `(n_frames, n_ratios)`, as measured and corrected. NaN where one of the lines was not
        fitted, unless it merged with another of the same sum. The sigmas take areas as uncorrelated and are scaled to the scatter about the fit.
    """
    to_cu = to_cu_ratio(tracks.position_deg, tracks.wavelength_angstrom[:, None])
    fitted, host = fitted_lines(tracks), hosts(tracks)
    found = []
    for factor in (np.ones_like(to_cu), to_cu):
        columns = []
        for ratio in ratios.values():
            sides = [
                _sum(tracks, _columns(tracks, phase, side), factor, fitted, host)
                for side in (ratio.over, ratio.under)
            ]
            value = sides[0][0] / sides[1][0]
            relative = np.hypot(*(sigma / total for total, sigma in sides))
            columns.append((value, value * relative))
        shape = (tracks.n_frames, len(columns))
        found.append(
            tuple(np.reshape(np.array([c[k] for c in columns]).T, shape) for k in range(2))
        )
    measured, corrected = found
    return (measured[0], measured[1]), (corrected[0], corrected[1])


def splittings(
    tracks: PeakTracks, phase: str, pairs: Mapping[str, tuple[Hkl, Hkl]]
) -> tuple[FloatArray, FloatArray]:
    """Differences of two positions on the target axis, second minus first, `(n_frames, n_pairs)`, and sigmas.

    NaN where one of the two was not fitted, or holds the counts of a third. A common shift of both mostly drops out.
    """
    shape = (tracks.n_frames, len(pairs))
    alone = fitted_alone(tracks)
    difference, sigma = np.full(shape, np.nan), np.full(shape, np.nan)
    for j, (first, second) in enumerate(pairs.values()):
        a, b = _columns(tracks, phase, (first, second))
        fitted = alone[:, a] & alone[:, b]
        position = tracks.position_target_deg
        error = tracks.position_target_sigma_deg * np.fmax(tracks.scatter_ratio, 1.0)
        difference[:, j] = np.where(fitted, position[:, b] - position[:, a], np.nan)
        sigma[:, j] = np.where(fitted, np.hypot(error[:, a], error[:, b]), np.nan)
    return difference, sigma


def _sum(
    tracks: PeakTracks, columns: list[int], factor: FloatArray, fitted: BoolArray, host: IntArray
) -> Valued:
    """Sum of the areas of some lines and its sigma, NaN where it is not known.

    A line that merged with another of the same sum is in it; one that holds the counts of a line outside
    the sum spoils it.
    """
    inside = np.isin(host, columns)
    complete = (fitted | inside)[:, columns].all(axis=1)
    outside = [j for j in range(host.shape[1]) if j not in columns]
    complete &= ~inside[:, outside].any(axis=1)
    part = fitted[:, columns]
    scale = factor[:, columns]
    sigma = (tracks.area_sigma_counts_deg * np.fmax(tracks.scatter_ratio, 1.0))[:, columns] * scale
    total = np.where(part, tracks.area_counts_deg[:, columns] * scale, 0.0).sum(axis=1)
    variance = np.where(part, sigma**2, 0.0).sum(axis=1)
    known = complete & (total > 0)
    return np.where(known, total, np.nan), np.sqrt(np.where(known, variance, np.nan))


def _columns(tracks: PeakTracks, phase: str, wanted: Sequence[Hkl]) -> list[int]:
    return [tracks.lines.index(phase, hkl_label(hkl)) for hkl in wanted]
