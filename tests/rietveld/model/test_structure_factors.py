"""The models give the structure factors that gemmi gives for the same crystal printed in another way."""

import numpy as np
import pytest

from pipeline.rietveld.model import phase_models
from pipeline.rietveld.model.refined import refined_phase
from pipeline.rietveld.model.symmetry import operations
from pipeline.rietveld.options.phases import PhaseOptions
from tests.rietveld.model.cifs import cif, model_of
from tests.rietveld.model.gemmis import of_cif, small_structure, structure_factor

LINES = ((0, 0, 3), (1, 0, 1), (0, 0, 6), (1, 0, 2), (1, 0, 4), (1, 0, 8), (1, 1, 0), (1, 1, 3))
CELL = (2.87707, 2.87707, 14.19522, 90, 90, 120)
PRINTED = """Li1 Li 0 0 0.5 0.9815 0.00189
Ni1 Ni 0 0 0.5 0.0185 0.00189
Ni2 Ni 0 0 0 0.9315 0.00095
Co2 Co 0 0 0 0.018 0.00095
Mn2 Mn 0 0 0 0.032 0.00095
Li2 Li 0 0 0 0.0185 0.00095
O1 O 0 0 0.25935 1 0.00362"""


def built_in() -> PhaseOptions:
    starts = {"u_li": 0.00189, "u_tm": 0.00095, "u_o": 0.00362}
    sites = {"Li1": "u_li", "O1": "u_o", "Ni2": "u_tm"}
    return PhaseOptions(
        model="layered-oxide",
        a_angstrom=2.87707,
        c_angstrom=14.19522,
        composition={"Ni": 0.95, "Co": 0.018, "Mn": 0.032},
        z_o_fraction=0.24065,
        mixing_percent=1.85,
        variables={k: {"start_low_high": (v, -0.02, 0.2)} for k, v in starts.items()},
        constraints=[
            {"atom": a, "quantity": "u_iso", "equals": {u: 1.0}} for a, u in sites.items()
        ],
    )  # type: ignore[arg-type]


def test_the_layered_oxide_against_a_cif_of_the_other_setting() -> None:
    model = phase_models({"NCM": built_in()}, {})[0]
    own, printed = small_structure(model), of_cif(cif("R -3 m :H", CELL, PRINTED))
    for hkl in LINES:
        expected = abs(structure_factor(printed, hkl))
        assert abs(structure_factor(own, hkl)) == pytest.approx(expected, rel=1e-5), hkl


def test_a_cif_of_the_other_setting_brought_to_ours() -> None:
    text = cif("R -3 m :H", CELL, PRINTED)
    own, printed = small_structure(model_of(text)), of_cif(text)
    for hkl in LINES:
        expected = abs(structure_factor(printed, hkl))
        assert abs(structure_factor(own, hkl)) == pytest.approx(expected, rel=1e-5), hkl


@pytest.mark.parametrize("name", ["LaB6", "Al2O3", "Co3O4", "Li2CO3", "Li2MnO3", "NiMn2O4"])
def test_operations_and_multiplicities_fill_the_cell(name: str) -> None:
    """Atoms counted by multiplicity, and the sum over images, both give F(000)."""
    model = phase_models({"P": PhaseOptions(known=name)}, {})[0]
    refined = refined_phase(model, {})
    rot, tran = operations(model.space_group)
    for atom, at in zip(model.atoms, refined.position, strict=True):
        images = np.mod(rot @ at + tran + 1e-9, 1.0)
        distinct = {tuple(np.round(x, 6) % 1.0) for x in images}
        assert len(distinct) == atom.multiplicity, (name, atom.label)
