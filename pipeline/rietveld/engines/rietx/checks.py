"""What rietx would take without a word, and must not."""

from __future__ import annotations

import numpy as np

from pipeline.rietveld.engines.rietx.library import detect_fallback
from pipeline.rietveld.engines.rietx.structure import species_of
from pipeline.rietveld.interface import Job

FEWEST_POINTS = 20


def refusal(job: Job) -> str:
    """Why this job goes to no engine, in words; empty where it may.

    rietx floors a sigma of zero, and scatters an ion that its table does not have as the neutral atom.
    """
    for name in ("two_theta_deg", "counts", "sigma_counts"):
        values = getattr(job, name)
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            return f"{name} is {values[bad[0]]} at point {bad[0]}: only finite numbers are refined"
    if not len(job.two_theta_deg) == len(job.counts) == len(job.sigma_counts):
        return "two_theta_deg, counts and sigma_counts differ in length"
    if len(job.two_theta_deg) < FEWEST_POINTS:
        return (
            f"{len(job.two_theta_deg)} points are left of the pattern; {FEWEST_POINTS} are needed"
        )
    zero = np.flatnonzero(job.sigma_counts <= 0)
    if zero.size:
        at = job.two_theta_deg[zero[0]]
        return f"sigma_counts is {job.sigma_counts[zero[0]]:g} at {at:g} deg: it has to be above 0"
    if np.any(np.diff(job.two_theta_deg) <= 0):
        at = job.two_theta_deg[int(np.flatnonzero(np.diff(job.two_theta_deg) <= 0)[0])]
        return f"two_theta_deg does not ascend after {at:g} deg"
    if job.position == "displacement" and job.geometry != "bragg-brentano":
        return (
            f"a sample displacement is a shift of Bragg-Brentano geometry, this pattern is {job.geometry}; "
            "use `position: zero`"
        )
    if not job.background_counts:
        return "a background needs at least one term"
    for phase in job.phases:
        for atom in phase.atoms:
            fallback = detect_fallback(species_of(atom, job.scattering_factors))
            if fallback is not None:
                return (
                    f"{phase.name}.{atom.label}: rietx has no scattering factor of {fallback.species} and would take neutral "
                    f"{fallback.element} without a word; choose another charge, or `scattering_factors: neutral`"
                )
    return ""
