"""Linear-combination fits and valences."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.xas.records.status import Flags, ScanStatus


@dataclass(frozen=True, slots=True, eq=False)
class LcfResult:
    """Linear-combination fits of a series by K standards.

    `weights` are what was fitted, `fraction = weights / sum_of_weights`; both `(n_scans, K)`, with
    `fraction_covariance` `(n_scans, K, K)`. `fraction_sigma` holds noise, calibration of sample
    and standards, and their edge steps; `fraction_bootstrap_sigma` the same from replicates, NaN
    where none were asked for; `fraction_model_sigma` the spread over `model_parts`: fit ranges and
    normalisation windows.
    `energy_ev`, `data_normalised`, `fit_normalised` are `(n_scans, n_fit)`, and
    `components_normalised` `(n_scans, K, n_fit)`, the standards before they are weighted.
    `alternative_fraction` `(n_scans, n_alternatives, K)` are the fractions over other fit ranges,
    NaN where the scan or a standard does not cover one; `window_fraction` `(n_scans, n_windows, K)`
    those of other normalisation windows. `standard_shift_ev` `(n_scans, K)` is by how much each
    standard's energies would have to be raised to fit best; it was not applied.
    """

    dataset: str
    element: str
    edge: str
    mode: str
    standards: tuple[str, ...]
    standard_titles: tuple[str, ...]
    signal: str
    weights: FloatArray
    fraction: FloatArray
    fraction_covariance: FloatArray
    fraction_sigma: FloatArray
    fraction_model_sigma: FloatArray
    fraction_low: FloatArray
    fraction_high: FloatArray
    sum_of_weights: FloatArray
    r_factor: FloatArray
    reduced_chi2: FloatArray
    energy_ev: FloatArray
    data_normalised: FloatArray
    fit_normalised: FloatArray
    components_normalised: FloatArray
    alternative_fraction: FloatArray
    window_fraction: FloatArray
    fraction_bootstrap_sigma: FloatArray
    standard_shift_ev: FloatArray
    standard_shift_sigma_ev: FloatArray
    model_parts: tuple[str, ...]
    covariates: Covariates
    source_file: tuple[str, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("sum_of_weights", "r_factor", "reduced_chi2"), ndim=1)
        freeze_fields(
            self,
            (
                *("weights", "fraction", "fraction_sigma", "fraction_model_sigma"),
                *("fraction_bootstrap_sigma", "standard_shift_ev", "standard_shift_sigma_ev"),
                *(
                    "fraction_low",
                    "fraction_high",
                    "energy_ev",
                    "data_normalised",
                    "fit_normalised",
                ),
            ),
            ndim=2,
        )
        freeze_fields(
            self,
            (
                *("fraction_covariance", "components_normalised"),
                *("alternative_fraction", "window_fraction"),
            ),
            ndim=3,
        )

    @property
    def residual_normalised(self) -> FloatArray:
        """Data minus fit, `(n_scans, n_fit)`."""
        return self.data_normalised - self.fit_normalised


@dataclass(frozen=True, slots=True, eq=False)
class ValenceResult:
    """Valence of each scan `(n_scans,)` by one method.

    `valence_low` to `valence_high` is the 68 % interval, the model sigma in it. `valence_model_sigma`
    puts together those of its parts that are there: the spread over fit ranges, over normalisation
    windows, and over sets of standards that fit about as well.
    """

    dataset: str
    element: str
    edge: str
    mode: str
    method: str
    valence: FloatArray
    valence_sigma: FloatArray
    valence_model_sigma: FloatArray
    valence_low: FloatArray
    valence_high: FloatArray
    covariates: Covariates
    source_file: tuple[str, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...] = field(default=())
    valence_range_sigma: FloatArray | None = None
    valence_window_sigma: FloatArray | None = None
    valence_standards_sigma: FloatArray | None = None

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *("valence", "valence_sigma", "valence_model_sigma"),
                *("valence_low", "valence_high"),
                *("valence_range_sigma", "valence_window_sigma", "valence_standards_sigma"),
            ),
            ndim=1,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Valences:
    """Valence of each scan by every method that was asked for; None for the others.

    `methods_pull` `(n_scans,)` is the fit's valence minus the line's in their joint sigma, NaN with
    one method alone. Status and reason are those of the first method that failed for a scan,
    flags those of all methods.
    """

    lcf: ValenceResult | None
    edge: ValenceResult | None
    methods_pull: FloatArray
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("methods_pull",), ndim=1)

    @property
    def by_method(self) -> tuple[ValenceResult, ...]:
        """What there is, the fit first."""
        return tuple(found for found in (self.lcf, self.edge) if found is not None)
