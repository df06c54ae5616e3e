"""A series taken apart: scree, components, targets, resolved spectra, concentrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.style import COLOURS, GREY, nothing_to_show
from pipeline.xas.figures.trends import Points, draw_against
from pipeline.xas.records import McrResult, PcaResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SHOWN = 4
_DASHES = ((4, 1.5), (1.2, 1.2), (5, 1, 1.2, 1), (8, 2), (2, 2, 6, 2))


def draw_scree(ax: Axes, result: PcaResult) -> None:
    """Singular values with what noise and the floor can reach, and Malinowski's indicator."""
    s = result.singular_value
    if not np.isfinite(s).any():
        nothing_to_show(ax, next(filter(None, result.reason), "no series"))
        return
    n = np.arange(1, s.size + 1)
    signal = s > result.singular_limit
    ax.semilogy(n, s, "-", color=GREY, lw=0.7)
    ax.semilogy(n[signal], s[signal], "o", color=COLOURS[0], label="component")
    ax.semilogy(
        *(n[~signal], s[~signal], "o"), color=COLOURS[0], mfc="white", label="below the limit"
    )
    ax.axhline(result.singular_limit, color=COLOURS[1], lw=0.8, label="noise, calibration, floor")
    ax.axhline(
        result.noise_limit_normalised, color=COLOURS[1], ls=":", label="noise and calibration"
    )
    ax.set_xlabel("component")
    ax.set_ylabel("singular value")
    ax.locator_params(axis="x", integer=True)
    beside = ax.twinx()
    beside.semilogy(n, result.indicator_index, "^-", color=COLOURS[2], lw=0.6, ms=2.5)
    best = result.by_indicator_count
    if best:
        beside.semilogy(best, result.indicator_index[best - 1], "^", color=COLOURS[2], ms=5)
    beside.set_ylim(top=float(np.nanmax(result.indicator_index)) * 10)
    beside.set_ylabel(f"indicator IND (lowest at {best})", color=COLOURS[2])
    ax.set_ylim(top=float(s[0]) * 300)  # the legend stands above
    ax.legend(loc="upper center", ncols=2, handlelength=1.5, columnspacing=1.0)


def draw_components(ax: Axes, result: PcaResult) -> None:
    """The first components, each on its own scale and one above the other."""
    shown = min(MOST_SHOWN, result.used_count + 1, len(result.component_normalised))
    if not shown:
        nothing_to_show(ax, next(filter(None, result.reason), "no series"))
        return
    for j in range(shown):
        curve = result.component_normalised[j]
        size = np.abs(curve).max()
        used = j < result.used_count
        share = 100 * result.explained_fraction[j]
        ax.plot(
            result.energy_ev,
            curve / size - 1.6 * j,
            color=COLOURS[j] if used else GREY,
            lw=1.0 if used else 0.7,
            label=f"{j + 1}: {share:.3g} %, up to {size:.2g}" + ("" if used else " (not used)"),
        )
    ax.set_yticks([])
    ax.set_ylabel("component, scaled")
    ax.set_xlabel("energy (eV)")
    ax.set_ylim(-1.6 * (shown - 1) - 1.2, 1.3 + 0.45 * shown)
    ax.set_xlim(result.energy_ev[0], result.energy_ev[-1])
    ax.legend(loc="upper left", handlelength=1.2)


def draw_scores(ax: Axes, result: PcaResult) -> None:
    """Scores of the components that are used, against what was varied."""
    shown = min(MOST_SHOWN, result.used_count)
    groups = [
        Points(
            f"component {j + 1}",
            result.score[:, j],
            np.zeros(len(result.score)),
            result.covariates,
        )
        for j in range(shown)
    ]
    draw_against(ax, groups, "score")


def draw_target(ax: Axes, rest: Axes, result: PcaResult, standard: int) -> None:
    """A standard, its part in the space of the series, and what is left."""
    target, inside = result.target_normalised[standard], result.target_fit_normalised[standard]
    if not np.isfinite(inside).any():
        nothing_to_show(ax, "no target transform")
        nothing_to_show(rest, "")
        return
    spoil = float(result.spoil[standard])
    ax.plot(result.energy_ev, target, ".", ms=2.5, color="black", label="standard")
    ax.plot(result.energy_ev, inside, color=COLOURS[1], label=f"{result.used_count} components")
    ax.set_title(
        f"{result.standard_titles[standard]}: SPOIL {spoil:.2g}, {result.verdicts[standard]}",
        loc="left",
    )
    ax.set_ylabel("normalised absorption")
    ax.legend(loc="lower right")
    rest.axhline(0, color=GREY, lw=0.5)
    rest.plot(result.energy_ev, 100 * (target - inside), color="black", lw=0.7)
    rest.set_ylabel("residual (%)")
    rest.set_xlabel("energy (eV)")


def draw_resolved(ax: Axes, result: McrResult) -> None:
    """Resolved spectra with their bands of ambiguity, and the standards dashed."""
    e = result.energy_ev
    if not np.isfinite(result.spectrum_normalised).any():
        nothing_to_show(ax, next(filter(None, result.reason), "not resolved"))
        return
    for k, title in enumerate(result.component_titles):
        low, high = result.spectrum_low_normalised[k], result.spectrum_high_normalised[k]
        ax.fill_between(e, low, high, color=COLOURS[k], alpha=0.15, lw=0)
        held = " (fixed)" if result.is_fixed[k] else ""
        ax.plot(e, result.spectrum_normalised[k], color=COLOURS[k], label=f"{title}{held}")
    for i, title in enumerate(result.standard_titles):
        line = ax.plot(e, result.standard_normalised[i], color="black", lw=0.8, label=title)[0]
        line.set_dashes(_DASHES[i % len(_DASHES)])
    top = float(np.nanmax(result.spectrum_normalised))
    ax.set_ylim(-0.1, top * 1.25)
    ax.set_xlim(e[0], e[-1])
    ax.set_xlabel("energy (eV)")
    ax.set_ylabel("normalised absorption")
    ax.set_title(f"lack of fit {result.lack_of_fit_percent:.2g} %; bands: equally good", loc="left")
    ax.legend(loc="lower right", handlelength=2.0)


def draw_concentrations(ax: Axes, result: McrResult) -> None:
    """Concentrations with their noise, against what was varied."""
    groups = [
        Points(
            title, result.concentration[:, k], result.concentration_sigma[:, k], result.covariates
        )
        for k, title in enumerate(result.component_titles)
    ]
    draw_against(ax, groups, "concentration")
