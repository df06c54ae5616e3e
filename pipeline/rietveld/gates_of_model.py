"""Gates that ask whether the refined model can be one of a real crystal: mixing, displacements, slabs, cell."""

from __future__ import annotations

import numpy as np

from pipeline.core.esd import with_esd
from pipeline.rietveld.evidence import Evidence, height_of
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model.settings import slabs_angstrom
from pipeline.rietveld.warm import CELL, LENGTHS

MIXING = "mixing_fraction"
FULL_LITHIUM = 0.98


def mixing_possible(e: Evidence) -> str:
    """Mixing lies between what it can be, and no refined occupancy below 0 or above 1, within two sigmas."""
    low, high = e.limits.mixing_percent
    for p in e.job.phases:
        name = f"{p.name}.{MIXING}"
        if name not in e.fit.parameters:
            continue
        value, sigma = 100 * e.fit.of(name)[0], 100 * e.sigma_of(name)
        margin = 100 * e.margin_of(name)
        said = f"mixing of '{p.name}' {with_esd(value, sigma, 2)} %"
        if value + margin < low:
            lithium = lithium_of(p)
            why = (
                f"the Li content of the model ({lithium:.2f}) is probably too high for this state; give `li_fraction` from the "
                "charge passed or from ICP"
                if lithium >= FULL_LITHIUM
                else f"the Li content of the model ({lithium:.2f}) or its composition is probably wrong, or scattering factors, "
                "dispersion or preferred orientation are"
            )
            return f"{said} is below {low:g}: {why}."
        if value - margin > high:
            return (
                f"{said} is above {high:g}: Li and transition metals have probably changed places (origin of the cell), or "
                "the composition is wrong."
            )
    return next((words for p in e.job.phases if (words := _occupancies(e, p))), "")


def _occupancies(e: Evidence, phase: PhaseModel) -> str:
    """What a refined occupancy is that cannot be; below 0 as far as the study lets the mixing be."""
    low = min(0.0, e.limits.mixing_percent[0] / 100)
    values = {v.name: v.start for v in phase.variables}
    names = {v.name: f"{phase.name}.{v.key}" for v in phase.variables}
    refined = {n: e.fit.parameters.index(k) for n, k in names.items() if k in e.fit.parameters}
    values |= {name: float(e.fit.value[k]) for name, k in refined.items()}
    for atom in phase.atoms:
        share = atom.occupancy
        pairs = [
            (v, f) for v, f in zip(share.variables, share.factors, strict=True) if v in refined
        ]
        if not pairs:
            continue
        rows, slopes = [refined[v] for v, _ in pairs], np.array([f for _, f in pairs])
        sigma = float(np.sqrt(max(slopes @ e.fit.covariance[np.ix_(rows, rows)] @ slopes, 0.0)))
        value, margin = share.at(values), e.margin(sigma)
        if low - margin <= value <= 1.0 - low + margin:
            continue
        advice = (
            "there is less lithium than mixing: give the true `li_fraction`, or a CIF with `variables` of your own"
            if phase.kind == "layered-oxide"
            else "the constraints, the composition, scattering factors or preferred orientation are probably wrong"
        )
        shown = with_esd(value, sigma * e.quality.esd_inflation)
        return f"the occupancy of {atom.label} in '{phase.name}' is {shown}, and lies between 0 and 1: {advice}."
    return ""


def lithium_of(phase: PhaseModel) -> float:
    """Lithium per formula unit of a layered oxide, both sites together, as its start has it."""
    values = {v.name: v.start for v in phase.variables}
    oxygen = sum(a.multiplicity for a in phase.atoms if a.element == "O")
    lithium = sum(a.multiplicity * a.occupancy.at(values) for a in phase.atoms if a.element == "Li")
    return 2 * lithium / oxygen if oxygen else 0.0


def u_positive(e: Evidence) -> str:
    """No mean square displacement is below 0 by more than two sigmas."""
    for p in e.job.phases:
        for v in p.variables:
            if not v.name.startswith("u_") or not v.refine:
                continue
            name = f"{p.name}.{v.key}"
            if name not in e.fit.parameters:
                continue
            value, sigma = e.fit.of(name)[0], e.sigma_of(name)
            if value + e.margin_of(name) < 0:
                return (
                    f"{name} = {with_esd(value, sigma)} is below 0, which no displacement can be: occupancies, scattering "
                    "factors, preferred orientation, absorption, the range of angles or the background are probably wrong."
                )
    return ""


def slabs_in_order(e: Evidence) -> str:
    """The slab of the metal is thinner than that of lithium: else the origin is the other one.

    `S = 2 (z - 1/6) c` between the oxygen planes on both sides of the metal, `I = c / 3 - S`. Asked of every layered oxide,
    built in or from a CIF.
    """
    for p in e.job.phases:
        name = height_of(p)
        if not name or name not in e.fit.parameters:
            continue
        z = e.fit.of(name)[0]
        c = e.fit.of(f"{p.name}.c_angstrom")[0]
        metal, lithium = slabs_angstrom(z, c)
        if not 0 < metal < lithium:
            return (
                f"z_O {z:.4f} of '{p.name}' makes the slab of the metal {metal:.3f} angstrom and that of lithium {lithium:.3f}: "
                "the first must be the thinner. Either lithium and metal have changed places, or this is a false minimum: "
                f"start nearer to {min(max(0.5 - z, 0.235), 0.245):.3f}, and check the composition of both sites."
            )
    return ""


def cell_near_start(e: Evidence) -> str:
    """No length of the cell is far from the study's."""
    starts = {model.name: model for model in e.models}
    for p in e.job.phases:
        start = starts[p.name]
        for k, length in enumerate(LENGTHS):
            name = f"{p.name}.{CELL[k]}"
            if name not in e.fit.parameters:
                continue
            value = e.fit.of(name)[0]
            change = 100 * (value / start.cell[k] - 1)
            if not abs(change) <= e.limits.cell_percent:
                return (
                    f"{p.name}.{length} = {value:.4f} is {change:+.1f} % from its start {start.cell[k]:.4f}, more than "
                    f"{e.limits.cell_percent:g} %: lines were probably taken for others. Correct the start cell or the wavelength; "
                    "where a series truly goes so far, raise `gates.cell_percent`."
                )
    return ""
