"""Space groups: whether a symbol is one, belongs to the phase's axes, and allows its reflections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.study import Problem
from pipeline.xrd.options.phases import PhaseOptions, hkl_label

if TYPE_CHECKING:
    import gemmi

Place = tuple[str | int, ...]
ALLOWED_SYSTEMS = {
    "cubic": ("cubic",),
    "tetragonal": ("tetragonal",),
    "hexagonal": ("trigonal", "hexagonal"),
    "orthorhombic": ("orthorhombic",),
    "monoclinic": ("monoclinic",),
    "triclinic": ("triclinic",),
}


def symmetry_problems(place: Place, name: str, phase: PhaseOptions) -> Iterator[Problem]:
    """Find what a phase's space group says against it.

    Args:
        place: keys of the phase in the study file.
        name: the phase.
        phase: its system, space group and reflections.

    Yields:
        A symbol that is none, one of another system or of other axes than the cell's, and each
        reflection that is systematically absent, with the reason (of a rhombohedral lattice: absent in the
        obverse and in the reverse setting, for both are in use). Nothing where no space group is given.
    """
    if not phase.space_group:
        return
    import gemmi

    where = (*place, "space_group")
    group = gemmi.find_spacegroup_by_name(phase.space_group)
    if group is None:
        text = (
            f"'{phase.space_group}' is no space-group symbol that is known; write Hermann and Mauguin's, such as "
            "`R -3 m`, `C 2/m` or `F d -3 m`."
        )
        yield Problem(where, text)
        return
    system = group.crystal_system_str()
    if system not in ALLOWED_SYSTEMS[phase.system]:
        text = f"{group.xhm()} is {system}, and '{name}' is described on {phase.system} axes."
        yield Problem(where, text)
        return
    if group.ext == "R":
        text = (
            f"{group.xhm()} is on rhombohedral axes, and '{name}' on hexagonal ones: write "
            f"'{group.hm}' or '{group.hm}:H'."
        )
        yield Problem(where, text)
        return
    if system == "monoclinic" and group.monoclinic_unique_axis() != "b":
        text = f"{group.xhm()} has its unique axis along {group.monoclinic_unique_axis()}; the free angle here is beta, so it must be b."
        yield Problem(where, text)
        return
    operations = group.operations()
    for i, hkl in enumerate(phase.reflections):
        if all(operations.is_systematically_absent(list(both)) for both in _settings(group, hkl)):
            text = f"({hkl_label(hkl)}) is forbidden by {group.xhm()}: {_reason(operations, hkl)}."
            yield Problem((*place, "reflections", i), text)


def _settings(
    group: gemmi.SpaceGroup, hkl: tuple[int, int, int]
) -> tuple[tuple[int, int, int], ...]:
    """Indices in the settings that are in use.

    The literature of layered oxides writes (102) and (108) for what are (012) and (018) in the standard
    (obverse) setting of a rhombohedral lattice.
    """
    h, k, l = hkl  # noqa: E741  (its name since Miller)
    return (hkl, (k, h, l)) if group.hm.startswith("R") else (hkl,)


def _reason(operations: gemmi.GroupOps, hkl: tuple[int, int, int]) -> str:
    """Which of the group's translations forbids a reflection: its centring, or a glide plane or screw axis."""
    denominator = 24
    for centring in operations.cen_ops:
        if sum(h * t for h, t in zip(hkl, centring, strict=True)) % denominator:
            return "the lattice is centred"
    return "a glide plane or screw axis extinguishes it"
