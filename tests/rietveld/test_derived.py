"""What follows from a fit, against published numbers, and its sigmas against sampling."""

import numpy as np
import pytest

from pipeline.core.units import has_unit
from pipeline.rietveld.derived import derived_of
from pipeline.rietveld.derived_atoms import atom_rows, bond_rows
from pipeline.rietveld.interface import Fit, PhaseModel
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.options.phases import PhaseOptions
from pipeline.rietveld.records import AtomTable, BondTable, Flag
from tests.rietveld.model.fits import fit_of

CU = 1.5406
SIGMAS = {
    "NCM.a_angstrom": 2e-5,
    "NCM.c_angstrom": 1.5e-4,
    "NCM.O1.z_fraction": 1.2e-4,
    "NCM.mixing_fraction": 1.2e-3,
    "NCM.u_o_angstrom2": 2e-4,
}


def ncm96() -> PhaseModel:
    used = PhaseOptions(
        model="layered-oxide",
        a_angstrom=2.87707,
        c_angstrom=14.19522,
        composition={"Ni": 0.95, "Co": 0.018, "Mn": 0.032},
        z_o_fraction=0.24065,
        mixing_percent=1.85,
    )
    return phase_models({"NCM": used}, {})[0]


def known(name: str, phase: str, scale: float, **more: object) -> PhaseModel:
    from dataclasses import replace

    used = PhaseOptions(known=name, **more)  # type: ignore[arg-type]
    return replace(phase_models({phase: used}, {})[0], scale=scale)


def correlated(n: int) -> np.ndarray:
    """A correlation matrix with entries up to 0.8, seeded."""
    noise = np.random.default_rng(7).normal(size=(n, n + 1))
    matrix = noise @ noise.T
    scale = 1.0 / np.sqrt(np.diag(matrix))
    return matrix * np.outer(scale, scale)


def test_the_published_slabs_and_volume() -> None:
    found = derived_of(fit_of([ncm96()], sigmas=SIGMAS), [ncm96()], CU)
    value = dict(zip(found.names, found.value, strict=True))
    assert value["NCM.slab_mo2_angstrom"] == pytest.approx(2.1004, abs=5e-5)
    assert value["NCM.slab_lio2_angstrom"] == pytest.approx(2.6313, abs=5e-5)
    assert value["NCM.volume_angstrom3"] == pytest.approx(101.759, abs=5e-4)
    assert value["NCM.mixing_percent"] == pytest.approx(1.85)
    assert value["NCM.z_o"] == pytest.approx(0.24065)
    assert value["NCM.c_over_a_ratio"] == pytest.approx(14.19522 / 2.87707)
    assert all(has_unit(name.rpartition(".")[2]) for name in found.names)
    assert found.flags == ()
    assert not any(name.endswith("_percent") for name in found.names if "weight" in name)


def test_sigmas_of_derived_numbers_are_those_of_the_covariance() -> None:
    """4,000 draws from the covariance: every sigma within 4 %."""
    model = ncm96()
    fit = fit_of([model], sigmas=SIGMAS, correlation=correlated(len(SIGMAS)))
    found = derived_of(fit, [model], CU)
    draws = np.random.default_rng(11).multivariate_normal(fit.value, fit.covariance, size=4000)
    columns = {name: draws[:, k] for k, name in enumerate(fit.parameters)}
    a, c = columns["NCM.a_angstrom"], columns["NCM.c_angstrom"]
    z, x = columns["NCM.O1.z_fraction"], columns["NCM.mixing_fraction"]
    slab = 2 * (z - 1 / 6) * c
    expected = {
        "a_angstrom": a,
        "c_angstrom": c,
        "volume_angstrom3": a * a * c * np.sqrt(3) / 2,
        "c_over_a_ratio": c / a,
        "mixing_percent": 100 * x,
        "z_o": z,
        "slab_mo2_angstrom": slab,
        "slab_lio2_angstrom": c / 3 - slab,
    }
    for name, sample in expected.items():
        k = found.names.index(f"NCM.{name}")
        assert found.value[k] == pytest.approx(sample.mean(), abs=sample.std() / 10), name
        assert found.sigma[k] == pytest.approx(sample.std(), rel=0.04), name
    lengths = {
        ("tm", "o"): np.sqrt(a**2 / 3 + (z - 1 / 6) ** 2 * c**2),
        ("li", "o"): np.sqrt(a**2 / 3 + (1 / 3 - z) ** 2 * c**2),
    }
    rows = bond_rows(fit, [model])
    assert [(r.site, r.other_site, r.bond_count) for r in rows] == [("li", "o", 6), ("tm", "o", 6)]
    for row in rows:
        sample = lengths[row.site, row.other_site]
        assert row.distance_angstrom == pytest.approx(sample.mean(), abs=1e-4)
        assert row.distance_sigma_angstrom == pytest.approx(sample.std(), rel=0.04)


