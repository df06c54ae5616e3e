"""The demo study: which specimens were measured, in which files, and what is true of them.

Conventional and concentration-gradient (CG) NMC622 before and after 100 cycles, between the
standards NiO and LiNiO2, as in the published comparison of the two: +2.67 for Ni in both before
cycling, and more Ni2+ afterwards in the conventional one only.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipeline.demo import files
from pipeline.demo.beamline import REFERENCE_FOIL, Scan, Specimen, measure

BEAM_TIME_START = datetime(2024, 3, 5, 9, 0)
SCAN_DURATION_H = 0.4
STANDARDS_PROJECT = "standards.prj"


@dataclass(frozen=True, slots=True)
class Series:
    """The scans of one specimen: a row of the demo's data-set table.

    `suffix` is the ending of its files, one a scan, written by `writer`; the standards have
    neither, they stand in one Athena project.
    """

    dataset: str
    title: str
    specimen: Specimen
    start_h: float
    n_scans: int
    suffix: str = ""
    writer: Callable[[files.Entry], bytes] | None = None
    count_time: float = 1.0

    def path(self, scan: int) -> str:
        """Name of the file that holds a scan."""
        return f"{self.dataset}_{scan + 1:02d}{self.suffix}" if self.writer else STANDARDS_PROJECT

    def measure(self, seed: int) -> tuple[Scan, ...]:
        """Simulate the scans.

        Each has its own stream of random numbers, by its name: other scans, added or taken away,
        do not change it.
        """
        return tuple(
            measure(
                self.specimen,
                np.random.default_rng([seed, zlib.crc32(f"{self.dataset}/{scan}".encode())]),
                self._time_h(scan),
                self.count_time,
            )
            for scan in range(self.n_scans)
        )

    def entry(self, number: int, scan: Scan) -> files.Entry:
        """Put a scan together with what its file says about it."""
        start = BEAM_TIME_START + timedelta(hours=self._time_h(number))
        return files.Entry(scan, self.title, f"{self.title} scan {number + 1}", start.isoformat())

    def _time_h(self, scan: int) -> float:
        return self.start_h + scan * SCAN_DURATION_H


def _nmc(ni2_fraction: float, step: float, background: float, slope_per_ev: float) -> Specimen:
    fractions = {"NiO": ni2_fraction, "LiNiO2": 1.0 - ni2_fraction}
    return Specimen(fractions, step, background, slope_per_ev)


def _foil_xdi(entry: files.Entry) -> bytes:
    return files.xdi(entry, with_reference=False)


SAMPLES = (
    Series("conv_pristine", "conventional NMC622 pristine", _nmc(0.33, 0.78, 0.55, -1.0e-4),
           2.0, 3, ".xdi", files.xdi),
    Series("conv_100", "conventional NMC622 100 cycles", _nmc(0.40, 0.66, 0.62, -1.2e-4),
           4.0, 3, ".dat", files.labelled_columns),
    Series("cg_pristine", "CG-NMC622 pristine", _nmc(0.33, 0.83, 0.50, -0.8e-4),
           6.0, 3, ".txt", files.unlabelled_columns),
    Series("cg_100", "CG-NMC622 100 cycles", _nmc(0.33, 0.71, 0.58, -1.1e-4),
           8.0, 3, ".xdi", files.xdi),
)  # fmt: skip
STANDARDS = (
    Series("NiO", "NiO", Specimen({"NiO": 1.0}, 0.85, 0.35, -0.9e-4), 10.0, 2),
    Series("LiNiO2", "LiNiO2", Specimen({"LiNiO2": 1.0}, 0.80, 0.40, -1.0e-4), 11.0, 2),
)
FOIL = Series(
    "Ni_foil", "Ni foil", REFERENCE_FOIL, 0.0, 1, ".xdi", _foil_xdi, count_time=20.0
)  # fmt: skip
ALL = (*SAMPLES, *STANDARDS, FOIL)
VALENCE = {"NiO": 2.0, "LiNiO2": 3.0}
