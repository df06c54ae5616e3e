"""What a study may ask of the edge line, and what is refused with its place."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.study.config import load_study
from pipeline.study.techniques import module
from pipeline.xas import plan

Write = Callable[..., Path]
FIT = "    lcf: {standards: [NiO, LiNiO2]}\n    valence: {methods: [lcf]}"


@pytest.mark.parametrize(
    ("valence", "said"),
    [
        (
            "methods: [edge]",
            r"method `edge` needs 3 standards of at least two valences .*has 2 of 2",
        ),
        ("methods: [edge], scatter_ev: 0.3, standards: [NiO, LiNi02]", r"no xas data set 'LiNi02'"),
        ("methods: [edge], scatter_ev: 0.3, standards: [NiO]", r"needs 2 standards .*has 1 of 1"),
        ("methods: [edge], scatter_ev: 0.3, standards: [NiO, a]", r"'a' has no 'valence', and the"),
        ("methods: [edge], standards: [NiO, NiO]", r"`standards` names twice: NiO"),
        ("methods: [edge, edge]", r"`methods` names twice: edge"),
        ("methods: [edge], edge_position: halfstep", r"Did you mean 'half_step'\?"),
        ("methods: [lcf, edge], scatter_ev: 0.3", r"a valence by LCF needs an `lcf` block"),
    ],
)
def test_each_mistake_is_told(write_study: Write, valence: str, said: str) -> None:
    path = write_study((FIT, f"    valence: {{{valence}}}"))
    with pytest.raises(StudyError) as caught:
        load_study(path)
    assert re.search(said, str(caught.value)), caught.value


def test_a_line_of_its_own_for_one_data_set_is_refused(write_study: Write) -> None:
    override = "  overrides: {a: {valence: {edge_position: area}}}"
    path = write_study((FIT, f"{FIT}\n{override}"))
    with pytest.raises(StudyError, match="the edge line is one for the edge, so `edge_position`"):
        load_study(path)


def test_a_line_without_any_fit(write_study: Write) -> None:
    """Method `edge` alone: two standards and a stated scatter, no `lcf` block."""
    study = load_study(write_study((FIT, "    valence: {methods: [edge], scatter_ev: 0.3}")))
    assert plan.lines(study) == ("Ni_K",)
    assert plan.valued(study) == ("a",)
    assert plan.fitted(study) == ()
    assert plan.line_standards(study, "Ni_K") == ("NiO", "LiNiO2")
    steps = {name: module("xas", f"steps.{name}") for name in ("line", "valence", "figures")}
    assert [p.parts[-2:] for p in steps["line"].inputs(study, "Ni_K")] == [
        ("NiO", "normalise.nxs"),
        ("LiNiO2", "normalise.nxs"),
    ]
    assert [p.name for p in steps["valence"].inputs(study, "a")] == ["normalise.nxs", "line.nxs"]
    assert "xas_Ni_K_line" in steps["figures"].targets(study)
    tables = module("xas", "tables").targets(study)
    assert "xas_edge_line" in tables
    assert "xas_lcf" not in tables


def test_without_the_method_there_is_no_line(write_study: Write) -> None:
    study = load_study(write_study())
    assert plan.lines(study) == ()
    assert "xas_edge_line" not in module("xas", "tables").targets(study)
    assert "xas_Ni_K_line" not in module("xas", "steps.figures").targets(study)


def test_the_family_of_a_compound_comes_from_the_table(write_study: Write) -> None:
    path = write_study()
    table = path.with_name("mine.tsv")
    lines = table.read_text().splitlines()
    cells = ("family", "", "oxide", "layered")
    table.write_text("\n".join(f"{a}\t{b}" for a, b in zip(lines, cells, strict=True)) + "\n")
    assert [d.family for d in load_study(path).datasets] == ["", "oxide", "layered"]
