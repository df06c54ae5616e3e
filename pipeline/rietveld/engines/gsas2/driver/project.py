"""A job as a GSAS-II project: pattern, instrument, phases, atoms, constraints; nothing is refined yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import gsas
from .constraints import Equation, Translation, equalities, translated
from .refusal import Refusal
from .units import SIZE_NM, STRAIN_PERCENT, instrument_text, pattern_text, space_group_symbol

NAME = "fit"
QUANTITIES = (("occupancy", "Afrac", "fraction"), ("u_iso", "AUiso", "angstrom2"))
AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Linked:
    """What belongs to one phase: translations of occupancies and displacements, coordinates that are refined by atom."""

    translations: dict[str, Translation]
    coordinates: tuple[tuple[int, str], ...]
    rhombohedral_axes: bool
    unique: str


@dataclass(frozen=True)
class Project:
    """GSAS-II's project, the job it was made of, and what its phases are linked by."""

    gpx: Any
    job: Mapping[str, Any]
    linked: tuple[Linked, ...]
    remarks: tuple[str, ...]

    @property
    def histogram(self) -> Any:
        """The pattern."""
        return self.gpx.histograms()[0]

    def phase(self, k: int) -> Any:
        """Phase by its number in the job."""
        return self.gpx.phase(k)

    def in_pattern(self, k: int) -> Any:
        """What belongs to a phase in the pattern: size, strain, scale, orientation."""
        return self.phase(k).data["Histograms"][self.histogram.name]


def build(job: Mapping[str, Any]) -> Project:
    """Make a project of a job, in the working folder.

    Raises:
        Refusal: something that GSAS-II cannot do.
    """
    bragg_brentano = job["geometry"] == "bragg-brentano"
    if job["position"] == "displacement" and not bragg_brentano:
        raise Refusal(
            f"a displacement is refined in Bragg-Brentano geometry alone, and the pattern's is {job['geometry']}. "
            "Refine the zero instead: `position: zero`."
        )
    Path(f"{NAME}.instprm").write_text(instrument_text(job), encoding="utf-8")
    Path(f"{NAME}.xye").write_text(pattern_text(job), encoding="utf-8")
    gpx = gsas.scriptable.G2Project(newgpx=f"{NAME}.gpx")
    histogram = gpx.add_powder_histogram(f"{NAME}.xye", f"{NAME}.instprm", fmthint="xye")
    _same_pattern(histogram, job)
    _set_sample(histogram, job, bragg_brentano)
    remarks = []
    if bragg_brentano and job["position"] == "displacement" and job["radius_mm"] is None:
        remarks.append(
            "the displacement is for a goniometer radius of 200 mm; the true one is not known"
        )
    for model in job["phases"]:
        _add_phase(gpx, histogram, model, job["scattering_factors"] == "ionic")
    gpx.save()
    linked = tuple(_link(gpx, k, model) for k, model in enumerate(job["phases"]))
    gpx.data["Controls"]["data"]["deriv type"] = "analytic Hessian"
    gpx.save()
    return Project(gpx, job, linked, tuple(remarks))


def _same_pattern(histogram: Any, job: Mapping[str, Any]) -> None:
    """GSAS-II's reader turns what it cannot read to zero without a word."""
    read = histogram.data["data"][1]
    asked = (job["two_theta_deg"], job["counts"], 1 / np.asarray(job["sigma_counts"]) ** 2)
    for got, want in zip(read[:3], asked):
        if len(got) != len(want) or not np.allclose(np.ma.getdata(got), want, rtol=1e-12, atol=0):
            raise Refusal("GSAS-II read the pattern differently from what was given to it.")


def _set_sample(histogram: Any, job: Mapping[str, Any], bragg_brentano: bool) -> None:
    sample = histogram.data["Sample Parameters"]
    sample["Type"] = "Bragg-Brentano" if bragg_brentano else "Debye-Scherrer"
    sample["Scale"] = [1.0, False]
    sample["Gonio. radius"] = float(job["radius_mm"] or 200.0)
    for name in ("Shift", "Transparency", "SurfRoughA", "SurfRoughB", "Absorption"):
        sample[name] = [0.0, False]
    for name in ("DisplaceX", "DisplaceY"):
        sample[name] = [0.0, False]
    if bragg_brentano:
        sample["Shift"] = [float(job["displacement_um"]), False]
    terms = [float(v) for v in job["background_counts"]]
    histogram.data["Background"][0] = ["chebyschev-1", False, len(terms), *terms]


