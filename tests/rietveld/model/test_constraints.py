"""Own variables and linear constraints."""

import pytest

from pipeline.core.errors import StudyError
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.options.phases import PhaseOptions
from tests.rietveld.model.cifs import cif, model_of

SPINEL = """A1 Mn2+ 0.125 0.125 0.125 0.9 0.006
A2 Ni2+ 0.125 0.125 0.125 0.1 0.006
B1 Mn3+ 0.5 0.5 0.5 0.55 0.006
B2 Ni2+ 0.5 0.5 0.5 0.45 0.006
O1 O2- 0.263 0.263 0.263 1 0.008"""
TEXT = cif("F d -3 m :2", (8.4,) * 3 + (90,) * 3, SPINEL)
INVERSION = [
    {"atom": "A1", "quantity": "occupancy", "equals": {"inversion": 1}},
    {"atom": "A2", "quantity": "occupancy", "equals": {"constant": 1, "inversion": -1}},
    {"atom": "B1", "quantity": "occupancy", "equals": {"constant": 1, "inversion": -0.5}},
    {"atom": "B2", "quantity": "occupancy", "equals": {"inversion": 0.5}},
]
START = {"inversion": {"start_low_high": (0.9, -0.5, 1.5)}}


def test_the_inversion_of_a_spinel() -> None:
    model = model_of(TEXT, variables=START, constraints=INVERSION)
    values = {v.name: v.start for v in model.variables} | {"inversion": 0.8}
    assert {a.label: a.occupancy.at(values) for a in model.atoms[:4]} == pytest.approx(
        {"A1": 0.8, "A2": 0.2, "B1": 0.6, "B2": 0.4}
    )
    inversion = model.variables[-1]
    assert (inversion.key, inversion.start, inversion.refine) == ("inversion_fraction", 0.9, True)


def test_one_u_for_all_drops_those_of_the_sites() -> None:
    same = [
        {"atom": a, "quantity": "u_iso", "equals": {"u": 1}} for a in ("A1", "A2", "B1", "B2", "O1")
    ]
    model = model_of(
        TEXT, variables={"u": {"start_low_high": (0.006, -0.02, 0.2)}}, constraints=same
    )
    assert [(v.name, v.unit) for v in model.variables] == [("u", "angstrom2")]


def test_a_held_u_is_a_constant() -> None:
    held = [{"atom": "O1", "quantity": "u_iso", "equals": {"constant": 0.01}}]
    model = model_of(TEXT, constraints=held)
    assert "u_o1" not in [v.name for v in model.variables]
    assert model.atoms[-1].u_iso.at({}) == 0.01


def layered(**more: object) -> PhaseModel:
    used = PhaseOptions(
        model="layered-oxide", a_angstrom=2.88, c_angstrom=14.2, composition={"Ni": 1.0}, **more
    )  # type: ignore[arg-type]
    return phase_models({"P": used}, {})[0]


def test_a_built_in_variable_restarted_and_another_following_it() -> None:
    model = layered(
        variables={"u_tm": {"start_low_high": (0.002, 0.0, 0.1)}},
        constraints=[{"atom": "O1", "quantity": "u_iso", "equals": {"u_tm": 2.0}}],
    )
    assert [(v.name, v.start, v.low) for v in model.variables if v.name == "u_tm"] == [
        ("u_tm", 0.002, 0.0)
    ]
    assert "u_o" not in [v.name for v in model.variables]
    assert model.atoms[-1].u_iso.at({"u_tm": 0.002}) == pytest.approx(0.004)


@pytest.mark.parametrize(
    ("variables", "constraints", "message"),
    [
        (START, [], "nothing follows the variable 'inversion'"),
        ({}, INVERSION[:1], "no variable 'inversion'"),
        (START, [{**INVERSION[0], "atom": "a1"}], r"no atom 'a1'\. Did you mean 'A1'"),
        (START, [INVERSION[0], INVERSION[0]], "constraint 2: occupancy of A1 is constrained twice"),
        (START, [*INVERSION, {"atom": "O1", "quantity": "u_iso", "equals": {"inversion": 1}}], "an occupancy and for a displacement"),
        ({"in-version": {"start_low_high": (0.9, 0, 1)}}, [{"atom": "A1", "quantity": "occupancy", "equals": {"in-version": 1}}], "cannot name a variable"),
        ({"inversion": {"start_low_high": (1.4, 0, 1.5)}}, INVERSION, r"A2 has the occupancy -0\.4"),
        ({"inversion": {"start_low_high": (0.99, 0, 1.5)}}, INVERSION[:1], r"holds 1\.09 atoms"),
    ],
)  # fmt: skip
def test_refused(variables: dict[str, object], constraints: list[object], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        model_of(TEXT, variables=variables, constraints=constraints)
