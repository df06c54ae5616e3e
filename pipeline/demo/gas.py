"""The mass spectrometer beside the heating runs: what comes off the cathode, later by the length of a capillary.

Oxygen leaves as fast as the crystal turns into spinel, `dx/dt`; carbonate gives off carbon dioxide a little earlier, and
adsorbed water goes near 110 C. Argon carries them. The background drifts as it decays, and the noise
hangs together from point to point, as that of a real instrument does.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.demo import heating
from pipeline.demo.heating import FRAME_PERIOD_S, N_FRAMES, Heating

TRANSFER_DELAY_S = 40.0
CYCLE_S = 5.0
DWELL_S = 1.0
CARBONATE_EARLIER_C = 8.0
CARBONATE_SCALE = 1.2
NOISE_MEMORY = 0.35
ONSET_SCALES = 3.0491
"""The tangent at the steepest rise of `p (1 - p)`, `p` logistic, is zero this many scales before the peak.

It is steepest at `p = (3 - sqrt 3) / 6`, where the value over the slope is `sqrt 3` scales: `ln(p / (1 - p)) - sqrt 3`.
"""
FWHM_SCALES = 3.5255
"""Width at half height of `p (1 - p)` in scales, `2 ln(3 + 2 sqrt 2)`."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One m/z: the name that its file gives it, background, drift over the run, relative noise, pressures in mbar."""

    mass: int
    name: str
    background_mbar: float
    drift: float
    noise_mbar: float
    released: Callable[[Heating, FloatArray], FloatArray] | None = None


def oxygen(run: Heating, temperature_c: FloatArray) -> FloatArray:
    """Pressure of oxygen in mbar; the whole release, over temperature, is 9e-12 mbar K."""
    return 9.0e-12 * _rate_per_c(temperature_c, run.midpoint_c, run.scale_c)


def carbon_dioxide(run: Heating, temperature_c: FloatArray) -> FloatArray:
    """Pressure of carbon dioxide in mbar."""
    middle_c = run.midpoint_c - CARBONATE_EARLIER_C
    return 5.0e-12 * _rate_per_c(temperature_c, middle_c, CARBONATE_SCALE * run.scale_c)


def water(run: Heating, temperature_c: FloatArray) -> FloatArray:
    """Pressure of water in mbar."""
    del run
    return 3.0e-12 * _rate_per_c(temperature_c, 110.0, 14.0)


def fragments(run: Heating, temperature_c: FloatArray) -> FloatArray:
    """Carbon monoxide from carbon dioxide in the ion source, in mbar."""
    return 0.11 * carbon_dioxide(run, temperature_c)


CHANNELS = (
    Channel(18, "Water", 3.0e-13, -0.25, 2.5e-15, water),
    Channel(28, "Nitrogen/Carbonmonoxide", 4.0e-13, -0.10, 3.0e-15, fragments),
    Channel(32, "Oxygen", 1.5e-13, -0.20, 2.0e-15, oxygen),
    Channel(40, "Argon", 5.0e-11, -0.01, 5.0e-14),
    Channel(44, "Carbondioxide", 4.0e-14, -0.15, 1.0e-15, carbon_dioxide),
)


def traces(run: Heating, seed: int) -> Iterator[tuple[Channel, FloatArray, FloatArray]]:
    """Give each channel with its times `(n,)`, in s since the run began, and its pressures in mbar `(n,)`."""
    n_cycles = int(N_FRAMES * FRAME_PERIOD_S / CYCLE_S)
    for number, channel in enumerate(CHANNELS):
        name = f"{run.gas_dataset}/{channel.mass}"
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        time_s = np.round(CYCLE_S * np.arange(n_cycles) + DWELL_S * number, 3)
        share = time_s / time_s[-1]
        pressure = channel.background_mbar * (1.0 + channel.drift * share)
        if channel.released:
            at_c = heating.temperature_c(time_s - TRANSFER_DELAY_S)
            pressure = pressure + channel.released(run, at_c)
        yield channel, time_s, pressure + channel.noise_mbar * _noise(n_cycles, rng)


def quadera(run: Heating, seed: int, start: datetime) -> bytes:
    """Give a file as Quadera exports it: for each channel three columns, time, seconds, pressure."""
    measured = list(traces(run, seed))
    length_s = max(time_s[-1] for _, time_s, _ in measured)
    lines = [
        f"Sourcefile\t{run.gas_dataset} (simulated by the demo study: nobody measured this).qmp\t",
        f"Exporttime\t{_moment(start, length_s + 120.0)}\t",
        "",
        f"Start Time\t{_moment(start, 0.0)}\t",
        f"End Time\t{_moment(start, length_s)}\t",
        "",
        "\t" + "".join(f"\t{channel.name}\t\t" for channel, _, _ in measured),
        "Time\tTime Relative [s]\tPartial Pressure [mbar]\t" * len(measured),
    ]
    for row in zip(
        *(zip(t.tolist(), p.tolist(), strict=True) for _, t, p in measured), strict=True
    ):
        cells = (f"{_moment(start, t)}\t{t:.3f}\t{_exponent(p)}\t" for t, p in row)
        lines.append("".join(cells))
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _rate_per_c(temperature_c: FloatArray, midpoint_c: float, scale_c: float) -> FloatArray:
    """Slope of a logistic law against temperature."""
    p = 1.0 / (1.0 + np.exp((midpoint_c - temperature_c) / scale_c))
    return np.asarray(p * (1.0 - p) / scale_c)


def _noise(n: int, rng: np.random.Generator) -> FloatArray:
    """Noise of unit sigma, each point with a part of the one before (autoregressive of first order)."""
    fresh = rng.normal(size=n)
    out = np.empty(n)
    out[0] = fresh[0]
    keep = np.sqrt(1.0 - NOISE_MEMORY**2)
    for i in range(1, n):
        out[i] = NOISE_MEMORY * out[i - 1] + keep * fresh[i]
    return out


def _moment(start: datetime, second: float) -> str:
    return (start + timedelta(seconds=int(second))).strftime("%d/%m/%Y %H:%M:%S")


def _exponent(value: float) -> str:
    """Print a number with three digits of exponent, as Quadera does: `1.083137e-011`."""
    mantissa, exponent = f"{value:.6e}".split("e")
    return f"{mantissa}e{exponent[0]}{int(exponent[1:]):03d}"
