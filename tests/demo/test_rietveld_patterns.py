"""The patterns for Rietveld refinement: places and strengths of lines are known ones, and the readers take the files."""

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path

import gemmi
import numpy as np
import pytest
from ruamel.yaml import YAML

from pipeline.core.options import SidecarOptions
from pipeline.core.study import Dataset
from pipeline.demo import patterns, refined_files, refined_truth
from pipeline.demo.crystals import (
    PLANCK_EV_ANGSTROM,
    cromer_liberman,
    international_tables,
    powder_lines,
    waasmaier_kirfel,
)
from pipeline.demo.patterns import Texture
from pipeline.demo.refined import (
    LABORATORY,
    POWDERS,
    PRISTINE,
    SYNCHROTRON,
    Oxide,
    Powder,
    mean_counts,
)
from pipeline.formats.powder import read_patterns
from pipeline.rietveld.options import RietveldOptions
from pipeline.xrd.options import SourceOptions, XrdOptions
from pipeline.xrd.read import read_series
from pipeline.xrd.records import FrameStatus

SEED = 20
BY_NAME = {powder.dataset: powder for powder in POWDERS}
SAMPLES = [powder for powder in POWDERS if powder.oxide]


def gemmi_f_squared(oxide: Oxide, wavelength: float, hkl: list[list[int]]) -> np.ndarray:
    """|F|^2 by gemmi's own summation over symmetry, thermal motion and dispersion."""
    crystal = oxide.crystal
    small = gemmi.SmallStructure()
    small.cell = gemmi.UnitCell(
        crystal.a_angstrom, crystal.a_angstrom, crystal.c_angstrom, 90, 90, 120
    )
    small.spacegroup_hm = "R -3 m:H"
    small.determine_and_set_spacegroup("2")
    for site, u in zip(crystal.sites, oxide.u_angstrom2, strict=True):
        for element, share in site.occupancy:
            atom = gemmi.SmallStructure.Site()
            atom.label, atom.type_symbol, atom.element = element, element, gemmi.Element(element)
            atom.fract = gemmi.Fractional(*site.position)
            atom.occ, atom.u_iso = share, u
            small.add_site(atom)
    small.change_occupancies_to_crystallographic()
    calculator = gemmi.StructureFactorCalculatorX(small.cell)
    energy_ev = PLANCK_EV_ANGSTROM / wavelength
    for element in ("Li", "O", *oxide.metals):
        real, _ = gemmi.cromer_liberman(gemmi.Element(element).atomic_number, energy_ev)
        calculator.addends.set(gemmi.Element(element), real)
    found = [abs(calculator.calculate_sf_from_small_structure(small, one)) ** 2 for one in hkl]
    return np.array(found)


def test_strengths_are_those_of_gemmi() -> None:
    """gemmi's calculator has f' but not f''; ours without f'' is the same for all lines."""

    def real_part(element: str, wavelength: float) -> complex:
        return complex(cromer_liberman(element, wavelength).real)

    crystal = PRISTINE.crystal
    lines = powder_lines(crystal, 1.546, 0.9, international_tables, real_part)
    theirs = gemmi_f_squared(PRISTINE, 1.546, lines.indices.tolist())
    # Planes of one family and of both halves of the sphere, by gemmi's own count.
    group = gemmi.SpaceGroup("R -3 m:H")
    operations = group.operations()
    many = [
        len(
            {
                tuple(s * i for i in op.apply_to_hkl(hkl))
                for op in operations.sym_ops
                for s in (1, -1)
            }
        )
        for hkl in lines.indices.tolist()
    ]
    np.testing.assert_allclose(
        lines.strength, np.array(many) * theirs / crystal.volume_angstrom3**2, rtol=1e-6
    )


def test_two_tables_of_form_factors_hardly_differ() -> None:
    s2 = np.linspace(0.0, 0.4, 40)
    for element in ("Li", "O", "Mn", "Co", "Ni"):
        one, other = international_tables(element, s2), waasmaier_kirfel(element, s2)
        assert 0 < np.abs(one - other).max() < 0.011


def test_nickel_near_its_edge() -> None:
    """International Tables C, table 4.2.6.8: Ni at Cu Kalpha1 f' -3.0029, f'' 0.5091; Co f' -2.3653, f'' 3.6143."""
    assert cromer_liberman("Ni", 1.540562) == pytest.approx(-3.0029 + 0.5091j, abs=0.005)
    assert cromer_liberman("Co", 1.540562) == pytest.approx(-2.3653 + 3.6143j, abs=0.005)


