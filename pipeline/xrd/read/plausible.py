"""Whether columns of text look like a powder pattern at all, when nobody says what they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import Pattern
from pipeline.formats.powder.columns import FORMAT
from pipeline.xrd.read.checks import MIN_POINTS

EVEN = 0.6  # share of steps that are alike: diffractometers step evenly, absorption scans do not


def refuse_if_implausible(patterns: Sequence[Pattern], source_file: str) -> None:
    """Refuse columns of text that somebody else's reader should look at.

    Any two columns of numbers below 180 can be read as a pattern. A pattern has many points, nearly all on
    one even step, and intensities that are not below zero throughout.

    Raises:
        RawDataError: none of the patterns, all of them plain columns, looks like one.
    """
    if not patterns or any(p.format != FORMAT for p in patterns):
        return
    reasons = [_why_not(p) for p in patterns]
    if all(reasons):
        raise RawDataError(
            f"{source_file}: numbers in columns, but {reasons[0]}: not plausibly a powder pattern. If it is "
            "one, name its columns (`--columns 'two_theta=1 intensity=2'`)."
        )


def _why_not(pattern: Pattern) -> str:
    angles = pattern.two_theta_deg
    if angles.size < MIN_POINTS:
        return f"only {angles.size} rows"
    steps = np.diff(angles)
    usual = float(np.median(steps))
    even = np.abs(steps - usual) <= 0.05 * usual + 1e-4 * float(np.ptp(angles)) / angles.size
    if np.mean(even) < EVEN:
        return f"its first column has no even step ({100 * np.mean(even):.0f} % of the steps are alike)"
    if np.nanmedian(pattern.intensity_counts) < 0:
        return "its intensities are below zero"
    return ""
