"""The plan: which groups of parameters are free when, and the repeats at its end.

The order of the own plan passed 10 of 10 starts that were displaced by 1.5 % of the cell: lines are broadened by strain and the
pattern is used to a small angle until the cell is found; coordinates and occupancies come before displacement parameters.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import gsas
from .project import NAME, Project
from .refusal import Refusal
from .units import PROFILE, STRAIN_PERCENT

CU_ANGSTROM = 1.5406
REPEATS = 12
LAST_GAIN = 1e-7
"""Share of chi^2 that a cycle may lose, or gain unseen: more, and repeats creep uphill on derivatives that are not quite right."""
ASYMMETRIC = 0.025
AXIAL_STARTS = (0.03, 0.05, 0.075)
WIDTHS_FIRST = ("profile/w_deg2", "profile/x_deg", "profile/y_deg")
"""Terms of the profile that are set free before the axial divergence and before U and V, which hang together with all."""
SHIFT_SIGMA = 0.05
SEEN_SIGMA = 3.0
ALL = (
    *("scale", "background", "cell", "position", "profile", "widths"),
    *("coordinates", "occupancies", "u_iso", "orientation"),
)


@dataclass(frozen=True)
class Planned:
    """A stage: groups that are free in it, the largest angle, and a strain that broadens all lines for its time."""

    free: tuple[str, ...]
    up_to_deg: float | None = None
    strain: float | None = None
    cycles: int = 8
    axial: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a least squares ended; `stuck` where its derivatives led to nothing lower, short of a minimum or not."""

    rwp_percent: float
    refined: int
    converged: bool
    stuck: bool
    shift_sigma: float
    singular: tuple[str, ...]
    message: str


def plan_of(job: Mapping[str, Any]) -> tuple[Planned, ...]:
    """The stages of a job: its own, all at once from a warm start, or the tried order."""
    if job["stages"]:
        free: tuple[str, ...] = ()
        own = []
        for stage in job["stages"]:
            free = (*free, *(g for g in stage["free"] if g not in free))
            own.append(Planned(free, stage["up_to_deg"]))
        return tuple(own)
    if job["warm"]:
        return (Planned(ALL),)
    scale = ("scale", "background")
    cell = (*scale, "cell")
    atoms = (*cell, "orientation", "coordinates", "occupancies")
    widths = (*atoms, *WIDTHS_FIRST, "widths")
    last = (*widths, "position", "u_iso")
    rest = (
        (
            Planned((*last, "profile/axial_ratio"), axial="axial_ratio" in job["profile_free"]),
            Planned((*last, "profile")),
        )
        if job["profile_free"]
        else ()
    )
    return (
        Planned(scale, _angle(50.0, job), 6000.0),
        Planned(cell, _angle(50.0, job), 6000.0),
        Planned(cell, _angle(80.0, job), 1500.0),
        Planned(atoms, _angle(80.0, job), 1500.0),
        Planned(atoms, None, 1500.0),
        Planned(widths),
        Planned((*widths, "position")),
        Planned(last),
        *rest,
    )


def _angle(copper_deg: float, job: Mapping[str, Any]) -> float | None:
    """The angle where the d spacing is that of an angle with copper; None where too little would be left."""
    sine = math.sin(math.radians(copper_deg / 2)) * job["wavelength_angstrom"] / CU_ANGSTROM
    if sine >= 1:
        return None
    angle = 2 * math.degrees(math.asin(sine))
    low, high = job["two_theta_deg"][0], job["two_theta_deg"][-1]
    return angle if low + 0.2 * (high - low) < angle < high else None


def run(project: Project) -> tuple[list[Outcome], tuple[Planned, ...], tuple[str, ...]]:
    """Refine stage by stage, then repeat the last one until nothing moves; name the phases that are not seen.

    Raises:
        Refusal: GSAS-II gave up.
    """
    planned = list(plan_of(project.job))
    outcomes = []
    broadened, unseen = False, set(range(1, len(project.job["phases"])))
    for stage in planned:
        apply(project, stage, broadened, unseen)
        broadened = stage.strain is not None
        outcomes.append(tried_axially(project) if stage.axial else refine(project, stage.cycles))
        unseen = unseen_phases(project)
    final = Planned(planned[-1].free, planned[-1].up_to_deg)
    before, careful = unseen, False
    for _ in range(REPEATS):
        apply(project, final, unseen=unseen)
        outcomes.append(carefully(project) if careful else refine(project, 8))
        planned.append(final)
        before, unseen = unseen, unseen_phases(project)
        last, previous = outcomes[-1], outcomes[-2]
        still = last.shift_sigma < SHIFT_SIGMA and unseen == before
        if still and not last.stuck:
            break
        if _asymmetric(project):
            careful = careful or last.stuck or last.rwp_percent > previous.rwp_percent
        elif still and previous.stuck:
            break  # it will not move again, and this is said: no minimum
    names = [project.job["phases"][k]["name"] for k in sorted(before)]
    return outcomes, tuple(planned), tuple(names)


