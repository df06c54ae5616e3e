"""Mistakes in the `rietveld` part of a study file: each is named, with its line."""

import re
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.core.study import Study
from pipeline.rietveld import plan
from pipeline.rietveld.read import extra_files, read_texts
from pipeline.rietveld.steps import instrument, refine
from pipeline.study.config import load_study
from pipeline.study.workflow import open_study

STUDY = """\
study: mine
raw: raw/mine
datasets: mine.tsv
rietveld:
  engine: rietx
  datasets: [pristine, charged]
  standards: {lab6: {phase: LaB6}}
  instrument: {standard: lab6}
  use: [NCM]
  phases:
    NCM:
      model: layered-oxide
      a_angstrom: 2.88
      c_angstrom: 14.2
      composition: {Ni: 0.95, Co: 0.018, Mn: 0.032}
    LaB6: {known: LaB6}
    other: {cif: other.cif}
  sensitivity: [pristine]
  overrides:
    charged: {phases: {NCM: {li_fraction: 0.3}}, use: [NCM, other]}
"""
TABLE = """\
dataset\ttechnique\trole\tpath\tmode\twavelength_angstrom
pristine\txrd\tsample\tp.xy\tdebye-scherrer\t1.546
charged\txrd\tsample\tc.xy\tdebye-scherrer\t1.546
lab6\txrd\tstandard\tl.xy\tdebye-scherrer\t1.546
"""


def load(folder: Path, study: str = STUDY, table: str = TABLE) -> Study:
    (folder / "mine.yaml").write_text(study)
    (folder / "mine.tsv").write_text(table)
    return load_study(folder / "mine.yaml")


def test_a_study_is_read_and_its_overrides_reach_single_keys_of_a_phase(tmp_path: Path) -> None:
    study = load(tmp_path)
    assert plan.refined(study) == ("pristine", "charged")
    assert plan.calibrated(study) == ("lab6",)
    charged = plan.options_of(study, "charged").phases["NCM"]
    assert charged.li_fraction == 0.3
    assert charged.composition == {"Ni": 0.95, "Co": 0.018, "Mn": 0.032}
    assert plan.options_of(study, "pristine").phases["NCM"].li_fraction == 1.0
    assert plan.present(study, "charged") == ("NCM", "other")
    assert plan.files(study, "charged") == ("other.cif",)
    assert plan.files(study, "pristine") == ()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[pristine, charged]", "[pristin, charged]", r":6: .*no xrd data set 'pristin'. Did you"),
        ("{lab6: {", "{lab7: {", r":7: .*no xrd data set 'lab7'. Did you mean 'lab6'\?"),
        ("{phase: LaB6}", "{phase: LaB}", r":7: .*no phase 'LaB' in `phases`. Did you mean 'LaB6'"),
        ("standard: lab6", "standard: pristine", r":8: .*'pristine' is not among the `standards`"),
        ("standard: lab6", "standard: lab6, file: x", r":8: .*`standard` or `file`, not both"),
        ("use: [NCM]", "use: [NMC]", r"no phase 'NMC' in `phases`. Did you mean 'NCM'\?"),
        ("model: layered-oxide", "model: layered", r":12: .*'layered-oxide'"),
        ("      composition: {Ni: 0.95, Co: 0.018, Mn: 0.032}\n", "", r":11: .*`composition`"),
        ("      a_angstrom: 2.88\n", "", r":11: .*needs its start cell"),
        ("{cif: other.cif}", "{cif: other.cif, known: NiO}", r":17: .*`known` and `cif`"),
        ("{cif: other.cif}", "{a_angstrom: 3.0}", r":17: .*none is given"),
        (
            "sensitivity: [pristine]",
            "sensitivity: [lab6]",
            r":18: .*no data set in `datasets` 'lab6'",
        ),
        ("    charged: {phases", "    lab6: {phases", r":20: .*no data set in `datasets` 'lab6'"),
        ("li_fraction: 0.3", "li_fraction: 30", r":20: .*li_fraction: 30 does not fit"),
        ("li_fraction: 0.3", "li: 0.3", r":20: .*unknown key 'li'"),
        (
            "datasets: [pristine, charged]",
            "datasets: [pristine, charged, pristine]",
            r":6: .*twice",
        ),
        (
            "{known: LaB6}",
            "{known: LaB6, li_fraction: 0.3}",
            r":16: .*`li_fraction` would do nothing",
        ),
        (
            "c_angstrom: 14.2",
            "b_angstrom: 3\n      c_angstrom: 14.2",
            r":\d+: .*`b_angstrom` equals a",
        ),
        ("use: [NCM, other]", "use: []", r":20: .*no phase for 'charged'"),
        ("engine: rietx", "engine: fullprof", r":5: .*'fullprof'|:5: .*engine"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in STUDY
    with pytest.raises(StudyError) as caught:
        load(tmp_path, STUDY.replace(before, after, 1))
    assert re.search(said, str(caught.value)), str(caught.value)


def test_a_standard_needs_its_role(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="'lab6' has the role `sample`"):
        load(tmp_path, table=TABLE.replace("standard", "sample"))


def test_a_row_of_the_technique_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="name it in `rietveld.datasets`|technique `xrd`"):
        load(tmp_path, table=TABLE.replace("charged\txrd", "charged\trietveld"))