def test_mixing_lowers_003_over_104() -> None:
    def ratio(mixing: float) -> float:
        crystal = replace(PRISTINE, mixing=mixing).crystal
        lines = powder_lines(crystal, 1.546, 1.9, waasmaier_kirfel, cromer_liberman)
        return float(lines.strength[lines.place(0, 0, 3)] / lines.strength[lines.place(1, 0, 4)])

    found = np.array([ratio(x) for x in (0.0, 0.0185, 0.05, 0.10)])
    assert (np.diff(found) < 0).all()
    # F(003) is metals less lithium site: x trades f(Ni) - f(Li) between the two, so that the ratio falls by about 3.5 % a per cent.
    assert found[1] / found[0] == pytest.approx(1 - 0.035 * 1.85, abs=0.015)


def test_lines_of_the_standard_are_where_the_certificate_has_them() -> None:
    """SRM 660c with Cu Kalpha1: 21.358, 30.384, 37.441 deg; ours stand 0.010 mm outside a circle of 240 mm."""
    powder = BY_NAME["lab6_cu"]
    kalpha1 = replace(LABORATORY, wavelengths=((1.540593, 1.0),))
    even = replace(kalpha1, axial_ratios=(0.0, 0.0))
    still = replace(powder, texture=Texture(), instrument=even)
    axis, counts = LABORATORY.two_theta_deg, mean_counts(still)
    for expected in (21.358, 30.385, 37.442):
        places = np.flatnonzero(np.abs(axis - expected) < 0.05)
        top = int(places[counts[places].argmax()])
        a, b, _ = np.polyfit(axis[top - 1 : top + 2] - expected, counts[top - 1 : top + 2], 2)
        assert -b / (2 * a) == pytest.approx(0.0, abs=2.5e-3)
    centres = [centre(replace(powder, instrument=kalpha1)), centre(still)]
    displaced = -np.degrees(2 * 0.010 / 240.0) * np.cos(np.radians(10.68))
    divergence = -np.degrees(2 * 0.005**2 / (6 * np.tan(np.radians(21.36))))
    assert centres[0] - centres[1] == pytest.approx(displaced + divergence, rel=0.1)


def centre(powder: Powder) -> float:
    """Centre of gravity of the first line of LaB6 above its background."""
    axis = powder.instrument.two_theta_deg
    near = np.abs(axis - 21.36) < 0.5
    base = patterns.smooth_background(axis, *powder.background)
    net = (mean_counts(powder) - base)[near]
    return float((axis[near] * net).sum() / net.sum())


@pytest.mark.parametrize("powder", POWDERS, ids=lambda p: p.dataset)
def test_counts_scatter_as_poisson_about_their_mean(powder: Powder) -> None:
    mean, counts = mean_counts(powder), powder.measure(SEED)
    chi2 = np.sum((counts - mean) ** 2 / mean) / mean.size
    assert chi2 == pytest.approx(1.0, abs=5 * np.sqrt(2.0 / mean.size))
    assert mean.min() > 100
    assert mean.max() > 5000


def test_kalpha2_is_half_of_kalpha1() -> None:
    single = replace(LABORATORY, wavelengths=((1.540593, 2.0 / 3.0),))
    powder = BY_NAME["ncm96_cu"]
    one = mean_counts(replace(powder, instrument=single))
    base = patterns.smooth_background(LABORATORY.two_theta_deg, *powder.background)
    # Kalpha1 alone is scaled to the same line, both wavelengths together: what it has over is Kalpha2.
    both = mean_counts(powder)
    high = LABORATORY.two_theta_deg < 100  # beyond, lines of Kalpha2 leave the axis
    assert ((both - base)[high].sum() / (one - base)[high].sum()) == pytest.approx(1.5, rel=0.01)


@cache
def asked(root: Path) -> RietveldOptions:
    study = YAML(typ="safe").load(root / "config" / "config.yaml")
    return RietveldOptions.model_validate(study["rietveld"])


def test_the_study_asks_for_what_was_simulated(root: Path) -> None:
    options = asked(root)
    assert options.engine == "rietx"
    assert sorted(options.datasets) == sorted(p.dataset for p in SAMPLES)
    assert sorted(options.standards) == sorted(p.dataset for p in POWDERS if not p.oxide)
    assert options.sensitivity == ["ncm_bare"]
    for powder in SAMPLES:
        used = options.for_dataset(powder.dataset)
        assert used.use is not None
        (phase,) = (used.phases[name] for name in used.use)
        assert powder.oxide is not None
        assert phase.composition == powder.oxide.metals
        assert phase.li_fraction == powder.oxide.lithium
        standard = used.instrument.standard
        assert standard is not None
        assert BY_NAME[standard].instrument is powder.instrument
        # The starts are not the truth.
        assert phase.a_angstrom != powder.oxide.a_angstrom
        assert phase.c_angstrom != powder.oxide.c_angstrom
        assert phase.z_o_fraction != powder.oxide.z_oxygen


