"""Scans as measured, and what is known beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.xas.records.status import Flags, ScanStatus


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
