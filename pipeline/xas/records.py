"""Frozen records of X-ray absorption, named after the state of the data.

Series are 2-D, `(n_scans, n_points)`; scans of different length are padded with NaN at the end.
A scan that failed keeps its row: NaN, a status and a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields


class ScanStatus(StrEnum):
    """What became of one scan of a series."""

    OK = "ok"
    UNREADABLE = "unreadable"
    NOT_FINITE = "not_finite"
    BAD_ENERGY = "bad_energy"
    TOO_SHORT = "too_short"
    NO_EDGE = "no_edge"
    INVERTED_EDGE = "inverted_edge"
    WINDOW_OUTSIDE_SCAN = "window_outside_scan"
    NOT_CONVERGED = "not_converged"
    STANDARD_TOO_SHORT = "standard_too_short"
    STANDARD_FAILED = "standard_failed"


class Flag(StrEnum):
    """A remark on a number that stands, for the `flags` column."""

    NO_REFERENCE = "no_reference"
    CALIBRATION_POOR = "calibration_poor"
    CALIBRATION_FAILED = "calibration_failed"
    SHIFT_LARGE = "shift_large"
    ENERGY_SORTED = "energy_sorted"
    DUPLICATE_ENERGIES_MERGED = "duplicate_energies_merged"
    TOTAL_ABSORPTION_HIGH = "total_absorption_high"
    NORMALISED_BY_MAKER = "normalised_by_maker"
    EDGE_POSITION_MISSING = "edge_position_missing"
    EDGE_ABOVE_HIGHEST_STANDARD = "edge_above_highest_standard"
    SUM_NOT_ONE = "sum_not_one"
    WEIGHT_AT_BOUND = "weight_at_bound"
    RESIDUAL_CORRELATED = "residual_correlated"
    STANDARDS_ALIKE = "standards_alike"
    NO_SIDECAR_MATCH = "no_sidecar_match"


Flags = tuple[Flag, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RawScan:
    """One scan as its file holds it.

    `energy_ev` `(n,)` ascends strictly and is as measured: where the file's maker had already
    shifted its energies, the reader undid that and kept the value in `file_shift_ev`
    (`energy of the maker = energy_ev + file_shift_ev`). `mu` and `reference_mu` are `(n,)`;
    `time_iso` is the middle of the scan in the clock of the instrument, ISO 8601, or ''.
    `element` and `edge` are what the file itself claims, or ''.
    """

    source_file: str
    label: str
    energy_ev: FloatArray
    mu: FloatArray
    reference_mu: FloatArray | None = None
    time_iso: str = ""
    file_shift_ev: float = np.nan
    element: str = ""
    edge: str = ""
    is_normalised: bool = False
    flags: Flags = ()

    def __post_init__(self) -> None:
        freeze_fields(self, ("energy_ev", "mu", "reference_mu"), ndim=1)
        if self.energy_ev.shape != self.mu.shape:
            raise ValueError("energy and mu of a scan must have one length")
        if self.reference_mu is not None and self.reference_mu.shape != self.mu.shape:
            raise ValueError("mu and reference of a scan must have one length")


@dataclass(frozen=True, slots=True)
class FailedScan:
    """A scan that could not be used, with its reason in words."""

    source_file: str
    label: str
    status: ScanStatus
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """What is known beside each scan `(n_scans,)`; NaN where it is not."""

    cycle: FloatArray
    temperature_c: FloatArray
    voltage_v: FloatArray
    time_s: FloatArray
    charge_mah: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, self.__slots__, ndim=1)

    @classmethod
    def unknown(cls, n_scans: int) -> Covariates:
        """Covariates of which none is known."""
        nan = np.full(n_scans, np.nan)
        return cls(nan, nan, nan, nan, nan)


@dataclass(frozen=True, slots=True, eq=False)
class RawSeries:
    """The scans of one data set. Arrays are `(n_scans, n_points)`, or `(n_scans,)`."""

    dataset: str
    element: str
    edge: str
    mode: str
    source_file: tuple[str, ...]
    label: tuple[str, ...]
    energy_ev: FloatArray
    mu: FloatArray
    reference_mu: FloatArray
    file_shift_ev: FloatArray
    time_iso: tuple[str, ...]
    is_normalised: tuple[bool, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("energy_ev", "mu", "reference_mu"), ndim=2)
        freeze_fields(self, ("file_shift_ev",), ndim=1)

    @property
    def n_scans(self) -> int:
        """Number of scans, good and bad."""
        return len(self.status)

    def as_reference(self) -> RawSeries:
        """The series of a foil, whose own absorption is its reference."""
        return replace(self, reference_mu=self.mu)


@dataclass(frozen=True, slots=True, eq=False)
class FoilTemplate:
    """A low-noise reference spectrum of one foil, against which every scan is aligned.

    `energy_ev` and `mu` are `(n,)`; the first inflection point of the edge lies at
    `inflection_ev` on this axis, with `inflection_sigma_ev`. `n_scans` scans went into it;
    `rejected` tells, in words, of each scan that did not.
    """

    element: str
    edge: str
    energy_ev: FloatArray
    mu: FloatArray
    mu_sigma: FloatArray
    inflection_ev: float
    inflection_sigma_ev: float
    n_scans: int
    source: str
    rejected: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze_fields(self, ("energy_ev", "mu", "mu_sigma"), ndim=1)

    @classmethod
    def missing(cls, element: str, edge: str, reason: str) -> FoilTemplate:
        """A template that could not be made, with its reason as source."""
        nan = np.full(2, np.nan)
        return cls(element, edge, nan, nan, nan, np.nan, np.nan, 0, reason)


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedSeries:
    """A raw series with the energy shift of each scan: `E_calibrated = E_raw + shift_ev`.

    `shift_ev`, `shift_sigma_ev` (of the shift between scans of one study), `misfit_ratio` (rms of the
    foil's residual over its step) are `(n_scans,)`; `scale_sigma_ev` is the uncertainty of the
    absolute scale that all scans of the study share.
    """

    raw: RawSeries
    shift_ev: FloatArray
    shift_sigma_ev: FloatArray
    misfit_ratio: FloatArray
    scale_sigma_ev: float
    method: str
    covariates: Covariates
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("shift_ev", "shift_sigma_ev", "misfit_ratio"), ndim=1)

    @property
    def energy_ev(self) -> FloatArray:
        """Calibrated energies `(n_scans, n_points)`."""
        return self.raw.energy_ev + self.shift_ev[:, None]

    def with_flags(self, flags: tuple[Flags, ...]) -> CalibratedSeries:
        """The same series with other flags."""
        return replace(self, flags=flags)


@dataclass(frozen=True, slots=True, eq=False)
class NormalisedSeries:
    """Normalised spectra on their calibrated axes, `(n_scans, n_points)`.

    `normalised = (mu - pre) / edge_step`; `flattened` has the post-edge curve taken out above E0.
    `noise_normalised` is the white-noise sigma of one point. Edge positions are those of the flattened spectrum;
    their sigma holds the scan's noise, its step and its shift, not the common scale.
    """

    dataset: str
    element: str
    edge: str
    mode: str
    e0_ev: float
    edge_level: float
    energy_ev: FloatArray
    normalised: FloatArray
    flattened: FloatArray
    edge_step: FloatArray
    edge_step_sigma: FloatArray
    noise_normalised: FloatArray
    half_step_ev: FloatArray
    half_step_sigma_ev: FloatArray
    level_ev: FloatArray
    level_sigma_ev: FloatArray
    shift_ev: FloatArray
    shift_sigma_ev: FloatArray
    covariates: Covariates
    source_file: tuple[str, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("energy_ev", "normalised", "flattened"), ndim=2)
        freeze_fields(
            self,
            (
                *("edge_step", "edge_step_sigma", "noise_normalised"),
                *("half_step_ev", "half_step_sigma_ev", "level_ev", "level_sigma_ev"),
                *("shift_ev", "shift_sigma_ev"),
            ),
            ndim=1,
        )


@dataclass(frozen=True, slots=True, eq=False)
class LcfResult:
    """Linear-combination fits of a series by K standards.

    `weights` are what was fitted, `fraction = weights / sum_of_weights`; both `(n_scans, K)`, with
    `fraction_covariance` `(n_scans, K, K)`. `fraction_sigma` holds noise, calibration of sample
    and standards, and their edge steps; `fraction_model_sigma` the spread over fit ranges.
    `energy_ev`, `data`, `fit` are `(n_scans, n_fit)`, `components` `(n_scans, K, n_fit)` as used.
    `alternative_fraction` `(n_scans, n_alternatives, K)` are the fractions over other fit ranges,
    NaN where the scan or a standard does not cover one.
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
    data: FloatArray
    fit: FloatArray
    components: FloatArray
    alternative_fraction: FloatArray
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
                *("fraction_low", "fraction_high", "energy_ev", "data", "fit"),
            ),
            ndim=2,
        )
        freeze_fields(self, ("fraction_covariance", "components", "alternative_fraction"), ndim=3)

    @property
    def residual(self) -> FloatArray:
        """Data minus fit, `(n_scans, n_fit)`."""
        return self.data - self.fit


@dataclass(frozen=True, slots=True, eq=False)
class ValenceResult:
    """Valence of each scan `(n_scans,)` by one method."""

    dataset: str
    element: str
    edge: str
    mode: str
    method: str
    valence: FloatArray
    valence_sigma: FloatArray
    valence_model_sigma: FloatArray
    covariates: Covariates
    source_file: tuple[str, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...] = field(default=())

    def __post_init__(self) -> None:
        freeze_fields(self, ("valence", "valence_sigma", "valence_model_sigma"), ndim=1)
