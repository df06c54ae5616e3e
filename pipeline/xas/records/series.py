"""Series after calibration and normalisation, and the foil template."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.covariates import Covariates
from pipeline.xas.records.prepared import Glitches
from pipeline.xas.records.scans import RawSeries
from pipeline.xas.records.status import Flags, ScanStatus


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
    absolute scale that all scans of the study share. `drift_ev` is by how much the shift drifts
    from the first good scan to the last; NaN for a short series, or where no shift was found.

    Step `prepare` adds what it found and did: `raw` then holds the points that are left,
    `mu_sigma` `(n_scans, n_points)` the sigma of averaged points (None where none were averaged),
    `left_out` tells, in words, of each scan that a merged one does not hold.
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
    drift_ev: float = np.nan
    drift_sigma_ev: float = np.nan
    mu_sigma: FloatArray | None = None
    glitches: Glitches | None = None
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze_fields(self, ("shift_ev", "shift_sigma_ev", "misfit_ratio"), ndim=1)
        freeze_fields(self, ("mu_sigma",), ndim=2)

    @property
    def energy_ev(self) -> FloatArray:
        """Calibrated energies `(n_scans, n_points)`."""
        return self.raw.energy_ev + self.shift_ev[:, None]

    def with_flags(self, flags: tuple[Flags, ...]) -> CalibratedSeries:
        """The same series with other flags."""
        return replace(self, flags=flags)


@dataclass(frozen=True, slots=True, eq=False)
class EdgeEnergies:
    """Edge positions beside half step and level, each `(n_scans,)` with its sigma.

    `derivative_second_ratio` is the slope of the next steepest inflection over that of the
    steepest: near one, the maximum of the derivative may as well lie there.
    """

    derivative_ev: FloatArray
    derivative_sigma_ev: FloatArray
    derivative_second_ratio: FloatArray
    area_ev: FloatArray
    area_sigma_ev: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, self.__dataclass_fields__, ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class NormalisedSeries:
    """Normalised spectra on their calibrated axes, `(n_scans, n_points)`.

    `normalised = (mu - pre) / edge_step`; `flattened` has the post-edge curve taken out above E0.
    `edge_step_sigma` is what noise moves the step by,
    `edge_step_model_sigma` the ambiguity of its windows, which scans of one specimen share.
    `noise_normalised` is the white-noise sigma of one point. Edge positions are those of the flattened spectrum;
    their sigma holds the scan's noise, its step and its shift, not the common scale. `edges` are the
    positions by the other methods. `over_absorption_ratio` is the absorption by all else over that of
    the edge, at E0, where fluorescence was corrected by it; NaN: it was not.
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
    edge_step_model_sigma: FloatArray
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
    edges: EdgeEnergies | None = None
    over_absorption_ratio: float = np.nan

    def __post_init__(self) -> None:
        freeze_fields(self, ("energy_ev", "normalised", "flattened"), ndim=2)
        freeze_fields(
            self,
            (
                *("edge_step", "edge_step_sigma", "edge_step_model_sigma", "noise_normalised"),
                *("half_step_ev", "half_step_sigma_ev", "level_ev", "level_sigma_ev"),
                *("shift_ev", "shift_sigma_ev"),
            ),
            ndim=1,
        )
