"""What became of a scan, and remarks on numbers that stand."""

from __future__ import annotations

from enum import StrEnum


class ScanStatus(StrEnum):
    """What became of one scan of a series."""

    OK = "ok"
    UNREADABLE = "unreadable"
    NOT_FINITE = "not_finite"
    BAD_ENERGY = "bad_energy"
    TOO_SHORT = "too_short"
    NO_EDGE = "no_edge"
    INVERTED_EDGE = "inverted_edge"
    WINDOW_OUTSIDE_SCAN = "window_outside_scan"
    NOT_CONVERGED = "not_converged"
    STANDARD_TOO_SHORT = "standard_too_short"
    STANDARD_FAILED = "standard_failed"
    NO_EDGE_POSITION = "no_edge_position"
    NO_LINE = "no_line"
    TOO_FEW_SCANS = "too_few_scans"
    REQUEST_CHANGED = "request_changed"


class Flag(StrEnum):
    """A remark on a number that stands, for the `flags` column."""

    NO_REFERENCE = "no_reference"
    CALIBRATION_POOR = "calibration_poor"
    CALIBRATION_FAILED = "calibration_failed"
    SHIFT_LARGE = "shift_large"
    DRIFT = "drift"
    ENERGY_SORTED = "energy_sorted"
    DUPLICATE_ENERGIES_MERGED = "duplicate_energies_merged"
    TOTAL_ABSORPTION_HIGH = "total_absorption_high"
    NORMALISED_BY_MAKER = "normalised_by_maker"
    GLITCH_FOUND = "glitch_found"
    GLITCH_REMOVED = "glitch_removed"
    SCANS_MERGED = "scans_merged"
    SCANS_DIFFER = "scans_differ"
    EDGE_POSITION_MISSING = "edge_position_missing"
    EDGE_JUMP = "edge_jump"
    EDGE_ABOVE_HIGHEST_STANDARD = "edge_above_highest_standard"
    SUM_NOT_ONE = "sum_not_one"
    WEIGHT_AT_BOUND = "weight_at_bound"
    RESIDUAL_CORRELATED = "residual_correlated"
    STANDARDS_ALIKE = "standards_alike"
    FAMILY_DIFFERS = "family_differs"
    LINE_ACROSS_FAMILIES = "line_across_families"
    LINE_EXTRAPOLATED = "line_extrapolated"
    METHODS_DISAGREE = "methods_disagree"
    STANDARD_SHIFTED = "standard_shifted"
    STANDARD_NOT_CALIBRATED = "standard_not_calibrated"
    STANDARD_MODE_DIFFERS = "standard_mode_differs"
    SAMPLE_IS_STANDARD = "sample_is_standard"
    FIT_POOR = "fit_poor"
    MODEL_RANGE_NOT_COVERED = "model_range_not_covered"
    FIRST_SHELL_MISSING = "first_shell_missing"
    ROTATIONAL_AMBIGUITY = "rotational_ambiguity"
    NO_SIDECAR_MATCH = "no_sidecar_match"


Flags = tuple[Flag, ...]
