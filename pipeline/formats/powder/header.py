"""What the words above a pattern say: wavelength, counting time, temperature, time, units."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.physics.radiation import KALPHA2_RATIO, KALPHA_ANGSTROM, Radiation, mean_angstrom

SAME_MEAN_ANGSTROM = 2e-4
KELVIN = 273.15

_NUMBER = r"([-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)"
_BETWEEN = r"[^\n0-9+\-.]{0,30}?[\s:=,\"]+"
_WAVELENGTH = re.compile(
    rf"(?:wave[ _-]?length|\blambda|\bwl|λ)\b{_BETWEEN}{_NUMBER}\s*(nm\b|m\b)?", re.IGNORECASE
)
_KALPHA = (
    re.compile(
        rf"k[ _-]?(?:alpha|a|\u03b1)[ _-]?1[^\n0-9]{{0,20}}?[\s:=,\"(]+{_NUMBER}", re.IGNORECASE
    ),
    re.compile(
        rf"k[ _-]?(?:alpha|a|\u03b1)[ _-]?2[^\n0-9/]{{0,20}}?[\s:=,\"(]+{_NUMBER}", re.IGNORECASE
    ),
)
_NUMBERED = tuple(
    re.compile(rf"(?:wl|wave[ _]?length[ _]?){i}\b{_BETWEEN}{_NUMBER}", re.IGNORECASE)
    for i in (1, 2)
)
_RATIO = re.compile(
    rf"(?:ratio[^\n0-9]*(?:alpha|a|\u03b1)[ _-]?2[^\n0-9]*(?:alpha|a|\u03b1)[ _-]?1|wlratio){_BETWEEN}{_NUMBER}",
    re.IGNORECASE,
)
_COUNTING_TIME = re.compile(
    rf"(?:time ?per ?step|step ?time|counting ?time|exposure(?: ?time)?)(?:\s*[(\[]\s*(?:s|sec|seconds)\s*[)\]])?{_BETWEEN}{_NUMBER}",
    re.IGNORECASE,
)
_TEMPERATURE = re.compile(
    rf"\btemp(?:erature)?\.?\s*[(\[]?\s*(k|kelvin|c|°c|degc|celsius)?\b\s*[)\]]?[\s:=\"]+{_NUMBER}\s*(k|°?c)?\b",
    re.IGNORECASE,
)
_RADIUS = re.compile(rf"radius\s*[(\[]mm[)\]]{_BETWEEN}{_NUMBER}", re.IGNORECASE)
_END = re.compile(
    rf"(?:end|stop|final)[ _]*(?:2[ _-]?theta|angle|position)[^\n0-9=:]*[=:\s]+{_NUMBER}",
    re.IGNORECASE,
)
_TIMES = (
    (re.compile(r"\b(\d{4}-\d\d-\d\d)[T ]+(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"), "%Y-%m-%d"),
    (re.compile(r"\b([A-Za-z]{3} +\d{1,2},? +\d{4}) +(\d\d:\d\d:\d\d(?:\.\d+)?)"), "%b %d %Y"),
    (re.compile(r"\b(\d{1,2}-[A-Za-z]{3}-\d{4})[T ,]+(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"), "%d-%b-%Y"),
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a header states; NaN, None or '' where it is silent. `end_deg` is where the scan should end."""

    radiation: Radiation | None = None
    counting_time_s: float = math.nan
    temperature_c: float = math.nan
    radius_mm: float = math.nan
    end_deg: float = math.nan
    time_iso: str = ""


def read_header(lines: Sequence[str]) -> Stated:
    """Read what header lines say in words and numbers.

    A temperature of 0 K is a program's word for unknown. Dates such as 03/04/2020 can be
    misread and are passed over.
    """
    if not lines:
        return Stated()
    text = "\n".join(lines)
    temperature = _TEMPERATURE.search(text)
    return Stated(
        radiation=radiation_in(text),
        counting_time_s=_number(_COUNTING_TIME, text),
        temperature_c=_celsius(temperature) if temperature else math.nan,
        radius_mm=_number(_RADIUS, text),
        end_deg=_number(_END, text),
        time_iso=time_in(text),
    )


def radiation_in(text: str) -> Radiation | None:
    """Radiation that a text states by wavelengths, or None; the name of an anode alone says too little."""
    for first, second in (_KALPHA, _NUMBERED):
        kalpha1, kalpha2 = _number(first, text), _number(second, text)
        if _is_wavelength(kalpha1) and _is_wavelength(kalpha2):
            ratio = _number(_RATIO, text)
            return doublet(kalpha1, kalpha2, ratio)
    for match in _WAVELENGTH.finditer(text):
        value = _float(match[1])
        unit = (match[2] or "").lower()
        if unit == "m" or 0 < value < 1e-8:  # pyFAI writes metres
            value *= 1e10
        elif unit == "nm":
            value *= 10
        if _is_wavelength(value):
            return single(value)
    return None


def doublet(kalpha1_angstrom: float, kalpha2_angstrom: float, ratio: float) -> Radiation:
    """Radiation of a stated doublet: 0.5 where no ratio is stated, Kalpha1 alone where it is 0."""
    ratio = KALPHA2_RATIO if math.isnan(ratio) else ratio
    if not 0 < ratio < 1 or not kalpha2_angstrom > kalpha1_angstrom:
        return single(kalpha1_angstrom)
    return Radiation(kalpha1_angstrom, kalpha2_angstrom, ratio)


def single(wavelength_angstrom: float) -> Radiation:
    """Radiation of one wavelength, which may be the mean of a tube's doublet."""
    means = [mean_angstrom(*lines) for lines in KALPHA_ANGSTROM.values()]
    is_mean = any(abs(wavelength_angstrom - mean) < SAME_MEAN_ANGSTROM for mean in means)
    return Radiation(wavelength_angstrom, is_mean=is_mean)


def time_in(text: str) -> str:
    """First time of day in a text that cannot be misread, ISO 8601, or ''."""
    for pattern, form in _TIMES:
        for match in pattern.finditer(text):
            day = " ".join(match[1].replace(",", " ").split())
            try:
                date = datetime.strptime(day, form).date()  # a wall clock, as in the file
                return datetime.fromisoformat(f"{date.isoformat()}T{match[2]}").isoformat()
            except ValueError:
                continue
    return ""


def _is_wavelength(value: float) -> bool:
    return 0.05 < value < 10.0


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _number(pattern: re.Pattern[str], text: str) -> float:
    match = pattern.search(text)
    return _float(match[1]) if match else math.nan


def _celsius(match: re.Match[str]) -> float:
    value = _float(match[2])
    unit = (match[1] or match[3] or "").lower().lstrip("°")
    if unit in ("k", "kelvin"):
        return value - KELVIN if value > 0 else math.nan
    return value if unit in ("c", "degc", "celsius") else math.nan
