"""What became of a refinement, the gates it has to pass, and remarks on numbers that stand."""

from __future__ import annotations

from enum import StrEnum


class FitStatus(StrEnum):
    """What became of one refinement. Its numbers stand where it is `ok`; else the reason does."""

    OK = "ok"
    FRAME_FAILED = "frame_failed"
    BAD_INPUT = "bad_input"
    ENGINE_FAILED = "engine_failed"
    TIME_LIMIT = "time_limit"
    GATE_FAILED = "gate_failed"


class Gate(StrEnum):
    """What every refinement has to pass; one that fails is no answer."""

    CONVERGED = "converged"
    SHIFTS_SMALL = "shifts_small"
    SIGMAS_KNOWN = "sigmas_known"
    INSIDE_BOUNDS = "inside_bounds"
    NOT_SINGULAR = "not_singular"
    MIXING_POSSIBLE = "mixing_possible"
    U_POSITIVE = "u_positive"
    SLABS_IN_ORDER = "slabs_in_order"
    CELL_NEAR_START = "cell_near_start"
    SIGNAL_THERE = "signal_there"
    RESIDUAL_LOW = "residual_low"
    GOF_LOW = "gof_low"
    STARTS_AGREE = "starts_agree"
    AS_ASKED = "as_asked"


class Flag(StrEnum):
    """A remark on a number that stands, for the `flags` column."""

    FILE_REMARK = "file_remark"
    NOISE_FROM_SCATTER = "noise_from_scatter"
    ONE_START = "one_start"
    OTHER_MINIMUM = "other_minimum"
    SETTING_CHANGED = "setting_changed"
    LI_CONTENT_ASSUMED = "li_content_assumed"
    PROFILE_NOT_CALIBRATED = "profile_not_calibrated"
    AXIAL_NOT_CALIBRATED = "axial_not_calibrated"
    STANDARD_CELL_OFF = "standard_cell_off"
    ORIENTATION_SEEN = "orientation_seen"
    RESIDUALS_CORRELATED = "residuals_correlated"
    STRONG_CORRELATION = "strong_correlation"
    WIDTH_AT_ZERO = "width_at_zero"
    MICROABSORPTION = "microabsorption"
    MICROABSORPTION_CORRECTED = "microabsorption_corrected"
    PHASE_NOT_SEEN = "phase_not_seen"
    ENGINES_DIFFER = "engines_differ"
    RESTARTED = "restarted"


Flags = tuple[Flag, ...]
