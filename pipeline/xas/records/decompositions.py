"""A series taken apart: principal components, and resolved spectra with their concentrations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.xas.records.status import Flags, ScanStatus

SPOIL_LIMITS = (3.0, 6.0)  # E. Malinowski, Factor Analysis in Chemistry, chapter 4


@dataclass(frozen=True, slots=True, eq=False)
class PcaResult:
    """Principal components of a series, and targets in the space of the first of them.

    Per component `(c,)`: `singular_value`, `explained_fraction`, `real_error_normalised` and
    `indicator_index` (Malinowski's RE and IND). `score` is `(n_scans, k)`, `component_normalised`
    `(k, p)`, scaled so that the mean square of a component's scores is one.
    `singular_limit` is what noise, calibration and the floor can reach together,
    `noise_limit_normalised` noise and calibration alone. `used_count` is the number of components
    that the `m` standards were tested against: `spoil`, `target_error_normalised` (what is left of the
    standard) and `expected_error_normalised` (what noise would leave), `(m,)`, and the curves `(m, p)`.
    """

    dataset: str
    element: str
    edge: str
    mode: str
    signal: str
    energy_ev: FloatArray
    singular_value: FloatArray
    explained_fraction: FloatArray
    real_error_normalised: FloatArray
    indicator_index: FloatArray
    score: FloatArray
    component_normalised: FloatArray
    singular_limit: float
    noise_limit_normalised: float
    used_count: int
    above_limit_count: int
    above_noise_count: int
    by_indicator_count: int
    standards: tuple[str, ...]
    standard_titles: tuple[str, ...]
    target_normalised: FloatArray
    target_fit_normalised: FloatArray
    target_error_normalised: FloatArray
    expected_error_normalised: FloatArray
    spoil: FloatArray
    covariates: Covariates
    source_file: tuple[str, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *("energy_ev", "singular_value", "explained_fraction", "real_error_normalised"),
                *("indicator_index", "target_error_normalised", "expected_error_normalised"),
                "spoil",
            ),
            ndim=1,
        )
        freeze_fields(
            self,
            ("score", "component_normalised", "target_normalised", "target_fit_normalised"),
            ndim=2,
        )

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Malinowski's word for each standard: `accepted`, `doubtful`, `refused`; `unknown` without a SPOIL."""
        words = np.array(["accepted", "doubtful", "refused"])
        grade = words[np.digitize(self.spoil, SPOIL_LIMITS)]
        return tuple(np.where(np.isnan(self.spoil), "unknown", grade).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class McrResult:
    """A series as concentrations `(n_scans, K)` times spectra `(K, p)`.

    `concentration_sigma` is the scatter about the spectra as resolved; `concentration_low` and
    `concentration_high` are the ends of the band of equally good resolutions (rotational ambiguity),
    and `spectrum_low_normalised`, `spectrum_high_normalised` those of the spectra. A resolution that did
    not converge has no number: every scan says so, and `iteration_count` how long was tried.
    `standard_normalised` `(m, p)` are the named standards, for comparison.
    """

    dataset: str
    element: str
    edge: str
    mode: str
    signal: str
    components: tuple[str, ...]
    component_titles: tuple[str, ...]
    is_fixed: tuple[bool, ...]
    energy_ev: FloatArray
    spectrum_normalised: FloatArray
    spectrum_low_normalised: FloatArray
    spectrum_high_normalised: FloatArray
    concentration: FloatArray
    concentration_sigma: FloatArray
    concentration_low: FloatArray
    concentration_high: FloatArray
    r_factor: FloatArray
    lack_of_fit_percent: float
    explained_fraction: float
    iteration_count: int
    standards: tuple[str, ...]
    standard_titles: tuple[str, ...]
    standard_normalised: FloatArray
    covariates: Covariates
    source_file: tuple[str, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("energy_ev", "r_factor"), ndim=1)
        freeze_fields(
            self,
            (
                *("spectrum_normalised", "spectrum_low_normalised", "spectrum_high_normalised"),
                *("concentration", "concentration_sigma", "concentration_low"),
                *("concentration_high", "standard_normalised"),
            ),
            ndim=2,
        )
