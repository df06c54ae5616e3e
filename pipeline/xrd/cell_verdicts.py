"""Why a frame has no cell, and what deserves a remark about one that has."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.lattice import FREE
from pipeline.xrd.cell_fit import Positions
from pipeline.xrd.corrections import CorrectedCells
from pipeline.xrd.options import CellOptions, PhaseOptions
from pipeline.xrd.records import CellSeries, Flag, Flags, FrameStatus, PeakTracks
from pipeline.xrd.standard import StandardLine

POOR_REDUCED_CHI2 = 9.0  # lines that disagree by three of their sigmas
CORRECTION_MATTERS_RATIO = 3.0  # model sigma over sigma

Verdict = tuple[FrameStatus, str]


def verdicts(
    tracks: PeakTracks,
    positions: Positions,
    labels: tuple[str, ...],
    phase: PhaseOptions,
    options: CellOptions,
    used: CorrectedCells,
    excluded: FloatArray,
    standard: StandardLine,
) -> tuple[Verdict, ...]:
    """Status and reason of every frame; the reason of a good one names the lines left out, if any.

    Args:
        tracks: the followed lines, whose own failures stand.
        positions: of the phase's lines.
        labels: what these lines are called.
        phase: which says how many parameters are free.
        options: which correction was asked for.
        used: the cells.
        excluded: 1 for a line left out, `(n_frames, n_lines)`.
        standard: the internal standard.
    """
    free = list(FREE[phase.system])
    if options.correction in ("displacement", "zero"):
        free.append(options.correction)
    count = positions.used.sum(axis=1)
    fits = used.fits
    no_offset = ~np.isfinite(used.size_ratio) & (options.correction == "standard")
    out: list[Verdict] = []
    for i, (status, reason) in enumerate(zip(tracks.status, tracks.reason, strict=True)):
        if status is not FrameStatus.OK:
            out.append((status, reason))
        elif no_offset[i] and standard.found[i]:
            text = f"the standard's line at {standard.position_deg[i]:.2f} deg does not move with a displacement in this geometry"
            out.append((FrameStatus.STANDARD_LOST, text))
        elif no_offset[i]:
            out.append((FrameStatus.STANDARD_LOST, "the internal standard was not found"))
        elif count[i] == 0:
            out.append((FrameStatus.NO_LINES, "none of the phase's lines was fitted"))
        elif not fits.enough[i]:
            text = (
                f"{count[i]} of {len(labels)} lines for {len(free)} parameters ({', '.join(free)})"
            )
            out.append((FrameStatus.TOO_FEW_LINES, text))
        elif not fits.determined[i]:
            text = f"the {count[i]} lines do not determine all of {', '.join(free)}"
            out.append((FrameStatus.TOO_FEW_LINES, text))
        elif not fits.converged[i]:
            text = "no cell near the start cell fits the lines; are their indices right?"
            out.append((FrameStatus.NOT_CONVERGED, text))
        else:
            left = ", ".join(labels[j] for j in np.flatnonzero(excluded[i]))
            out.append((FrameStatus.OK, f"left out: {left}" if left else ""))
    return tuple(out)


def remarks(
    options: CellOptions,
    used: CorrectedCells,
    model_sigma_angstrom: FloatArray,
    excluded: FloatArray,
    standard: StandardLine,
    far: BoolArray,
) -> tuple[Flags, ...]:
    """Flags of every frame.

    Args:
        options: of the cell.
        used: the cells.
        model_sigma_angstrom: of the three lengths, `(n_frames, 3)`.
        excluded: 1 for a line left out, `(n_frames, n_lines)`.
        standard: the internal standard.
        far: frames whose cell is far from the reference's.
    """
    good = used.fits.good
    sigma = np.sqrt(np.einsum("npp->np", used.covariance)[:, :3])
    matters = (model_sigma_angstrom > CORRECTION_MATTERS_RATIO * sigma).any(axis=1)
    where = {
        Flag.LINE_EXCLUDED: good & excluded.any(axis=1),
        Flag.NO_DEGREES_OF_FREEDOM: good & (used.fits.freedom == 0),
        Flag.FIT_POOR: good & (used.fits.reduced_chi2 > POOR_REDUCED_CHI2),
        Flag.CORRECTION_MATTERS: good & matters,
        Flag.STANDARD_MISSING: good & ~standard.found & (options.standard is not None),
        Flag.STANDARD_MOVED: good & standard.moved,
        Flag.CELL_FAR_FROM_REFERENCE: good & far,
    }
    return tuple(
        tuple(flag for flag, frames in where.items() if frames[i]) for i in range(len(good))
    )


def far_from_reference(
    cell: FloatArray, good: BoolArray, reference: CellSeries | None, tolerance_ratio: float
) -> BoolArray:
    """Mark the first good frame where a length of its cell is further from the reference's than the tolerance.

    The reference is the first good frame of its series; where it has none, nothing is marked.

    Args:
        cell: `(n_frames, 6)`.
        good: frames that have a cell.
        reference: what it is compared with.
        tolerance_ratio: largest relative difference of a, b or c.
    """
    far = np.zeros(len(cell), dtype=np.bool_)
    if reference is None or not good.any():
        return far
    known = [i for i, s in enumerate(reference.status) if s is FrameStatus.OK]
    if not known:
        return far
    lengths = (reference.a_angstrom, reference.b_angstrom, reference.c_angstrom)
    wanted = np.array([values[known[0]] for values in lengths])
    first = int(np.flatnonzero(good)[0])
    far[first] = bool((np.abs(cell[first, :3] / wanted - 1) > tolerance_ratio).any())
    return far
