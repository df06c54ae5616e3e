"""Synthetic gas runs of known releases, for the tests."""

import numpy as np

from pipeline.ms.clock import place
from pipeline.ms.options import ClockOptions, GasOptions
from pipeline.ms.records import ChannelStatus, Frames, GasReleases, GasRun, GasTraces
from pipeline.ms.release import releases

STEP_S = 4.0
RATE_C_PER_S = 4.0 / 60.0
START_C = 25.0


def clock_s(points=1750):
    """Times of a run of about two hours."""
    return STEP_S * np.arange(points)


def heating_c(time_s):
    """A linear programme."""
    return START_C + RATE_C_PER_S * np.asarray(time_s)


def gaussian(time_s, peak_c, sigma_c):
    """A release of unit height that peaks at a temperature."""
    return np.exp(-0.5 * ((heating_c(time_s) - peak_c) / sigma_c) ** 2)


def correlated(rng, points, rho=0.0):
    """Stationary noise of unit sigma, first-order autoregressive."""
    noise = rng.standard_normal(points)
    if rho:
        noise[1:] *= np.sqrt(1 - rho**2)
        for i in range(1, points):
            noise[i] += rho * noise[i - 1]
    return noise


def traces_of(rows, time_s=None, temperature_c=None, names=None) -> GasTraces:
    """Traces `(n, p)` that were divided by one."""
    rows = np.atleast_2d(rows)
    n, p = rows.shape
    time_s = clock_s(p) if time_s is None else time_s
    temperature_c = heating_c(time_s) if temperature_c is None else temperature_c
    names = tuple(f"mz_{32 + i}" for i in range(n)) if names is None else names
    return GasTraces(
        dataset="gas",
        source_file="gas.asc",
        channel=names,
        label=names,
        reference="one",
        time_s=np.broadcast_to(time_s, rows.shape),
        temperature_c=np.broadcast_to(temperature_c, rows.shape),
        intensity_normalised=rows,
        remarks=(),
        status=(ChannelStatus.OK,) * n,
        reason=("",) * n,
        flags=((),) * n,
    )


def measured(rows, **changes) -> GasReleases:
    """Releases in traces `(n, p)`, with options changed by block."""
    return releases(traces_of(rows), GasOptions.model_validate(changes))


def run_of(intensity, time_s=None, start_iso="", names=("mz_32",)) -> GasRun:
    """A run as a reader gives it, without temperatures."""
    rows = np.atleast_2d(intensity)
    time_s = clock_s(rows.shape[1]) if time_s is None else time_s
    return GasRun(
        source_file="gas.asc",
        format="test",
        start_iso=start_iso,
        end_iso="",
        channel=names,
        label=names,
        unit=("mbar",) * len(names),
        time_s=np.broadcast_to(time_s, rows.shape),
        temperature_c=np.full(rows.shape, np.nan),
        intensity_ratio=rows,
        dropped_count=np.zeros(len(rows)),
        mass=None,
        remarks=(),
        flags=(),
    )


def frames_of(count=120, spacing_s=60.0, start_iso="") -> Frames:
    """Frames of a diffraction run with the programme's temperatures."""
    time_s = spacing_s * np.arange(count)
    return Frames(start_iso, time_s, heating_c(time_s))


def placed_on(run, frames, **clock):
    """A run on the clock of frames."""
    return place(run, None, frames, ClockOptions(**clock))
