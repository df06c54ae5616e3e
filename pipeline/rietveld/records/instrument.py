"""The instrument's line profile from a standard, one row an engine."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.quantities import Quantities
from pipeline.rietveld.records.refinements import ReflectionTable
from pipeline.rietveld.records.status import FitStatus, Flags


@dataclass(frozen=True, slots=True, eq=False)
class InstrumentProfiles:
    """What a standard of known cell says of the instrument, `(n_rows,)`: once by each engine.

    `profile` has the columns `u_deg2`, `v_deg2`, `w_deg2`, `x_deg`, `y_deg`, `axial_ratio`, `zero_deg`, `displacement_um`,
    as `interface.Profile` means them, and `cell_difference_ppm`, by how much the cell comes out larger where it is refined too; NaN in a row whose status is not `ok`. The cell was held at the certified one.
    `reflections` are those of all rows, None where they were not kept.
    """

    dataset: str
    phase: str
    geometry: str
    wavelength_angstrom: float
    cell_a_angstrom: float
    cell_c_angstrom: float
    engine: tuple[str, ...]
    engine_version: tuple[str, ...]
    status: tuple[FitStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]
    rwp_percent: FloatArray
    gof: FloatArray
    profile: Quantities
    two_theta_deg: FloatArray
    observed_counts: FloatArray
    sigma_counts: FloatArray
    calculated_counts: FloatArray
    background_counts: FloatArray
    reflections: ReflectionTable | None = None

    def __post_init__(self) -> None:
        freeze_fields(self, ("rwp_percent", "gof"), ndim=1)
        freeze_fields(
            self,
            (
                *("two_theta_deg", "observed_counts", "sigma_counts"),
                *("calculated_counts", "background_counts"),
            ),
            ndim=2,
        )
