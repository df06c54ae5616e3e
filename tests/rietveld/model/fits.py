"""Fits as an engine would answer, of given numbers: for what follows from them."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import Fit, PhaseModel, Reflections, Stages
from pipeline.rietveld.model.symmetry import free_cell


def fit_of(
    models: Sequence[PhaseModel],
    numbers: Mapping[str, float] | None = None,
    sigmas: Mapping[str, float] | None = None,
    correlation: FloatArray | None = None,
) -> Fit:
    """Numbers of the models, `numbers` in their place; refined are those in `sigmas`."""
    everything: dict[str, float] = {}
    for m in models:
        keys = ("a_angstrom", "b_angstrom", "c_angstrom", "alpha_deg", "beta_deg", "gamma_deg")
        cell = dict(zip(keys, m.cell, strict=True))
        everything |= {f"{m.name}.{k}": cell[k] for k in free_cell(m.space_group, m.system)}
        everything[f"{m.name}.scale"] = m.scale
        everything |= {f"{m.name}.{v.key}": v.start for v in m.variables}
        for a in m.atoms:
            everything |= {
                f"{m.name}.{a.label}.{x}_fraction": getattr(a, f"{x}_fraction") for x in a.free
            }
    everything |= dict(numbers or {})
    sigmas = dict(sigmas or {})
    free = tuple(n for n in everything if n in sigmas)
    held = tuple(n for n in everything if n not in sigmas)
    value = np.array([everything[n] for n in free])
    sigma = np.array([sigmas[n] for n in free])
    matrix = np.eye(len(free)) if correlation is None else correlation
    none = np.empty(0)
    return Fit(
        *("test", "1", True, free, value, value, sigma),
        matrix * np.outer(sigma, sigma),
        *((False,) * len(free), held, np.array([everything[n] for n in held])),
        *(0.0, (), none, none),
        Reflections((), none, none, none, none, none, none, none, none),
        Stages((), none, none, ()),
        (),
    )
