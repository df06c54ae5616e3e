"""Tables of Rietveld refinement: what was found, what was refused and why, and what a paper prints."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.covariates import Covariates
from pipeline.core.study import Dataset, Study
from pipeline.core.table import Table
from pipeline.rietveld import publish, rows, tables
from pipeline.rietveld.by_name import number_of, of_phase, sigma_name, wyckoff
from pipeline.rietveld.records import FitStatus
from tests.rietveld import build, study

HR, LAB, SERIES, MIXED = study.DATASETS
ROW = Dataset("ncm96_hr", "xrd", "sample", "hr.xye", "C-NCM96", "pristine")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Study:
    one = study.study(tmp_path_factory.mktemp("rietveld"))
    study.write_results(one, n_frames=4)
    return one


def dicts(table: Table) -> list[dict[str, object]]:
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert table.columns[-3:] == ("reason", "status", "flags")
    assert len(set(table.columns)) == len(table.columns)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def is_empty(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def test_every_table_can_be_made_and_no_other_is_promised(made: Study) -> None:
    assert set(tables.targets(made)) == {
        *("rietveld", "rietveld_mixing", "rietveld_cells", "rietveld_phases", "rietveld_atoms"),
        *("rietveld_bonds", "rietveld_parameters", "rietveld_starts", "rietveld_instrument"),
        "rietveld_sensitivity",
    }
    assert set(tables.PUBLISHED) <= set(tables.targets(made))
    for name in tables.targets(made):
        found = tables.build(made, name)
        assert dicts(found), name
        assert (found.printed is not None) == (name in tables.PUBLISHED)
        assert all((made.home / path).is_file() for path in tables.inputs(made, name))


def test_a_study_that_refines_nothing_has_no_table(tmp_path: Path) -> None:
    nothing = {"datasets": [], "standards": {}, "sensitivity": [], "overrides": {}}
    empty = study.study(tmp_path, **nothing, instrument={})
    assert tables.targets(empty) == ()


def test_mixing_is_printed_of_layered_oxides_alone(tmp_path: Path) -> None:
    only = {"datasets": [HR], "overrides": {}, "use": ["NiO"], "sensitivity": []}
    assert "rietveld_mixing" not in tables.targets(study.study(tmp_path, **only))
    assert "rietveld_cells" in tables.targets(study.study(tmp_path, **only))


def test_a_row_holds_the_numbers_of_the_record(made: Study) -> None:
    record = build.refinements(HR)
    first, second, *_ = dicts(tables.build(made, "rietveld"))
    assert (first["dataset"], first["frame"], first["engine"]) == (HR, 0, "rietx")
    assert (second["engine"], second["engine_version"]) == ("gsas2", "2.0.0")
    derived, refined = record.derived, record.parameters
    names = {
        "a_angstrom": refined.column("NCM.a_angstrom"),
        "c_over_a": derived.column("NCM.c_over_a_ratio"),
        "volume_angstrom3": derived.column("NCM.volume_angstrom3"),
        "z_o": derived.column("NCM.z_o"),
        "li_ni_mixing_percent": derived.column("NCM.mixing_percent"),
        "slab_lio2_angstrom": derived.column("NCM.slab_lio2_angstrom"),
    }
    for name, (value, sigma) in names.items():
        assert (first[name], first[sigma_name(name)]) == (value[0], sigma[0]), name
        assert second[name] == value[1], name
    u_o = record.atoms.u_iso_angstrom2[6], record.atoms.u_iso_sigma_angstrom2[6]
    assert (first["u_iso_o_angstrom2"], first["u_iso_o_sigma_angstrom2"]) == u_o
    assert first["u_iso_li_angstrom2"] == 0.00189
    assert first["u_iso_tm_angstrom2"] == 0.00095
    assert (first["scattering_factors"], first["dispersion"]) == ("neutral", "yes")
    assert first["gof"] == record.gof[0]


def test_a_refused_refinement_is_a_reason_and_no_number(made: Study) -> None:
    for name in ("rietveld", "rietveld_phases", "rietveld_atoms", "rietveld_bonds"):
        refused = [r for r in dicts(tables.build(made, name)) if r["status"] != "ok"]
        assert len(refused) == 4, name  # one of the laboratory's, three of the series
        for row in refused:
            assert row["reason"]
            numbers = [c for c in row if "angstrom" in c or "mixing" in c or "weight" in c]
            assert numbers
            assert all(is_empty(row[column]) for column in numbers), name
    failed = next(r for r in dicts(tables.build(made, "rietveld")) if r["status"] == "gate_failed")
    assert failed["flags"] == "gate_failed;starts_agree"
    assert "2 minima" in str(failed["reason"])


def test_where_a_refused_refinement_stopped_is_said_apart(made: Study) -> None:
    found = dicts(tables.build(made, "rietveld_parameters"))
    refused = [r for r in found if r["dataset"] == LAB and r["engine"] == "gsas2"]
    by_name = {r["parameter"]: r for r in refused}
    assert is_empty(by_name["NCM.mixing_fraction"]["value"])
    assert by_name["NCM.mixing_fraction"]["stopped_at"] == pytest.approx(0.0185, abs=0.004)
    good = {r["parameter"]: r for r in found if r["dataset"] == HR and r["engine"] == "rietx"}
    cell = good["NCM.a_angstrom"]
    assert (cell["unit"], is_empty(cell["stopped_at"])) == ("angstrom", True)
    assert cell["value"] == pytest.approx(2.87707, abs=2e-4)
    assert cell["initial"] == pytest.approx(1.004 * 2.87707, abs=2e-4)
    assert good["NCM.mixing_fraction"]["unit"] == ""


def test_each_frame_has_its_own_covariates(made: Study) -> None:
    found = [r for r in dicts(tables.build(made, "rietveld")) if r["dataset"] == SERIES]
    charge = [r["charge_mah"] for r in found if r["engine"] == "rietx"]
    assert charge == pytest.approx([0.0, 2.2 / 3, 4.4 / 3, 2.2])
    assert [r["frame"] for r in found] == [0, 1, 2, 3] * 2


def test_a_mixture_has_a_row_for_each_phase(made: Study) -> None:
    found = [r for r in dicts(tables.build(made, "rietveld_phases")) if r["dataset"] == MIXED]
    assert [(r["engine"], r["phase"]) for r in found] == [
        (e, p) for e in build.ENGINES for p in ("NCM", "NiO")
    ]
    assert found[0]["weight_percent"] + found[1]["weight_percent"] == pytest.approx(100.0)
    rock_salt = found[1]
    assert rock_salt["kind"] == "general"
    assert rock_salt["b_angstrom"] == rock_salt["c_angstrom"] == rock_salt["a_angstrom"]


def test_sites_have_the_letters_of_the_international_tables(made: Study) -> None:
    found = [r for r in dicts(tables.build(made, "rietveld_atoms")) if r["dataset"] == HR]
    letters = {(r["element"], r["site"]): r["wyckoff"] for r in found}
    assert letters[("Li", "li")] == "3a"  # 0, 0, 0
    assert letters[("Ni", "li")] == "3a"
    assert letters[("Ni", "tm")] == "3b"  # 0, 0, 1/2
    assert letters[("O", "o")] == "6c"
    assert wyckoff("general", 4, 0.0) == ""
    assert wyckoff("layered-oxide", 3, 0.9999999) == "3a"


def test_the_sensitivity_says_how_far_each_choice_moves_the_mixing(made: Study) -> None:
    found = dicts(tables.build(made, "rietveld_sensitivity"))
    by_choice = {
        (r["engine"], r["scattering_factors"], r["dispersion"], r["orientation"]): r for r in found
    }
    own, ionic = (by_choice[("gsas2", factors, "yes", "no")] for factors in ("neutral", "ionic"))
    assert own["as_asked"] == "yes"
    assert own["mixing_shift_percent"] == own["mixing_shift_sigma"] == 0.0
    assert ionic["mixing_shift_percent"] == pytest.approx(-1.49)
    assert ionic["mixing_shift_sigma"] == pytest.approx(-14.9)
    refused = by_choice[("rietx", "ionic", "yes", "no")]
    assert refused["status"] == "gate_failed"
    assert is_empty(refused["mixing_percent"])
    assert is_empty(refused["mixing_shift_percent"])


def test_a_choice_that_cannot_be_keeps_its_numbers_beside_the_reason() -> None:
    known = build.sensitivity(HR)
    status = tuple(
        FitStatus.GATE_FAILED if f == "ionic" else FitStatus.OK for f in known.scattering_factors
    )
    reason = tuple("U of O is below 0" if s is FitStatus.GATE_FAILED else "" for s in status)
    wrong = replace(known, status=status, reason=reason)
    columns = rows.SENSITIVITY_COLUMNS
    found = [dict(zip(columns, r, strict=True)) for r in rows.sensitivity_rows(ROW, wrong)]
    ionic = next(
        r for r in found if r["scattering_factors"] == "ionic" and r["dispersion"] == "yes"
    )
    assert not is_empty(ionic["mixing_percent"])
    assert (ionic["reason"], ionic["flags"]) == ("U of O is below 0", "gate_failed")


def test_the_mixing_is_printed_with_its_uncertainty_in_brackets(made: Study) -> None:
    table = tables.build(made, "rietveld_mixing")
    assert table.printed is not None
    first = table.printed.blocks[0]
    assert first.titles[0] == "C-NCM96 pristine, NCM (rietx 1.10.0)"
    record = build.refinements(HR)
    a, volume = (
        of_phase(record, 0, "NCM", "a_angstrom")[0],
        record.derived.column("NCM.volume_angstrom3")[0][0],
    )
    assert first.titles[1].startswith(f"a = b = {a:.5f}(3) Å")
    assert f"V = {volume:.3f}(3) Å³, Li/Ni mixing" in first.titles[1]
    share = record.derived.column("NCM.mixing_percent")[0][0]
    assert first.titles[1].endswith(f"Li/Ni mixing {share:.2f}(8) %")
    atoms = record.atoms
    assert first.rows[1][:5] == ("Ni", "3a", "0", "0", "0")
    assert first.rows[1][5] == f"{atoms.occupancy_fraction[1]:.4f}(8)"
    assert first.rows[3][5] == "0.018"  # cobalt is held: no brackets
    assert first.rows[-1] == ("O", "6c", "0", "0", "0.24065(5)", "1", "0.0036(4)")
    refused = next(b for b in table.printed.blocks if not b.rows)
    assert refused.titles[1].startswith("no answer: 3 starts ended at 2 minima")
    tex = table.printed.as_tex()
    assert r"Ni & 3a & 0 & 0 & 0 &" in tex
    assert all(line.count("&") == 6 for line in tex.splitlines() if "& 3b &" in line)


def test_the_csv_of_the_mixing_has_the_printed_numbers(made: Study) -> None:
    table = tables.build(made, "rietveld_mixing")
    assert table.printed is not None
    printed = [row for block in table.printed.blocks for row in block.rows]
    found = [r for r in dicts(table) if not is_empty(r["atom"])]
    assert len(found) == len(printed)
    for row, shown in zip(found, printed, strict=True):
        assert (row["element"], row["wyckoff"]) == shown[:2]
        occupancy = float(shown[5].partition("(")[0])
        assert row["occupancy_fraction"] == pytest.approx(occupancy, abs=6e-5)


def test_occupancies_of_a_printed_site_sum_to_one(made: Study) -> None:
    found = [r for r in dicts(tables.build(made, "rietveld_mixing")) if r["dataset"] == HR]
    for letter in ("3a", "3b"):
        own = [r for r in found if r["wyckoff"] == letter and r["engine"] == "rietx"]
        assert sum(float(r["occupancy_fraction"]) for r in own) == pytest.approx(1.0)


def test_the_cells_are_printed_one_row_a_sample(made: Study) -> None:
    table = tables.build(made, "rietveld_cells")
    assert table.printed is not None
    printed = table.printed.blocks[0].rows
    assert len(printed) == 2 * len(study.DATASETS)  # two engines; of a series the first frame
    record = build.refinements(HR)
    ratio = record.derived.column("NCM.c_over_a_ratio")[0][0]
    assert printed[0][5] == f"{ratio:.5f}(9)"
    refused = printed[3]
    assert refused[2:7] == ("GSAS-II", "no answer", "", "", "")
    assert any("2 minima" in note for note in table.printed.notes)
    assert any("charging" in note for note in table.printed.notes)


def test_a_foreign_metal_is_named(made: Study) -> None:
    record = build.refinements(HR)
    element = tuple("Fe" if e == "Ni" else e for e in record.atoms.element)
    atoms = replace(record.atoms, element=element)
    printed = publish.mixing([(ROW, replace(record, atoms=atoms))]).printed
    assert printed is not None
    assert "Li/Fe mixing" in printed.blocks[0].titles[1]


def test_names_of_sigmas_have_the_unit_last() -> None:
    assert sigma_name("a_angstrom") == "a_sigma_angstrom"
    assert sigma_name("u_iso_li_angstrom2") == "u_iso_li_sigma_angstrom2"
    assert sigma_name("c_over_a") == "c_over_a_sigma"
    assert sigma_name("z_o") == "z_o_sigma"
    assert sigma_name("march_ratio") == "march_sigma_ratio"


def test_a_number_that_is_not_there_is_nan() -> None:
    record = build.refinements(HR, refused={1: build.MINIMA})
    assert not math.isnan(number_of(record, 0, "NCM.a_angstrom")[0])
    assert math.isnan(number_of(record, 1, "NCM.a_angstrom")[0])
    assert math.isnan(number_of(record, 0, "NCM.gamma_deg")[0])


def test_a_long_series_has_a_row_a_frame_and_atom() -> None:
    covariates = Covariates.unknown(200)
    a = np.full(200, 2.877)
    long = build.refinements(
        SERIES, a_angstrom=a, c_angstrom=a * 4.934, covariates=covariates, step_deg=2.0
    )
    columns = rows.refinement_columns([long])
    made = list(rows.refinement_rows(ROW, long, columns))
    assert len(made) == 400
    assert len(list(rows.atom_rows(ROW, long))) == 2800
