"""The demo's diffraction and mass spectra: which specimens, in which files, and when.

Charged NMC622, conventional and with a concentration gradient (CG), heated from 25 to 500 C at the
synchrotron with a mass spectrometer beside; as in the published comparison of the two the conventional one turns at
once near 190 C and the other late and gradually. LaB6 for the widths of that instrument. NMC811 on a
laboratory diffractometer with a molybdenum tube, before and after 200 cycles, and during a charge.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.demo import charging, gas, heating, patterns, powder_files
from pipeline.demo.cathodes import LAB6_ANGSTROM, NMC811, lanthanum_hexaboride, layered
from pipeline.demo.charging import CAPACITY_MAH, Charge, Powder
from pipeline.demo.crystals import powder_lines
from pipeline.demo.heating import Heating
from pipeline.demo.patterns import Texture

START = datetime(2024, 3, 26, 9, 0)
HEATINGS = (
    Heating("heat_conv", "gas_conv", "charged conventional NMC622", 0.0, 200.0, 5.0),
    Heating("heat_cg", "gas_cg", "charged CG-NMC622", 4.0, 245.0, 17.0),
)
POWDERS = (
    Powder("lab_pristine", "NMC811 electrode, pristine", 30.0,
           layered(NMC811, 2.8720, 14.2050, 1.00, 0.030, 0.2410), Texture(140.0, 0.05, 0.02), 2000.0),
    Powder("lab_200", "NMC811 electrode, 200 cycles", 31.0,
           layered(NMC811, 2.8655, 14.2480, 0.93, 0.065, 0.2404), Texture(90.0, 0.10, 0.05), 1900.0),
)  # fmt: skip
CHARGE = Charge("charge", "NMC811 cell on charge", 40.0, 1200.0)
STANDARD = "LaB6"
STANDARD_PATH = "LaB6.xy"
STANDARD_START_H = -1.0
STANDARD_EXPOSURE_S = 10.0
LOG_STEP_S = 10.0
CYCLER_STEP_S = 120.0


def names() -> Iterator[str]:
    """Give the name of each file."""
    for run in HEATINGS:
        yield from (run.path(frame) for frame in range(heating.N_FRAMES))
        yield run.sidecar
        yield gas_path(run)
    yield from (powder.path for powder in POWDERS)
    yield from (CHARGE.path(frame) for frame in range(charging.N_FRAMES))
    yield CHARGE.sidecar
    yield STANDARD_PATH


def gas_path(run: Heating) -> str:
    """Name of the file of the mass spectrometer beside a heating run."""
    return f"{run.gas_dataset}.asc"


def contents(seed: int) -> dict[str, bytes]:
    """Simulate everything: the bytes of each file by its name."""
    out: dict[str, bytes] = {}
    for run in HEATINGS:
        out |= _heating_files(run, seed)
    for powder in POWDERS:
        out[powder.path] = powder_files.xrdml(
            charging.LABORATORY,
            powder.measure(seed),
            powder.title,
            _moment(powder.start_h),
            charging.COUNTING_TIME_S,
        )
    out |= _charge_files(seed)
    out[STANDARD_PATH] = _standard_file(seed)
    return out


def _heating_files(run: Heating, seed: int) -> dict[str, bytes]:
    start = _moment(run.start_h)
    out = {
        run.path(frame): powder_files.xy(
            heating.BEAMLINE,
            counts,
            f"{run.title}, frame {frame + 1}",
            start + timedelta(seconds=frame * heating.FRAME_PERIOD_S),
            heating.EXPOSURE_S,
        )
        for frame, counts in enumerate(run.measure(seed))
    }
    time_s = np.arange(0.0, heating.N_FRAMES * heating.FRAME_PERIOD_S + LOG_STEP_S, LOG_STEP_S)
    measured = {"temperature_c": _text(heating.temperature_c(time_s), 2)}
    out[run.sidecar] = powder_files.log(start, time_s, measured)
    out[gas_path(run)] = gas.quadera(run, seed, start)
    return out


def _charge_files(seed: int) -> dict[str, bytes]:
    start = _moment(CHARGE.start_h)
    out = {
        CHARGE.path(frame): powder_files.xrdml(
            charging.LABORATORY,
            counts,
            f"{CHARGE.title}, frame {frame + 1}",
            start + timedelta(seconds=frame * charging.FRAME_PERIOD_S),
            charging.COUNTING_TIME_S,
        )
        for frame, counts in enumerate(CHARGE.measure(seed))
    }
    last_s = charging.N_FRAMES * charging.FRAME_PERIOD_S
    time_s = np.arange(0.0, last_s + CYCLER_STEP_S, CYCLER_STEP_S)
    share = charging.share_of_capacity(time_s)
    measured = {
        "voltage_v": _text(charging.voltage_v(share), 4),
        "charge_mah": _text(CAPACITY_MAH * share, 5),
    }
    out[CHARGE.sidecar] = powder_files.log(start, time_s, measured)
    return out


def _standard_file(seed: int) -> bytes:
    instrument = heating.BEAMLINE
    made = lanthanum_hexaboride()
    lines = powder_lines(made, instrument.wavelength_angstrom, LAB6_ANGSTROM / 3.3)
    angle_deg = patterns.two_theta_deg(lines.spacing_angstrom, instrument.wavelength_angstrom)
    area = lines.strength * patterns.lorentz_polarisation(angle_deg, instrument.polarised_fraction)
    background = patterns.smooth_background(instrument.two_theta_deg, 150.0, 300.0, 60.0, 6.5)
    mean = patterns.expected_counts(
        instrument, lines.spacing_angstrom, 4000.0 * area / area.max(), Texture(), background
    )
    rng = np.random.default_rng([seed, zlib.crc32(STANDARD.encode())])
    return powder_files.xy(
        instrument,
        patterns.count(mean, rng),
        "LaB6 powder",
        _moment(STANDARD_START_H),
        STANDARD_EXPOSURE_S,
    )


def _moment(start_h: float) -> datetime:
    return START + timedelta(hours=start_h)


def _text(values: FloatArray, digits: int) -> list[str]:
    return [f"{value:.{digits}f}" for value in values.tolist()]
