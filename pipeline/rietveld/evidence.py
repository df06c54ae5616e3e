"""What gates look at: a fit beside what was asked, and how well it fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import Fit, Job, PhaseModel
from pipeline.rietveld.model.settings import layers_of_atoms
from pipeline.rietveld.numbers import Quality
from pipeline.rietveld.options import GateOptions

BROADENING = ("size_nm", "strain_percent")
BEYOND_SIGMA = 2.0  # further outside what is possible than noise explains
MOST_EXCUSED = 3.0  # residuals that hang together by more are misfit, which excuses no number


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A fit to be judged. `job` is what was asked last, `models` the phases as the study gives them.

    `background_chi2` is the weighted sum of squares without any phase.
    """

    job: Job
    fit: Fit
    models: tuple[PhaseModel, ...]
    quality: Quality
    background_chi2: float
    limits: GateOptions

    def sigma_of(self, name: str) -> float:
        """Sigma of a number with the allowance for residuals that hang together; NaN where it was not refined."""
        return self.fit.of(name)[1] * self.quality.esd_inflation

    def margin_of(self, name: str) -> float:
        """How far a number may lie beyond what is possible; 0 where its sigma is not known.

        Two sigmas. They grow where residuals hang together, but not without limit: else the worse a background is followed the more
        impossible a number could be, and pass.
        """
        return self.margin(self.fit.of(name)[1])

    def margin(self, sigma: float) -> float:
        """The same from a sigma without any allowance."""
        grown = sigma * min(self.quality.esd_inflation, MOST_EXCUSED)
        return BEYOND_SIGMA * grown if np.isfinite(grown) else 0.0


def is_width(name: str) -> bool:
    """Whether a parameter is the breadth of lines, which can be none: size and strain, and terms of the profile."""
    return name.rpartition(".")[2] in BROADENING or name.startswith("profile.")


def is_answer(name: str) -> bool:
    """Whether a parameter is what is asked of the sample: all but background, profile, size and strain."""
    return not (is_width(name) or name.startswith("background."))


def correlation(fit: Fit) -> FloatArray:
    """Correlations of all parameters `(n, n)`; 0 where a sigma is not known."""
    root = np.sqrt(np.abs(np.diag(fit.covariance)))
    outer = np.outer(root, root)
    known = np.isfinite(outer) & (outer > 0) & np.isfinite(fit.covariance)
    ratio: FloatArray = np.divide(fit.covariance, outer, out=np.zeros_like(outer), where=known)
    return ratio


def strongest(fit: Fit, answers_only: bool) -> tuple[float, str, str]:
    """Largest absolute correlation and its pair; with `answers_only` of pairs that tell of the sample."""
    absolute = np.abs(correlation(fit))
    np.fill_diagonal(absolute, 0.0)
    told = np.array([is_answer(name) for name in fit.parameters], dtype=bool)
    if answers_only:
        absolute = absolute * (told[:, None] & told[None, :])
    if not absolute.size:
        return 0.0, "", ""
    i, j = np.unravel_index(int(np.argmax(absolute)), absolute.shape)
    return float(absolute[i, j]), fit.parameters[i], fit.parameters[j]


def expected(job: Job) -> set[str]:
    """Names of what a job sets free whatever the symmetry; of the cell the length a alone.

    Own stages set free what they name and nothing else.
    """
    by_group: dict[str, set[str]] = {
        "background": {f"background.{k}_counts" for k in range(len(job.background_counts))},
        "profile": {f"profile.{term}" for term in job.profile_free},
        "position": {"zero_deg"} if job.position == "zero" else set(),
    }
    if job.position == "displacement":
        by_group["position"] = {"displacement_um"}
    for phase in job.phases:
        for group, names in _of_phase(phase).items():
            by_group.setdefault(group, set()).update(f"{phase.name}.{name}" for name in names)
    named = {group for stage in job.stages for group in stage.free}
    return set().union(*(by_group[g] for g in by_group if not named or g in named))


def _of_phase(phase: PhaseModel) -> dict[str, set[str]]:
    """What a phase sets free, by groups of stages."""
    widths = {"size_nm": phase.refine_size, "strain_percent": phase.refine_strain}
    free = [v for v in phase.variables if v.refine]
    return {
        "scale": {"scale"},
        "cell": {"a_angstrom"} if phase.refine_cell else set(),
        "widths": {name for name, refined in widths.items() if refined},
        "orientation": {"march_ratio"} if phase.march_axis else set(),
        "coordinates": {f"{a.label}.{axis}_fraction" for a in phase.atoms for axis in a.free},
        "occupancies": {v.key for v in free if v.unit != "angstrom2"},
        "u_iso": {v.key for v in free if v.unit == "angstrom2"},
    }


def height_of(phase: PhaseModel) -> str:
    """Name of the oxygen height of a layered oxide with lithium at the origin; '' where the phase is none, or holds it."""
    if phase.kind == "layered-oxide":  # with whatever lithium, none at all too
        free = [a.label for a in phase.atoms if a.site == "o" and "z" in a.free]
        return f"{phase.name}.{free[0]}.z_fraction" if free else ""
    start = {v.name: v.start for v in phase.variables}
    shares = [a.occupancy.at(start) for a in phase.atoms]
    layers = layers_of_atoms(phase.space_group, phase.atoms, shares)
    if layers is None or not layers.alkali_at_origin:
        return ""
    site = list(dict.fromkeys(a.site for a in phase.atoms))[layers.oxygen]
    free = [a.label for a in phase.atoms if a.site == site and "z" in a.free]
    return f"{phase.name}.{free[0]}.z_fraction" if free else ""
