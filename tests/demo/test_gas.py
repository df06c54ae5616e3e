"""The simulated mass spectrometer: delay, onset by the tangent, noise, and the file as Quadera writes it."""

from datetime import datetime

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.demo import gas, heating
from pipeline.demo.diffraction import HEATINGS, START, contents

SEED = 20
CONVENTIONAL, GRADIENT = HEATINGS


def channel(mass: int, seed: int = SEED) -> tuple[gas.Channel, FloatArray, FloatArray]:
    return next(row for row in gas.traces(CONVENTIONAL, seed) if row[0].mass == mass)


def test_onset_and_width_of_a_release_by_hand() -> None:
    at_c = np.linspace(100.0, 300.0, 400_001)
    rate = gas.oxygen(CONVENTIONAL, at_c)
    slope = np.gradient(rate, at_c)
    steepest = int(slope.argmax())
    onset = at_c[steepest] - rate[steepest] / slope[steepest]
    scale, peak = CONVENTIONAL.scale_c, CONVENTIONAL.midpoint_c
    assert onset == pytest.approx(peak - gas.ONSET_SCALES * scale, abs=1e-3)
    half = at_c[rate > rate.max() / 2]
    assert np.ptp(half) == pytest.approx(gas.FWHM_SCALES * scale, abs=2e-3)
    assert rate.sum() * (at_c[1] - at_c[0]) == pytest.approx(9.0e-12, rel=1e-6)


def test_gas_arrives_late_by_the_capillary() -> None:
    found, time_s, pressure = channel(32)
    drift = found.background_mbar * (1 + found.drift * time_s / time_s[-1])
    peak_s = time_s[(pressure - drift).argmax()]
    true_s = (CONVENTIONAL.midpoint_c - heating.START_C) / heating.HEATING_C_PER_S
    assert peak_s - true_s == pytest.approx(gas.TRANSFER_DELAY_S, abs=15.0)


def test_noise_hangs_together_and_has_its_level() -> None:
    found, time_s, pressure = channel(40)
    noise = pressure - found.background_mbar * (1 + found.drift * time_s / time_s[-1])
    assert noise.std() == pytest.approx(found.noise_mbar, rel=0.1)
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(gas.NOISE_MEMORY, abs=0.08)


def test_conventional_is_sharp_and_the_gradient_gradual() -> None:
    peaks = []
    for run in HEATINGS:
        _, _, pressure = next(row for row in gas.traces(run, SEED) if row[0].mass == 32)
        peaks.append(pressure.max() - np.median(pressure))
    assert peaks[0] > 3 * peaks[1]


def test_the_file_reads_as_one_of_quadera() -> None:
    text = contents(SEED)["gas_conv.asc"].decode("ascii")
    lines = text.split("\r\n")
    assert lines[0].startswith("Sourcefile\t")
    assert lines[3] == f"Start Time\t{START.strftime('%d/%m/%Y %H:%M:%S')}\t"
    names = [name for name in lines[6].split("\t") if name]
    assert names == ["Water", "Nitrogen/Carbonmonoxide", "Oxygen", "Argon", "Carbondioxide"]
    cells = lines[8].split("\t")
    assert len(cells) == 3 * len(names) + 1
    assert datetime.strptime(cells[0], "%d/%m/%Y %H:%M:%S") == START
    for number, (_, time_s, pressure) in enumerate(gas.traces(CONVENTIONAL, SEED)):
        rows = [line.split("\t") for line in lines[8:-1]]
        np.testing.assert_allclose([float(r[3 * number + 1]) for r in rows], time_s, atol=1e-9)
        np.testing.assert_allclose([float(r[3 * number + 2]) for r in rows], pressure, rtol=1e-6)
    assert cells[2].split("e")[1] == "-013"
