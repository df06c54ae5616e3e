"""Rows of the tables of Rietveld refinement, from its records."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.core.rows import COVARIATES, ENDING, GOOD, beside, ending
from pipeline.core.study import Dataset
from pipeline.core.table import Cell
from pipeline.core.units import DIMENSIONLESS, unit_of
from pipeline.rietveld.by_name import (
    UNKNOWN,
    Number,
    atoms_of,
    of_phase,
    sigma_name,
    wyckoff,
)
from pipeline.rietveld.records import FitStatus, InstrumentProfiles, Refinements, Sensitivity

Rows = Iterator[tuple[Cell, ...]]
FRAME = ("dataset", "frame", "sample", "state")
ENGINE = ("engine", "engine_version")
START = (*FRAME, *COVARIATES, *ENGINE)
SHORT = (*FRAME, *ENGINE)


def _beside_sigma(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for name in names for part in (name, sigma_name(name)))


# Column, and the name of the number in the record.
_MAIN = {
    "a_angstrom": "a_angstrom",
    "c_angstrom": "c_angstrom",
    "c_over_a": "c_over_a_ratio",
    "volume_angstrom3": "volume_angstrom3",
    "z_o": "z_o",
    "li_ni_mixing_percent": "mixing_percent",
    "slab_mo2_angstrom": "slab_mo2_angstrom",
    "slab_lio2_angstrom": "slab_lio2_angstrom",
}
_QUALITY = (
    *("rwp_percent", "rp_percent", "rexp_percent", "gof", "reduced_chi2", "esd_inflation"),
    *("point_count", "refined_count"),
)
_PHASE = (
    *("a_angstrom", "b_angstrom", "c_angstrom", "alpha_deg", "beta_deg", "gamma_deg"),
    *("volume_angstrom3", "weight_percent", "weight_brindley_percent", "mu_per_cm"),
    *("size_nm", "strain_percent", "march_ratio", "scale"),
)
PHASE_COLUMNS = (*START, "phase", "kind", "space_group", *_beside_sigma(_PHASE), *ENDING)
_ATOM = ("x_fraction", "y_fraction", "z_fraction", "occupancy_fraction", "u_iso_angstrom2")
ATOM_COLUMNS = (
    *(*SHORT, "phase", "atom", "element", "site", "wyckoff", "multiplicity_count"),
    *(*_beside_sigma(_ATOM), *ENDING),
)
BOND_COLUMNS = (
    *(*SHORT, "phase", "site", "other_site", "bond_count"),
    *("distance_angstrom", "distance_sigma_angstrom", *ENDING),
)
PARAMETER_COLUMNS = (
    *(*SHORT, "parameter", "unit", "initial", "value", "sigma", "stopped_at", *ENDING),
)
START_COLUMNS = (
    *(*SHORT, "start", "what", "rwp_percent", "distance_sigma", "best", "same_minimum", *ENDING),
)
_PROFILE = (
    *("u_deg2", "v_deg2", "w_deg2", "x_deg", "y_deg", "axial_ratio", "zero_deg"),
    *("displacement_um", "cell_difference_ppm"),
)
INSTRUMENT_COLUMNS = (
    *("dataset", "sample", *ENGINE, "phase", "geometry", "wavelength_angstrom"),
    *("cell_a_angstrom", "cell_c_angstrom", *_beside_sigma(_PROFILE), "rwp_percent", "gof"),
    *ENDING,
)
_CHOICE = ("mixing_percent", "a_angstrom", "c_angstrom", "z_o")
SENSITIVITY_COLUMNS = (
    *("dataset", "sample", "state", *ENGINE, "phase", "choice", "scattering_factors", "dispersion"),
    *("orientation", "as_asked", *_beside_sigma(_CHOICE), "mixing_shift_percent"),
    *("mixing_shift_sigma", "rwp_percent", "gof", *ENDING),
)


def refinement_columns(everything: Sequence[Refinements]) -> tuple[str, ...]:
    """Columns of the table of refinements: its displacement parameters are of the sites that there are."""
    sites = dict.fromkeys(site for found in everything for site in _sites(found))
    u_iso = _beside_sigma([f"u_iso_{site}_angstrom2" for site in sites])
    return (
        *(*START, "phase", *_beside_sigma(tuple(_MAIN)), *u_iso, *_QUALITY),
        *("scattering_factors", "dispersion", *ENDING),
    )


def refinement_rows(dataset: Dataset, found: Refinements, columns: tuple[str, ...]) -> Rows:
    """One row a refinement: its main phase, and how well the pattern is described."""
    first = len(START) + 1 + 2 * len(_MAIN)
    of_sites = columns[first : columns.index(_QUALITY[0]) : 2]
    places = atoms_of(found)
    for i in range(found.n_rows):
        good = found.status[i] is FitStatus.OK
        main = (of_phase(found, i, found.main_phase, name) for name in _MAIN.values())
        u_iso = _u_iso(found, places.get((i, found.main_phase), []))
        yield (
            *(*_start(dataset, found, i), found.main_phase),
            *(part for number in main for part in number),
            *(part for n in of_sites for part in (u_iso.get(n, UNKNOWN) if good else UNKNOWN)),
            *(float(getattr(found, name)[i]) for name in _QUALITY),
            *(found.scattering_factors, _yes(found.dispersion)),
            *closing(found, i),
        )


def phase_rows(dataset: Dataset, found: Refinements) -> Rows:
    """One row a refinement and phase: cell, share of the weight, size, strain, texture."""
    for i in range(found.n_rows):
        for k, phase in enumerate(found.phases):
            numbers = (of_phase(found, i, phase, name) for name in _PHASE)
            yield (
                *(*_start(dataset, found, i), phase, found.kinds[k], found.space_groups[k]),
                *(part for number in numbers for part in number),
                *closing(found, i),
            )


def atom_rows(dataset: Dataset, found: Refinements) -> Rows:
    """One row a refinement and atom; a refused refinement has a row without an atom."""
    atoms, kinds = found.atoms, dict(zip(found.phases, found.kinds, strict=True))
    places = atoms_of(found)
    for i in range(found.n_rows):
        own = [k for phase in found.phases for k in places.get((i, phase), [])]
        if found.status[i] is not FitStatus.OK or not own:
            yield _without(dataset, found, i, ATOM_COLUMNS)
            continue
        for k in own:
            count, z = float(atoms.multiplicity_count[k]), float(atoms.z_fraction[k])
            numbers = _beside_sigma(_ATOM)
            yield (
                *_short(dataset, found, i),
                *(atoms.phase[k], atoms.atom[k], atoms.element[k], atoms.site[k]),
                *(wyckoff(kinds[atoms.phase[k]], count, z), count),
                *(float(getattr(atoms, name)[k]) for name in numbers),
                *closing(found, i),
            )


def bond_rows(dataset: Dataset, found: Refinements) -> Rows:
    """One row a refinement and kind of bond; a refused refinement has a row without one."""
    bonds = found.bonds
    for i in range(found.n_rows):
        own = np.flatnonzero(bonds.row_index == i)
        if found.status[i] is not FitStatus.OK or not own.size:
            yield _without(dataset, found, i, BOND_COLUMNS)
            continue
        for k in own:
            yield (
                *_short(dataset, found, i),
                *(bonds.phase[k], bonds.site[k], bonds.other_site[k], float(bonds.bond_count[k])),
                *(float(bonds.distance_angstrom[k]), float(bonds.distance_sigma_angstrom[k])),
                *closing(found, i),
            )


def parameter_rows(dataset: Dataset, found: Refinements) -> Rows:
    """One row a refined number; of a refused refinement `stopped_at` says where it stopped, which is no answer."""
    for i in range(found.n_rows):
        good = found.status[i] is FitStatus.OK
        named = found.parameters if good else found.refused
        known = [n for n in named.names if not math.isnan(named.column(n)[0][i])]
        if not known:
            yield _without(dataset, found, i, PARAMETER_COLUMNS)
        for name in known:
            value, sigma = named.column(name)
            unit = unit_of(name.rpartition(".")[2])
            yield (
                *(*_short(dataset, found, i), name, "" if unit == DIMENSIONLESS else unit),
                float(found.initial.column(name)[0][i]),
                *((float(value[i]), float(sigma[i]), None) if good else (None, None, value[i])),
                *closing(found, i),
            )


def start_rows(dataset: Dataset, found: Refinements) -> Rows:
    """One row a refinement and start: where it ended."""
    starts = found.starts
    for i in range(found.n_rows):
        for k in np.flatnonzero(starts.row_index == i):
            yield (
                *(*_short(dataset, found, i), float(starts.start_index[k]), starts.what[k]),
                *(float(starts.rwp_percent[k]), float(starts.distance_sigma[k])),
                *(_yes(starts.best[k]), _yes(starts.same[k]), *closing(found, i)),
            )


def instrument_rows(dataset: Dataset, found: InstrumentProfiles) -> Rows:
    """One row an engine: the instrument's own profile."""
    for i in range(len(found.status)):
        columns = (found.profile.column(name) for name in _PROFILE)
        yield (
            *(dataset.name, dataset.sample, found.engine[i], found.engine_version[i]),
            *(found.phase, found.geometry, found.wavelength_angstrom),
            *(found.cell_a_angstrom, found.cell_c_angstrom),
            *(float(part[i]) for value_sigma in columns for part in value_sigma),
            *(float(found.rwp_percent[i]), float(found.gof[i]), *ending(found, i)),
        )


