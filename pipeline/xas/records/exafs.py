"""Extended fine structure of a series."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.xas.records.status import Flags, ScanStatus


@dataclass(frozen=True, slots=True, eq=False)
class ExafsSeries:
    """`chi(k)` and its Fourier transform, scan by scan and for the mean of the good scans.

    `k_inv_angstrom` and `window_ratio` are `(m,)`, `chi` `(n_scans, m)`, `chi_mean` `(m,)`; `r_angstrom` is `(q,)`,
    `chir_magnitude_inv_angstrom`, and real and imaginary parts, `(n_scans, q)`. The weight is `(k x 1 angstrom)^kweight`, a
    pure number, so that `chi(R)` is in 1/angstrom whatever the power; Athena writes `angstrom^-(kweight+1)` for the same
    number. `epsilon_k` `(n_scans,)` is the noise of a point of `chi`, `r_peak_angstrom` with its sigma where
    `|chi(R)|` of the first shell is highest, not corrected for phase.
    """

    dataset: str
    element: str
    edge: str
    mode: str
    e0_ev: float
    kweight: int
    k_inv_angstrom: FloatArray
    window_ratio: FloatArray
    chi: FloatArray
    chi_mean: FloatArray
    r_angstrom: FloatArray
    chir_magnitude_inv_angstrom: FloatArray
    chir_real_inv_angstrom: FloatArray
    chir_imaginary_inv_angstrom: FloatArray
    chir_mean_magnitude_inv_angstrom: FloatArray
    epsilon_k: FloatArray
    r_peak_angstrom: FloatArray
    r_peak_sigma_angstrom: FloatArray
    r_peak_magnitude_inv_angstrom: FloatArray
    covariates: Covariates
    source_file: tuple[str, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *("k_inv_angstrom", "window_ratio", "chi_mean", "r_angstrom", "epsilon_k"),
                *("r_peak_angstrom", "r_peak_sigma_angstrom", "r_peak_magnitude_inv_angstrom"),
                "chir_mean_magnitude_inv_angstrom",
            ),
            ndim=1,
        )
        freeze_fields(
            self,
            (
                *("chi", "chir_magnitude_inv_angstrom"),
                *("chir_real_inv_angstrom", "chir_imaginary_inv_angstrom"),
            ),
            ndim=2,
        )
