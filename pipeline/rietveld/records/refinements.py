"""Refinements of one data set, judged: one row an engine and frame."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.core.quantities import Quantities
from pipeline.rietveld.records.status import FitStatus, Flags


@dataclass(frozen=True, slots=True, eq=False)
class AtomTable:
    """Atoms of all rows, one after the other: `row_index` says of which refinement. Sigmas are NaN where not refined."""

    row_index: FloatArray
    phase: tuple[str, ...]
    atom: tuple[str, ...]
    element: tuple[str, ...]
    site: tuple[str, ...]
    multiplicity_count: FloatArray
    x_fraction: FloatArray
    x_sigma_fraction: FloatArray
    y_fraction: FloatArray
    y_sigma_fraction: FloatArray
    z_fraction: FloatArray
    z_sigma_fraction: FloatArray
    occupancy_fraction: FloatArray
    occupancy_sigma_fraction: FloatArray
    u_iso_angstrom2: FloatArray
    u_iso_sigma_angstrom2: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, ("row_index", *self.__slots__[5:]), ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class BondTable:
    """Shortest distances between sites of all rows, `bond_count` of them around the first."""

    row_index: FloatArray
    phase: tuple[str, ...]
    site: tuple[str, ...]
    other_site: tuple[str, ...]
    bond_count: FloatArray
    distance_angstrom: FloatArray
    distance_sigma_angstrom: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, ("row_index", *self.__slots__[4:]), ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class ReflectionTable:
    """Calculated reflections of all rows; of a doublet Kalpha1 alone."""

    row_index: FloatArray
    phase: tuple[str, ...]
    h_index: FloatArray
    k_index: FloatArray
    l_index: FloatArray
    multiplicity_count: FloatArray
    d_angstrom: FloatArray
    two_theta_deg: FloatArray
    f_squared_normalised: FloatArray
    intensity_counts_deg: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, ("row_index", *self.__slots__[2:]), ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class StageTable:
    """The log of all plans, and of all starts: what was free, and how well it fitted."""

    row_index: FloatArray
    start_index: FloatArray
    free: tuple[str, ...]
    rwp_percent: FloatArray
    refined_count: FloatArray
    converged: tuple[bool, ...]

    def __post_init__(self) -> None:
        names = ("row_index", "start_index", "rwp_percent", "refined_count")
        freeze_fields(self, names, ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class StartTable:
    """Where the displaced starts of all rows ended: `best` is the one that is reported, `same` ended at its minimum."""

    row_index: FloatArray
    start_index: FloatArray
    what: tuple[str, ...]
    rwp_percent: FloatArray
    distance_sigma: FloatArray
    best: tuple[bool, ...]
    same: tuple[bool, ...]

    def __post_init__(self) -> None:
        names = ("row_index", "start_index", "rwp_percent", "distance_sigma")
        freeze_fields(self, names, ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class Refinements:
    """Refinements of one data set, `(n_rows,)`: each frame by each engine.

    `parameters` are all refined numbers and `derived` what follows from them, with sigmas that allow for residuals that hang
    together (`esd_inflation`, 1 for white ones); both are NaN in a row whose status is not `ok`. What an engine stopped at
    in such a row stands in `refused`, for finding out why. `failed_gates` names the gates that were not passed.
    `correlation_ratio` is `(n_rows, n_parameters, n_parameters)`. Curves are `(n_rows, n_points)`.
    """

    dataset: str
    geometry: str
    main_phase: str
    phases: tuple[str, ...]
    kinds: tuple[str, ...]
    space_groups: tuple[str, ...]
    scattering_factors: str
    dispersion: bool
    covariates: Covariates
    frame: FloatArray
    engine: tuple[str, ...]
    engine_version: tuple[str, ...]
    status: tuple[FitStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]
    failed_gates: tuple[tuple[str, ...], ...]
    rwp_percent: FloatArray
    rp_percent: FloatArray
    rexp_percent: FloatArray
    gof: FloatArray
    reduced_chi2: FloatArray
    esd_inflation: FloatArray
    point_count: FloatArray
    refined_count: FloatArray
    shift_ratio: FloatArray
    initial: Quantities
    parameters: Quantities
    derived: Quantities
    refused: Quantities
    correlation_ratio: FloatArray
    two_theta_deg: FloatArray
    observed_counts: FloatArray
    sigma_counts: FloatArray
    calculated_counts: FloatArray
    background_counts: FloatArray
    atoms: AtomTable
    bonds: BondTable
    reflections: ReflectionTable
    stages: StageTable
    starts: StartTable

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *("frame", "rwp_percent", "rp_percent", "rexp_percent", "gof", "reduced_chi2"),
                *("esd_inflation", "point_count", "refined_count", "shift_ratio"),
            ),
            ndim=1,
        )
        freeze_fields(self, ("correlation_ratio",), ndim=3)
        freeze_fields(
            self,
            (
                *("two_theta_deg", "observed_counts", "sigma_counts"),
                *("calculated_counts", "background_counts"),
            ),
            ndim=2,
        )

    @property
    def n_rows(self) -> int:
        """Number of refinements, accepted and refused."""
        return len(self.status)
