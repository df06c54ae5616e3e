"""The layered oxide: fixed composition, one mixing number, any metals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import StudyError
from pipeline.rietveld.interface import PhaseModel, dumped, loaded
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.options.phases import PhaseOptions

NCM96 = {"Ni": 0.95, "Co": 0.018, "Mn": 0.032}


def layered(composition: dict[str, float], **more: object) -> PhaseModel:
    used = PhaseOptions(
        model="layered-oxide", a_angstrom=2.877, c_angstrom=14.195, composition=composition, **more
    )  # type: ignore[arg-type]
    return phase_models({"NCM": used}, {})[0]


def content(model: PhaseModel, site: str, mixing: float) -> dict[str, float]:
    values = {v.name: v.start for v in model.variables} | {"mixing": mixing}
    return {a.element: a.occupancy.at(values) for a in model.atoms if a.site == site}


def test_the_published_occupancies_with_the_icp_composition() -> None:
    model = layered(NCM96)
    assert content(model, "li", 0.0185) == pytest.approx({"Li": 0.9815, "Ni": 0.0185})
    assert content(model, "tm", 0.0185) == pytest.approx(
        {"Ni": 0.9315, "Co": 0.018, "Mn": 0.032, "Li": 0.0185}
    )
    assert model.space_group == "R -3 m:H"
    assert model.cell == (2.877, 2.877, 14.195, 90.0, 90.0, 120.0)
    assert [(a.site, a.multiplicity) for a in model.atoms if a.label in ("Li1", "Ni2", "O1")] == [
        ("li", 3),
        ("tm", 3),
        ("o", 6),
    ]
    assert [a.free for a in model.atoms] == [()] * 6 + [("z",)]


def test_nickel_on_the_lithium_site_is_divalent() -> None:
    charges = {a.label: a.charge for a in layered(NCM96).atoms}
    assert charges == {"Li1": 1, "Ni1": 2, "Ni2": 3, "Co2": 3, "Mn2": 4, "Li2": 1, "O1": -2}


def test_bounds_are_wider_than_physics() -> None:
    for variable in layered(NCM96).variables:
        assert variable.low < 0 < variable.start < variable.high


@given(
    st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5),
    st.floats(0.0, 1.0),
    st.floats(-0.05, 0.3),
)
def test_atoms_are_neither_made_nor_lost_by_mixing(
    parts: list[float], lithium: float, mixing: float
) -> None:
    metals = dict(zip(("Ni", "Mn", "Al", "W", "Zr"), (p / sum(parts) for p in parts), strict=True))
    model = layered(metals, li_fraction=lithium)
    both = [content(model, site, mixing) for site in ("li", "tm")]
    total = {e: sum(c.get(e, 0.0) for c in both) for c in both for e in c}
    assert total == pytest.approx(metals | {"Li": lithium})
    assert sum(both[1].values()) == pytest.approx(1.0)


def test_lithium_content_of_a_charged_state() -> None:
    assert content(layered(NCM96, li_fraction=0.3), "li", 0.0185) == pytest.approx(
        {"Li": 0.2815, "Ni": 0.0185}
    )


def test_excess_lithium_on_the_metal_site() -> None:
    model = layered({"Li": 0.05, "Ni": 0.6, "Mn": 0.35})
    assert content(model, "tm", 0.02)["Li"] == pytest.approx(0.07)


def test_a_phase_without_nickel_is_not_mixed() -> None:
    model = layered({"Co": 1.0})
    mixing = model.variables[0]
    assert (mixing.name, mixing.start, mixing.refine) == ("mixing", 0.0, False)
    assert [a.label for a in model.atoms] == ["Li1", "Co2", "O1"]
    other = layered({"Co": 1.0}, mixing_element="Co")
    assert [a.label for a in other.atoms] == ["Li1", "Co1", "Co2", "Li2", "O1"]
    assert other.variables[0].refine


def test_what_is_held() -> None:
    assert not layered(NCM96, refine_mixing=False).variables[0].refine
    held = layered(NCM96, refine_atoms="none")
    assert [v.refine for v in held.variables] == [True, False, False, False]
    assert not held.atoms[-1].free
    only_u = layered(NCM96, refine_atoms="u")
    assert all(v.refine for v in only_u.variables)
    assert not only_u.atoms[-1].free
    turned = layered(NCM96, preferred_orientation=(0, 0, 3), refine_size=False)
    assert (turned.march_axis, turned.march_ratio, turned.refine_size) == ((0, 0, 3), 1.0, False)


def test_the_published_site_that_holds_1_01() -> None:
    with pytest.raises(StudyError, match=r"sums to 1\.01 .*its site holds 1"):
        layered({"Ni": 0.96, "Co": 0.018, "Mn": 0.032})


@pytest.mark.parametrize(
    ("composition", "more", "message"),
    [
        ({"Ni": 0.9, "Zz": 0.1}, {}, "'Zz' is no element"),
        ({"ni": 1.0}, {}, "'ni' is no element"),
        ({"Ni": 1.2, "Mn": -0.2}, {}, "less than nothing of Mn"),
        ({"Ni": 1.0}, {"li_fraction": 1.1}, "more than the lithium site holds"),
        ({"Co": 1.0}, {"mixing_percent": 5.0}, "of Ni, of which the composition has none"),
        ({"Ni": 0.1, "Co": 0.9}, {"mixing_percent": 20.0}, "needs more Ni than the composition"),
        ({"Ni": 1.0}, {"mixing_element": "O"}, "is a metal, not O"),
    ],
)
def test_refused(composition: dict[str, float], more: dict[str, object], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        layered(composition, **more)


def test_goes_to_json_and_back() -> None:
    import json

    model = layered(NCM96, preferred_orientation=(0, 0, 3))
    assert loaded(json.loads(dumped(model)), PhaseModel) == model