def _asymmetric(project: Project) -> bool:
    axial = project.histogram.data["Instrument Parameters"][0]["SH/L"][1]
    return bool(axial > ASYMMETRIC)


def carefully(project: Project) -> Outcome:
    """A least squares that may not creep uphill, with numerical derivatives where GSAS-II's own lead nowhere.

    Those of a strongly asymmetric line (SH/L above `ASYMMETRIC`) do not belong to its function, so that a refinement which they
    end is no minimum. The covariance is of its own derivatives: its numerical ones are too coarse for that.
    """
    first = refine(project, 8, gain=LAST_GAIN)
    if not first.stuck:
        return first
    checked = refine(project, 8, "numeric", LAST_GAIN)
    again = refine(project, 8, gain=LAST_GAIN)
    moved = max(first.shift_sigma, checked.shift_sigma, again.shift_sigma)
    return replace(again, shift_sigma=moved, stuck=False, converged=moved < SHIFT_SIGMA)


def tried_axially(project: Project) -> Outcome:
    """The least squares of a stage from several axial divergences, for the same reason; the best is kept."""
    first = project.histogram.data["Instrument Parameters"][0]["SH/L"][1]
    project.gpx.save()
    shutil.copyfile(f"{NAME}.gpx", "before.gpx")
    best: tuple[float, Outcome] | None = None
    for axial in (first, *AXIAL_STARTS):
        shutil.copyfile("before.gpx", f"{NAME}.gpx")
        project.gpx.reload()
        instrument = project.histogram.data["Instrument Parameters"][0]
        for term, (name, unit) in PROFILE.items():
            instrument[name][1] = project.job["profile"][term] * unit
        instrument["SH/L"][1] = axial
        try:
            found = refine(project, 8)
        except Refusal:
            continue
        if best is None or found.rwp_percent < best[0]:
            best = (found.rwp_percent, found)
            shutil.copyfile(f"{NAME}.gpx", "best.gpx")
    if best is None:
        raise Refusal("GSAS-II's least squares failed from every start of the axial divergence.")
    shutil.copyfile("best.gpx", f"{NAME}.gpx")
    project.gpx.reload()
    return best[1]


def unseen_phases(project: Project) -> set[int]:
    """Phases whose scale is no more than three of its sigmas: nothing but the scale of these can be refined.

    The strongest phase is always seen.
    """
    saved = project.gpx.data["Covariance"]["data"]
    sigma = dict(zip(saved["varyList"], saved["sig"]))
    count = len(project.job["phases"])
    ratio = []
    for k in range(count):
        one = float(sigma.get(f"{k}:0:Scale") or math.inf)
        ratio.append(float(project.in_pattern(k)["Scale"][0]) / one if one > 0 else math.inf)
    strongest = max(range(count), key=lambda k: ratio[k])
    scaled = [k for k in range(count) if f"{k}:0:Scale" in sigma]
    return {k for k in scaled if ratio[k] < SEEN_SIGMA and k != strongest}


