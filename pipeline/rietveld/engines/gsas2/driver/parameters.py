"""What was refined, under the names of a job: values and their covariance through linear maps of GSAS-II's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import gsas
from .cell import NAMES, cell_of, derivatives, terms_of, ties
from .project import QUANTITIES, Project
from .units import PROFILE, SIZE_NM, SIZE_UM, SMALLEST_AXIAL_RATIO, STRAIN_PERCENT

POSITIVE = (0.0, np.inf)
BOUNDS = {"x_deg": POSITIVE, "y_deg": POSITIVE, "axial_ratio": (SMALLEST_AXIAL_RATIO, np.inf)}
SMALLEST_SCALE = 2e-12
"""GSAS-II puts a scale below half of this back to it."""


@dataclass(frozen=True)
class Fitted:
    """Refined numbers with their covariance, and those that are not refined."""

    names: tuple[str, ...]
    initial: Any
    value: Any
    covariance: Any
    at_bound: tuple[bool, ...]
    fixed: tuple[str, ...]
    fixed_value: Any
    theirs: Mapping[str, str]

    def ours(self, name: str) -> str:
        """Our name of one of GSAS-II's."""
        return self.theirs.get(name, name)


@dataclass
class _Collected:
    vary: list[str]
    names: list[str] = field(default_factory=list)
    initial: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    at_bound: list[bool] = field(default_factory=list)
    fixed: dict[str, float] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        name: str,
        initial: float,
        value: float,
        of: Mapping[str, float],
        bound: tuple[float, float] = (-np.inf, np.inf),
        clip: bool = False,
    ) -> None:
        """Add a number: `of` are its derivatives by GSAS-II's parameters; without a refined one it is fixed.

        GSAS-II itself refines across a bound; `clip` puts such a number back to it.
        """
        row = np.zeros(len(self.vary))
        for parameter, factor in of.items():
            row += factor * self._by_varied(parameter)
        if not row.any():
            self.fixed[name] = value
            return
        low, high = bound
        self.names.append(name)
        self.initial.append(initial)
        self.value.append(min(max(value, low), high) if clip else value)
        self.rows.append(row)
        reach = 1e-9 * max(abs(low), abs(high)) if np.isfinite([low, high]).all() else 0.0
        self.at_bound.append(not low + reach < value < high - reach)
        for parameter in of:
            self.theirs.setdefault(parameter, name)
            for k in np.flatnonzero(self._by_varied(parameter)):
                self.theirs.setdefault(self.vary[k], name)

    def _by_varied(self, parameter: str) -> Any:
        """Derivatives of one of GSAS-II's parameters by those that it varies."""
        row = np.zeros(len(self.vary))
        if parameter in self.vary:
            row[self.vary.index(parameter)] = 1.0
            return row
        maps = zip(
            gsas.mapvars.dependentParmList, gsas.mapvars.indParmList, gsas.mapvars.invarrayList
        )
        for dependent, independent, inverse in maps:
            if parameter in dependent:
                factors = np.asarray(inverse)[list(dependent).index(parameter)]
                for name, factor in zip(independent, np.atleast_1d(factors)):
                    if name in self.vary:
                        row[self.vary.index(name)] += factor
        return row


def fitted(project: Project) -> Fitted:
    """Everything that was refined, and what was not.

    `covariance` is `(J' W J)^-1 chi2 / (N - P)`: GSAS-II's own is already multiplied by the square of its GOF.
    """
    saved = project.gpx.data["Covariance"]["data"]
    got = _Collected([str(v) for v in saved["varyList"]])
    for k, model in enumerate(project.job["phases"]):
        _cell(got, project, k, model)
        _atoms(got, project, k, model)
        _in_pattern(got, project, k, model)
    _instrument(got, project)
    rows = np.array(got.rows).reshape(len(got.rows), len(got.vary))
    covariance = rows @ np.asarray(saved["covMatrix"], dtype=float) @ rows.T
    return Fitted(
        tuple(got.names),
        np.array(got.initial),
        np.array(got.value),
        covariance,
        tuple(got.at_bound),
        tuple(got.fixed),
        np.array(list(got.fixed.values())),
        got.theirs,
    )


