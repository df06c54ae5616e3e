"""Ions that both engines know, and charges that balance."""

import pytest

from pipeline.rietveld.model.ions import (
    ON_LITHIUM,
    TABULATED,
    USUAL,
    balanced_charges,
    charge_on_lithium,
    usual_charge,
)
from tests.rietveld.model.cifs import cif, model_of


@pytest.mark.parametrize("table", [USUAL, ON_LITHIUM])
def test_what_is_usual_is_tabulated(table: dict[str, int]) -> None:
    assert [e for e, charge in table.items() if charge not in TABULATED[e]] == []


def test_an_element_without_ion_is_neutral() -> None:
    assert (usual_charge("B"), charge_on_lithium("B")) == (0, 0)
    assert (usual_charge("Ni"), charge_on_lithium("Ni")) == (3, 2)
    assert charge_on_lithium("Al") == 3


@pytest.mark.parametrize(
    ("content", "charges"),
    [
        ({"Li": 3, "Co": 3, "O": 6}, {"Li": 1, "Co": 3, "O": -2}),
        ({"Ni": 4, "O": 4}, {"Ni": 2, "O": -2}),
        ({"Li": 8, "Mn": 4, "O": 12}, {"Li": 1, "Mn": 4, "O": -2}),
        ({"Al": 12, "O": 18}, {"Al": 3, "O": -2}),
        ({"Li": 8, "Mn": 16, "O": 32}, None),  # Mn3.5+
        ({"Co": 24, "O": 32}, None),  # Co2.67+
        ({"Ni": 2.4, "Mn": 0.3, "Co": 0.3, "Li": 3, "O": 6}, None),
        ({"Ni": 4, "O": 1}, None),
        ({"Li": 8, "C": 4, "O": 12}, None),  # carbon has no ion, and would be 4+
        ({"Fe": 2}, None),
        ({"Li": 4, "F": 4}, {"Li": 1, "F": -1}),
        ({"Li": 4, "F": 3}, None),
    ],
)
def test_charges_that_balance(content: dict[str, float], charges: dict[str, int] | None) -> None:
    assert balanced_charges(content) == charges


def test_a_file_without_charges() -> None:
    cell = (4.17, 4.17, 4.17, 90, 90, 90)
    model = model_of(cif("F m -3 m", cell, "Ni1 Ni 0 0 0 1 .01\nO1 O .5 .5 .5 1 .01"))
    assert [a.charge for a in model.atoms] == [2, -2]
    assert "Ni2+, O2-, which balance" in model.remarks[0]
    alloy = model_of(cif("F m -3 m", cell, "Ni1 Ni 0 0 0 .5 .01\nFe1 Fe 0 0 0 .5 .01"))
    assert [a.charge for a in alloy.atoms] == [0, 0]
    assert "neutral whatever is asked" in alloy.remarks[0]
