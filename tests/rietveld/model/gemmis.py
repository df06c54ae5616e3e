"""Our models as gemmi's structures, for structure factors that somebody else computes."""

import gemmi

from pipeline.rietveld.interface import PhaseModel
from tests.rietveld.model.cifs import cif


def small_structure(model: PhaseModel) -> gemmi.SmallStructure:
    """The phase as it starts, as gemmi reads it."""
    values = {v.name: v.start for v in model.variables}
    lines = (
        f"{a.label} {a.element} {a.x_fraction!r} {a.y_fraction!r} {a.z_fraction!r} "
        f"{a.occupancy.at(values)!r} {a.u_iso.at(values)!r}"
        for a in model.atoms
    )
    return of_cif(cif(model.space_group, model.cell, "\n".join(lines)))


def of_cif(text: str) -> gemmi.SmallStructure:
    """A CIF as gemmi reads it."""
    made = gemmi.make_small_structure_from_block(gemmi.cif.read_string(text).sole_block())
    made.change_occupancies_to_crystallographic()
    return made


def structure_factor(made: gemmi.SmallStructure, hkl: tuple[int, int, int]) -> complex:
    """F of neutral atoms without dispersion, in electrons."""
    calculator = gemmi.StructureFactorCalculatorX(made.cell)
    return complex(calculator.calculate_sf_from_small_structure(made, hkl))
