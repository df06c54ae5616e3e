"""Cells from tracked lines, and what follows from the lines' intensities and widths."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.xrd.records.status import Flags, FrameStatus

LENGTHS = ("a", "b", "c")
ANGLES = ("alpha", "beta", "gamma")
CELL_FIELDS = (
    *(f"{n}{kind}_angstrom" for n in LENGTHS for kind in ("", "_sigma", "_model_sigma")),
    *(f"{n}{kind}_deg" for n in ANGLES for kind in ("", "_sigma")),
    *("volume_angstrom3", "volume_sigma_angstrom3", "volume_model_sigma_angstrom3"),
    *("c_over_a_ratio", "c_over_a_sigma_ratio", "shift_deg", "shift_sigma_deg", "displacement_um"),
    *("displacement_sigma_um", "standard_deg", "standard_sigma_deg", "line_count", "reduced_chi2"),
)


@dataclass(frozen=True, slots=True, eq=False)
class CellSeries:
    """Cell of one phase in each frame, arrays `(n_frames,)`.

    Sigmas are from the positions' own, scaled by the root of the reduced chi2 where above one. Model sigmas are
    the largest distance of the cells that other corrections (`displacement`, `zero`, none) give, where the lines
    allow them; NaN where no other could be tried. `shift_deg` is observed minus true at the phase's first line,
    `displacement_um` the sample's where the radius is known. `standard_deg` is the position of the internal
    standard as found. Of the ratios `(n_frames, n_ratios)`, `intensity_ratio` is of integrated intensities as
    measured, `_cu_ratio` corrected to what Cu Kalpha in Bragg-Brentano geometry would give; `splitting_deg`
    `(n_frames, n_splittings)` are differences of positions on the target axis. The reason of a good frame names the
    lines that were left out.
    """

    phase: str
    system: str
    correction: str
    a_angstrom: FloatArray
    a_sigma_angstrom: FloatArray
    a_model_sigma_angstrom: FloatArray
    b_angstrom: FloatArray
    b_sigma_angstrom: FloatArray
    b_model_sigma_angstrom: FloatArray
    c_angstrom: FloatArray
    c_sigma_angstrom: FloatArray
    c_model_sigma_angstrom: FloatArray
    alpha_deg: FloatArray
    alpha_sigma_deg: FloatArray
    beta_deg: FloatArray
    beta_sigma_deg: FloatArray
    gamma_deg: FloatArray
    gamma_sigma_deg: FloatArray
    volume_angstrom3: FloatArray
    volume_sigma_angstrom3: FloatArray
    volume_model_sigma_angstrom3: FloatArray
    c_over_a_ratio: FloatArray
    c_over_a_sigma_ratio: FloatArray
    shift_deg: FloatArray
    shift_sigma_deg: FloatArray
    displacement_um: FloatArray
    displacement_sigma_um: FloatArray
    standard_deg: FloatArray
    standard_sigma_deg: FloatArray
    line_count: FloatArray
    reduced_chi2: FloatArray
    ratio_names: tuple[str, ...]
    intensity_ratio: FloatArray
    intensity_sigma_ratio: FloatArray
    intensity_cu_ratio: FloatArray
    intensity_cu_sigma_ratio: FloatArray
    splitting_names: tuple[str, ...]
    splitting_deg: FloatArray
    splitting_sigma_deg: FloatArray
    source_file: tuple[str, ...]
    covariates: Covariates
    status: tuple[FrameStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, CELL_FIELDS, ndim=1)
        freeze_fields(
            self,
            (
                *("intensity_ratio", "intensity_sigma_ratio", "intensity_cu_ratio"),
                *("intensity_cu_sigma_ratio", "splitting_deg", "splitting_sigma_deg"),
            ),
            ndim=2,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Broadening:
    """Size and strain of each frame `(n_frames,)` by Williamson and Hall, and the lines behind them.

    `breadth_deg` `(n_frames, n_lines)` are integral breadths freed of the instrument's; the line is
    `breadth cos(theta) = K lambda / size + 4 strain sin(theta)`.
    """

    phase: str
    lines: tuple[str, ...]
    instrument: str
    shape_factor_ratio: float
    size_nm: FloatArray
    size_sigma_nm: FloatArray
    strain_percent: FloatArray
    strain_sigma_percent: FloatArray
    correlation_ratio: FloatArray
    two_theta_deg: FloatArray
    breadth_deg: FloatArray
    breadth_sigma_deg: FloatArray
    wavelength_angstrom: FloatArray
    line_count: FloatArray
    reduced_chi2: FloatArray
    source_file: tuple[str, ...]
    covariates: Covariates
    status: tuple[FrameStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *("size_nm", "size_sigma_nm", "strain_percent", "strain_sigma_percent"),
                *("correlation_ratio", "wavelength_angstrom", "line_count", "reduced_chi2"),
            ),
            ndim=1,
        )
        freeze_fields(self, ("two_theta_deg", "breadth_deg", "breadth_sigma_deg"), ndim=2)
