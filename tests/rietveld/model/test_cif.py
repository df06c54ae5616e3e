"""CIFs as they come: every trap refused in words, or brought right with a remark."""

import math

import pytest

from pipeline.core.errors import StudyError
from tests.rietveld.model.cifs import HEADER, LAYERED, cif, layered_cif, model_of
from tests.rietveld.model.gemmis import of_cif, small_structure, structure_factor

SALT = (4.17, 4.17, 4.17, 90, 90, 90)


def test_a_plain_structure() -> None:
    model = model_of(layered_cif())
    assert (model.kind, model.system, model.space_group) == ("general", "trigonal", "R -3 m:H")
    assert [
        (a.label, a.element, a.charge, a.site, a.multiplicity, a.free) for a in model.atoms
    ] == [
        ("Li1", "Li", 1, "li1", 3, ()),
        ("Co1", "Co", 3, "co1", 3, ()),
        ("O1", "O", -2, "o1", 6, ("z",)),
    ]
    assert [(v.key, v.start, v.refine) for v in model.variables] == [
        ("u_li1_angstrom2", 0.012, True),
        ("u_co1_angstrom2", 0.004, True),
        ("u_o1_angstrom2", 0.008, True),
    ]
    assert model.remarks == ()


def test_atoms_of_a_site_share_u_and_its_first_moves() -> None:
    atoms = "Ni1 Ni2+ 0 0 0.24 0.6 0.004\nMn1 Mn4+ 0 0 0.24 0.4 0.006"
    model = model_of(cif("R -3 m :H", LAYERED, atoms))
    assert {a.site for a in model.atoms} == {"ni1"}
    assert [a.free for a in model.atoms] == [("z",), ()]
    assert [v.name for v in model.variables] == ["u_ni1"]
    assert model.variables[0].start == pytest.approx(0.005)


def test_one_place_by_two_of_its_images() -> None:
    atoms = "Ni1 Ni2+ 0 0 0.24 0.6 0.004\nMn1 Mn4+ 0 0 -0.24 0.4 0.006"
    model = model_of(cif("R -3 m :H", LAYERED, atoms))
    assert [(a.site, a.z_fraction) for a in model.atoms] == [("ni1", 0.24), ("ni1", 0.24)]


def test_a_third_printed_with_four_digits() -> None:
    atoms = "Li1 Li+ 0.3333 0.6667 0.6667 1 0.01\nO1 O2- 0.3333 0.6667 0.9067 1 0.01"
    model = model_of(cif("R -3 m :H", LAYERED, atoms))
    assert [a.multiplicity for a in model.atoms] == [3, 6]
    assert (model.atoms[0].x_fraction, model.atoms[0].y_fraction) == pytest.approx((1 / 3, 2 / 3))
    assert any("onto its special position" in said for said in model.remarks)


def test_a_third_with_two_digits_is_refused() -> None:
    atoms = "Li1 Li+ 0.33 0.67 0.67 1 0.01"
    with pytest.raises(
        StudyError, match=r"Li1 at 0\.33, 0\.67, 0\.67 is 0\.\d+ A from its own image"
    ):
        model_of(cif("R -3 m :H", LAYERED, atoms))


def test_a_split_position_may_stand_where_it_is_shared() -> None:
    atoms = "O1 O2- 0.03 -0.03 0.24 0.33 0.01"
    assert model_of(cif("R -3 m :H", LAYERED, atoms)).atoms[0].multiplicity == 18


def test_rhombohedral_axes_become_hexagonal() -> None:
    a, c, z = 2.815, 14.05, 0.2397
    length = math.sqrt(a**2 / 3 + c**2 / 9)
    alpha = 2 * math.degrees(math.asin(a / (2 * length)))
    atoms = f"Li1 Li+ 0 0 0 1 0.01\nCo1 Co3+ 0.5 0.5 0.5 1 0.01\nO1 O2- {z} {z} {z} 1 0.01"
    text = cif("R -3 m :R", (length,) * 3 + (alpha,) * 3, atoms)
    model = model_of(text)
    assert model.space_group == "R -3 m:H"
    assert model.cell == pytest.approx((a, a, c, 90, 90, 120))
    assert [a.multiplicity for a in model.atoms] == [3, 3, 6]
    assert model.atoms[2].z_fraction == pytest.approx(z)
    assert any("rhombohedral axes" in said for said in model.remarks)
    assert model.setting_changed


def test_rhombohedral_symbol_with_hexagonal_cell_is_refused() -> None:
    with pytest.raises(StudyError, match="needs"):
        model_of(cif("R -3 m :R", LAYERED, "Li1 Li+ 0 0 0 1 0.01"))


def test_a_symbol_without_extension_takes_the_axes_of_the_cell() -> None:
    assert model_of(cif("R -3 m", LAYERED, "Li1 Li+ 0 0 0 1 0.01")).space_group == "R -3 m:H"


