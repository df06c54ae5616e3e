"""What follows from refined numbers: cells, slabs, mixing, weight fractions, with sigmas from the covariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, frozen
from pipeline.rietveld.interface import Fit, PhaseModel
from pipeline.rietveld.microabsorption import (
    GRAM_PER_DALTON,
    cell_mass_dalton,
    corrected_weights,
    fineness,
    mass_attenuation_cm2_g,
)
from pipeline.rietveld.model.refined import RefinedPhase, refined_phase
from pipeline.rietveld.model.settings import (
    layers_of_atoms,
    oxygen_height,
    slabs_angstrom,
)
from pipeline.rietveld.model.symmetry import free_cell, orthogonal
from pipeline.rietveld.propagate import numbers_of, propagated
from pipeline.rietveld.records.status import Flag, Flags

USUAL_PARTICLE_UM = 5.0  # where nobody gives it: a powder ground by hand
MOVED_PERCENT = 1.0  # a weight that particles may move by more than this is flagged
MIXING_KEY = "mixing_fraction"


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """Numbers `(n,)` named `<phase>.<quantity>`, their sigmas (NaN where nothing refined goes in), remarks."""

    names: tuple[str, ...]
    value: FloatArray
    sigma: FloatArray
    flags: Flags
    remarks: tuple[str, ...]


def derived_of(
    fit: Fit,
    models: Sequence[PhaseModel],
    wavelength_angstrom: float,
    particle_um: Mapping[str, float | None] | None = None,
    brindley: bool = False,
) -> Derived:
    """Derive what follows from one fit.

    Of each phase `a_angstrom` (b, c and angles that are free), `volume_angstrom3`; `c_over_a_ratio` of uniaxial ones; of a
    layered oxide `mixing_percent`, `z_o`, `slab_mo2_angstrom`, `slab_lio2_angstrom`; of several phases `mu_per_cm` and
    `weight_percent`, `W = S Z M V / sum(S Z M V)` (R. J. Hill, C. J. Howard, J. Appl. Cryst. 20 (1987) 467,
    doi:10.1107/S0021889887086199), of the crystalline phases that are refined alone.

    Args:
        fit: the refined numbers.
        models: its phases.
        wavelength_angstrom: for absorption.
        particle_um: diameter of the particles by phase, where known.
        brindley: give `weight_brindley_percent` too, free of microabsorption.
    """
    sizes = [(particle_um or {}).get(m.name) for m in models]
    corrected = brindley and len(models) > 1 and all(sizes)
    phases = [(m, _oxygen(m)) for m in models]

    def quantities(numbers: Mapping[str, float]) -> dict[str, float]:
        found: dict[str, float] = {}
        refined = [refined_phase(m, numbers) for m in models]
        for (model, oxygen), one in zip(phases, refined, strict=True):
            own = _of_phase(model, oxygen, one, numbers)
            found |= {f"{model.name}.{key}": value for key, value in own.items()}
        if len(models) == 1:
            return found
        bulks = _bulks(models, refined, wavelength_angstrom, numbers)
        columns = {
            "mu_per_cm": np.array([b.mu_per_cm for b in bulks]),
            "weight_percent": 100.0 * _weights(bulks),
        }
        if corrected:
            columns["weight_brindley_percent"] = 100.0 * _corrected(bulks, sizes)
        for key, column in columns.items():
            found |= {f"{m.name}.{key}": v for m, v in zip(models, column.tolist(), strict=True)}
        return found

    start = numbers_of(fit)
    value, sigma = propagated(lambda numbers: np.array([*quantities(numbers).values()]), fit)
    flags: Flags = ()
    remarks: tuple[str, ...] = ()
    if len(models) > 1:
        refined = [refined_phase(m, start) for m in models]
        bulks = _bulks(models, refined, wavelength_angstrom, start)
        flags, remarks = _microabsorption(bulks, models, sizes, corrected)
    return Derived(tuple(quantities(start)), frozen(value), frozen(sigma), flags, remarks)


@dataclass(frozen=True, slots=True)
class _Bulk:
    mass_times_scale: float
    density_g_cm3: float
    mu_per_cm: float


def _oxygen(model: PhaseModel) -> int | None:
    """Row of the oxygen of a layered oxide with lithium at 0, 0, 0; None of another structure."""
    if model.kind == "layered-oxide":
        return next(k for k, a in enumerate(model.atoms) if a.site == "o")
    start = refined_phase(model, {})
    layers = layers_of_atoms(model.space_group, model.atoms, start.occupancy.tolist())
    if layers is None or not layers.alkali_at_origin:
        return None
    sites = list(dict.fromkeys(a.site for a in model.atoms))
    return next(k for k, a in enumerate(model.atoms) if a.site == sites[layers.oxygen])


def _of_phase(
    model: PhaseModel, oxygen: int | None, refined: RefinedPhase, numbers: Mapping[str, float]
) -> dict[str, float]:
    keys = ("a_angstrom", "b_angstrom", "c_angstrom", "alpha_deg", "beta_deg", "gamma_deg")
    cell = dict(zip(keys, refined.cell, strict=True))
    free = free_cell(model.space_group, model.system)
    found = {key: cell[key] for key in free}
    found["volume_angstrom3"] = _volume(refined)
    if free == ("a_angstrom", "c_angstrom"):
        found["c_over_a_ratio"] = cell["c_angstrom"] / cell["a_angstrom"]
    mixing = numbers.get(f"{model.name}.{MIXING_KEY}")
    if mixing is not None:
        found["mixing_percent"] = 100.0 * mixing
    if oxygen is not None:
        z = oxygen_height(float(refined.position[oxygen, 2]))
        metal, alkali = slabs_angstrom(z, cell["c_angstrom"])
        found |= {"z_o": z, "slab_mo2_angstrom": metal, "slab_lio2_angstrom": alkali}
    return found


def _volume(refined: RefinedPhase) -> float:
    return float(np.linalg.det(orthogonal(refined.cell)))


def _bulks(
    models: Sequence[PhaseModel],
    refined: Sequence[RefinedPhase],
    wavelength_angstrom: float,
    numbers: Mapping[str, float],
) -> list[_Bulk]:
    found = []
    for model, one in zip(models, refined, strict=True):
        content: dict[str, float] = {}
        for atom, share in zip(model.atoms, one.occupancy.tolist(), strict=True):
            content[atom.element] = content.get(atom.element, 0.0) + atom.multiplicity * share
        mass, volume = cell_mass_dalton(content), _volume(one)
        density = GRAM_PER_DALTON * mass / volume
        scale = numbers.get(f"{model.name}.scale", model.scale)
        mu = density * mass_attenuation_cm2_g(content, wavelength_angstrom)
        found.append(_Bulk(scale * mass * volume, density, mu))
    return found


def _weights(bulks: Sequence[_Bulk]) -> FloatArray:
    parts = np.array([b.mass_times_scale for b in bulks])
    total = float(parts.sum())
    return np.asarray(parts / total) if total > 0 else np.full(parts.size, np.nan)


def _corrected(bulks: Sequence[_Bulk], particle_um: Sequence[float | None]) -> FloatArray:
    return corrected_weights(
        _weights(bulks),
        np.array([b.density_g_cm3 for b in bulks]),
        np.array([b.mu_per_cm for b in bulks]),
        np.array([p or USUAL_PARTICLE_UM for p in particle_um]),
    )


def _microabsorption(
    bulks: Sequence[_Bulk],
    models: Sequence[PhaseModel],
    particle_um: Sequence[float | None],
    corrected: bool,
) -> tuple[Flags, tuple[str, ...]]:
    """Whether particles of unequal absorption may have moved the weights, and by how much."""
    moved = 100.0 * float(np.abs(_corrected(bulks, particle_um) - _weights(bulks)).max())
    flags: list[Flag] = [Flag.MICROABSORPTION_CORRECTED] if corrected else []
    if not moved > MOVED_PERCENT:
        return tuple(flags), ()
    said = "; ".join(
        f"{m.name}: mu {b.mu_per_cm:.0f} /cm, {fineness(b.mu_per_cm, p or USUAL_PARTICLE_UM)} at "
        f"{p or USUAL_PARTICLE_UM:g} um{'' if p else ' (assumed)'}"
        for m, b, p in zip(models, bulks, particle_um, strict=True)
    )
    remark = f"microabsorption moves weights by up to {moved:.1f} % ({said})"
    return (Flag.MICROABSORPTION, *flags), (remark,)
