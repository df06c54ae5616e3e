"""The internal standard: a line that does not move, and what its position says of each frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.physics.bragg import two_theta_deg
from pipeline.xrd.merged_lines import fitted_alone
from pipeline.xrd.options import StandardOptions
from pipeline.xrd.records import PeakTracks
from pipeline.xrd.reflections import STANDARD


@dataclass(frozen=True, slots=True, eq=False)
class StandardLine:
    """The standard in each frame, all `(n_frames,)`, NaN where it was not found.

    `offset_deg` is observed minus where it belongs; where nobody says where that is, observed minus where
    the first good frame has it. `sigma_deg` is of either. `moved` says that it stands further from the
    first good frame's than the tolerance.
    """

    position_deg: FloatArray
    sigma_deg: FloatArray
    offset_deg: FloatArray
    moved: BoolArray

    @property
    def found(self) -> BoolArray:
        """Frames in which it was found."""
        return np.isfinite(self.position_deg)


def standard_line(tracks: PeakTracks, options: StandardOptions | None) -> StandardLine:
    """Look the standard up among the followed lines.

    Args:
        tracks: the lines; the standard is the one of no phase named `standard`.
        options: where it belongs; None: there is no standard, and it is found in no frame.

    Returns:
        Its positions.
    """
    nan = np.full(tracks.n_frames, np.nan)
    if options is None or ("", STANDARD) not in zip(
        tracks.lines.phase, tracks.lines.hkl, strict=True
    ):
        return StandardLine(nan, nan, nan, np.zeros(tracks.n_frames, dtype=np.bool_))
    column = tracks.lines.index("", STANDARD)
    fitted = fitted_alone(tracks)[:, column] & np.isfinite(tracks.position_deg[:, column])
    position = np.where(fitted, tracks.position_deg[:, column], np.nan)
    scatter = np.fmax(tracks.scatter_ratio[:, column], 1.0)
    sigma = np.where(fitted, tracks.position_sigma_deg[:, column] * scatter, np.nan)
    first = position[np.flatnonzero(fitted)[0]] if fitted.any() else np.nan
    belongs: FloatArray | float = first
    if options.true_deg is not None:
        belongs = options.true_deg
    elif options.spacing_angstrom is not None:
        belongs = two_theta_deg(options.spacing_angstrom, tracks.wavelength_angstrom)
    moved = np.abs(position - first) > options.tolerance_deg
    return StandardLine(position, sigma, position - belongs, moved)
