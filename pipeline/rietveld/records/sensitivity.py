"""What the mixing becomes under other choices, one row a choice."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.quantities import Quantities
from pipeline.rietveld.records.status import FitStatus, Flags


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """One pattern refined under each choice, `(n_rows,)`; the row `as_asked` is the study's own.

    A choice that settled where no crystal can be keeps its numbers beside its status and reason: what a wrong choice does is
    what is asked. What did not settle has NaN. `derived` has the columns `mixing_percent`, `a_angstrom`, `c_angstrom`, `z_o`, `u_<site>_angstrom2` of the main phase.
    """

    dataset: str
    phase: str
    choice: tuple[str, ...]
    scattering_factors: tuple[str, ...]
    dispersion: tuple[bool, ...]
    orientation: tuple[bool, ...]
    as_asked: tuple[bool, ...]
    engine: tuple[str, ...]
    engine_version: tuple[str, ...]
    status: tuple[FitStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]
    rwp_percent: FloatArray
    gof: FloatArray
    derived: Quantities

    def __post_init__(self) -> None:
        freeze_fields(self, ("rwp_percent", "gof"), ndim=1)
