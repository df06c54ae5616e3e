"""What is true of the simulated diffraction and mass spectra, for comparison with the tables of the analysis.

Cells are those that went in, at frames where the lines of the two kinds of crystal stand apart. A change has its
onset two scales before its midpoint and its end two after (the tangent at the midpoint meets the levels there). The
area of a line also follows the Lorentz factor as the line moves, and thermal motion, so that it is no logistic
function of temperature to the last digit: the truth of a change is what the noise-free simulation gives when a
logistic step between straight levels is laid through it. A gas comes off with the rate of its law, of which onset, peak and width
follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.demo import charging, gas, heating, patterns
from pipeline.demo.crystals import powder_lines
from pipeline.demo.diffraction import CHARGE, HEATINGS, POWDERS
from pipeline.demo.heating import Heating
from pipeline.demo.known import Known

CELL_FRAMES = range(0, 29, 4)
"""Frames of a heating run whose cell is compared: below 140 C, before anything turns."""
CHARGE_FRAMES = range(0, charging.N_FRAMES, 3)
EXPANSION_C = (25.0, 105.0)
"""Where the expansion is measured, as in the demo's study file."""
LAYERED_622, LAYERED_811, SPINEL = "NMC622", "NMC811", "spinel"


@dataclass(frozen=True, slots=True)
class Step:
    """A logistic step: its midpoint and its scale."""

    midpoint: float
    scale: float

    @property
    def numbers(self) -> dict[str, float]:
        """Onset, midpoint, end and width as the tables give them."""
        return {
            "onset": self.midpoint - 2.0 * self.scale,
            "midpoint": self.midpoint,
            "end": self.midpoint + 2.0 * self.scale,
            "width": 4.0 * self.scale,
        }


def rows() -> Iterator[Known]:
    """Give what is known; none of it depends on the noise."""
    for run in HEATINGS:
        yield from _of_heating(run)
        yield from _of_gas(run)
    for powder in POWDERS:
        crystal = powder.crystal
        yield from _cell(powder.dataset, LAYERED_811, 0, crystal.a_angstrom, crystal.c_angstrom)
    a, c = charging.cell_angstrom(charging.frame_share())
    for frame in CHARGE_FRAMES:
        yield from _cell(CHARGE.dataset, LAYERED_811, frame, float(a[frame]), float(c[frame]))
    corner_mah = charging.CORNERS[1] * charging.CAPACITY_MAH
    yield from _change(CHARGE.dataset, "h1_h2_h3", {"onset": corner_mah})


def _of_heating(run: Heating) -> Iterator[Known]:
    at_c = heating.frame_temperature_c()
    a, c = run.cell_angstrom(at_c)
    for frame in CELL_FRAMES:
        yield from _cell(run.dataset, LAYERED_622, frame, float(a[frame]), float(c[frame]))
    for change, hkl in (("loss_003", (0, 0, 3)), ("spinel_220", (2, 2, 0))):
        numbers = step_through(at_c, line_area(run, hkl)).numbers
        yield from _change(run.dataset, change, numbers)
    inside = (at_c >= EXPANSION_C[0]) & (at_c <= EXPANSION_C[1])
    above_c = at_c[inside] - at_c[0]
    for name, values in (("a", a[inside]), ("c", c[inside])):
        slope, start = np.polyfit(above_c, values, 1)
        yield Known(
            f"{run.dataset}: expansion of {name}",
            *("xrd_transition.csv", run.dataset),
            *("slope_per_covariate", "slope_sigma_per_covariate"),
            float(slope / start),
            change=f"expansion_{name}",
        )


def _of_gas(run: Heating) -> Iterator[Known]:
    for channel, middle_c, scale_c in (
        ("mz_32", run.midpoint_c, run.scale_c),
        ("mz_44", run.midpoint_c - gas.CARBONATE_EARLIER_C, gas.CARBONATE_SCALE * run.scale_c),
    ):
        for name, truth in (
            ("onset", middle_c - gas.ONSET_SCALES * scale_c),
            ("peak", middle_c),
            ("fwhm", gas.FWHM_SCALES * scale_c),
        ):
            yield Known(
                f"{run.gas_dataset} {channel}: {name}",
                *("ms_release.csv", run.gas_dataset, f"{name}_c", f"{name}_sigma_c"),
                truth,
                channel=channel,
            )


def line_area(run: Heating, hkl: tuple[int, int, int]) -> FloatArray:
    """Noise-free area of a line in each frame: (hkl) of the layered oxide, or (220) of the spinel."""
    _, area = run.lines(heating.frame_temperature_c())
    return np.asarray(area[:, heating.line_labels().index(hkl)])


def step_through(x: FloatArray, y: FloatArray) -> Step:
    """Lay a logistic step between two straight levels through points, by least squares.

    Args:
        x: `(n,)`, ascending.
        y: `(n,)`.
    """
    from scipy.optimize import least_squares

    t = (x - x.mean()) / np.ptp(x)
    scaled = (y - y.min()) / np.ptp(y)

    def residuals(place: FloatArray) -> FloatArray:
        p = 1.0 / (1.0 + np.exp((place[0] - t) * np.exp(-place[1])))
        columns = np.stack([1.0 - p, p, (1.0 - p) * t, p * t], axis=1)
        levels = np.linalg.lstsq(columns, scaled, rcond=None)[0]
        return np.asarray(columns @ levels - scaled)

    rising = scaled if scaled[-1] > scaled[0] else 1.0 - scaled
    middle = t[int(np.argmax(rising > 0.5))]
    found = least_squares(residuals, (middle, np.log(0.02)), xtol=1e-13, ftol=1e-13).x
    return Step(float(found[0] * np.ptp(x) + x.mean()), float(np.exp(found[1]) * np.ptp(x)))


def intensity_ratio(dataset: str) -> float:
    """Give I(003) / I(104) of a powder as its pattern shows it."""
    (powder,) = (p for p in POWDERS if p.dataset == dataset)
    lines = powder_lines(powder.crystal, charging.LABORATORY.wavelength_angstrom, 2.0)
    angle_deg = patterns.two_theta_deg(
        lines.spacing_angstrom, charging.LABORATORY.wavelength_angstrom
    )
    factor = patterns.lorentz_polarisation(angle_deg, charging.LABORATORY.polarised_fraction)
    area = lines.strength * factor
    return float(area[lines.place(0, 0, 3)] / area[lines.place(1, 0, 4)])


def _change(dataset: str, change: str, numbers: Mapping[str, float]) -> Iterator[Known]:
    for name, truth in numbers.items():
        yield Known(
            f"{dataset} {change}: {name}",
            *("xrd_transition.csv", dataset, name, f"{name}_sigma"),
            truth,
            change=change,
        )


def _cell(dataset: str, phase: str, frame: int, a: float, c: float) -> Iterator[Known]:
    for name, truth in (("a", a), ("c", c)):
        yield Known(
            f"{dataset} frame {frame}: {name}",
            *("xrd_cell.csv", dataset, f"{name}_angstrom", f"{name}_sigma_angstrom"),
            truth,
            frame=str(frame),
            phase=phase,
        )