def _add_phase(gpx: Any, histogram: Any, model: Mapping[str, Any], ionic: bool) -> None:
    name = model["name"]
    try:
        symbol = space_group_symbol(model["space_group"])
    except ValueError as error:
        raise Refusal(
            f"phase '{name}': GSAS-II knows origin choice 2 of {error} alone. Give the phase in that setting."
        ) from error
    problem, _ = gsas.space_groups.SpcGroup(symbol)
    if problem:
        raise Refusal(f"phase '{name}': GSAS-II does not know the space group '{symbol}'.")
    phase = gpx.add_phase(
        phasename=name, spacegroup=symbol, cell=list(model["cell"]), histograms=[histogram]
    )
    start = {v["name"]: v["start"] for v in model["variables"]}
    for atom in model["atoms"]:
        kind = _kind(name, atom, ionic)
        made = phase.add_atom(
            atom["x_fraction"],
            atom["y_fraction"],
            atom["z_fraction"],
            kind,
            atom["label"],
            occ=value_of(atom["occupancy"], start),
            uiso=value_of(atom["u_iso"], start),
        )
        if made.type != kind or made.mult != atom["multiplicity"]:
            raise Refusal(
                f"phase '{name}', atom '{atom['label']}': GSAS-II makes it {made.type} with multiplicity {made.mult}, and "
                f"the model says {kind} with {atom['multiplicity']}. Check the space group's setting and the position."
            )
    in_pattern = phase.data["Histograms"][histogram.name]
    in_pattern["Scale"] = [float(model["scale"]) * phase.data["General"]["Cell"][7], False]
    for key, value in (
        ("Size", model["size_nm"] / SIZE_NM),
        ("Mustrain", model["strain_percent"] / STRAIN_PERCENT),
    ):
        in_pattern[key][0] = "isotropic"
        in_pattern[key][1] = [float(value), 1.0, 1.0]
        in_pattern[key][2] = [False, False, False]
    if model["march_axis"] is not None:
        rest = in_pattern["Pref.Ori."][4:]
        in_pattern["Pref.Ori."] = [
            *("MD", float(model["march_ratio"]), False, [int(i) for i in model["march_axis"]]),
            *rest,
        ]


def value_of(form: Mapping[str, Any], values: Mapping[str, float]) -> float:
    """Value of an affine form."""
    parts = zip(form["variables"], form["factors"])
    return float(form["constant"] + sum(f * values[v] for v, f in parts))


def _kind(phase: str, atom: Mapping[str, Any], ionic: bool) -> str:
    element, charge = atom["element"], atom["charge"] if ionic else 0
    kind = f"{element}{charge:+d}" if charge else element
    if kind not in gsas.atmdata.XrayFF:
        near = sorted(
            k
            for k in gsas.atmdata.XrayFF
            if k == element or k.startswith((f"{element}+", f"{element}-"))
        )
        raise Refusal(
            f"phase '{phase}', atom '{atom['label']}': GSAS-II has no form factor of {kind}"
            + (
                f"; of this element it has {', '.join(near)}."
                if near
                else ", and none of this element."
            )
        )
    return kind


def _link(gpx: Any, k: int, model: Mapping[str, Any]) -> Linked:
    translations = {}
    for quantity, letters, unit in QUANTITIES:
        own = [v for v in model["variables"] if v["unit"] == unit]
        names = [f"{k}::{letters}:{i}" for i in range(len(model["atoms"]))]
        found = translated(
            names,
            [atom[quantity] for atom in model["atoms"]],
            [v["name"] for v in own if v["refine"]],
            {v["name"]: v["start"] for v in own},
        )
        translations[quantity] = found
        _constrain(gpx, found.equations)
    general = gpx.phase(k).data["General"]["SGData"]
    gsas.tie_terms(k, general["SGLaue"])
    return Linked(
        translations,
        _coordinates(gpx, k, model),
        general["SGLaue"] in ("3R", "3mR"),
        general["SGUniq"] or "b",
    )


def _constrain(gpx: Any, equations: tuple[Equation, ...]) -> None:
    """Equations that share a parameter are of one kind: GSAS-II takes an equality for more than an equation."""
    left = list(equations)
    while left:
        group, left = [left[0]], left[1:]
        names = set(group[0].parameters)
        while near := [e for e in left if names & set(e.parameters)]:
            group += near
            left = [e for e in left if e not in near]
            names.update(*(e.parameters for e in near))
        if equalities(group):
            carriers = {e.parameters[1] for e in group}
            for carrier in sorted(carriers):
                others = [e.parameters[0] for e in group if e.parameters[1] == carrier]
                gpx.add_EquivConstr((carrier, *others))
        else:
            for e in group:
                gpx.add_EqnConstr(e.total, e.parameters, list(e.factors))


def _coordinates(gpx: Any, k: int, model: Mapping[str, Any]) -> tuple[tuple[int, str], ...]:
    """Coordinates that are refined, one of each that hang together; the rest is tied or held."""
    phase = gpx.phase(k)
    pointer = phase.data["General"]["AtomPtrs"][2]
    first: dict[tuple[str, str], str] = {}
    found: list[tuple[int, str]] = []
    for i, atom in enumerate(model["atoms"]):
        if not atom["free"]:
            continue
        by_symmetry = gsas.space_groups.GetCSxinel(phase.data["Atoms"][i][pointer])[0]
        for group in sorted({g for g in by_symmetry if g > 0}):
            axes = [axis for axis, g in zip(AXES, by_symmetry) if g == group]
            name = f"{k}::dA{axes[0]}:{i}"
            site = (atom["site"], axes[0])
            if not set(axes) & set(atom["free"]):
                gpx.add_HoldConstr([name])
            elif site in first:
                gpx.add_EquivConstr((first[site], name))
            else:
                first[site] = name
                found.append((i, axes[0]))
    return tuple(found)