def test_no_single_lines_are_followed(root: Path) -> None:
    study = YAML(typ="safe").load(root / "config" / "config.yaml")
    options = XrdOptions.model_validate(study["xrd"])
    for powder in POWDERS:
        used = options.for_dataset(powder.dataset)
        assert (used.track, used.cell, used.broadening, used.transitions) == (None,) * 4
        assert used.phases == {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    for name, content in refined_files.contents(SEED).items():
        (folder / name).write_bytes(content)
    return folder


def test_names_and_sizes(folder: Path) -> None:
    files = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert sorted(files) == sorted(refined_files.names())
    assert sum(files.values()) < 2e6


@pytest.mark.parametrize("powder", POWDERS, ids=lambda p: p.dataset)
def test_files_come_back(root: Path, folder: Path, powder: Powder) -> None:
    with (root / "config" / "demo.tsv").open(encoding="utf-8", newline="") as stream:
        row = next(
            r for r in csv.DictReader(stream, delimiter="\t") if r["dataset"] == powder.dataset
        )
    dataset = Dataset(
        *(powder.dataset, row["technique"]), role=row["role"], path=row["path"], mode=row["mode"]
    )
    files = [(folder / powder.path, powder.path)]
    read = read_series(dataset, files, SourceOptions(), None, SidecarOptions())
    assert read.status == (FrameStatus.OK,)
    assert not any(read.remarks)
    counts = powder.measure(SEED)
    np.testing.assert_array_equal(read.intensity_counts[0], counts)
    np.testing.assert_allclose(
        read.two_theta_deg[0], powder.instrument.two_theta_deg, rtol=0, atol=1e-6
    )
    (wavelength, _), *second = powder.instrument.wavelengths
    assert read.wavelength_angstrom[0] == pytest.approx(wavelength)
    if second:
        assert read.kalpha2_angstrom[0] == pytest.approx(second[0][0])
        assert read.kalpha2_ratio[0] == pytest.approx(0.5)
        assert read.radius_mm[0] == 240.0
    else:
        assert powder.instrument is SYNCHROTRON
        assert np.isnan(read.kalpha2_ratio[0])
        np.testing.assert_allclose(read.sigma_counts[0], np.sqrt(counts), atol=6e-4)


def test_the_tube_in_the_file_is_of_copper(folder: Path) -> None:
    text = (folder / "ncm96_cu.xrdml").read_text()
    assert "<anodeMaterial>Cu</anodeMaterial>" in text
    (pattern,) = read_patterns(folder / "ncm96_cu.xrdml", "ncm96_cu.xrdml")
    assert pattern.is_counts


def test_truth_is_what_was_published() -> None:
    rows = {row.quantity: row for row in refined_truth.rows()}
    published = {
        "a": 2.87707, "c": 14.19522, "z_o": 0.24065, "li_ni_mixing": 1.85, "volume": 101.759,
        "u_iso_li": 0.00189, "u_iso_tm": 0.00095, "u_iso_o": 0.00362, "slab_mo2": 2.1004, "slab_lio2": 2.6313,
    }  # fmt: skip
    for dataset in ("ncm96_hr", "ncm96_cu"):
        for name, value in published.items():
            row = rows[f"{dataset}: {name}"]
            assert row.truth == pytest.approx(
                value, abs=0.5 * 10.0 ** -len(str(value).split(".")[1])
            )
            assert (row.table, row.frame) == ("rietveld.csv", "0")
    assert rows["ncm96_hr: Ni on the tm site"].truth == pytest.approx(0.9315)
    assert rows["ncm96_charged: Li on the li site"].truth == pytest.approx(0.2815)
    # a and c are rounded in the publication: what follows from them is 4.943 and 101.612, not the printed 4.942 and 101.609.
    assert rows["ncm_bare: c_over_a"].truth == pytest.approx(4.9426, abs=5e-5)
    assert rows["ncm_bare: volume"].truth == pytest.approx(101.612, abs=5e-4)
    assert rows["ncm_coated: volume"].truth == pytest.approx(101.676, abs=5e-4)


def test_the_columns_of_the_truth_have_units() -> None:
    for row in refined_truth.rows():
        assert "sigma" in row.sigma_column
        assert row.column.endswith(row.sigma_column.partition("_sigma")[2])
