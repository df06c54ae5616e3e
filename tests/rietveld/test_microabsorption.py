"""Absorption of phases and Brindley's correction, against tables and limits."""

import numpy as np
import pytest

from pipeline.rietveld.microabsorption import (
    absorption_factor,
    cell_mass_dalton,
    corrected_weights,
    fineness,
    mass_attenuation_cm2_g,
)

CU = 1.5406


@pytest.mark.parametrize(
    ("element", "cm2_g"), [("O", 11.63), ("Al", 50.33), ("Si", 64.68), ("Ni", 49.52)]
)
def test_mass_attenuation_at_8_kev(element: str, cm2_g: float) -> None:
    """J. H. Hubbell, S. M. Seltzer, NISTIR 5632, doi:10.18434/T4D01F; tables differ by 1 to 3 %."""
    found = mass_attenuation_cm2_g({element: 1}, 12.398419843 / 8.0)
    assert found == pytest.approx(cm2_g, rel=0.03)


def test_a_compound_is_the_mean_by_mass() -> None:
    parts = 0.7858 * mass_attenuation_cm2_g({"Ni": 1}, CU)
    parts += 0.2142 * mass_attenuation_cm2_g({"O": 1}, CU)
    assert mass_attenuation_cm2_g({"Ni": 4, "O": 4}, CU) == pytest.approx(parts, rel=1e-3)


def test_contrast_of_the_weighed_mixture() -> None:
    """NiO 272 and Bi2O3 1881 per cm, computed when the data were collected."""
    nio = mass_attenuation_cm2_g({"Ni": 1, "O": 1}, CU) * 6.8
    bi2o3 = mass_attenuation_cm2_g({"Bi": 2, "O": 3}, CU) * 9.37
    assert nio == pytest.approx(272, rel=0.03)
    assert bi2o3 == pytest.approx(1881, rel=0.25)


def test_mass_of_a_cell() -> None:
    assert cell_mass_dalton({"Si": 8}) == pytest.approx(8 * 28.085, rel=1e-4)


def test_no_contrast_no_correction() -> None:
    assert absorption_factor(0.0) == pytest.approx(1.0, abs=1e-12)


def test_first_order_is_the_mean_path() -> None:
    """The mean path in and out of a sphere is 3/2 R, whatever the angle."""
    slope = (absorption_factor(1e-5) - absorption_factor(-1e-5)) / 2e-5
    assert slope == pytest.approx(-1.5, abs=2e-3)


@pytest.mark.parametrize("x", [-0.1, -0.05, 0.02, 0.05, 0.1])
def test_brindleys_table(x: float) -> None:
    """His table as the quadratic that J. Rodriguez-Carvajal fitted to it, 1 - 1.450 x + 1.426 x^2, within 1 %."""
    assert absorption_factor(x) == pytest.approx(1 - 1.450 * x + 1.426 * x**2, rel=0.01)


def test_against_sampling_of_a_sphere() -> None:
    rng = np.random.default_rng(5)
    points = rng.uniform(-1, 1, size=(400_000, 3))
    points = points[(points**2).sum(axis=1) < 1]
    inside = 1 - (points**2).sum(axis=1)
    z, x = points[:, 2], points[:, 0]
    path = z + np.sqrt(z**2 + inside) - x + np.sqrt(x**2 + inside)
    for contrast in (-0.3, 0.2, 1.0):
        sample = np.exp(-contrast * path)
        expected = sample.mean(), 5 * sample.std() / np.sqrt(sample.size)
        assert absorption_factor(contrast) == pytest.approx(expected[0], abs=expected[1])


def test_classes_of_powders() -> None:
    assert [fineness(100.0, d) for d in (0.5, 5.0, 50.0, 500.0)] == [
        "fine",
        "medium",
        "coarse",
        "very coarse",
    ]


def test_the_correction_undoes_what_absorption_does() -> None:
    true = np.array([0.4, 0.6])
    density, mu, size = np.array([9.0, 6.8]), np.array([2000.0, 270.0]), np.array([3.0, 3.0])
    volumes = true / density
    mean = volumes @ mu / volumes.sum()
    tau = np.array([absorption_factor(x) for x in (mu - mean) * size * 1e-4 / 2])
    seen = true * tau / (true * tau).sum()
    assert seen[0] < 0.37
    assert corrected_weights(seen, density, mu, size) == pytest.approx(true, abs=1e-9)


def test_a_phase_that_is_not_there_stays_away() -> None:
    weights = corrected_weights(
        np.array([1.0, -1e-4]),
        np.array([5.0, 5.0]),
        np.array([100.0, 2000.0]),
        np.array([5.0, 5.0]),
    )
    assert weights == pytest.approx([1.0, 0.0])
