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
    Layers,
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

    Of each phase `a_angstrom` (b, c and angles that are free), `volume_angstrom3`, `mu_per_cm`; `c_over_a_ratio` of uniaxial
    ones; of a layered oxide `mixing_percent`, `z_o`, `slab_mo2_angstrom`, `slab_lio2_angstrom`; of several phases
    `weight_percent`, `W = S Z M V / sum(S Z M V)` (R. J. Hill, C. J. Howard, J. Appl. Cryst. 20 (1987) 467,
    doi:10.1107/S0021889887086199), of the crystalline phases that are refined alone.

    Args:
        fit: the refined numbers.
        models: its phases.
        wavelength_angstrom: for absorption.
        particle_um: diameter of the particles by phase, where known.
        brindley: give `weight_brindley_percent` too, free of microabsorption.
    """
    sizes = {m.name: (particle_um or {}).get(m.name) for m in models}
    known = len(models) > 1 and all(sizes.values())
    start = numbers_of(fit)
    phases = [(m, _kind(m, refined_phase(m, start))) for m in models]
    names: list[str] = []

    def function(numbers: Mapping[str, float]) -> FloatArray:
        names.clear()
        values: list[float] = []
        states = []
        for model, layers in phases:
            refined = refined_phase(model, numbers)
            states.append(_bulk(model, refined, wavelength_angstrom, numbers))
            for key, value in _of_phase(model, layers, refined, numbers).items():
                names.append(f"{model.name}.{key}")
                values.append(value)
            names.append(f"{model.name}.mu_per_cm")
            values.append(states[-1].mu_per_cm)
        if len(states) > 1:
            columns = {"weight_percent": _weights(states)}
            if brindley and known:
                columns["weight_brindley_percent"] = _corrected(
                    states, [sizes[m.name] for m in models]
                )
            for key, found in columns.items():
                names.extend(f"{m.name}.{key}" for m in models)
                values.extend((100.0 * found).tolist())
        return np.array(values)

    value, sigma = propagated(function, fit)
    states = [_bulk(m, refined_phase(m, start), wavelength_angstrom, start) for m in models]
    flags, remarks = _microabsorption(states, models, sizes, brindley and known)
    return Derived(tuple(names), frozen(value), frozen(sigma), flags, remarks)


@dataclass(frozen=True, slots=True)
class _Bulk:
    mass_times_scale: float
    density_g_cm3: float
    mu_per_cm: float


def _kind(model: PhaseModel, refined: RefinedPhase) -> Layers | None:
    return layers_of_atoms(model.space_group, model.atoms, refined.occupancy.tolist())


def _of_phase(
    model: PhaseModel, layers: Layers | None, refined: RefinedPhase, numbers: Mapping[str, float]
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
    if layers is not None:
        sites = list(dict.fromkeys(a.site for a in model.atoms))
        row = next(k for k, a in enumerate(model.atoms) if a.site == sites[layers.oxygen])
        z = oxygen_height(float(refined.position[row, 2]))
        z = z if layers.alkali_at_origin else 0.5 - z
        metal, alkali = slabs_angstrom(z, cell["c_angstrom"])
        found |= {"z_o": z, "slab_mo2_angstrom": metal, "slab_lio2_angstrom": alkali}
    return found


def _volume(refined: RefinedPhase) -> float:
    return float(np.linalg.det(orthogonal(refined.cell)))


def _bulk(
    model: PhaseModel,
    refined: RefinedPhase,
    wavelength_angstrom: float,
    numbers: Mapping[str, float],
) -> _Bulk:
    content: dict[str, float] = {}
    for atom, share in zip(model.atoms, refined.occupancy.tolist(), strict=True):
        content[atom.element] = content.get(atom.element, 0.0) + atom.multiplicity * share
    mass, volume = cell_mass_dalton(content), _volume(refined)
    density = GRAM_PER_DALTON * mass / volume
    scale = numbers.get(f"{model.name}.scale", model.scale)
    mu = density * mass_attenuation_cm2_g(content, wavelength_angstrom)
    return _Bulk(scale * mass * volume, density, mu)


def _weights(states: Sequence[_Bulk]) -> FloatArray:
    parts = np.array([s.mass_times_scale for s in states])
    return np.asarray(parts / parts.sum())


def _corrected(states: Sequence[_Bulk], particle_um: Sequence[float | None]) -> FloatArray:
    return corrected_weights(
        _weights(states),
        np.array([s.density_g_cm3 for s in states]),
        np.array([s.mu_per_cm for s in states]),
        np.array([p or USUAL_PARTICLE_UM for p in particle_um]),
    )


def _microabsorption(
    states: Sequence[_Bulk],
    models: Sequence[PhaseModel],
    sizes: Mapping[str, float | None],
    corrected: bool,
) -> tuple[Flags, tuple[str, ...]]:
    """Whether particles of unequal absorption may have moved the weights, and by how much."""
    if len(states) < 2:
        return (), ()
    particles = [sizes[m.name] for m in models]
    moved = 100.0 * float(np.abs(_corrected(states, particles) - _weights(states)).max())
    if not moved > MOVED_PERCENT:
        return (), ()
    flags: list[Flag] = [Flag.MICROABSORPTION]
    if corrected:
        flags.append(Flag.MICROABSORPTION_CORRECTED)
    said = "; ".join(
        f"{m.name}: mu {s.mu_per_cm:.0f} /cm, {fineness(s.mu_per_cm, p or USUAL_PARTICLE_UM)} at "
        f"{p or USUAL_PARTICLE_UM:g} um{'' if p else ' (assumed)'}"
        for m, s, p in zip(models, states, particles, strict=True)
    )
    return tuple(flags), (f"microabsorption moves weights by up to {moved:.1f} % ({said})",)
