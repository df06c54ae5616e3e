"""What gates look at: a fit beside what was asked, and how well it fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import Fit, Job, PhaseModel
from pipeline.rietveld.numbers import Quality
from pipeline.rietveld.options import GateOptions

BROADENING = ("size_nm", "strain_percent")


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
    """Names of what a job sets free whatever the symmetry: scales, mixing and other variables, coordinates, lengths of a."""
    names = {f"background.{k}_counts" for k in range(len(job.background_counts))}
    names |= {f"profile.{term}" for term in job.profile_free}
    names |= {"zero": {"zero_deg"}, "displacement": {"displacement_um"}}.get(job.position, set())
    for p in job.phases:
        names.add(f"{p.name}.scale")
        names |= {f"{p.name}.{v.key}" for v in p.variables if v.refine}
        names |= {f"{p.name}.{a.label}.{axis}_fraction" for a in p.atoms for axis in a.free}
        names |= {f"{p.name}.a_angstrom"} if p.refine_cell else set()
        names |= {f"{p.name}.size_nm"} if p.refine_size else set()
        names |= {f"{p.name}.strain_percent"} if p.refine_strain else set()
        names |= {f"{p.name}.march_ratio"} if p.march_axis else set()
    return names


def height_of(phase: PhaseModel) -> str:
    """Name of the oxygen height of a layered oxide; '' where there is none."""
    labels = [a.label for a in phase.atoms if a.element == "O" and a.multiplicity == 6]
    return f"{phase.name}.{labels[0]}.z_fraction" if labels else ""