def test_two_origins() -> None:
    u, cell = 0.263, (8.08,) * 3 + (90,) * 3
    first = f"Co1 Co2+ 0 0 0 1 0.01\nCo2 Co3+ 0.625 0.625 0.625 1 0.01\nO1 O2- {u + 0.125} {u + 0.125} {u + 0.125} 1 0.01"
    second = (
        f"Co1 Co2+ 0.125 0.125 0.125 1 0.01\nCo2 Co3+ 0.5 0.5 0.5 1 0.01\nO1 O2- {u} {u} {u} 1 0.01"
    )
    for symbol, atoms in (
        ("F d -3 m :1", first),
        ("F d -3 m S", first),
        ("F d -3 m :2", second),
        ("F d -3 m Z", second),
    ):
        model = model_of(cif(symbol, cell, atoms))
        assert model.space_group == "F d -3 m:2"
        assert [a.multiplicity for a in model.atoms] == [8, 16, 32]
        assert model.atoms[2].free == ("x",)
    with pytest.raises(StudyError, match="two origin choices"):
        model_of(cif("F d -3 m", cell, second))


def test_the_moved_origin_is_the_same_crystal() -> None:
    u, cell = 0.263, (8.08,) * 3 + (90,) * 3
    first = f"Co1 Co2+ 0 0 0 1 0.01\nO1 O2- {u + 0.125} {u + 0.125} {u + 0.125} 1 0.01"
    text = cif("F d -3 m :1", cell, first)
    before, after = of_cif(text), small_structure(model_of(text))
    for hkl in ((1, 1, 1), (2, 2, 0), (3, 1, 1), (4, 0, 0)):
        own = abs(structure_factor(after, hkl))
        assert own == pytest.approx(abs(structure_factor(before, hkl)), rel=1e-5)


@pytest.mark.parametrize(
    ("tensor", "equivalent"),
    [
        ("0.010 0.010 0.016 0.005 0 0", 0.012),  # U12 = U11 / 2 is round in the plane
        ("0.010 0.010 0.016 0 0 0", (4 / 3 * 0.020 + 0.016) / 3),  # of oblique axes not the mean
    ],
)
def test_anisotropic_displacements_become_equivalent(tensor: str, equivalent: float) -> None:
    more = "loop_\n_atom_site_aniso_label\n" + "\n".join(
        f"_atom_site_aniso_U_{ij}" for ij in ("11", "22", "33", "12", "13", "23")
    )
    model = model_of(layered_cif(more=f"{more}\nO1 {tensor}"))
    assert model.variables[2].start == pytest.approx(equivalent)
    assert any("anisotropic" in said for said in model.remarks)


def test_a_file_whose_symmetry_was_left_out() -> None:
    atoms = "Li1 Li 0 0 0 1 .01\nCo1 Co 0 0 .5 1 .01\nO1 O 0 0 .26 1 .01\nO2 O 0 0 .74 1 .01"
    text = cif("P 1", LAYERED, atoms)
    with pytest.raises(StudyError, match="left the symmetry out"):
        model_of(text)
    with pytest.raises(StudyError, match="left the symmetry out"):  # its primitive cell
        model_of(cif("P 1", (4.96,) * 3 + (33.0,) * 3, "Li1 Li 0 0 0 1 .01"))
    held = model_of(text, refine_cell=False, refine_atoms="u")
    assert held.system == "triclinic"
    assert model_of(cif("P 1", (5.1, 6.2, 7.3, 81, 86, 97), atoms)).atoms[1].free == ()


def test_b_instead_of_u() -> None:
    header = HEADER.replace("U_iso_or_equiv", "B_iso_or_equiv")
    model = model_of(cif("F m -3 m", SALT, "Ni1 Ni2+ 0 0 0 1 0.5", header=header))
    assert model.variables[0].start == pytest.approx(0.5 / (8 * math.pi**2))


@pytest.mark.parametrize("u", ["-0.004", "0.0", "0.9", "?"])
def test_impossible_displacements_are_not_taken(u: str) -> None:
    model = model_of(cif("F m -3 m", SALT, f"Ni1 Ni2+ 0 0 0 1 {u}"))
    assert model.variables[0].start == pytest.approx(0.006)
    assert any("a usual one is taken" in said for said in model.remarks)


def test_charges_in_all_spellings() -> None:
    atoms = "Ni1 Ni2+ 0 0 0 1 0.01\nMn1 Mn+4 0.5 0 0 1 0.01\nO1 O-2 0.5 0.5 0 1 0.01\nFe1 Fe 0 0.5 0 1 .01"
    model = model_of(cif("P 1", (5, 6, 7, 80, 85, 95), atoms))
    assert [a.charge for a in model.atoms] == [2, 4, -2, 0]


def test_an_ion_without_form_factor_is_neutral_and_said() -> None:
    model = model_of(cif("F m -3 m", SALT, "Ni1 Ni4+ 0 0 0 1 0.01"))
    assert model.atoms[0].charge == 0
    assert any("no form factor of Ni4+" in said for said in model.remarks)


