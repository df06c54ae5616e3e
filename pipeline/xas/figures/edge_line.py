"""The line of valence against edge energy, and what each compound would have been without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.style import COLOURS, GREY, MARKERS, nothing_to_show
from pipeline.xas.edge_line import read_off
from pipeline.xas.records import EdgeLine

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAND_POINTS = 101
_MARGIN = 0.06  # of the range of energies, on both sides


@dataclass(frozen=True, slots=True)
class SamplePoints:
    """Samples on the line: energies with sigma, valences with their 68 % interval, `(n_scans,)` each."""

    label: str
    energy_ev: FloatArray
    energy_sigma_ev: FloatArray
    valence: FloatArray
    low: FloatArray
    high: FloatArray


def draw_edge_line(ax: Axes, rest: Axes, line: EdgeLine, samples: Sequence[SamplePoints]) -> None:
    """The line with its 68 % prediction band, compounds by family, samples; the residuals below.

    Filled symbols are in the line, open ones are not. Below stands what the line without the
    compound gives for it, minus what it is.
    """
    if line.why_not:
        nothing_to_show(ax, line.why_not)
        nothing_to_show(rest, "")
        return
    _band(ax, line, [s.energy_ev for s in samples])
    families = tuple(dict.fromkeys(line.families))
    named = [s.label for s in samples]
    for i, (family, used) in enumerate(zip(line.families, line.in_line, strict=True)):
        _compound(ax, rest, line, i, _look(families.index(family), filled=used))
        if not used and line.titles[i] not in named:  # those in the line stand close together
            _name(ax, line.titles[i], line.energy_ev[i : i + 1], line.valence[i : i + 1], (4, -7))
    for sample in samples:
        bars = np.maximum([sample.valence - sample.low, sample.high - sample.valence], 0.0)
        ax.errorbar(
            sample.energy_ev,
            sample.valence,
            xerr=sample.energy_sigma_ev,
            yerr=np.nan_to_num(bars),
            ls="none",
            marker="*",
            ms=5,
            color=GREY,
            elinewidth=0.6,
            zorder=1,
        )
        _name(ax, sample.label, sample.energy_ev, sample.valence, (-4, 5))
    for rank, family in enumerate(families):  # the legend: one entry a family
        ax.plot([], [], label=family or "compounds", **_look(rank, filled=True))
    ax.legend(loc="upper left", handlelength=1.2)
    ax.set_xlabel(f"edge energy, {line.position.replace('_', ' ')} (eV)")
    ax.set_ylabel(f"{line.element} valence")
    rest.axhline(0, color=GREY, lw=0.5)
    rest.set_ylabel("predicted minus known")
    rest.set_xticks(range(len(line.titles)), line.titles, rotation=35, ha="right", fontsize=5.5)
    rest.tick_params(axis="x", length=0)
    rest.margins(y=0.15)


def _band(ax: Axes, line: EdgeLine, others: Sequence[FloatArray]) -> None:
    every = np.concatenate([line.energy_ev, *others])
    every = every[np.isfinite(every)]
    margin = _MARGIN * float(np.ptp(every))
    energy = np.linspace(every.min() - margin, every.max() + 3 * margin, _BAND_POINTS)
    typical = np.full(energy.size, np.nanmedian(line.energy_sigma_ev[np.array(line.in_line)]))
    valence, sigma, _ = read_off(line, energy, typical)
    half = line.interval_ratio * sigma
    ax.fill_between(energy, valence - half, valence + half, color=GREY, alpha=0.25, lw=0)
    ax.plot(energy, valence, color="black", lw=0.8)
    ax.set_xlim(float(energy[0]), float(energy[-1]))


def _look(rank: int, *, filled: bool) -> dict[str, Any]:
    colour = COLOURS[rank % len(COLOURS)]
    return {
        "ls": "none",
        "marker": MARKERS[rank % len(MARKERS)],
        "color": colour,
        "mfc": colour if filled else "white",
        "zorder": 3,
    }


def _compound(ax: Axes, rest: Axes, line: EdgeLine, i: int, look: dict[str, Any]) -> None:
    """A compound at its known valence, and below how far the prediction is off."""
    energy, known, predicted = line.energy_ev[i], line.valence[i], line.predicted_valence[i]
    ax.errorbar([energy], [known], xerr=[line.energy_sigma_ev[i]], elinewidth=0.7, **look)
    if np.isfinite(predicted):
        half = (line.predicted_high_valence[i] - line.predicted_low_valence[i]) / 2
        rest.errorbar([i], [predicted - known], yerr=[half], elinewidth=0.7, **look)


def _name(
    ax: Axes, text: str, x: FloatArray, y: FloatArray, offset_points: tuple[int, int]
) -> None:
    """Name a group of points beside its middle, on the side that the offset says."""
    known = np.isfinite(x) & np.isfinite(y)
    if known.any():
        middle = (float(x[known].mean()), float(y[known].mean()))
        side = "right" if offset_points[0] < 0 else "left"
        ax.annotate(
            text, middle, offset_points, textcoords="offset points", fontsize=5, ha=side, zorder=4
        )
