"""The two studies of real data that are shipped as configuration, step by step in one process.

Data: perex (BSD-3-Clause; G. Moehl, ROCK SOLEIL, BIG-MAP) and xraylarch's Mn.prj (MIT).
"""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.nexus import read_record
from pipeline.core.study import Study
from pipeline.xas.records import (
    CalibratedSeries,
    EdgeLine,
    ExafsSeries,
    LcfResult,
    McrResult,
    NormalisedSeries,
    PcaResult,
    ScanStatus,
    Valences,
)
from tests.reference.shipped import run, table

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def lno(root: Path, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run("lno-operando", root, data_dir, tmp_path_factory.mktemp("lno"))


@pytest.fixture(scope="module")
def manganese(root: Path, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run("mn-valence", root, data_dir, tmp_path_factory.mktemp("mn"))


def result(study: Study, dataset: str, step: str, cls: type) -> object:
    return read_record(study.home / study.result("xas", dataset, step), cls)


def test_lno_foil_gives_the_makers_shifts_back(lno: Study) -> None:
    series = result(lno, "LNO_cell4", "calibrate", CalibratedSeries)
    difference = series.shift_ev - series.raw.file_shift_ev
    difference -= difference.mean()  # the makers put the foil at 8333.15 eV, the study at 8333
    assert series.raw.n_scans == 23
    assert difference.std() <= 0.025
    assert np.abs(difference).max() <= 0.07


def test_lno_every_scan_has_its_charge_and_voltage(lno: Study) -> None:
    beside = result(lno, "LNO_cell4", "calibrate", CalibratedSeries).covariates
    assert np.isfinite(beside.charge_mah).all()
    assert beside.charge_mah[0] == pytest.approx(0.0, abs=0.01)
    assert beside.voltage_v.min() >= 3.0
    assert beside.voltage_v.max() <= 4.31
    assert (np.diff(beside.time_s) > 0).all()


def test_lno_charged_fraction_follows_the_first_charge(lno: Study) -> None:
    """r = 0.985 was measured on the first charge, the first six of the 23 scans (data README)."""
    fitted = result(lno, "LNO_cell4", "lcf", LcfResult)
    charged = fitted.fraction[:, fitted.standards.index("LNO_charged")]
    first_charge = slice(0, 6)
    r = np.corrcoef(charged[first_charge], fitted.covariates.charge_mah[first_charge])[0, 1]
    assert r == pytest.approx(0.985, abs=0.01)
    assert (np.diff(charged[first_charge]) > 0).all()


def test_lno_standards_of_the_series_itself_come_back_as_one(lno: Study) -> None:
    fitted = result(lno, "LNO_cell4", "lcf", LcfResult)
    assert fitted.fraction[0] == pytest.approx([1.0, 0.0], abs=0.005)
    assert fitted.fraction[6] == pytest.approx([0.0, 1.0], abs=0.005)


def test_lno_tables_have_a_row_a_scan(lno: Study) -> None:
    assert len(table(lno, "xas_edge").rows) == 23 + 2
    assert len(table(lno, "xas_lcf").rows) == 23 * 2
    assert table(lno, "xas_edge").columns[-1] == "flags"


def test_mn_project_states_the_shifts(manganese: Study) -> None:
    assert result(manganese, "Mn3O4", "calibrate", CalibratedSeries).shift_ev == pytest.approx(19.1)
    assert result(manganese, "MnO", "calibrate", CalibratedSeries).shift_ev == pytest.approx(1.2982)


def test_mn_valences_cover_the_stoichiometry(manganese: Study) -> None:
    """gamma-MnOOH is 3.00, Mn3O4 2.667; LCF of MnO and Mn2O3 gave 2.74 before (data README)."""
    for name, nominal in (("gamma_mnooh", 3.0), ("Mn3O4", 2.667)):
        found = result(manganese, name, "valence", Valences).lcf
        total = np.hypot(found.valence_sigma, found.valence_model_sigma)
        assert abs(found.valence[0] - nominal) < 2 * total[0]
        assert total[0] < 0.25
    assert result(manganese, "Mn3O4", "valence", Valences).lcf.valence[0] == pytest.approx(
        2.74, abs=0.03
    )


def test_mn_edges_rise_with_the_valence(manganese: Study) -> None:
    half = {
        name: result(manganese, name, "normalise", NormalisedSeries).half_step_ev[0]
        for name in ("MnO", "Mn3O4", "gamma_mnooh", "pyrolusite")
    }
    assert half["MnO"] < half["Mn3O4"] < half["gamma_mnooh"] < half["pyrolusite"]


def rows(study: Study, name: str) -> list[dict[str, object]]:
    made = table(study, name)
    return [dict(zip(made.columns, row, strict=True)) for row in made.rows]


def test_mn_manganite_on_the_line_through_salts_and_tunnel_oxides(manganese: Study) -> None:
    """3.00 by stoichiometry; half-step line, data README. The interval is +-0.06."""
    found = result(manganese, "gamma_mnooh", "valence", Valences).edge
    assert found.valence[0] == pytest.approx(3.0, abs=0.05)
    assert found.valence_low[0] < 3.0 < found.valence_high[0]
    assert found.valence_high[0] - found.valence_low[0] < 1.0
    assert "line_across_families" in found.flags[0]


def test_mn_spinel_by_both_methods_covers_its_stoichiometry(manganese: Study) -> None:
    """8/3; the line through salts gives 2.38, for a spinel is another family (data README)."""
    both = result(manganese, "Mn3O4", "valence", Valences)
    for one in both.by_method:
        assert one.valence_low[0] < 8 / 3 < one.valence_high[0], one.method
    assert both.edge.valence[0] == pytest.approx(2.38, abs=0.02)
    assert "family_differs" in both.edge.flags[0]
    assert both.edge.valence_model_sigma[0] > 5 * both.edge.valence_sigma[0]
    methods = [row["method"] for row in rows(manganese, "xas_valence") if row["dataset"] == "Mn3O4"]
    assert methods == ["lcf", "edge"]


def test_mn_every_compound_of_known_valence_is_left_out_once(manganese: Study) -> None:
    told = {row["standard"]: row for row in rows(manganese, "xas_edge_line")}
    assert len(told) == 10
    in_line = {name for name, row in told.items() if row["in_line"] == "yes"}
    assert in_line == {"MnCl2", "Mn_oxalate", "rhodochrosite", "pyrolusite", "ramsdellite"}
    for name in in_line:
        assert abs(told[name]["residual_valence"]) < 0.15, name
        assert "line_across_families" in told[name]["flags"]
    for name, off in (("MnO", -0.67), ("Mn2O3", 0.24), ("Li2MnO3", 0.66), ("Mn3O4", -0.28)):
        assert told[name]["residual_valence"] == pytest.approx(off, abs=0.02), name
        assert "family_differs" in told[name]["flags"]


def test_mn_derivative_is_a_poor_measure_of_the_valence(manganese: Study) -> None:
    """The line through the maxima of the derivative gives manganite 2.31 (data README)."""
    at = {row["dataset"]: row["derivative_ev"] for row in rows(manganese, "xas_edge")}
    salts = np.mean([at[name] for name in ("MnCl2", "Mn_oxalate", "rhodochrosite")])
    oxides = np.mean([at[name] for name in ("pyrolusite", "ramsdellite")])
    valence = 2 + 2 * (at["gamma_mnooh"] - salts) / (oxides - salts)
    assert valence == pytest.approx(2.31, abs=0.02)
    line = result(manganese, "Mn_K", "line", EdgeLine)
    assert line.slope_ev == pytest.approx(2.65, abs=0.03)
    assert line.scatter_ev < 0.2


def test_mn_area_follows_the_half_step(manganese: Study) -> None:
    made = rows(manganese, "xas_edge")
    both = np.array([(row["e0_half_step_ev"], row["area_ev"]) for row in made])
    assert np.isfinite(both).all()
    assert np.corrcoef(both.T)[0, 1] > 0.99


def test_lno_series_are_taken_apart(lno: Study) -> None:
    """Three components; pristine held, the resolution moves away from it as the fit does; fine structure of all."""
    components = result(lno, "LNO_cell4", "pca", PcaResult)
    assert components.used_count == 3
    assert components.verdicts == ("accepted", "accepted")
    resolved = result(lno, "LNO_cell4", "mcr", McrResult)
    assert resolved.components == ("LNO_pristine", "component_1", "component_2")
    fitted = result(lno, "LNO_cell4", "lcf", LcfResult)
    assert np.corrcoef(resolved.concentration[:, 0], fitted.fraction[:, 0])[0, 1] > 0.96
    structure = result(lno, "LNO_cell4", "exafs", ExafsSeries)
    assert set(structure.status) == {ScanStatus.OK}
    assert len(table(lno, "xas_mcr").rows) == 23 * 3
    assert len(table(lno, "xas_exafs").rows) == 25
    assert len(table(lno, "xas_target_transform").rows) == 2
