"""Names carry units: the one table that turns a name's ending into its NeXus unit.

`energy_ev` is in eV, `energy_sigma_ev` too; a dimensionless name says `_fraction`,
`_normalised` or `_ratio`, or stands in the short list of dimensionless names. The NeXus
writer refuses any other name, so a quantity without a unit cannot reach a file.
"""

from __future__ import annotations

# Ending of a name -> unit as written to @units (all known to pint, so viewers and the gate read them).
SUFFIX_UNITS: dict[str, str] = {
    "_ev": "eV",
    "_kev": "keV",
    "_deg": "degree",
    "_deg2": "degree^2",
    "_rad": "rad",
    "_mrad": "mrad",
    "_angstrom": "angstrom",
    "_inv_angstrom": "1/angstrom",
    "_angstrom2": "angstrom^2",
    "_angstrom3": "angstrom^3",
    "_mm": "mm",
    "_um": "um",
    "_nm": "nm",
    "_s": "s",
    "_h": "hour",
    "_c": "degC",
    "_v": "V",
    "_a": "A",
    "_ma": "mA",
    "_mbar": "mbar",
    "_mg": "mg",
    "_min": "minute",
    "_mah": "mA*hour",
    "_counts": "counts",
    "_counts_deg": "counts*degree",
    "_percent": "percent",
    "_ppm": "ppm",
    "_per_cm": "1/cm",
}

DIMENSIONLESS = "dimensionless"

# Endings that mark a pure number.
DIMENSIONLESS_SUFFIXES: tuple[str, ...] = (
    "_fraction",
    "_normalised",
    "_ratio",
    "_index",
    "_count",
    "_sigma",
    "_valence",
    "_pull",
)

# Pure numbers whose established name has no such ending.
DIMENSIONLESS_NAMES: frozenset[str] = frozenset(
    {
        "mu",
        "normalised",
        "flattened",
        "fraction_covariance",
        "reference_mu",
        "scan",
        "frame",
        "cycle",
        "edge_step",
        "edge_level",
        "weight",
        "weights",
        "fraction",
        "fraction_low",
        "fraction_high",
        "sum_of_weights",
        "r_factor",
        "reduced_chi2",
        "valence",
        "valence_low",
        "valence_high",
        "aicc",
        "pull",
        "truth",
        "result",
        "gof",
        "singular_value",
        "singular_limit",
        "score",
        "spoil",
        "concentration",
        "concentration_low",
        "concentration_high",
        "chi",
        "chi_mean",
        "epsilon_k",
        "esd_inflation",
        "scale",
        "z_o",
        "z_o_sigma",
    }
)


# Endings of numbers that stand in the unit of their record's `covariate`, or in one over it.
COVARIATE_SUFFIXES: tuple[str, ...] = ("_of_covariate", "_per_covariate")


def unit_of(name: str, covariate: str = "") -> str:
    """Give the unit that a name states.

    Args:
        name: a field's name, such as `energy_ev` or `fraction_sigma`.
        covariate: name of the record's covariate, such as `temperature_c`, whose unit
            names that end in `_of_covariate` have, and `_per_covariate` one over it.

    Returns:
        The unit; `dimensionless` for a pure number.

    Raises:
        KeyError: the name states no unit. Rename the field, or add its ending here.
    """
    stem = name.removesuffix("_errors")
    if stem.endswith(COVARIATE_SUFFIXES) and covariate:
        unit = unit_of(covariate)
        if stem.endswith("_of_covariate") or unit == DIMENSIONLESS:
            return unit
        return "1/kelvin" if unit == "degC" else f"1/{unit}"  # a difference of temperatures
    for suffix in sorted(SUFFIX_UNITS, key=len, reverse=True):
        if stem.endswith(suffix):
            return SUFFIX_UNITS[suffix]
    if stem in DIMENSIONLESS_NAMES or stem.endswith(DIMENSIONLESS_SUFFIXES):
        return DIMENSIONLESS
    raise KeyError(f"the name '{name}' states no unit; see pipeline/core/units.py")


def has_unit(name: str) -> bool:
    """Say whether a name states its unit."""
    try:
        unit_of(name, covariate="frame")
    except KeyError:
        return False
    return True
