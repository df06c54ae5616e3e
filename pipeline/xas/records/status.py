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
    EDGE_POSITION_MISSING = "edge_position_missing"
    EDGE_JUMP = "edge_jump"
    EDGE_ABOVE_HIGHEST_STANDARD = "edge_above_highest_standard"
    SUM_NOT_ONE = "sum_not_one"
    WEIGHT_AT_BOUND = "weight_at_bound"
    RESIDUAL_CORRELATED = "residual_correlated"
    STANDARDS_ALIKE = "standards_alike"
    NO_SIDECAR_MATCH = "no_sidecar_match"


Flags = tuple[Flag, ...]