def test_slabs_of_a_fully_charged_cathode() -> None:
    used = PhaseOptions(
        model="layered-oxide",
        a_angstrom=2.82,
        c_angstrom=13.6,
        composition={"Ni": 1.0},
        li_fraction=0.0,
        z_o_fraction=0.236,
    )
    model = phase_models({"P": used}, {})[0]
    found = derived_of(fit_of([model]), [model], CU)
    value = dict(zip(found.names, found.value, strict=True))
    assert value["P.slab_mo2_angstrom"] == pytest.approx(2 * (0.236 - 1 / 6) * 13.6)


def test_a_layered_phase_of_a_file_has_slabs_and_a_spinel_has_none() -> None:
    for name, there in (("LiCoO2", True), ("Co3O4", False), ("Al2O3", False)):
        model = known(name, "P", 1.0)
        found = derived_of(fit_of([model]), [model], CU)
        assert ("P.slab_mo2_angstrom" in found.names) is there
        assert "P.mixing_percent" not in found.names


def test_what_was_not_refined_has_no_sigma() -> None:
    model = ncm96()
    found = derived_of(fit_of([model], sigmas={"NCM.a_angstrom": 1e-5}), [model], CU)
    sigma = dict(zip(found.names, found.sigma, strict=True))
    assert sigma["NCM.a_angstrom"] == pytest.approx(1e-5)
    assert np.isnan(sigma["NCM.z_o"])
    assert np.isnan(sigma["NCM.slab_mo2_angstrom"])


def test_a_sigma_that_is_not_known_makes_none_up() -> None:
    model = ncm96()
    fit = fit_of([model], sigmas=SIGMAS | {"NCM.c_angstrom": float("nan")})
    found = derived_of(fit, [model], CU)
    sigma = dict(zip(found.names, found.sigma, strict=True))
    assert np.isnan(sigma["NCM.slab_mo2_angstrom"])
    assert sigma["NCM.a_angstrom"] == pytest.approx(2e-5)


def test_atoms_with_their_sigmas() -> None:
    model = ncm96()
    rows = {r.atom: r for r in atom_rows(fit_of([model], sigmas=SIGMAS), [model])}
    assert rows["Ni2"].occupancy_fraction == pytest.approx(0.9315)
    assert rows["Ni2"].occupancy_sigma_fraction == pytest.approx(1.2e-3)
    assert rows["Li1"].occupancy_fraction == pytest.approx(0.9815)
    assert np.isnan(rows["Co2"].occupancy_sigma_fraction)
    assert rows["O1"].z_sigma_fraction == pytest.approx(1.2e-4)
    assert np.isnan(rows["O1"].x_sigma_fraction)
    assert rows["O1"].u_iso_sigma_angstrom2 == pytest.approx(2e-4)
    assert [n for n in rows["O1"].__slots__ if n not in AtomTable.__slots__] == []


def test_atom_and_bond_rows_have_the_columns_of_their_tables() -> None:
    model = ncm96()
    fit = fit_of([model], sigmas=SIGMAS)
    assert {"row_index", *atom_rows(fit, [model])[0].__slots__} == set(AtomTable.__slots__)
    assert {"row_index", *bond_rows(fit, [model])[0].__slots__} == set(BondTable.__slots__)


def test_coordinates_that_symmetry_ties_follow_with_their_sigma() -> None:
    model = known("Co3O4", "P", 1.0)
    numbers = {"P.O1.x_fraction": 0.264}
    (oxygen,) = (
        r
        for r in atom_rows(fit_of([model], numbers, {"P.O1.x_fraction": 1e-4}), [model])
        if r.atom == "O1"
    )
    assert (oxygen.y_fraction, oxygen.z_fraction) == pytest.approx((0.264, 0.264))
    assert oxygen.z_sigma_fraction == pytest.approx(1e-4)


