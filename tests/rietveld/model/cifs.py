"""Small CIFs as papers and databases print them, made to be right or wrong in one way."""

from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.options.phases import PhaseOptions

HEADER = "_atom_site_label _atom_site_type_symbol _atom_site_fract_x _atom_site_fract_y _atom_site_fract_z _atom_site_occupancy _atom_site_U_iso_or_equiv"
LAYERED = (2.815, 2.815, 14.05, 90, 90, 120)


def cif(
    symbol: str,
    cell: tuple[float, ...],
    atoms: str,
    more: str = "",
    header: str = HEADER,
    block: str = "test",
) -> str:
    """A data block; `atoms` are lines of the atom list."""
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = [f"_cell_{n} {v}" for n, v in zip(names, cell, strict=True)]
    if symbol:
        lines.append(f"_space_group_name_H-M_alt '{symbol}'")
    return "\n".join((f"data_{block}", *lines, more, "loop_", *header.split(), atoms.strip(), ""))


def model_of(text: str, **options: object) -> PhaseModel:
    """The model of a CIF."""
    return phase_models({"P": PhaseOptions(cif="x.cif", **options)}, {"x.cif": text})[0]  # type: ignore[arg-type]


def layered_cif(li: str = "0 0 0", metal: str = "0 0 0.5", o: str = "0 0 0.24", **more: str) -> str:
    """LiCoO2 in any setting."""
    atoms = f"Li1 Li+ {li} 1 0.012\nCo1 Co3+ {metal} 1 0.004\nO1 O2- {o} 1 0.008"
    return cif("R -3 m :H", LAYERED, atoms, **more)
