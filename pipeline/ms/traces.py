"""Traces on the shared clock, divided by what does not depend on the sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import did_you_mean
from pipeline.ms.clock import Placed
from pipeline.ms.records import ChannelStatus, Flag, GasRun, GasTraces

FEWEST_POINTS = 30  # fewer have no noise to speak of
TOTAL = "mean sum of the channels"


def traces(
    dataset: str,
    run: GasRun,
    placed: Placed,
    channels: Sequence[str] | None,
    normalise_by: str | None,
) -> GasTraces:
    """Divide the channels by a reference, and keep those that were asked for.

    Args:
        dataset: name of the data set.
        run: what the file holds.
        placed: its times and temperatures.
        channels: which; None for all but the one that is divided by.
        normalise_by: channel by which the others are divided, point by point, interpolated to
            their times; None: all are divided by one number, the mean sum of the channels.

    Returns:
        One row a channel that was asked for; one that was not recorded, that is too short, or whose
        reference is not positive, is a status.
    """
    others = (name for name in run.channel if name != normalise_by)
    asked = tuple(dict.fromkeys(others if channels is None else channels))
    width = run.time_s.shape[1] if run.channel else 0
    shape = (len(asked), width)
    time, temperature, intensity = (np.full(shape, np.nan) for _ in range(3))
    status = [ChannelStatus.OK] * len(asked)
    reason = [""] * len(asked)
    label = [""] * len(asked)
    flags = [placed.flags] * len(asked)
    reference, why = _reference(run, normalise_by)
    for i, name in enumerate(asked):
        if name not in run.channel:
            status[i] = ChannelStatus.NOT_RECORDED
            hint = did_you_mean(name, run.channel)
            reason[i] = f"the file has no channel {name}.{hint}"
            continue
        k = run.channel.index(name)
        label[i] = run.label[k]
        time[i], temperature[i] = placed.time_s[k], placed.temperature_c[k]
        if run.dropped_count[k] and Flag.POINTS_DROPPED not in flags[i]:
            flags[i] = (*flags[i], Flag.POINTS_DROPPED)
        if why:
            status[i], reason[i] = ChannelStatus.NO_REFERENCE, why
            continue
        intensity[i] = run.intensity_ratio[k] / _at(reference, run, k)
        points = int(np.isfinite(intensity[i]).sum())
        if points < FEWEST_POINTS:
            status[i] = ChannelStatus.TOO_SHORT
            reason[i] = f"{points} points, {FEWEST_POINTS} are the fewest"
    return GasTraces(
        dataset=dataset,
        source_file=run.source_file,
        channel=asked,
        label=tuple(label),
        reference=normalise_by or TOTAL,
        time_s=time,
        temperature_c=temperature,
        intensity_normalised=intensity,
        remarks=run.remarks,
        status=tuple(status),
        reason=tuple(reason),
        flags=tuple(flags),
    )


def unreadable(
    dataset: str, source_file: str, channels: Sequence[str] | None, reason: str
) -> GasTraces:
    """Traces of a file that could not be read: one row a channel that was asked for, or one for all."""
    asked = tuple(dict.fromkeys(channels or ("all",)))
    nothing = np.full((len(asked), 1), np.nan)
    return GasTraces(
        dataset=dataset,
        source_file=source_file,
        channel=asked,
        label=("",) * len(asked),
        reference="",
        time_s=nothing,
        temperature_c=nothing,
        intensity_normalised=nothing,
        remarks=(),
        status=(ChannelStatus.UNREADABLE,) * len(asked),
        reason=(reason,) * len(asked),
        flags=((),) * len(asked),
    )


_Reference = tuple[FloatArray, FloatArray] | float


def _reference(run: GasRun, normalise_by: str | None) -> tuple[_Reference, str]:
    """Times and values of the reference, or one number; and why there is none."""
    if not run.channel:
        return 1.0, ""
    if normalise_by is None:
        total = float(np.nanmean(run.intensity_ratio, axis=1).sum())
        if not total > 0:
            return 1.0, f"the channels add up to {total:.3g}; a sum above 0 is needed"
        return total, ""
    if normalise_by not in run.channel:
        hint = did_you_mean(normalise_by, run.channel)
        return 1.0, f"the file has no channel {normalise_by} to divide by.{hint}"
    k = run.channel.index(normalise_by)
    good = np.isfinite(run.intensity_ratio[k])
    values = run.intensity_ratio[k][good]
    if not values.size or not values.min() > 0:
        lowest = values.min() if values.size else np.nan
        return 1.0, f"channel {normalise_by}, to divide by, goes down to {lowest:.3g}"
    return (run.time_s[k][good], values), ""


def _at(reference: _Reference, run: GasRun, channel: int) -> FloatArray | float:
    if isinstance(reference, float):
        return reference
    # A channel divided by itself, or measured a moment before the first point of the other, has that point's value.
    return np.asarray(np.interp(run.time_s[channel], *reference), dtype=np.float64)
