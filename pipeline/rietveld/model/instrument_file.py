"""GSAS-II instrument parameter files of X-ray diffractometers at one wavelength, or a Kalpha doublet.

The text is `key:value`, several a line parted by `;`. GSAS-II states U, V, W as the variance of the Gaussian part in square
centidegree and X, Y as Lorentzian widths in centidegree: https://gsas-ii.readthedocs.io/en/latest/GSASIIobj.html.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from pipeline.core.errors import StudyError
from pipeline.rietveld.interface import Profile

HEADER = re.compile(r"#\s*(Bank \d+:)?\s*GSAS-II")
VARIANCE_TO_FWHM2 = 8.0 * math.log(2.0)
PER_CENTI = 1e-2
NAMES = ("U", "V", "W", "X", "Y", "SH/L")

OTHER_KINDS = {
    "SX": "single crystals",
    "SN": "single crystals",
    "NT": "neutron time of flight",
    "NC": "neutrons of one wavelength",
    "NB": "neutrons in a pink beam",
    "XE": "energy-dispersive X-rays",
    "XA": "X-rays in a pink beam",
    "XB": "X-rays in a pink beam",
}


@dataclass(frozen=True, slots=True)
class InstrumentFile:
    """What a file says; `kalpha2_angstrom` and `kalpha2_ratio` are None of a single wavelength."""

    profile: Profile
    wavelength_angstrom: float | None
    kalpha2_angstrom: float | None
    kalpha2_ratio: float | None
    polarisation_ratio: float | None


def profile_of_file(text: str, name: str) -> Profile:
    """The line profile that an instrument parameter file states; see `instrument_of_file`."""
    return instrument_of_file(text, name).profile


def instrument_of_file(text: str, name: str) -> InstrumentFile:
    """Read an instrument parameter file.

    Args:
        text: its content.
        name: of the file, for messages.

    Raises:
        StudyError: no such file, one of another kind of instrument, several banks, a number that is none or is missing.
    """
    values = _values(text, name)
    kind = values.get("Type", "")
    if kind[:3] != "PXC":
        found = next((w for k, w in OTHER_KINDS.items() if k in kind), f"the type '{kind}'")
        raise StudyError(
            f"instrument file '{name}': it is for {found}; X-rays of constant wavelength (Type PXC) are needed."
        )
    missing = [k for k in NAMES if k not in values]
    if missing:
        raise StudyError(f"instrument file '{name}': it has no {', '.join(missing)}.")
    terms = {k: _number(values, k, name) for k in NAMES}
    constant = _number(values, "Z", name) if "Z" in values else 0.0
    if constant != 0.0:
        raise StudyError(
            f"instrument file '{name}': a constant Lorentzian width Z = {constant:g} is not in our profile. "
            "Calibrate on a standard in place of the file (`instrument.standard`), or refit the standard in GSAS-II with Z held at 0."
        )
    profile = Profile(
        u_deg2=terms["U"] * VARIANCE_TO_FWHM2 * PER_CENTI**2,
        v_deg2=terms["V"] * VARIANCE_TO_FWHM2 * PER_CENTI**2,
        w_deg2=terms["W"] * VARIANCE_TO_FWHM2 * PER_CENTI**2,
        x_deg=terms["X"] * PER_CENTI,
        y_deg=terms["Y"] * PER_CENTI,
        axial_ratio=terms["SH/L"],
        zero_deg=_number(values, "Zero", name) if "Zero" in values else 0.0,
    )
    _plausible(profile, name)

    def optional(*keys: str) -> float | None:
        return next((_number(values, k, name) for k in keys if k in values), None)

    return InstrumentFile(
        profile,
        optional("Lam1", "Lam"),
        optional("Lam2"),
        optional("I(L2)/I(L1)"),
        optional("Polariz."),
    )


def _values(text: str, name: str) -> dict[str, str]:
    first = text.lstrip("\ufeff \t\r\n").split("\n", 1)[0]
    if first.startswith("INS "):
        raise StudyError(
            f"instrument file '{name}': it is one of GSAS (`INS` records). Open it in GSAS-II and save it as .instprm."
        )
    if not HEADER.match(first):
        raise StudyError(
            f"instrument file '{name}': its first line is '{first.strip()[:60]}'; a file of GSAS-II begins with "
            "'#GSAS-II instrument parameter file'."
        )
    values: dict[str, str] = {}
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            if HEADER.match(line) and values:
                raise StudyError(
                    f"instrument file '{name}': it holds several banks. Save each as its own file."
                )
            continue
        for item in line.split(";"):
            key, colon, value = item.partition(":")
            if colon:
                values.setdefault(key.strip(), value.strip())
    return values


def _number(values: dict[str, str], key: str, name: str) -> float:
    try:
        value = float(values[key])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise StudyError(f"instrument file '{name}': {key} is '{values[key]}', which is no number.")
    return value


def _plausible(profile: Profile, name: str) -> None:
    width2 = profile.u_deg2 * math.tan(math.radians(20.0)) ** 2
    width2 += profile.v_deg2 * math.tan(math.radians(20.0)) + profile.w_deg2
    if not -0.01 < width2 < 4.0 or not 0.0 <= profile.axial_ratio < 0.3:
        raise StudyError(
            f"instrument file '{name}': it gives a Gaussian FWHM^2 of {width2:.3g} deg^2 at 40 deg and an axial ratio of "
            f"{profile.axial_ratio:g}, which no diffractometer has. U, V, W are in square centidegree, X and Y in centidegree."
        )
