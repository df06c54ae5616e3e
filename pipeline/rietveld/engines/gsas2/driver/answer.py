"""A job answered: values, sigmas and covariance under the names of a job, profile, reflections, stages."""

from __future__ import annotations

import math
import os
import random
import traceback
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import gsas
from .parameters import Fitted, fitted
from .project import Project, build
from .refusal import Refusal
from .stages import SHIFT_SIGMA, Outcome, Planned, run
from .units import SMALLEST_AXIAL_RATIO


def answer(job: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Refine a job in a folder; a failure is an answer too."""
    random.seed(0)  # GSAS-II numbers its objects at random
    os.chdir(folder)
    gsas.prepare(bool(job["dispersion"]))
    try:
        project = build(job)
        outcomes, planned, unseen = run(project)
        found = fitted(project)
        return _plain(project, outcomes, planned, found, unseen)
    except Refusal as refusal:
        return {"failure": str(refusal)}
    except Exception as error:  # noqa: BLE001 (whatever GSAS-II raises is this job's failure, not the next one's)
        traceback.print_exc()
        return {"failure": f"GSAS-II stopped with {type(error).__name__}: {error}"}


def _plain(
    project: Project,
    outcomes: list[Outcome],
    planned: tuple[Planned, ...],
    found: Fitted,
    unseen: tuple[str, ...],
) -> dict[str, Any]:
    histogram = project.histogram
    last = outcomes[-1]
    calculated = np.ma.getdata(histogram.getdata("ycalc"))
    background = np.ma.getdata(histogram.getdata("background"))
    return {
        "version": version(),
        "converged": last.converged and last.shift_sigma < SHIFT_SIGMA and not last.stuck,
        "parameters": list(found.names),
        "initial": _numbers(found.initial),
        "value": _numbers(found.value),
        "sigma": _numbers(np.sqrt(np.clip(np.diag(found.covariance), 0, None))),
        "covariance": [_numbers(row) for row in found.covariance],
        "at_bound": list(found.at_bound),
        "fixed": list(found.fixed),
        "fixed_value": _numbers(found.fixed_value),
        "shift_sigma_ratio": None if last.stuck else _number(last.shift_sigma),
        "singular": sorted({found.ours(name) for name in last.singular}),
        "calculated_counts": _numbers(calculated),
        "background_counts": _numbers(background),
        "reflections": _reflections(project),
        "stages": {
            "free": [" ".join(p.free) for p in planned],
            "rwp_percent": _numbers([o.rwp_percent for o in outcomes]),
            "refined_count": _numbers([o.refined for o in outcomes]),
            "converged": [o.converged for o in outcomes],
        },
        "remarks": _remarks(project, last, found, unseen),
    }


def version() -> str:
    """GSAS-II's version: its tag, or its number."""
    tag = getattr(gsas.paths, "GetVersionTag", lambda: None)()
    if tag and str(tag).strip("?. "):
        return str(tag)
    return str(gsas.paths.GetVersionNumber())


def _remarks(project: Project, last: Outcome, found: Fitted, unseen: tuple[str, ...]) -> list[str]:
    said = list(project.remarks)
    said += [
        f"phase '{name}' is not seen (scale within three sigmas of 0): nothing but its scale was refined"
        for name in unseen
    ]
    if last.message:
        words = last.message
        for theirs in sorted(found.theirs, key=len, reverse=True):
            words = words.replace(theirs, found.theirs[theirs])
        said.append(words)
    axial = project.histogram.data["Instrument Parameters"][0]["SH/L"][1]
    if axial < SMALLEST_AXIAL_RATIO:
        said.append(f"SH/L is {axial:.4g}; GSAS-II computes with {SMALLEST_AXIAL_RATIO}")
    return said


def _reflections(project: Project) -> dict[str, Any]:
    names: list[str] = []
    rows = []
    for model in project.job["phases"]:
        table = project.histogram.reflections().get(model["name"])
        for r in table["RefList"] if table else ():
            names.append(model["name"])
            # h, k, l, multiplicity, d, position, sigma, gamma, F_obs^2, F_calc^2, phase, all but F^2
            area = r[9] * r[11] / 100.0  # GSAS-II's line has the area 1 over centidegrees
            rows.append([*r[:3], abs(r[3]), r[4], r[5], r[9], area])
    columns = np.array(rows, dtype=float).reshape(-1, 8).T
    keys = (
        *("h_index", "k_index", "l_index", "multiplicity_count", "d_angstrom"),
        *("two_theta_deg", "f_squared_normalised", "intensity_counts_deg"),
    )
    return {"phase": names, **{k: _numbers(c) for k, c in zip(keys, columns)}}


def _numbers(values: Any) -> list[Any]:
    return [_number(v) for v in values]


def _number(value: Any) -> Any:
    value = float(value)
    return value if math.isfinite(value) else None
