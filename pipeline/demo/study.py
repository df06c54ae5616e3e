"""The demo's absorption spectra: which specimens were measured, in which files, and what is true of them.

Conventional and concentration-gradient (CG) NMC622 before and after 100 cycles, at the Ni K edge between the
standards NiO and LiNiO2 and at the Mn K edge among MnO, Mn2O3 and MnO2, as in the published
comparison of the two: +2.67 for Ni in both before cycling, and more Ni2+ afterwards in the
conventional one only; Mn stays 4+. One scan has a glitch and one file was cut short.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipeline.demo import files
from pipeline.demo.beamline import Scan, Specimen, foil, measure
from pipeline.demo.elements import MANGANESE, NICKEL

BEAM_TIME_START = datetime(2024, 3, 5, 9, 0)
SCAN_DURATION_H = 0.4


@dataclass(frozen=True, slots=True)
class Series:
    """The scans of one specimen: a row of the demo's data-set table.

    The scans stand in one Athena `project`, or in a file each, with the ending `suffix`, written by
    `writer`. `glitch` and `broken` are numbers of scans: one that has a glitch, and one whose file was cut short.
    """

    dataset: str
    title: str
    specimen: Specimen
    start_h: float
    n_scans: int
    suffix: str = ""
    writer: Callable[[files.Entry], bytes] | None = None
    project: str = ""
    count_time: float = 1.0
    glitch: int | None = None
    broken: int | None = None

    def path(self, scan: int) -> str:
        """Name of the file that holds a scan."""
        return self.project or f"{self.dataset}_{scan + 1:02d}{self.suffix}"

    @property
    def sound_scans(self) -> tuple[int, ...]:
        """The scans of which something is true: without the glitch and the broken file."""
        return tuple(n for n in range(self.n_scans) if n not in (self.glitch, self.broken))

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
                with_glitch=scan == self.glitch,
            )
            for scan in range(self.n_scans)
        )

    def entry(self, number: int, scan: Scan) -> files.Entry:
        """Put a scan together with what its file says about it."""
        start = BEAM_TIME_START + timedelta(hours=self._time_h(number))
        label = f"{self.title} scan {number + 1}"
        element = self.specimen.edge.element
        return files.Entry(scan, element, self.title, label, start.isoformat())

    def content(self, number: int, scan: Scan) -> bytes:
        """Give the file of a scan that has its own."""
        if self.writer is None:
            raise ValueError(f"the scans of {self.dataset} have no files of their own")
        whole = self.writer(self.entry(number, scan))
        return files.cut_short(whole) if number == self.broken else whole

    def _time_h(self, scan: int) -> float:
        return self.start_h + scan * SCAN_DURATION_H


def _nickel(ni2_fraction: float, step: float, background: float, slope_per_ev: float) -> Specimen:
    fractions = {"NiO": ni2_fraction, "LiNiO2": 1.0 - ni2_fraction}
    return Specimen(NICKEL, fractions, step, background, slope_per_ev)


def _manganese(step: float, background: float, slope_per_ev: float) -> Specimen:
    return Specimen(MANGANESE, {"MnO2": 1.0}, step, background, slope_per_ev)


def _foil_xdi(entry: files.Entry) -> bytes:
    return files.xdi(entry, with_reference=False)


SAMPLES = (
    Series("conv_pristine", "conventional NMC622 pristine", _nickel(0.33, 0.78, 0.55, -1.0e-4),
           2.0, 3, ".xdi", files.xdi),
    Series("conv_100", "conventional NMC622 100 cycles", _nickel(0.40, 0.66, 0.62, -1.2e-4),
           4.0, 3, ".dat", files.labelled_columns, glitch=1),
    Series("cg_pristine", "CG-NMC622 pristine", _nickel(0.33, 0.83, 0.50, -0.8e-4),
           6.0, 3, ".txt", files.unlabelled_columns),
    Series("cg_100", "CG-NMC622 100 cycles", _nickel(0.33, 0.71, 0.58, -1.1e-4),
           8.0, 4, ".xdi", files.xdi, broken=2),
    Series("Mn_conv_pristine", "conventional NMC622 pristine", _manganese(0.40, 1.15, -0.9e-4),
           14.0, 2, ".dat", files.labelled_columns),
    Series("Mn_conv_100", "conventional NMC622 100 cycles", _manganese(0.34, 1.30, -1.1e-4),
           15.0, 2, ".xdi", files.xdi),
    Series("Mn_cg_pristine", "CG-NMC622 pristine", _manganese(0.43, 1.05, -0.8e-4),
           16.0, 2, project="Mn_cg_pristine.prj"),
    Series("Mn_cg_100", "CG-NMC622 100 cycles", _manganese(0.36, 1.20, -1.0e-4),
           17.0, 2, ".txt", files.unlabelled_columns),
)  # fmt: skip
STANDARDS = (
    Series("NiO", "NiO", Specimen(NICKEL, {"NiO": 1.0}, 0.85, 0.35, -0.9e-4),
           10.0, 2, project="standards.prj"),
    Series("LiNiO2", "LiNiO2", Specimen(NICKEL, {"LiNiO2": 1.0}, 0.80, 0.40, -1.0e-4),
           11.0, 2, project="standards.prj"),
    Series("MnO", "MnO", Specimen(MANGANESE, {"MnO": 1.0}, 0.90, 0.40, -0.9e-4),
           18.0, 2, ".xdi", files.xdi),
    Series("Mn2O3", "Mn2O3", Specimen(MANGANESE, {"Mn2O3": 1.0}, 0.80, 0.35, -1.0e-4),
           19.0, 2, ".dat", files.labelled_columns),
    Series("MnO2", "MnO2", Specimen(MANGANESE, {"MnO2": 1.0}, 0.85, 0.45, -0.8e-4),
           20.0, 2, ".xdi", files.xdi),
)  # fmt: skip
FOILS = (
    Series("Ni_foil", "Ni foil", foil(NICKEL), 0.0, 1, ".xdi", _foil_xdi, count_time=20.0),
    Series("Mn_foil", "Mn foil", foil(MANGANESE), 13.0, 1, ".xdi", _foil_xdi, count_time=20.0),
)
ALL = (*SAMPLES, *STANDARDS, *FOILS)
VALENCE = {"NiO": 2.0, "LiNiO2": 3.0, "MnO": 2.0, "Mn2O3": 3.0, "MnO2": 4.0}