def test_an_element_from_the_label_where_no_type_is_given() -> None:
    header = HEADER.replace("_atom_site_type_symbol ", "")
    model = model_of(
        cif("F m -3 m", SALT, "Co1 0 0 0 1 0.01\nOW2 0.5 0.5 0.5 1 0.01", header=header)
    )
    assert [a.element for a in model.atoms] == ["Co", "O"]


def test_the_origin_of_a_polar_group_is_held_at_the_heaviest_site() -> None:
    atoms = "O1 O 0 0 0.38 1 .01\nZn1 Zn 0.3333 0.6667 0 1 .01\nO2 O 0.3333 0.6667 0.38 1 .01"
    model = model_of(cif("P 63 m c", (3.25, 3.25, 5.2, 90, 90, 120), atoms))
    assert {a.label: a.free for a in model.atoms} == {"O1": ("z",), "Zn1": (), "O2": ("z",)}
    assert any("Zn1: z is held" in said for said in model.remarks)


def test_a_start_cell_of_the_options() -> None:
    assert model_of(layered_cif(), a_angstrom=2.82).cell[:3] == (2.82, 2.82, 14.05)
    with pytest.raises(StudyError, match="a trigonal cell has them equal"):
        model_of(layered_cif(), a_angstrom=2.82, b_angstrom=2.9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "cannot be read as CIF"),
        ("data_x\n_cell_length_a 3\n", "no data block lists atoms"),
        (layered_cif() + layered_cif(block="second"), r"2 data blocks hold structures \(test, second\)"),
        (cif("F m -3 m", SALT, "Zz1 Zz 0 0 0 1 0.01"), "is of 'Zz', which is no element"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 ? 1 0.01"), "coordinate that is no number"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 1.2 0.01"), r"occupancy 1\.2"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 -0.2 0.01"), r"occupancy -0\.2"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 1 0.01\nNi1 Ni .5 .5 .5 1 0.01"), "two atoms have the label 'Ni1'"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 .9 0.01\nMn1 Mn 0 0 0 .2 0.01"), r"holds 1\.1 atoms \(Ni1 0\.9 \+ Mn1 0\.2\)"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 1 .01\nO1 O 0.1 0 0 1 .01"), "A from Ni1|own image"),
        (cif("F m -9 m", SALT, "Ni1 Ni 0 0 0 1 0.01"), "'F m -9 m' is no space group"),
        (cif("", SALT, "Ni1 Ni 0 0 0 1 0.01"), "states no space group"),
        (cif("F m -3 m", (4.17, 4.27, 4.17, 90, 90, 90), "Ni1 Ni 0 0 0 1 0.01"), r"b is 4\.27.* needs 4\.17"),
        (cif("R -3 m", (2.8, 2.8, 14, 90, 90, 90), "Ni1 Ni 0 0 0 1 0.01"), r"gamma is 90.* needs 120"),
        (cif("F m -3 m", (0.417,) * 3 + (90,) * 3, "Ni1 Ni 0 0 0 1 0.01"), "lengths are in angstrom"),
        (cif("F m -3 m", ("x",) * 3 + (90,) * 3, "Ni1 Ni 0 0 0 1 0.01"), "missing or no number"),  # type: ignore[arg-type]
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 1 0.01", more="_space_group_IT_number 166"), "space group number 166, and 'F m -3 m' is number 225"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 1 0.01", more="loop_\n_space_group_symop_operation_xyz\nx,y,z\n-x,-y,-z"), "the operations are those of P -1"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 1 0.01", more="loop_\n_space_group_symop_operation_xyz\nx,y,z\nx+0.3,y,z"), "symmetry operations"),
        (cif("P 1", SALT, "Ni1 Ni 0 0 0 1 0.01", more="_space_group_name_Hall 'Q 9'"), "Hall symbol 'Q 9'"),
        (cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 1 .01 24", header=HEADER + " _atom_site_site_symmetry_multiplicity"), "has 4 images .* the file says 24"),
    ],
)  # fmt: skip
def test_refused(text: str, message: str) -> None:
    with pytest.raises(StudyError, match=message) as caught:
        model_of(text)
    assert "phase 'P', CIF 'x.cif'" in str(caught.value)


def test_the_order_of_a_site_in_place_of_its_multiplicity_as_shelx_wrote_it() -> None:
    header = HEADER + " _atom_site_symmetry_multiplicity"
    text = cif("F m -3 m", SALT, "Ni1 Ni 0 0 0 1 .01 48", header=header)
    assert model_of(text).atoms[0].multiplicity == 4


def test_labels_with_signs_are_made_plain_and_said() -> None:
    model = model_of(cif("F m -3 m", SALT, "Ni1' Ni 0 0 0 1 .01"))
    assert model.atoms[0].label == "Ni1_"
    assert any("is called Ni1_" in said for said in model.remarks)
