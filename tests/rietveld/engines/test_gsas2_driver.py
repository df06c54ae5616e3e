"""The parts of GSAS-II's driver that need no GSAS-II: constraints, cells, units."""

import ast
import json
import math
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import pytest

from pipeline.rietveld.engines.gsas2.driver import cell, constraints, units
from pipeline.rietveld.engines.gsas2.driver.refusal import Refusal
from pipeline.rietveld.interface.as_json import dumped, plain
from tests.rietveld.engines.jobs import lab_job, layered

DRIVER = Path(cell.__file__).parent


def form(constant: float, **factors: float) -> dict[str, Any]:
    return {
        "constant": constant,
        "variables": list(factors),
        "factors": list(factors.values()),
    }


def solved(found: constraints.Translation, names: list[str], values: list[float]) -> dict[str, Any]:
    at = dict(zip(names, values, strict=True))
    carried = np.array([at[p] for p in found.carriers])
    return dict(zip(found.variables, found.matrix @ (carried - found.offset), strict=True))


def test_a_layered_oxide_has_three_equations_for_its_mixing() -> None:
    names = ["Li1", "Ni1", "Ni2", "Co", "Li2"]
    forms = [form(1, x=-1), form(0, x=1), form(0.96, x=-1), form(0.018), form(0, x=1)]
    found = constraints.translated(names, forms, ["x"], {"x": 0.05})
    assert set(found.refined) == {"Li1", "Ni1", "Ni2", "Li2"}
    assert len(found.carriers) == 1
    assert len(found.equations) == 3
    at = dict(zip(names, [0.95, 0.05, 0.91, 0.018, 0.05], strict=True))
    for e in found.equations:
        total = sum(f * at[p] for f, p in zip(e.factors, e.parameters, strict=True))
        assert total == pytest.approx(e.total)
    assert solved(found, names, list(at.values())) == {"x": pytest.approx(0.05)}


def test_shared_displacements_are_equalities() -> None:
    found = constraints.translated(["a", "b", "c"], [form(0, u=1)] * 3, ["u"], {"u": 0.01})
    assert constraints.equalities(found.equations)
    assert [e.parameters for e in found.equations] == [("b", "a"), ("c", "a")]


def test_variables_that_no_single_parameter_carries_are_told_from_several() -> None:
    names = ["p", "q", "r"]
    forms = [form(0.1, x=1, y=1), form(0.2, x=1, y=-1), form(1.0, x=2, y=0.5)]
    found = constraints.translated(names, forms, ["x", "y"], {})
    x, y = 0.3, 0.07
    values = [f["constant"] + f["factors"][0] * x + f["factors"][1] * y for f in forms]
    assert solved(found, names, values) == {"x": pytest.approx(x), "y": pytest.approx(y)}
    (rest,) = found.equations
    at = dict(zip(names, values, strict=True))
    total = sum(f * at[p] for f, p in zip(rest.factors, rest.parameters, strict=True))
    assert total == pytest.approx(rest.total)


def test_variables_that_hang_together_are_refused_in_words() -> None:
    forms = [form(0, x=1, y=1), form(1, x=-2, y=-2)]
    with pytest.raises(Refusal, match="do not tell the variables x, y apart"):
        constraints.translated(["p", "q"], forms, ["x", "y"], {})


def test_a_held_variable_is_a_constant() -> None:
    found = constraints.translated(
        ["p", "q"], [form(1, x=-1, y=1), form(0, x=1)], ["x"], {"x": 0.1, "y": 0.25}
    )
    assert found.variables == ("x",)
    (e,) = found.equations
    assert sum(f * v for f, v in zip(e.factors, (1.15, 0.1), strict=True)) == pytest.approx(e.total)


CELLS = {
    "cubic": ((4.157, 4.157, 4.157, 90, 90, 90), False),
    "trigonal": ((2.877, 2.877, 14.195, 90, 90, 120), False),
    "tetragonal": ((3.785, 3.785, 9.51, 90, 90, 90), False),
    "orthorhombic": ((4.9, 5.7, 8.1, 90, 90, 90), False),
    "monoclinic": ((8.359, 4.973, 6.198, 90, 114.8, 90), False),
    "triclinic": ((5.1, 6.2, 7.3, 81, 99, 107), False),
    "rhombohedral": ((4.99, 4.99, 4.99, 33.5, 33.5, 33.5), True),
}


