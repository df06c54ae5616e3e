"""Photon energies in eV from what a monochromator writes."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError, did_you_mean

# h c, from the exact SI values of h, c and e.
HC_EV_ANGSTROM = 6.62607015e-34 * 299792458.0 / 1.602176634e-19 * 1e10

RADIANS_PER_UNIT = {"deg": np.pi / 180, "rad": 1.0, "mrad": 1e-3}
EV_PER_UNIT = {"ev": 1.0, "kev": 1e3}
UNITS = (*EV_PER_UNIT, *RADIANS_PER_UNIT)

_SPELLINGS = {
    "°": "deg",
    "degree": "deg",
    "degrees": "deg",
    "radian": "rad",
    "radians": "rad",
    "mradian": "mrad",
    "mradians": "mrad",
}


def known_unit(word: str) -> str:
    """Give the unit that a word means (`degrees` is `deg`), or '' where it means none of ours."""
    word = word.strip().lower()
    unit = _SPELLINGS.get(word, word)
    return unit if unit in UNITS else ""


def to_ev(
    values: FloatArray, unit: str, d_spacing_angstrom: float | None, where: str
) -> FloatArray:
    """Convert a column to photon energy: `E = hc / (2 d sin(theta))` where it holds Bragg angles.

    Args:
        values: `(n,)` in `unit`.
        unit: one of `ev`, `kev`, `deg`, `rad`, `mrad`.
        d_spacing_angstrom: spacing of the monochromator's planes, needed for angles.
        where: file in messages.

    Returns:
        Energies `(n,)` in eV, in the order of `values`; not finite where the angle is zero.

    Raises:
        RawDataError: unknown unit, or an angle without a d-spacing.
    """
    if unit in EV_PER_UNIT:
        return values * EV_PER_UNIT[unit]
    if unit not in RADIANS_PER_UNIT:
        raise RawDataError(
            f"{where}: unknown unit '{unit}' of the energy column.{did_you_mean(unit, UNITS)}"
        )
    if d_spacing_angstrom is None or not 0 < d_spacing_angstrom < np.inf:
        raise RawDataError(
            f"{where}: the energy column holds angles in {unit}, and no d-spacing is given. "
            "Write it in `columns`, such as `d_spacing=3.1356` for Si(111)."
        )
    sine = np.sin(values * RADIANS_PER_UNIT[unit])
    with np.errstate(divide="ignore"):
        return HC_EV_ANGSTROM / (2 * d_spacing_angstrom * sine)
