"""Fits by all sets of candidate standards."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.xas.records.status import Flags, ScanStatus


@dataclass(frozen=True, slots=True, eq=False)
class LcfCombinations:
    """The best sets of candidates of each scan, best first.

    `set_index` `(n_scans, n_kept)` points into `sets`; `sum_of_weights`, `reduced_chi2` and `aicc` are of
    the same shape, `fraction` `(n_scans, n_kept, n_candidates)` with zeros for candidates that a set
    does not hold. Where fewer sets than `n_kept` stand, the rest is NaN. `left_out` are
    candidates without a good scan, or that do not cover the fit range.
    """

    dataset: str
    element: str
    edge: str
    mode: str
    candidates: tuple[str, ...]
    left_out: tuple[str, ...]
    sets: tuple[tuple[str, ...], ...]
    set_index: FloatArray
    fraction: FloatArray
    sum_of_weights: FloatArray
    reduced_chi2: FloatArray
    aicc: FloatArray
    covariates: Covariates
    source_file: tuple[str, ...]
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("set_index", "sum_of_weights", "reduced_chi2", "aicc"), ndim=2)
        freeze_fields(self, ("fraction",), ndim=3)