@pytest.mark.parametrize("system", CELLS)
def test_cells_are_those_of_gemmi_and_back(system: str) -> None:
    given, _ = CELLS[system]
    terms = cell.terms_of(given)
    unit = gemmi.UnitCell(*given)
    for h, k, m in ((1, 0, 4), (2, -1, 3), (0, 2, 1)):
        inverse = terms @ np.array([h * h, k * k, m * m, h * k, h * m, k * m])
        assert 1 / math.sqrt(inverse) == pytest.approx(unit.calculate_d([h, k, m]), rel=1e-12)
    assert cell.cell_of(terms) == pytest.approx(given, rel=1e-12)


@pytest.mark.parametrize("system", CELLS)
def test_derivatives_are_differences_along_what_symmetry_allows(system: str) -> None:
    given, rhombohedral = CELLS[system]
    crystal = "trigonal" if rhombohedral else system
    terms = cell.terms_of(given)
    tied, names = cell.ties(crystal, rhombohedral, "b")
    assert tied.shape == (6, len(names))
    slopes = cell.derivatives(terms) @ tied
    for j in range(tied.shape[1]):
        step = 1e-6 * np.abs(terms).max() * tied[:, j]
        change = (cell.cell_of(terms + step) - cell.cell_of(terms - step)) / (
            2e-6 * np.abs(terms).max()
        )
        assert slopes[:, j] == pytest.approx(change, rel=1e-5, abs=1e-5)


def test_sigma_of_a_hexagonal_cell_is_that_of_its_a0() -> None:
    """a = sqrt(4 / (3 A0)): sigma(a) = a sigma(A0) / (2 A0); 5/3 of it where A1 and A3 are not taken for A0."""
    terms = cell.terms_of((2.877, 2.877, 14.195, 90, 90, 120))
    tied, _ = cell.ties("trigonal", False, "b")
    a_by_a0 = (cell.derivatives(terms) @ tied)[0, 0]
    assert a_by_a0 == pytest.approx(-2.877 / (2 * terms[0]), rel=1e-12)


def test_an_instrument_is_written_in_gsas2s_units() -> None:
    x = np.linspace(10, 20, 5)
    text = units.instrument_text(json.loads(dumped(lab_job(x, x))))
    values = dict(p.split(":", 1) for p in text.replace("\n", ";").split(";") if ":" in p)
    expected = {"U": 2.0, "V": -2.0, "W": 5.0, "X": 1.0, "Y": 8.0, "SH/L": 0.02, "Lam2": 1.5444}
    assert {k: pytest.approx(v) for k, v in expected.items()} == {
        k: float(values[k]) for k in expected
    }


def test_a_pattern_reads_back_equal() -> None:
    x = np.linspace(10, 20, 7) / 3
    job = lab_job(x, 100 * x**3)
    back = np.array(
        [line.split() for line in units.pattern_text(json.loads(dumped(job))).splitlines()], float
    )
    assert (np.array([job.two_theta_deg, job.counts, job.sigma_counts]) == back.T).all()


def test_space_groups_are_gsas2s() -> None:
    assert units.space_group_symbol("R -3 m:H") == "R -3 m"
    assert units.space_group_symbol("R -3 m:R") == "R -3 m R"
    assert units.space_group_symbol("F d -3 m:2") == "F d -3 m"
    with pytest.raises(ValueError, match="F d -3 m:1"):
        units.space_group_symbol("F d -3 m:1")


@pytest.mark.parametrize("file", sorted(DRIVER.glob("*.py")), ids=lambda p: p.name)
def test_the_driver_reads_in_python_3_9_and_imports_nothing_of_ours(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
    outside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            outside |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            outside.add(str(node.module).split(".")[0])
    assert "pipeline" not in outside
    assert ("GSASII" in outside) == (file.name == "gsas.py")


def test_a_layered_oxide_fits_in_one_line_of_json() -> None:
    model = plain(layered())
    assert model["atoms"][0]["occupancy"] == form(1.0, mixing=-1.0)
