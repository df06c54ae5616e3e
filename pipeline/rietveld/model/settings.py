"""The settings in which layered oxides are printed, brought to one: lithium at 0, 0, 0 and metal at 0, 0, 1/2.

The International Tables' 3a is 0, 0, 0 and 3b 0, 0, 1/2; papers swap the sites, and with them z of the oxygen, 1/2 - z.
As the field writes it, z is near 0.24 with lithium at the origin, where the slab of the metal,
S(MO2) = 2 (z - 1/6) c, is thinner than lithium's, I(LiO2) = c / 3 - S.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.rietveld.interface import Atom
from pipeline.rietveld.model.structure import Site, Structure

GROUP = "R -3 m:H"
ALKALI = frozenset({"Li", "Na", "K"})
ANIONS = frozenset({"O", "F", "S"})
NEAR = 1e-4
MIDDLE = 0.25  # z where the two slabs are equally thick


@dataclass(frozen=True, slots=True)
class Layers:
    """Sites of a layered structure, as positions in the list of sites."""

    alkali: int
    metal: int
    oxygen: int
    alkali_at_origin: bool


def oxygen_height(z: float) -> float:
    """Height of the oxygen above the alkali site in 0 to 1/2: z, -z and z + 1 are the same site."""
    return abs(z - round(z))


def slabs_angstrom(z: float, c_angstrom: float) -> tuple[float, float]:
    """Thickness of the metal's slab, `2 (z - 1/6) c`, and of the alkali's, `c / 3` less that; alkali at 0, 0, 0."""
    metal = 2.0 * (oxygen_height(z) - 1.0 / 6.0) * c_angstrom
    return metal, c_angstrom / 3.0 - metal


def layers_of(
    space_group: str,
    positions: Sequence[tuple[float, float, float]],
    contents: Sequence[dict[str, float]],
) -> Layers | None:
    """Recognise a layered oxide.

    Args:
        space_group: symbol as gemmi writes it.
        positions: of the sites.
        contents: occupancy of each element at each site.

    Returns:
        Which site is which; None where the structure is another one. A site that is empty of alkali, as of a fully
        charged cathode, is not listed in a file, and such a structure is not recognised.
    """
    if space_group != GROUP or len(positions) != 3:
        return None
    on_axis = all(abs(x - round(x)) < NEAR and abs(y - round(y)) < NEAR for x, y, _ in positions)
    heights = [oxygen_height(z) for _, _, z in positions]
    anion = [all(e in ANIONS for e in content) for content in contents]
    at = {
        "origin": [i for i, h in enumerate(heights) if h < NEAR and not anion[i]],
        "half": [i for i, h in enumerate(heights) if abs(h - 0.5) < NEAR and not anion[i]],
        "between": [i for i, h in enumerate(heights) if 0.2 < h < 0.3 and anion[i]],
    }
    if not on_axis or any(len(found) != 1 for found in at.values()):
        return None
    origin, half, between = (found[0] for found in at.values())
    alkali = [sum(n for e, n in content.items() if e in ALKALI) for content in contents]
    metal = [sum(n for e, n in content.items() if e not in ALKALI) for content in contents]
    # The metal's site is the one that holds most of the metal: a charged one has little alkali anywhere.
    if metal[origin] == metal[half] or not alkali[origin] + alkali[half]:
        return None
    first = metal[origin] < metal[half]
    return Layers(*((origin, half) if first else (half, origin)), between, first)


def layers_of_atoms(
    space_group: str, atoms: Sequence[Atom], occupancies: Sequence[float]
) -> Layers | None:
    """`layers_of` of a phase's atoms; the numbers in `Layers` are those of its sites in the order of their first atoms."""
    names = list(dict.fromkeys(a.site for a in atoms))
    contents: list[dict[str, float]] = [{} for _ in names]
    positions = [(0.0, 0.0, 0.0)] * len(names)
    for atom, share in zip(atoms, occupancies, strict=True):
        k = names.index(atom.site)
        positions[k] = (atom.x_fraction, atom.y_fraction, atom.z_fraction)
        contents[k][atom.element] = contents[k].get(atom.element, 0.0) + share
    return layers_of(space_group, positions, contents)


def in_our_setting(structure: Structure) -> Structure:
    """A layered structure with lithium at 0, 0, 0 and z near 0.24; any other as it is. Its remarks say what was done."""
    positions = [s.position for s in structure.sites]
    contents = [{p.element: p.occupancy for p in s.species} for s in structure.sites]
    layers = layers_of(structure.space_group, positions, contents)
    if layers is None:
        return structure
    remarks = list(structure.remarks)
    before = len(remarks)
    printed = oxygen_height(positions[layers.oxygen][2])
    z = printed if layers.alkali_at_origin else 0.5 - printed
    names = [structure.sites[k].species[0].element for k in (layers.alkali, layers.metal)]
    if not layers.alkali_at_origin:
        remarks.append(
            f"origin moved by 1/2 along c: {names[0]} at 0, 0, 0, {names[1]} at 0, 0, 1/2, z of the oxygen {printed:.5g} to {z:.5g}"
        )
    c = structure.cell[2]
    if z > MIDDLE:
        metal, alkali = slabs_angstrom(z, c)
        remarks.append(
            f"as printed, the slab of {names[1]} ({metal:.3f} A) would be thicker than that of {names[0]} ({alkali:.3f} A): "
            f"z of the oxygen is taken to be of the swapped setting, {0.5 - z:.5g} in place of {z:.5g}"
        )
        z = 0.5 - z
    sites: list[Site] = list(structure.sites)
    placed = {layers.alkali: 0.0, layers.metal: 0.5, layers.oxygen: z}
    for k, height in placed.items():
        sites[k] = replace(sites[k], position=(0.0, 0.0, height))
    moved = structure.setting_changed or len(remarks) > before
    return replace(structure, sites=tuple(sites), remarks=tuple(remarks), setting_changed=moved)
