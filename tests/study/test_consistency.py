"""What two engines, or two techniques, say of one number: agree, differ, or no value."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.core.study import Study
from pipeline.core.table import Table, read_table_rows, write_table
from pipeline.study import consistency
from pipeline.study.consistency import consistency_table, differing, needed

ENGINE_NUMBERS = ("a_angstrom", "c_angstrom", "z_o", "li_ni_mixing_percent")
SIGMAS = ("a_sigma_angstrom", "c_sigma_angstrom", "z_o_sigma", "li_ni_mixing_sigma_percent")
GOOD = {
    "dataset": "ncm",
    "frame": 0,
    "sample": "NCM96",
    "state": "pristine",
    "phase": "NCM",
    **dict(zip(ENGINE_NUMBERS, (2.87707, 14.19522, 0.24065, 1.85), strict=True)),
    **dict(zip(SIGMAS, (3e-5, 2e-4, 5e-5, 0.08), strict=True)),
    "b_angstrom": 2.87707,
    "b_sigma_angstrom": 3e-5,
    "status": "ok",
    "flags": "",
}
RIETX = GOOD | {"engine": "rietx"}
GSAS2 = GOOD | {"engine": "gsas2"}
CELL = {
    "dataset": "ncm",
    "frame": 0,
    "phase": "NCM",
    "status": "ok",
    "flags": "",
    "a_angstrom": 2.8768,
    "a_sigma_angstrom": 3e-5,
    "a_model_sigma_angstrom": 4e-5,
    "b_angstrom": None,
    "b_sigma_angstrom": None,
    "b_model_sigma_angstrom": None,
    "c_angstrom": 14.1949,
    "c_sigma_angstrom": 3e-4,
    "c_model_sigma_angstrom": 4e-4,
}
REFUSED = dict.fromkeys((*ENGINE_NUMBERS, *SIGMAS)) | {
    "status": "gate_failed",
    "flags": "gate_failed;starts_agree",
}


def write(folder: Path, name: str, *rows: Mapping[str, Any]) -> None:
    columns = tuple(rows[0])
    made = tuple(tuple(row[c] for c in columns) for row in rows)
    write_table(folder / f"{name}.csv", Table(columns, made))


def checks(folder: Path, *names: str) -> list[dict[str, Any]]:
    table = consistency_table(folder, names)
    assert table.columns[-2:] == ("verdict", "flags")
    assert all(len(row) == len(table.columns) for row in table.rows)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_engines_are_compared_number_by_number(tmp_path: Path) -> None:
    other = GSAS2 | {"a_angstrom": 2.87707 + 1e-4, "a_sigma_angstrom": 4e-5}
    write(tmp_path, "rietveld", RIETX, other)
    found = checks(tmp_path, "rietveld")
    assert [row["quantity"] for row in found] == list(ENGINE_NUMBERS)
    a = found[0]
    assert (a["what_a"], a["what_b"], a["unit"]) == ("rietx", "gsas2", "angstrom")
    assert a["difference"] == pytest.approx(1e-4)
    assert a["difference_sigma"] == pytest.approx(2.0)  # 3 and 4 in quadrature
    assert {(row["check"], row["verdict"]) for row in found} == {("engines", "agree")}


def test_cells_by_two_engines_differ_by_ppm_however_large_the_sigma(tmp_path: Path) -> None:
    vague = {"a_sigma_angstrom": 1e-3, "c_sigma_angstrom": 1e-2, "z_o_sigma": 1e-2}
    for ppm, verdict in ((70.0, "agree"), (100.0, "differ")):
        moved = {name: GOOD[name] * (1 + ppm * 1e-6) for name in ("a_angstrom", "c_angstrom")}
        other = GSAS2 | vague | moved | {"z_o": 0.2410}  # 1500 ppm, and no cell
        write(tmp_path, "rietveld", RIETX | vague, other)
        found = [r["verdict"] for r in checks(tmp_path, "rietveld")]
        assert found[:3] == [verdict, verdict, "agree"]


def test_a_difference_beyond_three_sigma_differs_and_is_told(tmp_path: Path) -> None:
    shifted = GSAS2 | {"a_angstrom": 2.87707 - 2.9e-4, "flags": "axial_not_calibrated"}
    write(tmp_path, "rietveld", RIETX, shifted)
    table = consistency_table(tmp_path, ["rietveld"])
    write_table(tmp_path / "consistency.csv", table)
    rows = read_table_rows(tmp_path / "consistency.csv")
    assert [r["verdict"] for r in rows] == ["differ", "agree", "agree", "agree"]
    assert float(rows[0]["difference_sigma"]) == pytest.approx(-29 / 3 / 2**0.5)
    assert rows[0]["flags"] == "axial_not_calibrated"
    assert differing(tmp_path / "consistency.csv") == [
        "DIFFER  ncm frame 0, NCM: a_angstrom 2.87707(3) by rietx, 2.87678(3) by gsas2, 6.8 sigma apart"
    ]


def test_the_limit_is_three_sigma(tmp_path: Path) -> None:
    for factor, verdict in ((2.99, "agree"), (3.01, "differ")):
        write(tmp_path, "rietveld", RIETX, GSAS2 | {"z_o": 0.24065 + factor * 5e-5 * 2**0.5})
        z = next(r for r in checks(tmp_path, "rietveld") if r["quantity"] == "z_o")
        assert (z["verdict"], z["unit"]) == (verdict, "")


def test_what_one_of_them_refused_has_no_verdict(tmp_path: Path) -> None:
    write(tmp_path, "rietveld", RIETX, GSAS2 | REFUSED)
    found = checks(tmp_path, "rietveld")
    assert {row["verdict"] for row in found} == {"no_value"}
    assert found[0]["flags"] == "gate_failed;starts_agree"
    write_table(tmp_path / "consistency.csv", consistency_table(tmp_path, ["rietveld"]))
    assert differing(tmp_path / "consistency.csv") == []


def test_a_number_that_one_of_them_held_has_no_verdict(tmp_path: Path) -> None:
    write(tmp_path, "rietveld", RIETX, GSAS2 | {"a_sigma_angstrom": None})
    assert checks(tmp_path, "rietveld")[0]["verdict"] == "no_value"


def test_a_number_that_both_held_is_no_check(tmp_path: Path) -> None:
    held = {"li_ni_mixing_percent": 0.0, "li_ni_mixing_sigma_percent": None}
    write(tmp_path, "rietveld", RIETX | held, GSAS2 | held)
    assert [r["quantity"] for r in checks(tmp_path, "rietveld")] == list(ENGINE_NUMBERS[:3])


def test_a_phase_without_mixing_is_not_asked_for_it(tmp_path: Path) -> None:
    none = {"z_o": None, "z_o_sigma": None} | dict.fromkeys(
        ("li_ni_mixing_percent", "li_ni_mixing_sigma_percent")
    )
    write(tmp_path, "rietveld", RIETX | none, GSAS2 | none)
    assert [r["quantity"] for r in checks(tmp_path, "rietveld")] == ["a_angstrom", "c_angstrom"]


def test_frames_are_compared_each_with_its_own(tmp_path: Path) -> None:
    rows = [r | {"frame": k} for r in (RIETX, GSAS2) for k in range(3)]
    rows[4] = rows[4] | {"c_angstrom": 14.3}
    write(tmp_path, "rietveld", *rows)
    found = checks(tmp_path, "rietveld")
    assert [r["frame"] for r in found if r["verdict"] == "differ"] == [1]
    assert len(found) == 12


def test_one_engine_alone_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    write(tmp_path, "rietveld", RIETX, RIETX | {"frame": 1})
    assert checks(tmp_path, "rietveld") == []


def test_a_cell_by_lines_counts_the_spread_over_its_corrections(tmp_path: Path) -> None:
    write(tmp_path, "rietveld_phases", RIETX)
    write(tmp_path, "xrd_cell", CELL)
    a, c = checks(tmp_path, "rietveld_phases", "xrd_cell")
    assert (a["what_a"], a["what_b"], a["quantity"]) == ("rietveld rietx", "lines", "a_angstrom")
    assert a["sigma_b"] == pytest.approx(5e-5)  # 3 and 4 in quadrature
    assert a["difference_sigma"] == pytest.approx(-2.7e-4 / (3e-5**2 + 5e-5**2) ** 0.5)
    assert a["verdict"] == "differ"
    assert (c["quantity"], c["verdict"]) == ("c_angstrom", "agree")


def test_a_cell_by_lines_is_compared_with_the_phase_of_its_name(tmp_path: Path) -> None:
    rock_salt = RIETX | {"phase": "NiO", "a_angstrom": 4.177}
    write(tmp_path, "rietveld_phases", rock_salt, RIETX)
    write(tmp_path, "xrd_cell", CELL)
    found = checks(tmp_path, "rietveld_phases", "xrd_cell")
    assert {row["phase"] for row in found} == {"NCM"}
    write(tmp_path, "xrd_cell", CELL | {"phase": "another"})
    assert checks(tmp_path, "rietveld_phases", "xrd_cell") == []
    write(tmp_path, "rietveld_phases", RIETX)  # alone, its name does not matter
    assert checks(tmp_path, "rietveld_phases", "xrd_cell")[0]["verdict"] == "differ"


def test_a_cell_that_could_not_be_fitted_has_no_verdict(tmp_path: Path) -> None:
    lost = CELL | {name: None for name in CELL if "angstrom" in name}
    write(tmp_path, "rietveld_phases", RIETX)
    write(tmp_path, "xrd_cell", lost | {"status": "too_few_lines", "flags": "too_few_lines"})
    found = checks(tmp_path, "rietveld_phases", "xrd_cell")
    assert {row["verdict"] for row in found} == {"no_value"}
    assert found[0]["flags"] == "too_few_lines"


def test_many_differences_are_told_in_a_few_lines(tmp_path: Path) -> None:
    rows = [
        r | {"frame": k, "a_angstrom": 2.87 + 0.01 * (r is GSAS2)}
        for r in (RIETX, GSAS2)
        for k in range(9)
    ]
    write(tmp_path, "rietveld", *rows)
    write_table(tmp_path / "consistency.csv", consistency_table(tmp_path, ["rietveld"]))
    told = differing(tmp_path / "consistency.csv")
    assert len(told) == 6
    assert told[-1].strip() == "and 4 more in consistency.csv"
    assert differing(tmp_path / "none.csv") == []


@pytest.mark.parametrize(
    ("engine", "refined", "with_cell", "tables"),
    [
        ("rietx", ("ncm",), (), ()),
        ("auto", ("ncm",), ("other",), ()),
        ("both", (), ("ncm",), ()),
        ("both", ("ncm",), (), ("rietveld",)),
        ("rietx", ("ncm",), ("ncm",), ("rietveld_phases", "xrd_cell")),
        ("both", ("ncm",), ("ncm",), ("rietveld", "rietveld_phases", "xrd_cell")),
    ],
)
def test_it_is_made_where_there_is_something_to_compare(
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
    refined: tuple[str, ...],
    with_cell: tuple[str, ...],
    tables: tuple[str, ...],
) -> None:
    plan = SimpleNamespace(refined=lambda _: refined, with_cell=lambda _: with_cell)
    monkeypatch.setattr(consistency, "module", lambda technique, name: plan)
    options = {"rietveld": SimpleNamespace(engine=engine)}
    study = Study("s", Path(), Path("s.yaml"), Path("raw"), (), options)
    assert needed(study) == tables
