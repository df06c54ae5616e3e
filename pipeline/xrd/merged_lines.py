"""Lines that cannot be told apart: which line holds the counts of another.

Where two lines have merged, one of them is fitted, carries the flag `lines_merged`, and stands for both: its area is
the sum, its position and width are of neither. The other has the status `merged`.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, IntArray
from pipeline.physics.bragg import two_theta_deg
from pipeline.xrd.records import Flag, FrameStatus, LineStatus, PeakTracks


def fitted_lines(tracks: PeakTracks) -> BoolArray:
    """Lines that were fitted, in frames that did not fail, `(n_frames, n_lines)`."""
    return _with_status(tracks, LineStatus.FITTED)


def fitted_alone(tracks: PeakTracks) -> BoolArray:
    """Lines that were fitted and stand for themselves alone, `(n_frames, n_lines)`."""
    return fitted_lines(tracks) & ~_flagged(tracks)


def hosts(tracks: PeakTracks) -> IntArray:
    """Line that holds the counts of each merged one: its place, or -1 where a line is not merged `(n_frames, n_lines)`.

    It is the flagged line nearest to where the start cell puts the merged one; -1 where there is none.
    """
    merged = _with_status(tracks, LineStatus.MERGED)
    holds = fitted_lines(tracks) & _flagged(tracks)
    found = np.full(merged.shape, -1, dtype=np.int64)
    wavelength = tracks.wavelength_angstrom[:, None]
    expected = two_theta_deg(tracks.lines.spacing_angstrom, wavelength)
    for line in np.flatnonzero(merged.any(axis=0)):
        away = np.abs(tracks.position_deg - expected[:, line : line + 1])
        away = np.where(holds & np.isfinite(away), away, np.inf)
        known = merged[:, line] & np.isfinite(away.min(axis=1))
        found[known, line] = away[known].argmin(axis=1)
    return found


def _with_status(tracks: PeakTracks, wanted: LineStatus) -> BoolArray:
    return np.array(
        [
            [status is FrameStatus.OK and word is wanted for word in row]
            for status, row in zip(tracks.status, tracks.line_status, strict=True)
        ],
        dtype=np.bool_,
    ).reshape(tracks.position_deg.shape)


def _flagged(tracks: PeakTracks) -> BoolArray:
    return np.array(
        [[Flag.LINES_MERGED in words.split("+") for words in row] for row in tracks.line_flags],
        dtype=np.bool_,
    ).reshape(tracks.position_deg.shape)
