"""A job: everything an engine is asked, in no engine's own terms.

A job is plain values that go to JSON and back (`interface.as_json`), so that an engine in another interpreter gets all of it in one file.
Every occupancy and displacement parameter is linear in variables, which are what is refined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.core.arrays import FloatArray, freeze_fields

Quantity = Literal["occupancy", "u_iso"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A number that atoms share or follow; `unit` is `fraction` or `angstrom2`, and ends its name in a fit."""

    name: str
    unit: str
    start: float
    low: float
    high: float
    refine: bool = True

    @property
    def key(self) -> str:
        """Name with its unit, such as `mixing_fraction` or `u_tm_angstrom2`."""
        return f"{self.name}_{self.unit}"


@dataclass(frozen=True, slots=True)
class Affine:
    """A constant and multiples of variables: `constant + sum(factor_k * variable_k)`."""

    constant: float
    variables: tuple[str, ...] = ()
    factors: tuple[float, ...] = ()

    def at(self, values: dict[str, float]) -> float:
        """Value for values of the variables, by their names."""
        parts = zip(self.variables, self.factors, strict=True)
        return self.constant + sum(f * values[v] for v, f in parts)


@dataclass(frozen=True, slots=True)
class Atom:
    """One atom of a phase. `site` groups the atoms that share a position; `charge` 0 is the neutral atom.

    `free` holds the independent coordinates that are refined, among `x`, `y`, `z`: of an atom at x, x, z these are `x` and
    `z`, and `y` follows as the site symmetry says (`model.sites.site_freedom`). It stands at the first atom of a site alone:
    the others of the site move with it.
    """

    label: str
    element: str
    charge: int
    site: str
    x_fraction: float
    y_fraction: float
    z_fraction: float
    multiplicity: int
    occupancy: Affine
    u_iso: Affine
    free: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseModel:
    """One crystalline phase as it starts; `setting_changed` where axes or origin are not those of its file.

    `space_group` is a Hermann-Mauguin symbol as gemmi writes it (`R -3 m:H`), already looked up. `cell` are a, b, c in
    angstrom and alpha, beta, gamma in degree. `march_axis` is None without preferred orientation; `march_ratio` 1 is none.
    `size_nm` and `strain_percent` are isotropic and Lorentzian as in GSAS-II: FWHM in degree of 2theta is
    `18 lambda / (pi size cos theta)` and `1.8 strain tan theta / pi`, lambda in angstrom (its microstrain is 1e4 of ours).
    `kind` is `layered-oxide` where the phase is the built-in model, else `general`. Trigonal cells have hexagonal axes.
    `remarks` say in words what was changed on the way here, such as another setting.

    Both widths are Lorentzian, FWHM on 2theta in rad: `size_nm` gives wavelength / (size cos theta), a Scherrer constant of 1, and
    `strain_percent` strain / 100 * tan theta, so that 0.03 is a microstrain of 300 in GSAS-II (doi:10.1107/S0021889813003531).
    """

    name: str
    kind: str
    space_group: str
    cell: tuple[float, float, float, float, float, float]
    system: str
    atoms: tuple[Atom, ...]
    variables: tuple[Variable, ...]
    size_nm: float
    strain_percent: float
    march_axis: tuple[int, int, int] | None = None
    march_ratio: float = 1.0
    scale: float = 1.0
    refine_cell: bool = True
    refine_size: bool = True
    refine_strain: bool = True
    remarks: tuple[str, ...] = ()
    setting_changed: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The instrument's line profile after Thompson, Cox and Hastings, doi:10.1107/S0021889887087090.

    Gaussian FWHM^2 = u tan^2 + v tan + w, Lorentzian FWHM = x / cos + y tan, theta half the angle; `axial_ratio` is
    S/L + H/L of Finger, Cox and Jephcoat, doi:10.1107/S0021889894004218. What an `axial_ratio` does differs between
    engines, so that a profile belongs to the engine that calibrated it.
    """

    u_deg2: float
    v_deg2: float
    w_deg2: float
    x_deg: float
    y_deg: float
    axial_ratio: float
    zero_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: the groups of parameters that are free in it, and the largest angle that is used (None: all)."""

    free: tuple[str, ...]
    up_to_deg: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One pattern, its model, and how it is refined.

    `two_theta_deg`, `counts`, `sigma_counts` are `(n_points,)`, ascending, finite, sigma above 0: range and
    exclusions are already applied. Where `radius_mm` is not known, an engine takes 200 mm: `displacement_um` is then in proportion.
    `profile_free` names the terms of `profile` that the group `profile` refines.
    `stages` empty means the engine's own plan; `warm` that the start is the answer of a neighbour (one stage is enough).
    """

    name: str
    two_theta_deg: FloatArray
    counts: FloatArray
    sigma_counts: FloatArray
    wavelength_angstrom: float
    kalpha2_angstrom: float | None
    kalpha2_ratio: float | None
    geometry: str
    radius_mm: float | None
    polarisation_ratio: float
    profile: Profile
    profile_free: tuple[str, ...]
    position: Literal["zero", "displacement", "none"]
    displacement_um: float
    background_counts: tuple[float, ...]
    phases: tuple[PhaseModel, ...]
    scattering_factors: Literal["neutral", "ionic"]
    dispersion: bool
    stages: tuple[Stage, ...] = ()
    warm: bool = False

    def __post_init__(self) -> None:
        freeze_fields(self, ("two_theta_deg", "counts", "sigma_counts"), ndim=1)
