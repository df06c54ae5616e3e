"""Extended fine structure in k and in R."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.style import COLOURS, GREY, colour_map, nothing_to_show
from pipeline.xas.records import ExafsSeries

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class _Curve:
    y: FloatArray
    colour: Any
    label: str | None


def draw_k_space(ax: Axes, named: Sequence[tuple[str, ExafsSeries]]) -> None:
    """Weighted chi(k): the scans of one series from dark to light, or the means of several."""
    drawn = _with_signal(ax, named)
    for i, (label, s) in enumerate(drawn):
        weight = s.k_inv_angstrom**s.kweight
        for curve in _curves(label, s.chi, s.chi_mean, i, len(drawn)):
            ax.plot(
                *(s.k_inv_angstrom, curve.y * weight),
                color=curve.colour,
                lw=0.7,
                label=curve.label,
            )
    if not drawn:
        return
    first = drawn[0][1]
    top = max(float(np.nanmax(np.abs(s.chi_mean * s.k_inv_angstrom**s.kweight))) for _, s in drawn)
    ax.plot(first.k_inv_angstrom, 1.1 * top * first.window_ratio, color=GREY, ls=":")
    ax.set_ylim(-1.5 * top, 1.25 * top)
    ax.set_xlim(0, max(float(s.k_inv_angstrom[-1]) for _, s in drawn))
    ax.set_xlabel("$k$ (Å$^{-1}$)")
    power = {0: "", 1: "$k$ "}.get(first.kweight, f"$k^{first.kweight}$ ")
    ax.set_ylabel(f"{power}$\\chi(k)$, window dotted")
    ax.legend(loc="lower left", ncols=2, handlelength=1.5)


def draw_r_space(ax: Axes, named: Sequence[tuple[str, ExafsSeries]]) -> None:
    """|chi(R)|, not corrected for phase: the scans of one series, or the means of several."""
    drawn = _with_signal(ax, named)
    for i, (label, s) in enumerate(drawn):
        rows, mean = s.chir_magnitude_inv_angstrom, s.chir_mean_magnitude_inv_angstrom
        for curve in _curves(label, rows, mean, i, len(drawn)):
            ax.plot(
                *(s.r_angstrom, curve.y),
                color=curve.colour,
                lw=0.7,
                label=curve.label,
            )
    if not drawn:
        return
    first = drawn[0][1]
    ax.set_xlim(0, float(first.r_angstrom[-1]))
    ax.set_ylim(bottom=0)
    ax.set_xlabel("$R$, not corrected for phase (Å)")
    ax.set_ylabel(f"$|\\chi(R)|$ (Å$^{{-{first.kweight + 1}}}$)")
    ax.legend(loc="upper right", handlelength=1.5)


def _with_signal(
    ax: Axes, named: Sequence[tuple[str, ExafsSeries]]
) -> list[tuple[str, ExafsSeries]]:
    drawn = [(label, s) for label, s in named if np.isfinite(s.chi_mean).any()]
    if not drawn:
        nothing_to_show(ax, "no scan gave a fine structure")
    return drawn


def _curves(label: str, rows: FloatArray, mean: FloatArray, place: int, count: int) -> list[_Curve]:
    """The scans in the order of their colours where one series is shown alone, then its mean."""
    if count > 1:
        return [_Curve(mean, COLOURS[place % len(COLOURS)], label)]
    good = rows[np.isfinite(rows).all(axis=1)]
    if len(good) == 1:
        return [_Curve(mean, "black", label)]
    scans = zip(good, colour_map(len(good)), strict=True)
    return [*(_Curve(y, c, None) for y, c in scans), _Curve(mean, "black", f"mean of {len(good)}")]
