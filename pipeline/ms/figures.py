"""Figures of gas analysis: traces with their baseline, onset and peak; samples one over the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.core.style import COLOURS, GREY, nothing_to_show
from pipeline.ms.nexus import AXES, channel_label
from pipeline.ms.records import ChannelStatus, GasReleases, Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS = 0.74  # height of the onset's line, below the words
_ROOM_LEGEND = 0.45
MOST_POINTS = 1500  # of a drawn line: more than a column of a journal can show
_ROOM_ABOVE = 0.4  # over the trace, of its height, for the words


def panels_of_run(found: GasReleases) -> int:
    """Number of panels that a data set needs: its channels, and the mass."""
    return len(found.traces.channel) + (found.mass is not None)


def reference_label(found: GasReleases) -> str:
    """What the traces were divided by, for an axis."""
    reference = found.traces.reference
    return channel_label(reference) if reference.startswith("mz_") else reference


def axis_of(found: Sequence[GasReleases]) -> str:
    """The axis to plot against: temperature where every drawn trace has it, else time."""
    for one in found:
        drawn = np.isfinite(one.traces.intensity_normalised)
        warm = np.isfinite(one.traces.temperature_c) & drawn
        if drawn.any() and 2 * warm.sum() <= drawn.sum():
            return "time_s"
        if not drawn.any() and one.mass is not None and np.isnan(one.mass.temperature_c).any():
            return "time_s"
    return "temperature_c"


def draw_run(axes: Sequence[Axes], found: GasReleases) -> None:
    """Draw the traces of one data set, a panel each, and its mass below.

    Args:
        axes: as many as `panels_of_run` says, one below the other.
        found: the releases.
    """
    axis = axis_of([found])
    for i, ax in enumerate(axes[: len(found.traces.channel)]):
        name = channel_label(found.traces.channel[i])
        ax.text(0.015, 0.93, name, transform=ax.transAxes, va="top", fontweight="bold")
        good = np.isfinite(found.traces.intensity_normalised[i])
        if found.status[i] is not ChannelStatus.OK and not good.any():
            nothing_to_show(ax, str(found.status[i]).replace("_", " "))
            continue
        _trace(ax, found, i, axis, good)
        ax.text(0.985, 0.93, _words(found, i, axis), transform=ax.transAxes, va="top", ha="right")
    if found.mass is not None:
        ax = axes[-1]
        keep = thinned(found.mass.time_s.size)
        ax.plot(getattr(found.mass, axis)[keep], found.mass.mass_percent[keep], color=COLOURS[6])
        ax.text(0.015, 0.93, "mass (%)", transform=ax.transAxes, va="top", fontweight="bold")
        for k, onset in enumerate(getattr(found.mass, f"onset_{axis[-1]}")):
            end = getattr(found.mass, f"end_{axis[-1]}")[k]
            ax.axvspan(onset, end, color=COLOURS[4], alpha=0.25, lw=0)
        _room(ax, found.mass.mass_percent)
    if axes:
        axes[-1].set_xlabel(AXES[axis])


def _trace(ax: Axes, found: GasReleases, i: int, axis: str, good: BoolArray) -> None:
    y = found.traces.intensity_normalised[i][good]
    x = getattr(found.traces, axis)[i][good]
    keep = thinned(y.size)
    ax.plot(x[keep], y[keep], color=COLOURS[0], lw=0.6)
    background = found.baseline_normalised[i][: y.size]
    if np.isfinite(background).any():
        ax.plot(x[keep], background[keep], color=GREY, ls="--", lw=0.8)
    if found.outcome[i] is Outcome.RELEASE:
        unit = axis[-1]
        onset, sigma, peak = (
            float(getattr(found, f"{name}_{unit}")[i]) for name in ("onset", "onset_sigma", "peak")
        )
        ax.axvspan(onset - sigma, onset + sigma, ymax=_MARKS, color=COLOURS[1], alpha=0.3, lw=0)
        ax.axvline(onset, ymax=_MARKS, color=COLOURS[1], lw=0.8)
        at = int(np.nanargmin(np.abs(found.traces.time_s[i][good] - found.peak_s[i])))
        top = background[at] + float(found.height_normalised[i])
        ax.plot([peak], [top], marker="v", color=COLOURS[2], ls="none", zorder=4)
    _room(ax, y)


def _words(found: GasReleases, i: int, axis: str) -> str:
    if found.outcome[i] is Outcome.NO_RELEASE:
        return "no release seen"
    if found.outcome[i] is not Outcome.RELEASE:
        return str(found.status[i]).replace("_", " ")
    unit, shown = axis[-1], "°C" if axis == "temperature_c" else "s"
    onset, sigma = (float(getattr(found, f"{name}_{unit}")[i]) for name in ("onset", "onset_sigma"))
    digits = 0 if not sigma > 0 else int(np.clip(1 - np.floor(np.log10(sigma)), 0, 3))
    told = f"onset {onset:.{digits}f} ± {sigma:.{digits}f} {shown}"
    return f"{told}, {found.verdict[i]}" if found.verdict[i] else told


def shared_channels(found: Sequence[GasReleases]) -> list[str]:
    """Channels that were measured in two samples or more: those with a release in any, else all."""
    counted: dict[str, int] = {}
    released = set()
    for one in found:
        for i, name in enumerate(one.traces.channel):
            if one.status[i] is ChannelStatus.OK:
                counted[name] = counted.get(name, 0) + 1
                if one.outcome[i] is Outcome.RELEASE:
                    released.add(name)
    shared = [name for name, count in counted.items() if count > 1]
    return [name for name in shared if name in released] or shared


def draw_samples(
    axes: Sequence[Axes], named: Sequence[tuple[str, GasReleases]], channels: Sequence[str]
) -> None:
    """Draw the traces of several samples over each other, a panel a channel, above their baselines.

    Args:
        axes: one for each channel, and at least one.
        named: label and releases of each sample.
        channels: of `shared_channels`.
    """
    if not channels:
        nothing_to_show(axes[0], "no channel was measured in two samples")
        return
    axis = axis_of([found for _, found in named])
    for ax, channel in zip(axes, channels, strict=True):
        highest = [0.0]
        for k, (title, found) in enumerate(named):
            if channel not in found.traces.channel:
                continue
            i = found.traces.channel.index(channel)
            good = np.isfinite(found.traces.intensity_normalised[i])
            if not good.any() or found.status[i] is not ChannelStatus.OK:
                continue
            background = found.baseline_normalised[i][: int(good.sum())]
            y = found.traces.intensity_normalised[i][good] - background
            x = getattr(found.traces, axis)[i][good]
            keep, colour = thinned(y.size), COLOURS[k % len(COLOURS)]
            ax.plot(x[keep], y[keep], color=colour, lw=0.7, label=title)
            highest.append(float(np.nanmax(y)))
            if found.outcome[i] is Outcome.RELEASE:
                onset = float(getattr(found, f"onset_{axis[-1]}")[i])
                ax.axvline(onset, ymax=_MARKS, color=colour, lw=0.8, ls=":")
        ax.axhline(0.0, color=GREY, lw=0.5)
        room = _ROOM_ABOVE if ax is not axes[0] else _ROOM_LEGEND + 0.12 * len(named)
        ax.set_ylim(top=max(highest) * (1 + room) or None)
        ax.text(
            0.015, 0.93, channel_label(channel), transform=ax.transAxes, va="top", fontweight="bold"
        )
        ax.locator_params(axis="y", nbins=4)
    axes[0].legend(loc="upper right", title="dotted: onset", title_fontsize=6.5)
    axes[-1].set_xlabel(AXES[axis])


def thinned(points: int) -> FloatArray | slice:
    """Which points of a line are drawn: all, or every so many."""
    return slice(None, None, max(1, points // MOST_POINTS))


def _room(ax: Axes, y: FloatArray) -> None:
    """Limits that leave room for the words above; a spike while the vacuum settles is cut."""
    known = y[np.isfinite(y)]
    if not known.size:
        return
    low, high = np.quantile(known, [0.001, 0.999])
    span = max(float(high - low), 1e-12)
    ax.set_ylim(low - 0.08 * span, high + _ROOM_ABOVE * span)
    ax.locator_params(axis="y", nbins=3)
