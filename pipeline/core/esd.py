"""Numbers with their standard uncertainty in brackets, as crystallography prints them: `0.0185(7)`."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

TWO_DIGITS_TO = 19
"""Rule of 19, as journals of crystallography ask: two digits of an uncertainty up to 19 of its last digit, else one.

On the notation: D. Schwarzenbach et al., Acta Cryst. A51 (1995) 565, doi:10.1107/S0108767395002340.
"""
_LEAST = 1e-15  # a smaller share is beyond what a number in the computer holds


def with_esd(value: float, sigma: float, digits: int = 5) -> str:
    """Print a number to the last digit that its uncertainty allows, and the uncertainty in units of that digit.

    Args:
        value: the number.
        sigma: its standard uncertainty; NaN or 0 where it was not refined.
        digits: decimals of a number without an uncertainty; zeros at its end are left out.

    Returns:
        Such as `14.1952(3)`, `2.630(15)`, `1230(30)`; `0.5` without uncertainty; '' where the number is NaN.
    """
    if not math.isfinite(value):
        return ""
    if not (math.isfinite(sigma) and sigma > abs(value) * _LEAST):
        plain = f"{value:.{digits}f}"
        plain = plain.rstrip("0").rstrip(".") if digits > 0 else plain
        return "0" if plain == "-0" else plain
    exponent, esd = _rounded(Decimal(repr(float(sigma))))
    digit = Decimal(1).scaleb(exponent)
    shown = Decimal(repr(float(value))).quantize(digit, rounding=ROUND_HALF_UP)
    if exponent <= 0:
        return f"{shown:f}({esd})"
    return f"{int(shown)}({esd * 10**exponent})"


def _rounded(sigma: Decimal) -> tuple[int, int]:
    """Exponent of the last digit that is printed, and the uncertainty in units of it."""
    for exponent in (sigma.adjusted() - 1, sigma.adjusted()):
        esd = int(sigma.scaleb(-exponent).to_integral_value(rounding=ROUND_HALF_UP))
        if esd <= TWO_DIGITS_TO:
            break
    return exponent, esd
