"""What became of a pattern and of each line in it, and remarks on numbers that stand."""

from __future__ import annotations

from enum import StrEnum


class FrameStatus(StrEnum):
    """What became of one pattern of a series."""

    OK = "ok"
    UNREADABLE = "unreadable"
    NOT_FINITE = "not_finite"
    BAD_ANGLES = "bad_angles"
    BAD_COUNTS = "bad_counts"
    BAD_SIGMA = "bad_sigma"
    NO_COUNTS = "no_counts"
    TOO_SHORT = "too_short"
    NO_WAVELENGTH = "no_wavelength"
    TWO_WAVELENGTHS = "two_wavelengths"
    NO_LINES = "no_lines"
    TOO_FEW_LINES = "too_few_lines"
    NOT_CONVERGED = "not_converged"
    STANDARD_LOST = "standard_lost"
    NOT_PHYSICAL = "not_physical"
    NO_CHANGE = "no_change"
    NO_COVARIATE = "no_covariate"
    TOO_FEW_FRAMES = "too_few_frames"


class LineStatus(StrEnum):
    """What became of one line in one pattern."""

    FITTED = "fitted"
    ABSENT = "absent"
    TOO_WEAK = "too_weak"
    MERGED = "merged"
    LEFT_WINDOW = "left_window"
    OUT_OF_RANGE = "out_of_range"
    NOT_CONVERGED = "not_converged"
    FRAME_FAILED = "frame_failed"


class Flag(StrEnum):
    """A remark on a number that stands, for the `flags` column."""

    FILE_REMARK = "file_remark"
    GRID_DIFFERS = "grid_differs"
    NO_ESD = "no_esd"
    NOT_COUNTS = "not_counts"
    KALPHA_MEAN_FROM_KALPHA1 = "kalpha_mean_from_kalpha1"
    DOUBLET_KEPT = "doublet_kept"
    ANGLES_UNREACHABLE = "angles_unreachable"
    FIT_POOR = "fit_poor"
    LINES_MERGED = "lines_merged"
    LINE_LEFT_WINDOW = "line_left_window"
    WIDTH_AT_BOUND = "width_at_bound"
    CORRECTION_MATTERS = "correction_matters"
    STANDARD_MISSING = "standard_missing"
    STANDARD_MOVED = "standard_moved"
    INSTRUMENT_NOT_REMOVED = "instrument_not_removed"
    CELL_FAR_FROM_REFERENCE = "cell_far_from_reference"
    NO_DEGREES_OF_FREEDOM = "no_degrees_of_freedom"
    LINE_EXCLUDED = "line_excluded"
    CHANGE_OUTSIDE_RANGE = "change_outside_range"
    CHANGE_NOT_COMPLETE = "change_not_complete"
    MODEL_POOR = "model_poor"
    FRAMES_LEFT_OUT = "frames_left_out"


Flags = tuple[Flag, ...]

LINE_FLAGS = (Flag.FIT_POOR, Flag.WIDTH_AT_BOUND, Flag.LINES_MERGED, Flag.LINE_LEFT_WINDOW)
"""Remarks on one line, which a frame shows where any of its lines has them."""
