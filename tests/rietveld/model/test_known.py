"""The phases that are built in: certified cells, formulas, and distances that chemistry has."""

import gemmi
import pytest

from pipeline.core.errors import StudyError
from pipeline.core.units import has_unit
from pipeline.rietveld.derived_atoms import bond_rows
from pipeline.rietveld.microabsorption import GRAM_PER_DALTON, cell_mass_dalton
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.model.known import KNOWN, STANDARDS
from pipeline.rietveld.options.phases import PhaseOptions
from tests.rietveld.model.fits import fit_of

CERTIFIED = {
    "LaB6": (4.156826, 4.156826),
    "Al2O3": (4.759091, 12.991779),
    "Si": (5.431144, 5.431144),
    "CeO2": (5.411651, 5.411651),
}
FORMULAS = {
    "LaB6": {"La": 1, "B": 6},
    "Al2O3": {"Al": 12, "O": 18},
    "Si": {"Si": 8},
    "CeO2": {"Ce": 4, "O": 8},
    "NiO": {"Ni": 4, "O": 4},
    "MnO": {"Mn": 4, "O": 4},
    "CoO": {"Co": 4, "O": 4},
    "Co3O4": {"Co": 24, "O": 32},
    "LiMn2O4": {"Li": 8, "Mn": 16, "O": 32},
    "NiMn2O4": {"Ni": 8, "Mn": 16, "O": 32},
    "Li2CO3": {"Li": 8, "C": 4, "O": 12},
    "Li2MnO3": {"Li": 8, "Mn": 4, "O": 12},
    "LiCoO2": {"Li": 3, "Co": 3, "O": 6},
    "anatase": {"Ti": 4, "O": 8},
    "rutile": {"Ti": 2, "O": 4},
    "In2O3": {"In": 32, "O": 48},
    "MnCO3": {"Mn": 6, "C": 6, "O": 18},
    "Bi2O3": {"Bi": 8, "O": 12},
}
# Distances in angstrom of each pair, from the sums of ionic radii of R. D. Shannon, doi:10.1107/S0567739476001551, and of CO3.
BONDS = {
    ("Li", "O"): (1.86, 2.20),
    ("C", "O"): (1.25, 1.31),
    ("Mn", "O"): (1.88, 2.24),
    ("Ni", "O"): (1.99, 2.10),
    ("Co", "O"): (1.90, 2.14),
    ("Al", "O"): (1.84, 1.98),
    ("Ce", "O"): (2.33, 2.36),
    ("Ti", "O"): (1.93, 1.99),
    ("In", "O"): (2.12, 2.26),
    ("Bi", "O"): (2.07, 2.82),
    ("La", "B"): (3.0, 3.1),
    ("B", "B"): (1.6, 1.8),
    ("Si", "Si"): (2.35, 2.36),
}


# Densities in g/cm3 as minerals and reagents have them by X-rays.
DENSITIES = {"anatase": 3.89, "rutile": 4.25, "In2O3": 7.12, "MnCO3": 3.72, "Bi2O3": 9.38}


@pytest.mark.parametrize("name", sorted(STANDARDS))
def test_certified_cells(name: str) -> None:
    model = phase_models({"S": PhaseOptions(known=name)}, {})[0]
    assert (model.cell[0], model.cell[2]) == CERTIFIED[name]
    assert KNOWN[name].certified


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_formula_and_distances(name: str) -> None:
    model = phase_models({"P": PhaseOptions(known=name)}, {})[0]
    content: dict[str, float] = {}
    for atom in model.atoms:
        share = atom.multiplicity * atom.occupancy.at({})
        content[atom.element] = content.get(atom.element, 0.0) + share
    assert content == pytest.approx(FORMULAS[name])
    elements = {a.site: a.element for a in reversed(model.atoms)}
    for row in bond_rows(fit_of([model]), [model]):
        pair = elements[row.site], elements[row.other_site]
        if pair in BONDS:
            low, high = BONDS[pair]
            assert low < row.distance_angstrom < high, (name, row)


@pytest.mark.parametrize("name", sorted(DENSITIES))
def test_densities(name: str) -> None:
    model = phase_models({"P": PhaseOptions(known=name)}, {})[0]
    found = cell_mass_dalton(FORMULAS[name]) * GRAM_PER_DALTON / gemmi.UnitCell(*model.cell).volume
    assert found == pytest.approx(DENSITIES[name], rel=0.01)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_neutral_as_a_whole_and_named_with_units(name: str) -> None:
    model = phase_models({"P": PhaseOptions(known=name)}, {})[0]
    charge = sum(a.charge * a.multiplicity * a.occupancy.at({}) for a in model.atoms)
    no_ion = any(a.charge == 0 for a in model.atoms)  # metals, and the carbon of a carbonate
    between = name in {"LiMn2O4", "NiMn2O4"}  # Mn3.5+, Mn3.7+
    assert no_ion or between or charge == pytest.approx(0.0)
    assert all(has_unit(v.key) for v in model.variables)
    assert KNOWN[name].source


def test_an_unknown_name() -> None:
    with pytest.raises(StudyError, match=r"no built-in phase 'lab6'\. Did you mean 'LaB6'"):
        phase_models({"S": PhaseOptions(known="lab6")}, {})


def test_another_batch_of_a_standard() -> None:
    model = phase_models({"S": PhaseOptions(known="LaB6", a_angstrom=4.15689)}, {})[0]
    assert model.cell == (4.15689, 4.15689, 4.15689, 90.0, 90.0, 90.0)
