"""One clock for gas, temperature and diffraction.

Gas that the analyser sees at `t` left the sample a transfer delay before. On the shared clock it left at

    t_shared = t + offset - delay,

and its temperature is the one of that moment. Left out, a delay makes an onset late by delay times
heating rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.ms.options import ClockOptions
from pipeline.ms.records import Flag, Flags, Frames, GasRun, MassCurve


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Times and temperatures of a run on the shared clock, `(n_channels, n_points)`.

    `mass_s` `(n,)` are the times of the thermobalance's rows on the same clock; empty without one.
    """

    time_s: FloatArray
    temperature_c: FloatArray
    mass_s: FloatArray
    flags: Flags


def place(
    run: GasRun, beside: MassCurve | None, frames: Frames | None, options: ClockOptions
) -> Placed:
    """Put a run on the shared clock, and give every point its temperature.

    Args:
        run: what the analyser's file holds.
        beside: temperature and mass from another file, or None.
        frames: times and temperatures of what was measured together, or None; theirs is the shared clock then.
        options: offset and delay.

    Returns:
        Times on the shared clock; temperatures from the run's own file, else from `beside`, else from
        `frames`; NaN where none of them reaches.
    """
    flags: list[Flag] = list(run.flags)
    delay_s = options.transfer_delay_s or 0.0
    if options.transfer_delay_s is None and run.channel:
        flags.append(Flag.DELAY_NOT_GIVEN)
    offset_s, assumed = _offset_s(run, frames, options)
    mass, mass_offset_s = run.mass, 0.0
    if mass is None and beside is not None:
        mass = beside
        mass_offset_s, guessed = _beside_offset_s(run, beside, options)
        assumed = assumed or guessed
    if assumed:
        flags.append(Flag.CLOCK_ASSUMED)
    left_s = run.time_s - delay_s  # on the analyser's own clock
    own = np.isfinite(run.temperature_c)
    temperature = np.full(run.time_s.shape, np.nan)
    if own.any():
        for i, row in enumerate(own):
            known = run.time_s[i][row], run.temperature_c[i][row]
            temperature[i] = temperature_at(left_s[i], *known)
    elif mass is not None and np.isfinite(mass.temperature_c).any():
        temperature = temperature_at(left_s - mass_offset_s, mass.time_s, mass.temperature_c)
    elif frames is not None:
        temperature = temperature_at(left_s + offset_s, frames.time_s, frames.temperature_c)
    if run.channel and not np.isfinite(temperature).any():
        flags.append(Flag.TEMPERATURE_NOT_KNOWN)
    mass_s = np.empty(0) if mass is None else mass.time_s + mass_offset_s + offset_s
    return Placed(left_s + offset_s, temperature, mass_s, tuple(dict.fromkeys(flags)))


def temperature_at(time_s: FloatArray, known_s: FloatArray, known_c: FloatArray) -> FloatArray:
    """Interpolate a temperature linearly in time.

    Args:
        time_s: times, any shape; NaN stays NaN.
        known_s: times of known temperatures `(n,)`, ascending.
        known_c: temperatures there `(n,)`, NaN where one is not known.

    Returns:
        Temperatures; before the first and after the last known one the nearest slope goes on for one usual
        step, since a frame has a length; NaN beyond.
    """
    good = np.isfinite(known_s) & np.isfinite(known_c)
    t, c = known_s[good], known_c[good]
    if t.size < 2:
        return np.full(np.shape(time_s), np.nan)
    order = np.argsort(t, kind="stable")
    t, c = t[order], c[order]
    step = float(np.median(np.diff(t)))
    first = c[0] - (c[1] - c[0]) / max(t[1] - t[0], 1e-12) * step
    last = c[-1] + (c[-1] - c[-2]) / max(t[-1] - t[-2], 1e-12) * step
    longer = np.concatenate([[t[0] - step], t, [t[-1] + step]])
    found = np.interp(
        time_s, longer, np.concatenate([[first], c, [last]]), left=np.nan, right=np.nan
    )
    return np.asarray(found, dtype=np.float64)


def _offset_s(run: GasRun, frames: Frames | None, options: ClockOptions) -> tuple[float, bool]:
    """What is added to the analyser's times, and whether that is a guess."""
    if frames is None or frames.time_s.size == 0:
        return options.clock_offset_s or 0.0, False
    apart_s = 0.0
    both = bool(run.start_iso and frames.start_iso)
    if both:
        apart_s = _seconds_between(frames.start_iso, run.start_iso) + float(frames.time_s[0])
    return apart_s + (options.clock_offset_s or 0.0), not both and options.clock_offset_s is None


def _beside_offset_s(run: GasRun, beside: MassCurve, options: ClockOptions) -> tuple[float, bool]:
    """Analyser's time at which the other file begins, and whether that is a guess.

    A program's date is that of the run's beginning or of its end: the reading is taken in which the two
    runs share more time.
    """
    if options.sidecar_offset_s is not None:
        return options.sidecar_offset_s, False
    if not (run.start_iso and beside.stamp_iso) or beside.time_s.size == 0 or not run.channel:
        return 0.0, True
    stamp_s = _seconds_between(run.start_iso, beside.stamp_iso)
    first_s, last_s = float(beside.time_s[0]), float(beside.time_s[-1])
    run_first, run_last = float(np.nanmin(run.time_s)), float(np.nanmax(run.time_s))

    def shared_s(offset_s: float) -> float:
        return min(last_s + offset_s, run_last) - max(first_s + offset_s, run_first)

    begins, ends = stamp_s - first_s, stamp_s - last_s
    if max(shared_s(begins), shared_s(ends)) <= 0:
        return 0.0, True
    return (begins, True) if shared_s(begins) >= shared_s(ends) else (ends, True)


def _seconds_between(first_iso: str, second_iso: str) -> float:
    """Seconds from one wall clock to another; time zones are passed over, as on the wall."""
    first, second = (
        datetime.fromisoformat(text).replace(tzinfo=None) for text in (first_iso, second_iso)
    )
    return (second - first).total_seconds()
