"""What is true of the powders whose whole patterns are refined, for comparison with the tables of the analysis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.demo.known import Known
from pipeline.demo.refined import POWDERS, Oxide

TABLE, ATOMS = "rietveld.csv", "rietveld_atoms.csv"
FIRST = "0"


def rows() -> Iterator[Known]:
    """Give what is known; none of it depends on the noise."""
    for powder in POWDERS:
        if powder.oxide is None:
            continue
        for name, unit, truth in numbers(powder.oxide):
            columns = (name + unit, f"{name}_sigma{unit}")
            yield Known(
                f"{powder.dataset}: {name}", TABLE, powder.dataset, *columns, truth, frame=FIRST
            )
        for (atom, site), truth in occupancies(powder.oxide).items():
            yield Known(
                f"{powder.dataset}: {atom} on the {site} site",
                *(ATOMS, powder.dataset, "occupancy_fraction", "occupancy_sigma_fraction"),
                truth,
                frame=FIRST,
                site=site,
                element=atom,
            )


def numbers(oxide: Oxide) -> Iterator[tuple[str, str, float]]:
    """Give each number of a layered oxide in the table of refinements: its name, the ending of its unit, the truth."""
    a, c = oxide.a_angstrom, oxide.c_angstrom
    yield "a", "_angstrom", a
    yield "c", "_angstrom", c
    yield "c_over_a", "", c / a
    yield "volume", "_angstrom3", float(np.sqrt(0.75)) * a * a * c
    yield "z_o", "", oxide.z_oxygen
    yield "li_ni_mixing", "_percent", 100.0 * oxide.mixing
    for site, u in zip(("li", "tm", "o"), oxide.u_angstrom2, strict=True):
        yield f"u_iso_{site}", "_angstrom2", u
    for slab, thickness in zip(("mo2", "lio2"), oxide.slabs_angstrom, strict=True):
        yield f"slab_{slab}", "_angstrom", thickness


def occupancies(oxide: Oxide) -> dict[tuple[str, str], float]:
    """Occupancies that follow from the mixing, by element and site."""
    return {
        ("Ni", "li"): oxide.mixing,
        ("Li", "li"): oxide.lithium - oxide.mixing,
        ("Ni", "tm"): oxide.metals["Ni"] - oxide.mixing,
        ("Li", "tm"): oxide.mixing,
    }