def test_a_cif_is_followed_by_its_content_and_named_where_it_is_missing(tmp_path: Path) -> None:
    study = load(tmp_path)
    with pytest.raises(StudyError, match="needs the file 'other.cif', which is not in the raw"):
        extra_files(study, plan.files(study, "charged"))
    raw = study.home / study.raw
    raw.mkdir(parents=True)
    (raw / "other.cif").write_text("data_x\n")
    found = extra_files(study, plan.files(study, "charged"))
    assert found[0].path == "other.cif"
    assert found[0].size_bytes == 7
    assert read_texts(study, ["other.cif"]) == {"other.cif": "data_x\n"}
    (tmp_path / "secret.cif").write_text("data_y\n")
    with pytest.raises(StudyError, match="lies outside the raw folder"):
        read_texts(study, ["../../secret.cif"])


COMPLETE = STUDY.replace(", use: [NCM, other]", "").replace("    other: {cif: other.cif}\n", "")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "Mn: 0.032",
            "Mn: 0.3",
            r"mine.yaml: .*'pristine', phase 'NCM': the composition sums to 1.268",
        ),
        ("{known: LaB6}", "{known: LaB7}", r"'lab6', phase 'LaB6': no built-in phase 'LaB7'"),
        ("{standard: lab6}", "{file: n.instprm}", r"mine.yaml: .*'n.instprm': it is for neutrons"),
    ],
)
def test_what_makes_no_phase_or_profile_is_said_before_anything_runs(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in COMPLETE
    study = load(tmp_path, COMPLETE.replace(before, after, 1))
    (study.home / study.raw).mkdir(parents=True)
    (study.home / study.raw / "n.instprm").write_text(
        "#GSAS-II instrument parameter file\nType:PNC\n"
    )
    for name in ("p.xy", "c.xy", "l.xy"):
        (study.home / study.raw / name).write_text("10 1\n")
    with pytest.raises(StudyError, match=said):
        open_study([study.source], {}, study.source)


def test_a_profile_is_found_again_when_a_choice_that_it_was_found_with_changes(
    tmp_path: Path,
) -> None:
    before = instrument.options(load(tmp_path), "lab6")
    for line in (
        "dispersion: false",
        "scattering_factors: ionic",
        "gates: {rwp_percent: 5}",
        "position: none",
    ):
        changed = STUDY.replace("  engine: rietx", f"  engine: rietx\n  {line}")
        assert instrument.options(load(tmp_path, changed), "lab6") != before, line
    samples = STUDY.replace("  engine: rietx", "  engine: rietx\n  starts: 5")
    assert instrument.options(load(tmp_path, samples), "lab6") == before


def test_lithium_that_is_said_is_another_question_than_lithium_that_is_assumed(
    tmp_path: Path,
) -> None:
    silent = refine.options(load(tmp_path), "pristine")
    said = STUDY.replace("c_angstrom: 14.2", "c_angstrom: 14.2\n      li_fraction: 1.0")
    assert refine.options(load(tmp_path, said), "pristine") != silent


def test_a_standard_can_be_refined_as_a_sample_too(tmp_path: Path) -> None:
    both = (
        STUDY.replace("[pristine, charged]", "[pristine, charged, lab6]")
        .replace("{known: LaB6}", "{cif: lab6.cif}")
        .replace("charged: {", "lab6: {use: [other]}\n    charged: {")
    )
    assert plan.files(load(tmp_path, both), "lab6") == ("lab6.cif", "other.cif")
