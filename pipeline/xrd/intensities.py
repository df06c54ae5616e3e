"""Ratios of integrated intensities, and differences of positions.

I(003)/I(104) of a layered oxide falls with Li/Ni mixing, and depends on wavelength and polarisation as well: the same
crystal shows 12 % less with Mo Kalpha than with Cu, and 15 % less at 0.452 angstrom at a synchrotron.
The corrected ratio is what unpolarised Cu Kalpha in Bragg-Brentano geometry would give
(`pipeline.physics.polarisation`); absorption, texture and anomalous scattering stay in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.polarisation import to_cu_ratio
from pipeline.xrd.options import Hkl, RatioOptions, hkl_label
from pipeline.xrd.records import LineStatus, PeakTracks

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
        fitted. The sigmas take areas as uncorrelated and are scaled to the scatter about the fit.
    """
    to_cu = to_cu_ratio(tracks.position_deg, tracks.wavelength_angstrom[:, None])
    # A scale common to all lines drops out of every ratio; without it numbers stay near the counts.
    same = np.ones_like(to_cu)
    found = []
    for factor in (same, to_cu):
        columns = [_ratio(tracks, phase, ratio, factor) for ratio in ratios.values()]
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

    NaN where one of the two was not fitted. A common shift of both mostly drops out.
    """
    shape = (tracks.n_frames, len(pairs))
    difference, sigma = np.full(shape, np.nan), np.full(shape, np.nan)
    for j, (first, second) in enumerate(pairs.values()):
        a, b = _columns(tracks, phase, (first, second))
        fitted = _fitted(tracks, [a, b]).all(axis=1)
        position = tracks.position_target_deg
        error = tracks.position_target_sigma_deg * np.fmax(tracks.scatter_ratio, 1.0)
        difference[:, j] = np.where(fitted, position[:, b] - position[:, a], np.nan)
        sigma[:, j] = np.where(fitted, np.hypot(error[:, a], error[:, b]), np.nan)
    return difference, sigma


def _ratio(tracks: PeakTracks, phase: str, ratio: RatioOptions, factor: FloatArray) -> Valued:
    sums, relative = [], []
    for side in (ratio.over, ratio.under):
        columns = _columns(tracks, phase, side)
        fitted = _fitted(tracks, columns).all(axis=1)
        scale = factor[:, columns]
        error = tracks.area_sigma_counts_deg * np.fmax(tracks.scatter_ratio, 1.0)
        total = (tracks.area_counts_deg[:, columns] * scale).sum(axis=1)
        variance = ((error[:, columns] * scale) ** 2).sum(axis=1)
        total = np.where(fitted & (total > 0), total, np.nan)
        sums.append(total)
        relative.append(variance / total**2)
    value = sums[0] / sums[1]
    return value, value * np.sqrt(relative[0] + relative[1])


def _columns(tracks: PeakTracks, phase: str, wanted: Sequence[Hkl]) -> list[int]:
    return [tracks.lines.index(phase, hkl_label(hkl)) for hkl in wanted]


def _fitted(tracks: PeakTracks, columns: list[int]) -> BoolArray:
    return np.array(
        [[row[c] is LineStatus.FITTED for c in columns] for row in tracks.line_status],
        dtype=np.bool_,
    ).reshape(tracks.n_frames, len(columns))
