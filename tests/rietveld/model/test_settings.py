"""Layered oxides in the settings that papers print, brought to lithium at 0, 0, 0."""

import pytest

from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model.settings import oxygen_height, slabs_angstrom
from tests.rietveld.model.cifs import LAYERED, cif, layered_cif, model_of


def heights(model: PhaseModel) -> dict[str, float]:
    return {a.element: a.z_fraction for a in model.atoms}


@pytest.mark.parametrize(
    ("li", "metal", "o"),
    [
        ("0 0 0", "0 0 0.5", "0 0 0.24"),
        ("0 0 0", "0 0 0.5", "0 0 -0.24"),
        ("0 0 0.5", "0 0 0", "0 0 0.26"),
        ("0 0 0.5", "0 0 0", "0 0 0.74"),
        ("0 0 0.5", "0 0 0", "0 0 0.24"),  # sites and z of different settings, as in print
    ],
)
def test_every_printed_setting_is_one_crystal(li: str, metal: str, o: str) -> None:
    model = model_of(layered_cif(li, metal, o))
    assert heights(model) == pytest.approx({"Li": 0.0, "Co": 0.5, "O": 0.24})


def test_what_was_done_is_said() -> None:
    assert model_of(layered_cif()).remarks == ()
    assert not model_of(layered_cif()).setting_changed
    assert model_of(layered_cif("0 0 0.5", "0 0 0", "0 0 0.26")).setting_changed
    (moved,) = model_of(layered_cif("0 0 0.5", "0 0 0", "0 0 0.26")).remarks
    assert "origin moved by 1/2 along c" in moved
    assert "0.26 to 0.24" in moved
    said = model_of(layered_cif("0 0 0.5", "0 0 0", "0 0 0.24")).remarks
    assert "would be thicker" in said[-1]
    assert "0.24 in place of 0.26" in said[-1]


def test_mixed_sites_are_told_apart_by_their_metal() -> None:
    atoms = """Ni1 Ni2+ 0 0 0 0.93 0.004
Li2 Li+ 0 0 0 0.07 0.004
Li1 Li+ 0 0 0.5 0.25 0.012
Ni2 Ni2+ 0 0 0.5 0.07 0.012
O1 O2- 0 0 0.26 1 0.008"""
    model = model_of(cif("R -3 m :H", LAYERED, atoms))
    at = {a.label: a.z_fraction for a in model.atoms}
    assert at == pytest.approx({"Ni1": 0.5, "Li2": 0.5, "Li1": 0.0, "Ni2": 0.0, "O1": 0.24})


def test_other_structures_stay_as_they_are() -> None:
    atoms = "Cu1 Cu+ 0 0 0 1 .01\nAl1 Al3+ 0 0 0.5 1 .01\nO1 O2- 0 0 0.11 1 .01"
    model = model_of(cif("R -3 m :H", (2.86, 2.86, 16.9, 90, 90, 120), atoms))
    assert heights(model)["O"] == pytest.approx(0.11)
    assert model.remarks == ()


def test_slabs_of_the_published_structure() -> None:
    metal, lithium = slabs_angstrom(0.24065, 14.19522)
    assert metal == pytest.approx(2.1004, abs=5e-5)
    assert lithium == pytest.approx(2.6313, abs=5e-5)
    assert slabs_angstrom(-0.24065, 14.19522) == (metal, lithium)


@pytest.mark.parametrize("z", [0.24, -0.24, 0.76, 1.24, -1.24, 1.76])
def test_heights_of_one_site(z: float) -> None:
    assert oxygen_height(z) == pytest.approx(0.24)
