"""Numbers of the records of `build`: refined ones, what follows from them, R factors."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.quantities import Quantities
from tests.rietveld.pattern import LAYERED, ROCK_SALT

MAIN = LAYERED.name
Row = tuple[tuple[str, ...], FloatArray, FloatArray]
NOTHING: Row = ((), np.empty(0), np.empty(0))


def parameters_of(
    a: float, c: float, mixing: float, shares: Mapping[str, float], random: np.random.Generator
) -> Row:
    stated = {
        f"{MAIN}.a_angstrom": (a, 3e-5),
        f"{MAIN}.c_angstrom": (c, 2e-4),
        f"{MAIN}.scale": (1.0e-4 * shares[MAIN], 3e-7),
        f"{MAIN}.mixing_fraction": (mixing / 100, 8e-4),
        f"{MAIN}.O.z_fraction": (0.24065, 5e-5),
        f"{MAIN}.u_li_angstrom2": (0.00189, 6e-4),
        f"{MAIN}.u_tm_angstrom2": (0.00095, 4e-5),
        f"{MAIN}.u_o_angstrom2": (0.00362, 2e-4),
        f"{MAIN}.size_nm": (310.0, 12.0),
        f"{MAIN}.strain_percent": (0.032, 0.002),
        "zero_deg": (0.0012, 3e-4),
        "background.0_counts": (90.0, 0.4),
    }
    if ROCK_SALT.name in shares:
        stated[f"{ROCK_SALT.name}.a_angstrom"] = (ROCK_SALT.a_angstrom, 1e-4)
        stated[f"{ROCK_SALT.name}.scale"] = (1e-4 * shares[ROCK_SALT.name], 2e-6)
    return noisy(stated, random)


def derived_of(parameters: Row, shares: Mapping[str, float], random: np.random.Generator) -> Row:
    value = dict(zip(parameters[0], parameters[1], strict=True))
    a, c, z = (value[f"{MAIN}.{n}"] for n in ("a_angstrom", "c_angstrom", "O.z_fraction"))
    exact = {
        f"{MAIN}.volume_angstrom3": (np.sqrt(3) / 2 * a * a * c, 0.0026),
        f"{MAIN}.c_over_a_ratio": (c / a, 9e-5),
        f"{MAIN}.mixing_percent": (100 * value[f"{MAIN}.mixing_fraction"], 0.08),
        f"{MAIN}.z_o": (z, 5e-5),
        f"{MAIN}.slab_mo2_angstrom": (2 * (z - 1 / 6) * c, 0.0014),
        f"{MAIN}.slab_lio2_angstrom": (c / 3 - 2 * (z - 1 / 6) * c, 0.0014),
    }
    names, values, sigmas = noisy(exact, None)
    if len(shares) > 1:
        own = noisy({f"{n}.weight_percent": (w, 0.4) for n, w in shares.items()}, random)
        names, values, sigmas = (
            (*names, *own[0]),
            np.r_[values, 100 * own[1] / own[1].sum()],
            np.r_[sigmas, own[2]],
        )
    return names, values, sigmas


def noisy(stated: Mapping[str, tuple[float, float]], random: np.random.Generator | None) -> Row:
    value, sigma = np.array(list(stated.values())).T
    noise = 0.0 if random is None else random.normal(0, 1, value.size) * sigma
    return tuple(stated), value + noise, sigma


def rwp_of(observed: FloatArray, model: FloatArray, sigma: FloatArray) -> FloatArray:
    over = np.nansum(((observed - model) / sigma) ** 2, axis=1)
    under = np.nansum((observed / sigma) ** 2, axis=1)
    there = np.isfinite(observed - model).any(axis=1)
    return np.where(there, 100 * np.sqrt(over / np.where(under > 0, under, 1.0)), np.nan)


def started(parameters: Quantities, ok: Sequence[int]) -> Quantities:
    value = np.full(parameters.value.shape, np.nan)
    value[ok] = parameters.value[ok] * 1.004
    return Quantities(parameters.names, value, np.full(value.shape, np.nan))


def correlation(parameters: Quantities) -> FloatArray:
    """0.3 between neighbours."""
    n = len(parameters.names)
    one = np.eye(n) + 0.3 * (np.eye(n, k=1) + np.eye(n, k=-1))
    return np.array([one if np.isfinite(v).any() else one * np.nan for v in parameters.value])
