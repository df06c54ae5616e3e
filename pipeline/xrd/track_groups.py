"""Which lines are fitted together in which frames.

Lines whose windows overlap make a group, on one background. The groups are those of each frame: they
change where lines move. Two lines of one phase closer than a width share it: apart from that, what widens one
narrows the other. Frames of equal groups are fitted in one batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray, IntArray
from pipeline.xrd.track_state import Fitted, Role

BLENDED_WIDTHS = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Lines (numbers, by rising angle) that are fitted together in the frames `rows`."""

    lines: tuple[int, ...]
    width_of: tuple[int, ...]
    rows: IntArray


def groups_of(
    state: Fitted, phases: tuple[str, ...], window_deg: float, asked: BoolArray
) -> Iterator[Group]:
    """Groups that hold at least one line that is asked for.

    Args:
        state: places, widths and roles of the lines.
        phases: phase of each line.
        window_deg: half a line's window.
        asked: `(L, n)`.
    """
    rows = np.flatnonzero(asked.any(axis=0))
    if not rows.size:
        return
    label, width = _labels(state, phases, window_deg, rows)
    both, which = np.unique(np.vstack([label, width]), axis=1, return_inverse=True)
    found: dict[tuple[tuple[int, ...], tuple[int, ...]], list[IntArray]] = {}
    n_lines = len(phases)
    for number, column in enumerate(both.T):
        own = rows[which.reshape(-1) == number]
        for first in np.unique(column[:n_lines]):
            if first < 0:
                continue
            lines = np.flatnonzero(column[:n_lines] == first)
            wanted = own[asked[lines][:, own].any(axis=0)]
            _, width_of = np.unique(column[n_lines:][lines], return_inverse=True)
            if wanted.size:
                key = tuple(lines.tolist()), tuple(width_of.reshape(-1).tolist())
                found.setdefault(key, []).append(wanted)
    for (lines_of, widths_of), parts in found.items():
        yield Group(lines_of, widths_of, np.sort(np.concatenate(parts)))


def _labels(
    state: Fitted, phases: tuple[str, ...], window_deg: float, rows: IntArray
) -> tuple[IntArray, IntArray]:
    """Number of the group, and of the width, of each line in each frame `(L, n)`; -1 for lines that are out."""
    out = state.role[:, rows] == Role.OUT
    place = np.where(out, np.inf, state.position_deg[:, rows])
    fwhm = state.fwhm_deg[:, rows]
    n_lines, n = place.shape
    label = np.where(out, -1, np.arange(n_lines)[:, None])
    width = label.copy()
    order = np.argsort(place, axis=0, kind="stable")
    phase = np.unique(np.array(phases), return_inverse=True)[1].reshape(-1)
    columns = np.arange(n)
    free = state.role[:, rows] > Role.AREA_ONLY
    for k in range(1, n_lines):
        left, right = order[k - 1], order[k]
        with np.errstate(invalid="ignore"):
            gap = place[right, columns] - place[left, columns]
        linked = np.isfinite(place[right, columns]) & (gap < 2 * window_deg)
        label[right, columns] = np.where(linked, label[left, columns], label[right, columns])
        wide = np.fmax(fwhm[left, columns], fwhm[right, columns])
        shared = linked & (phase[left] == phase[right]) & (gap < BLENDED_WIDTHS * wide)
        shared &= free[left, columns] & free[right, columns]
        width[right, columns] = np.where(shared, width[left, columns], width[right, columns])
    return label, width


def window_of(positions_deg: FloatArray, window_deg: float) -> tuple[FloatArray, FloatArray]:
    """Where the data of a group begin and end `(n,)`, from its lines' places `(k, n)`."""
    return positions_deg.min(axis=0) - window_deg, positions_deg.max(axis=0) + window_deg
