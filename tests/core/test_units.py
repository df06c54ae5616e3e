import pytest

from pipeline.core.units import DIMENSIONLESS, has_unit, unit_of


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("energy_ev", "eV"),
        ("energy_kev", "keV"),
        ("shift_sigma_ev", "eV"),
        ("half_step_ev_errors", "eV"),
        ("wavelength_angstrom", "angstrom"),
        ("volume_angstrom3", "angstrom^3"),
        ("q_inv_angstrom", "1/angstrom"),
        ("temperature_c", "degC"),
        ("charge_mah", "mA*hour"),
        ("fraction_sigma", DIMENSIONLESS),
        ("mu_normalised", DIMENSIONLESS),
    ],
)
def test_the_ending_of_a_name_is_its_unit(name: str, unit: str) -> None:
    assert unit_of(name) == unit


@pytest.mark.parametrize("name", ["energy", "temperature", "position", "ev"])
def test_a_name_without_a_unit_is_refused(name: str) -> None:
    assert not has_unit(name)
    with pytest.raises(KeyError, match="states no unit"):
        unit_of(name)


def test_every_unit_is_known_to_the_viewers() -> None:
    import pint

    from pipeline.core.units import SUFFIX_UNITS

    for unit in SUFFIX_UNITS.values():
        if unit != "counts":
            pint.Unit(unit)


def test_numbers_of_a_covariate_have_its_unit() -> None:
    assert unit_of("onset_of_covariate", "temperature_c") == "degC"
    assert unit_of("slope_per_covariate", "temperature_c") == "1/kelvin"
    assert unit_of("slope_per_covariate", "time_s") == "1/s"
    assert unit_of("slope_per_covariate", "cycle") == "dimensionless"
    with pytest.raises(KeyError):
        unit_of("onset_of_covariate")