def refine(
    project: Project, cycles: int, derivatives: str = "analytic Hessian", gain: float = 1e-5
) -> Outcome:
    """One least squares; GSAS-II hides a failure and leaves what was there before, which is therefore cleared.

    Raises:
        Refusal: it failed; GSAS-II's own words say how.
    """
    gpx = project.gpx
    gpx.data["Covariance"] = {"data": {}}
    gpx.data["Controls"]["data"]["max cyc"] = cycles
    gpx.data["Controls"]["data"]["deriv type"] = derivatives
    gpx.data["Controls"]["data"]["min dM/M"] = gain
    gpx.save()
    gsas.last_core.clear()
    said = gsas.strmain.Refine(f"{NAME}.gpx", makeBack=False)
    gpx.reload()
    covariance = gpx.data["Covariance"]["data"]
    if (said is not None and not said[0]) or "covMatrix" not in covariance:
        words = (said[1].get("msg") if said is not None and said[1] else "") or "no reason given"
        raise Refusal(f"GSAS-II's least squares failed: {' '.join(str(words).split())}")
    rvals, details = covariance["Rvals"], gsas.last_core
    sigma = np.asarray(covariance["sig"], dtype=float)
    shift = np.asarray(covariance["Lastshft"], dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(shift) / sigma
    bad = [int(i) for key in ("psing", "SVDsing") for i in np.atleast_1d(details.get(key, []))]
    names = [str(covariance["varyList"][i]) for i in sorted(set(bad))]
    if rvals.get("SVD0") and not names:
        names = ["(not named)"]
    return Outcome(
        float(rvals["Rwp"]),
        len(sigma),
        bool(rvals.get("converged")) or details.get("ier") in (1, 2, 3, 4),
        "Ouch#4" in details,
        float(np.nanmax(ratio)) if np.isfinite(ratio).any() else math.inf,
        tuple(names),
        " ".join(str(rvals.get("msg") or "").split()),
    )


def apply(
    project: Project,
    stage: Planned,
    broadened: bool = False,
    unseen: Collection[int] = (),
) -> None:
    """Set the flags, the range and the broadening of a stage.

    Args:
        project: what is refined.
        stage: what is free.
        broadened: the stage before was broadened by strain.
        unseen: phases of which the scale alone is free.
    """
    job, free = project.job, stage.free
    histogram = project.histogram
    low, high = job["two_theta_deg"][0], job["two_theta_deg"][-1]
    histogram.data["Limits"][1] = [low, high if stage.up_to_deg is None else stage.up_to_deg]
    histogram.data["Background"][0][1] = "background" in free
    instrument = histogram.data["Instrument Parameters"][0]
    for term, (name, _) in PROFILE.items():
        asked = "profile" in free or f"profile/{term}" in free
        instrument[name][2] = asked and term in job["profile_free"]
    instrument["Zero"][2] = "position" in free and job["position"] == "zero"
    histogram.data["Sample Parameters"]["Shift"][1] = (
        "position" in free and job["position"] == "displacement"
    )
    for k, model in enumerate(job["phases"]):
        free_here = ("scale",) if k in unseen and "scale" in free else free
        _apply_phase(project, k, model, replace(stage, free=free_here), broadened)
    project.gpx.save()


def _apply_phase(
    project: Project, k: int, model: Mapping[str, Any], stage: Planned, broadened: bool
) -> None:
    free, linked = stage.free, project.linked[k]
    phase, in_pattern = project.phase(k), project.in_pattern(k)
    phase.data["General"]["Cell"][0] = "cell" in free and model["refine_cell"]
    in_pattern["Scale"][1] = "scale" in free
    in_pattern["Size"][2][0] = "widths" in free and model["refine_size"]
    in_pattern["Mustrain"][2][0] = "widths" in free and model["refine_strain"]
    if not model["refine_size"]:
        in_pattern["Size"][1][0] = model["size_nm"] / 1000.0
    own = model["strain_percent"] / STRAIN_PERCENT
    if stage.strain is not None:
        in_pattern["Mustrain"][1][0] = max(stage.strain, own)
    elif broadened or not ("widths" in free and model["refine_strain"]):
        in_pattern["Mustrain"][1][0] = own
    if model["march_axis"] is not None:
        in_pattern["Pref.Ori."][2] = "orientation" in free
    flags = ["" for _ in model["atoms"]]
    letters = (("occupancies", "occupancy", "F"), ("u_iso", "u_iso", "U"))
    for group, quantity, letter in letters:
        if group in free:
            for name in linked.translations[quantity].refined:
                flags[int(name.rsplit(":", 1)[1])] += letter
    if "coordinates" in free:
        for i, atom in enumerate(model["atoms"]):
            flags[i] += "X" if atom["free"] else ""
    column = phase.data["General"]["AtomPtrs"][1] + 1
    for record, letter in zip(phase.data["Atoms"], flags):
        record[column] = letter