def _cell(got: _Collected, project: Project, k: int, model: Mapping[str, Any]) -> None:
    linked = project.linked[k]
    now = np.array([float(v) for v in project.phase(k).data["General"]["Cell"][1:7]])
    terms = terms_of(now)
    tied, names = ties(model["system"], linked.rhombohedral_axes, linked.unique)
    slopes = derivatives(terms) @ tied
    refined = cell_of(terms)
    # The first of the A that hang together stands for them, so that none is counted twice.
    firsts = [int(np.flatnonzero(tied[:, j])[0]) for j in range(tied.shape[1])]
    for name in names:
        i = NAMES.index(name)
        of = {f"{k}::A{a}": float(slopes[i, j]) for j, a in enumerate(firsts)}
        got.add(f"{model['name']}.{name}", float(model["cell"][i]), float(refined[i]), of)


def _atoms(got: _Collected, project: Project, k: int, model: Mapping[str, Any]) -> None:
    linked, name = project.linked[k], model["name"]
    general, records = project.phase(k).data["General"], project.phase(k).data["Atoms"]
    cx, _, _, cia = general["AtomPtrs"]
    for quantity, _, unit in QUANTITIES:
        translation = linked.translations[quantity]
        column = cx + 3 if quantity == "occupancy" else cia + 1
        carried = [float(records[int(p.rsplit(":", 1)[1])][column]) for p in translation.carriers]
        values = translation.matrix @ (np.array(carried) - translation.offset)
        for v in (v for v in model["variables"] if v["unit"] == unit):
            full = f"{name}.{v['name']}_{unit}"
            if v["name"] not in translation.variables:
                got.fixed[full] = float(v["start"])
                continue
            j = translation.variables.index(v["name"])
            of = {p: float(f) for p, f in zip(translation.carriers, translation.matrix[j])}
            got.add(full, v["start"], float(values[j]), of, (v["low"], v["high"]))
    for i, atom in enumerate(model["atoms"]):
        for j, axis in enumerate(("x", "y", "z")):
            of = {f"{k}::dA{axis}:{i}": 1.0} if (i, axis) in linked.coordinates else {}
            full = f"{name}.{atom['label']}.{axis}_fraction"
            got.add(full, atom[f"{axis}_fraction"], float(records[i][cx + j]), of)


def _in_pattern(got: _Collected, project: Project, k: int, model: Mapping[str, Any]) -> None:
    name, data = model["name"], project.in_pattern(k)
    volume = float(project.phase(k).data["General"]["Cell"][7])
    # GSAS-II's fraction counts unit cells; a scale after Hill and Howard is that over the volume.
    scale, of = data["Scale"][0] / volume, {f"{k}:0:Scale": 1 / volume}
    got.add(f"{name}.scale", model["scale"], scale, of, (SMALLEST_SCALE / volume, np.inf))
    size = float(data["Size"][1][0])
    reach = (SIZE_UM[0] * SIZE_NM, SIZE_UM[1] * SIZE_NM)
    got.add(f"{name}.size_nm", model["size_nm"], size * SIZE_NM, {f"{k}:0:Size;i": SIZE_NM}, reach)
    strain = float(data["Mustrain"][1][0])
    of = {f"{k}:0:Mustrain;i": STRAIN_PERCENT}
    got.add(
        f"{name}.strain_percent",
        model["strain_percent"],
        strain * STRAIN_PERCENT,
        of,
        POSITIVE,
        True,
    )
    if model["march_axis"] is not None:
        ratio = float(data["Pref.Ori."][1])
        got.add(f"{name}.march_ratio", model["march_ratio"], ratio, {f"{k}:0:MD": 1.0})


def _instrument(got: _Collected, project: Project) -> None:
    job, histogram = project.job, project.histogram
    values = histogram.data["Instrument Parameters"][0]
    for term, (name, unit) in PROFILE.items():
        value = float(values[name][1]) / unit
        bound = BOUNDS.get(term, (-np.inf, np.inf))
        of = {f":0:{name}": 1 / unit}
        got.add(f"profile.{term}", job["profile"][term], value, of, bound, True)
    zero = float(values["Zero"][1])
    got.add("zero_deg", job["profile"]["zero_deg"], zero, {":0:Zero": 1.0})
    shift = float(histogram.data["Sample Parameters"]["Shift"][0])
    got.add("displacement_um", job["displacement_um"], shift, {":0:Shift": 1.0})
    terms = histogram.data["Background"][0][3:]
    for i, (start, value) in enumerate(zip(job["background_counts"], terms)):
        of = {f":0:Back;{i}": 1.0}
        got.add(f"background.{i}_counts", start, float(value), of)
