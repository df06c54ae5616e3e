"""Which quantity the axis of a pattern is, told by words; and that quantity as 2theta."""

from __future__ import annotations

import math
import re

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError

UNITS = {
    "deg": "2theta in degrees",
    "rad": "2theta in radians",
    "theta": "theta in degrees",
    "q": "Q in 1/angstrom",
    "q_nm": "Q in 1/nm",
    "d": "spacing in angstrom",
    "d_nm": "spacing in nm",
}
"""What `unit=` in the table's `columns` can say."""

# What words say, when they say less than a unit.
TWO_THETA, THETA, Q, ENERGY = "2theta", "theta?", "q?", "energy"

_TWO_THETA_WORDS = re.compile(
    r"2 ?[-_*]? ?(?:th|θ|q\b|\u0442\u0435\u0442\u0430)|two[-_ ]?theta|\bt?tth|twotheta|°2|\bangle|\bpos\.? ?\[",
    re.IGNORECASE,
)
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"energy|\bkev\b|\bev\b", re.IGNORECASE), ENERGY),
    (re.compile(r"(?:^|[^a-z])q(?:_|\b|[^a-z]).*nm", re.IGNORECASE), "q_nm"),
    (re.compile(r"(?:^|[^a-z0-9])q(?:_|\b|[^a-z]).*(?:a|å|Å)", re.IGNORECASE), "q"),
    (re.compile(r"(?:2th|theta|θ|angle).*\brad(?:ians?)?\b", re.IGNORECASE), "rad"),
    (re.compile(r"(?:^|[^0-9a-z])q(?:_|\b)", re.IGNORECASE), Q),
    (re.compile(r"^d$|^d[\W_]+(?:spac|val)|\bd-?spacing.*nm", re.IGNORECASE), "d"),
    (re.compile(r"^d\W*[(\[ _]\W*nm", re.IGNORECASE), "d_nm"),
    (re.compile(r"^d\W*[(\[ _]|\bd-?spac", re.IGNORECASE), "d"),
)
_RADIANS = re.compile(r"(?:\b|_)rad(?:ians?)?\b", re.IGNORECASE)  # and not `radial`
_DEGREES = re.compile(r"deg|°|º", re.IGNORECASE)
_THETA = re.compile(r"theta|θ|\bth\b|omega", re.IGNORECASE)


def unit_in(text: str) -> str:
    """What words say of an axis: a key of `UNITS`, `TWO_THETA`, `THETA`, `Q`, `ENERGY`, or ''."""
    text = text.strip().strip("\"'#")
    if _TWO_THETA_WORDS.search(text):
        if _RADIANS.search(text):
            return "rad"
        return "deg" if _DEGREES.search(text) else TWO_THETA
    for pattern, unit in _WORDS:
        if pattern.search(text):
            return unit
    if _THETA.search(text):
        return THETA
    return ""


def units_in(text: str) -> set[str]:
    """All that words say of axes: a note on a conversion names two."""
    return {unit_in(text), unit_in(_TWO_THETA_WORDS.sub(" ", text))} - {"", THETA}


def settled(axis: FloatArray, said: str, asked: str, source_file: str) -> tuple[str, str]:
    """Settle what the axis is.

    Args:
        axis: `(n,)` as in the file.
        said: what the file's words say, see `unit_in`.
        asked: what the user's `unit=` says, or ''.
        source_file: for messages.

    Returns:
        A key of `UNITS`, and a remark or ''.

    Raises:
        RawDataError: it may be this or that, or file and user say different things.
    """
    ask = (
        "Say which in `columns` of the data-set table: "
        + ", ".join(f"`unit={unit}` ({text})" for unit, text in UNITS.items())
        + "."
    )
    if asked and asked not in UNITS:
        raise RawDataError(f"{source_file}: `unit={asked}` is unknown. {ask}")
    if asked:
        loose = {TWO_THETA: ("deg", "rad"), THETA: ("deg", "theta"), Q: ("q", "q_nm")}
        allowed = loose.get(said, (said,)) if said else tuple(UNITS)
        if asked not in allowed:
            raise RawDataError(
                f"{source_file}: `columns` says `unit={asked}`, but the file's own header says that its "
                f"axis is {UNITS.get(said, said)}. Correct `columns`, or the header."
            )
        return asked, ""
    if said in UNITS:
        return said, ""
    low, high = float(np.nanmin(axis)), float(np.nanmax(axis))
    span = f"the axis runs from {low:.6g} to {high:.6g}"
    if said == ENERGY:
        raise RawDataError(
            f"{source_file}: the header says that its axis is an energy; {span}. That is no pattern over "
            "angle: an absorption spectrum (technique xas), or an energy-dispersive measurement."
        )
    if said == Q or (said == THETA and high <= 90):
        what = "Q in 1/angstrom or in 1/nm" if said == Q else "theta, or 2theta by a loose name"
        raise RawDataError(
            f"{source_file}: {span} and its header leaves open whether it is {what}. {ask}"
        )
    if high < math.pi and high - low > 0.6:
        raise RawDataError(
            f"{source_file}: {span}, which may be degrees or radians, and no header says which. {ask}"
        )
    if not said and high < 10:
        return "deg", f"{span} and no header says what it is; taken for 2theta in degrees"
    return "deg", ""


def to_two_theta(
    axis: FloatArray, unit: str, wavelength_angstrom: float, source_file: str
) -> FloatArray:
    """Give 2theta in degrees, `sin(theta) = lambda/(2 d) = lambda Q/(4 pi)`.

    Args:
        axis: `(n,)`.
        unit: a key of `UNITS`.
        wavelength_angstrom: for Q and d, else unused.
        source_file: for messages.

    Returns:
        `(n,)`, NaN where no angle belongs to a value at this wavelength.

    Raises:
        RawDataError: Q or d and no wavelength.
    """
    if unit == "deg":
        return axis
    if unit == "rad":
        return np.degrees(axis)
    if unit == "theta":
        return 2 * axis
    if not wavelength_angstrom > 0:
        raise RawDataError(
            f"{source_file}: the axis is {UNITS[unit]}, and no wavelength is known for the angles. Write "
            "`wavelength_angstrom` in the data-set table (any will do for spacings; the measured one is right)."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        if unit in ("d", "d_nm"):
            sine = wavelength_angstrom / (2 * axis * (10 if unit == "d_nm" else 1))
        else:
            sine = wavelength_angstrom * axis / (4 * np.pi * (10 if unit == "q_nm" else 1))
        return np.where(np.abs(sine) <= 1, np.degrees(2 * np.arcsin(np.clip(sine, -1, 1))), np.nan)