def sensitivity_rows(dataset: Dataset, found: Sensitivity) -> Rows:
    """One row a choice: the mixing, and how far it is from the study's own choice by the same engine."""
    mixing, sigma = found.derived.column("mixing_percent")
    asked = {e: i for i, e in enumerate(found.engine) if found.as_asked[i]}
    for i in range(len(found.status)):
        own = asked.get(found.engine[i])
        shift = math.nan if own is None else float(mixing[i] - mixing[own])
        columns = (found.derived.column(name) for name in _CHOICE)
        yield (
            *(dataset.name, dataset.sample, dataset.state),
            *(found.engine[i], found.engine_version[i], found.phase, found.choice[i]),
            *(found.scattering_factors[i], _yes(found.dispersion[i]), _yes(found.orientation[i])),
            _yes(found.as_asked[i]),
            *(float(part[i]) for value_sigma in columns for part in value_sigma),
            *(shift, math.nan if own is None else shift / float(sigma[own])),
            *(float(found.rwp_percent[i]), float(found.gof[i]), *ending(found, i)),
        )


def closing(found: Refinements, row: int) -> tuple[Cell, ...]:
    """Reason, status and flags; the gates that were not passed are flags too."""
    reason, status, flags = ending(found, row)
    words = [w for w in str(flags).split(";") if w]
    if status != GOOD:
        words[1:1] = [str(gate) for gate in found.failed_gates[row]]
    return reason, status, ";".join(dict.fromkeys(words))