def test_rock_salt_bonds_are_half_the_cell() -> None:
    model = known("NiO", "P", 1.0)
    (row,) = bond_rows(fit_of([model], sigmas={"P.a_angstrom": 2e-4}), [model])
    assert row.distance_angstrom == pytest.approx(4.1771 / 2)
    assert row.distance_sigma_angstrom == pytest.approx(1e-4)
    assert row.bond_count == 6


def mixture(si: float, ceo2: float) -> tuple[Fit, list[PhaseModel]]:
    """A mixture of known weights: Hill and Howard's scale of each is W / (Z M V)."""
    models = []
    for phase, weight in (("Si", si), ("CeO2", ceo2)):
        model = known(phase, phase, 1.0)
        a = model.cell[0]
        mass = {"Si": 8 * 28.085, "CeO2": 4 * (140.116 + 2 * 15.999)}[phase]
        models.append(known(phase, phase, 1e3 * weight / (mass * a**3)))
    return fit_of(models, sigmas={"Si.scale": 1e-3, "CeO2.scale": 1e-3}), models


def test_weight_fractions_of_a_known_mixture() -> None:
    fit, models = mixture(0.7, 0.3)
    found = derived_of(fit, models, CU)
    value = dict(zip(found.names, found.value, strict=True))
    sigma = dict(zip(found.names, found.sigma, strict=True))
    assert value["Si.weight_percent"] == pytest.approx(70.0, abs=0.01)
    assert value["CeO2.weight_percent"] == pytest.approx(30.0, abs=0.01)
    s = {name: fit.of(f"{name}.scale") for name in ("Si", "CeO2")}
    relative = np.hypot(s["Si"][1] / s["Si"][0], s["CeO2"][1] / s["CeO2"][0])
    assert sigma["Si.weight_percent"] == pytest.approx(100 * 0.7 * 0.3 * relative, rel=1e-3)
    assert sigma["CeO2.weight_percent"] == pytest.approx(sigma["Si.weight_percent"], rel=1e-6)


def test_scales_that_hang_together() -> None:
    fit, models = mixture(0.7, 0.3)
    both = np.array([[1.0, 0.9], [0.9, 1.0]])
    relative = np.array([fit.sigma[k] / fit.value[k] for k in range(2)])
    expected = 21.0 * np.sqrt(relative @ (both * [[1, -1], [-1, 1]]) @ relative)
    tied = fit_of(models, sigmas={"Si.scale": 1e-3, "CeO2.scale": 1e-3}, correlation=both)
    found = derived_of(tied, models, CU)
    assert found.sigma[found.names.index("Si.weight_percent")] == pytest.approx(expected, rel=1e-3)


def test_microabsorption_is_flagged_and_said() -> None:
    fit, models = mixture(0.7, 0.3)
    found = derived_of(fit, models, CU)
    assert found.flags == (Flag.MICROABSORPTION,)
    assert "mu 148 /cm" in found.remarks[0]
    assert "(assumed)" in found.remarks[0]
    assert not any("brindley" in name for name in found.names)
    fine = derived_of(fit, models, CU, {"Si": 0.1, "CeO2": 0.1})
    assert fine.flags == ()


def test_brindleys_correction_adds_what_absorbs_more() -> None:
    fit, models = mixture(0.7, 0.3)
    found = derived_of(fit, models, CU, {"Si": 2.0, "CeO2": 2.0}, brindley=True)
    value = dict(zip(found.names, found.value, strict=True))
    assert value["CeO2.weight_brindley_percent"] > value["CeO2.weight_percent"] + 1.0
    assert value["CeO2.weight_brindley_percent"] + value[
        "Si.weight_brindley_percent"
    ] == pytest.approx(100.0)
    assert found.flags == (Flag.MICROABSORPTION, Flag.MICROABSORPTION_CORRECTED)
    sigma = dict(zip(found.names, found.sigma, strict=True))
    assert 0 < sigma["Si.weight_brindley_percent"] < 2 * sigma["Si.weight_percent"]


def test_no_correction_without_every_particle_size() -> None:
    fit, models = mixture(0.7, 0.3)
    found = derived_of(fit, models, CU, {"Si": 2.0}, brindley=True)
    assert not any("brindley" in name for name in found.names)


def test_scales_that_sum_to_nothing_give_no_weights() -> None:
    _, models = mixture(0.7, 0.3)
    zero = fit_of(models, {"Si.scale": 0.0, "CeO2.scale": 0.0}, {"Si.scale": 1e-3})
    found = derived_of(zero, models, CU)
    assert np.isnan(found.value[found.names.index("Si.weight_percent")])
