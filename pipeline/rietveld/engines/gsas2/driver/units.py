"""What a job's numbers are in GSAS-II's units: widths in centidegree, Gaussian as variances, size in micrometre, strain in 1e-6."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

VARIANCE = 1e4 / (8 * math.log(2))
"""Gaussian FWHM^2 in degree^2 to a variance in centidegree^2."""

PROFILE: dict[str, tuple[str, float]] = {
    "u_deg2": ("U", VARIANCE),
    "v_deg2": ("V", VARIANCE),
    "w_deg2": ("W", VARIANCE),
    "x_deg": ("X", 100.0),
    "y_deg": ("Y", 100.0),
    "axial_ratio": ("SH/L", 1.0),
}
"""Terms of the profile: GSAS-II's name, and how many of its units one of ours is."""

SIZE_NM = 1000.0
"""Nanometres in GSAS-II's unit of size. Its Lorentzian FWHM is `1.8 lambda / (pi size cos theta)` centidegree."""

STRAIN_PERCENT = 1e-4
"""Percent in GSAS-II's unit of microstrain. Its Lorentzian FWHM is `0.018 strain tan theta / pi` centidegree."""

SMALLEST_AXIAL_RATIO = 0.002
"""GSAS-II computes with this where a smaller one is asked."""

SIZE_UM = (0.001, 10.0)
"""GSAS-II puts a size beyond these back to them."""


def instrument_text(job: Mapping[str, Any]) -> str:
    """A GSAS-II instrument parameter file for a job."""
    profile = job["profile"]
    widths = ";".join(f"{name}:{profile[term] * unit!r}" for term, (name, unit) in PROFILE.items())
    one = job["wavelength_angstrom"]
    waves = f"Lam:{one!r}"
    if job["kalpha2_angstrom"] is not None:
        waves = (
            f"Lam1:{one!r};Lam2:{job['kalpha2_angstrom']!r};I(L2)/I(L1):{job['kalpha2_ratio']!r}"
        )
    return (
        "#GSAS-II instrument parameter file\nType:PXC;Bank:1\n"
        f"{waves};Zero:{profile['zero_deg']!r};Polariz.:{job['polarisation_ratio']!r};Azimuth:0.0\n"
        f"{widths};Z:0.0\n"
    )


def pattern_text(job: Mapping[str, Any]) -> str:
    """A pattern as three columns that read back equal."""
    columns = zip(job["two_theta_deg"], job["counts"], job["sigma_counts"])
    return "".join(f"{x!r} {y!r} {s!r}\n" for x, y, s in columns)


def space_group_symbol(gemmi: str) -> str:
    """GSAS-II's symbol of a space group that gemmi writes as `R -3 m:H`.

    Raises:
        ValueError: origin choice 1, which GSAS-II does not know.
    """
    symbol, _, choice = gemmi.partition(":")
    if choice == "1":
        raise ValueError(gemmi)
    return f"{symbol} R" if choice == "R" else symbol