def _start(dataset: Dataset, found: Refinements, row: int) -> tuple[Cell, ...]:
    known = beside(found.covariates, row)
    return (*_frame(dataset, found, row), *known, found.engine[row], found.engine_version[row])


def _short(dataset: Dataset, found: Refinements, row: int) -> tuple[Cell, ...]:
    return (*_frame(dataset, found, row), found.engine[row], found.engine_version[row])


def _frame(dataset: Dataset, found: Refinements, row: int) -> tuple[Cell, ...]:
    return dataset.name, int(found.frame[row]), dataset.sample, dataset.state


def _without(
    dataset: Dataset, found: Refinements, row: int, columns: tuple[str, ...]
) -> tuple[Cell, ...]:
    empty = [None] * (len(columns) - len(SHORT) - len(ENDING))
    return (*_short(dataset, found, row), *empty, *closing(found, row))


def _sites(found: Refinements) -> list[str]:
    of_main = zip(found.atoms.phase, found.atoms.site, strict=True)
    return [_word(site) for phase, site in of_main if phase == found.main_phase]


def _u_iso(found: Refinements, places: Sequence[int]) -> dict[str, Number]:
    """Displacement parameter of each site, by the name of its column: of the site's first atom."""
    atoms, numbers = found.atoms, dict[str, Number]()
    for k in places:
        number = float(atoms.u_iso_angstrom2[k]), float(atoms.u_iso_sigma_angstrom2[k])
        numbers.setdefault(f"u_iso_{_word(atoms.site[k])}_angstrom2", number)
    return numbers


def _word(site: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", site.lower()).strip("_")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
