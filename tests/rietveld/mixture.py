"""A mixture of a layered oxide, rock salt and lithium carbonate, simulated by gemmi's structure factors and not by an engine."""

from dataclasses import replace

import gemmi
import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import Job, PhaseModel, Profile
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.options.phases import PhaseOptions
from tests.rietveld.model.gemmis import small_structure, structure_factor

WAVELENGTH = 1.5406
FWHM_DEG = 0.08
TWO_THETA = np.arange(15.0, 110.0, 0.02)
BACKGROUND = 150.0
WEIGHTS = {"NCM": 0.90, "NiO": 0.06, "Li2CO3": 0.04}
MASS = {
    "NCM": 3 * (6.94 + 0.95 * 58.693 + 0.018 * 58.933 + 0.032 * 54.938 + 2 * 15.999),
    "NiO": 4 * (58.693 + 15.999),
    "Li2CO3": 4 * (2 * 6.94 + 12.011 + 3 * 15.999),
}
BRIGHTNESS = 400.0


def models() -> tuple[PhaseModel, ...]:
    """The phases as they are."""
    held = {"refine_size": False, "refine_strain": False, "size_nm": 1e5, "strain_percent": 0.0}
    phases = {
        "NCM": PhaseOptions(
            model="layered-oxide",
            a_angstrom=2.87707,
            c_angstrom=14.19522,
            z_o_fraction=0.24065,
            mixing_percent=1.85,
            composition={"Ni": 0.95, "Co": 0.018, "Mn": 0.032},
            **held,
        ),
        "NiO": PhaseOptions(known="NiO", refine_atoms="none", **held),
        "Li2CO3": PhaseOptions(known="Li2CO3", refine_atoms="none", **held),
    }
    return phase_models(phases, {})


def scale_of(model: PhaseModel) -> float:
    """Hill and Howard's scale of a phase of known weight: W / (Z M V)."""
    volume = gemmi.UnitCell(*model.cell).volume
    return BRIGHTNESS * WEIGHTS[model.name] / (MASS[model.name] * volume)


def pattern() -> FloatArray:
    """Expected counts: `S m |F|^2 LP` of each line, Gaussian."""
    counts = np.full(TWO_THETA.size, BACKGROUND)
    for model in models():
        counts += scale_of(model) * _lines(model)
    return counts


def _lines(model: PhaseModel) -> FloatArray:
    group = gemmi.SpaceGroup(model.space_group)
    cell = gemmi.UnitCell(*model.cell)
    made = small_structure(model)
    rotations = [np.array(op.rot) // gemmi.Op.DEN for op in group.operations().sym_ops]
    total = np.zeros(TWO_THETA.size)
    limit = WAVELENGTH / (2.0 * np.sin(np.radians(57.0)))
    for hkl in gemmi.make_miller_array(cell, group, limit, unique=True):
        images = {tuple((s * hkl @ r).tolist()) for r in rotations for s in (1, -1)}
        theta = np.arcsin(WAVELENGTH / (2.0 * cell.calculate_d(hkl.tolist())))
        squared = abs(structure_factor(made, tuple(hkl.tolist()))) ** 2
        polarised = (1.0 + np.cos(2 * theta) ** 2) / (2.0 * np.sin(theta) ** 2 * np.cos(theta))
        offset = (TWO_THETA - 2.0 * np.degrees(theta)) / FWHM_DEG
        shape = np.exp(-4.0 * np.log(2.0) * offset**2) / FWHM_DEG
        total += len(images) * squared * polarised * shape * np.sqrt(4.0 * np.log(2.0) / np.pi)
    return total


def job(counts: FloatArray) -> Job:
    """The pattern with phases that start beside the truth, one scale for all."""
    start = []
    for model in models():
        a, b, c, alpha, beta, gamma = model.cell
        moved = (1.001 * a, 1.001 * b, 0.999 * c if a != c else 1.001 * c, alpha, beta, gamma)
        start.append(replace(model, cell=moved, scale=1e-4))
    return Job(
        name="mixture",
        two_theta_deg=TWO_THETA,
        counts=counts,
        sigma_counts=np.sqrt(np.maximum(counts, 1.0)),
        wavelength_angstrom=WAVELENGTH,
        kalpha2_angstrom=None,
        kalpha2_ratio=None,
        geometry="debye-scherrer",
        radius_mm=None,
        polarisation_ratio=0.5,
        profile=Profile(0.0, 0.0, FWHM_DEG**2, 0.0, 0.0, 0.0),
        profile_free=(),
        position="zero",
        displacement_um=0.0,
        background_counts=(BACKGROUND, 0.0, 0.0),
        phases=tuple(start),
        scattering_factors="neutral",
        dispersion=False,
    )
