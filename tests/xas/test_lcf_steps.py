"""The steps of fits: what they read, what reruns them, and which names a study may give."""

from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.study.config import load_study
from pipeline.xas import plan, tables
from pipeline.xas.steps import combinations, lcf, valence

STUDY = """
study: mine
raw: raw
datasets: mine.tsv
xas:
  Ni-K:
    calibrate: {{method: none}}
    normalise: {{e0_ev: 8345.0{method}}}
    lcf: {{standards: [NiO, LNO]{lcf}}}
    valence: {{methods: [lcf]}}
"""
TABLE = """dataset\ttechnique\trole\tsample\tpath\telement\tedge\tmode\tvalence
a\txas\tsample\tA\ta.dat\tNi\tK\ttransmission\t
NiO\txas\tstandard\tNiO\tb.dat\tNi\tK\ttransmission\t2
LNO\txas\tstandard\tLNO\tc.dat\tNi\tK\ttransmission\t3
NCA\txas\tstandard\tNCA\td.dat\tNi\tK\ttransmission\t
"""
SETS = ", combinations: {candidates: [a, NiO, LNO, NCA], most: 2}"


def study(folder: Path, fit: str = "", method: str = ""):
    (folder / "raw").mkdir()
    for name in "abcd":
        (folder / "raw" / f"{name}.dat").write_text("1 2\n")
    (folder / "mine.tsv").write_text(TABLE)
    file = folder / "mine.yaml"
    file.write_text(STUDY.format(lcf=fit, method=method))
    return load_study(file)


def names(paths) -> list[str]:
    return [f"{p.parent.name}/{p.stem}" for p in paths]


def test_the_fit_reads_calibrated_series_where_windows_vary(tmp_path):
    made = study(tmp_path)
    three = ["a", "NiO", "LNO"]
    expected = [f"{n}/{s}" for s in ("normalise", "calibrate") for n in three]
    assert names(lcf.inputs(made, "a")) == expected
    assert set(lcf.options(made, "a")["normalise"]) == set(three)


@pytest.mark.parametrize(
    ("fit", "method"), [(", model_windows: false", ""), ("", ", method: none")]
)
def test_the_fit_reads_normalised_series_alone_where_they_do_not(tmp_path, fit, method):
    made = study(tmp_path, fit, method)
    assert names(lcf.inputs(made, "a")) == ["a/normalise", "NiO/normalise", "LNO/normalise"]
    assert "normalise" not in lcf.options(made, "a")


def test_sets_of_standards_are_a_step_of_their_own(tmp_path):
    made = study(tmp_path, SETS)
    assert plan.combined(made) == ("a",)
    # A sample that is a candidate itself is not fitted by itself.
    assert names(combinations.inputs(made, "a")) == [
        f"{n}/normalise" for n in ("a", "NiO", "LNO", "NCA")
    ]
    assert names(valence.inputs(made, "a")) == ["a/lcf", "a/combinations"]
    assert valence.options(made, "a")["standards"] == {"NiO": 2.0, "LNO": 3.0}
    assert "xas_lcf_combinations" in tables.targets(made)


def test_without_sets_there_is_no_step_and_no_table(tmp_path):
    made = study(tmp_path)
    assert plan.combined(made) == combinations.targets(made) == ()
    assert "xas_lcf_combinations" not in tables.targets(made)
    assert names(valence.inputs(made, "a")) == ["a/lcf"]


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (
            ", combinations: {candidates: [NiO, NiOO]}",
            r"no xas data set 'NiOO'\. Did you mean 'NiO'\?",
        ),
        (", combinations: {candidates: [NiO, NiO]}", "candidate named twice: NiO"),
        (", combinations: {candidates: [NiO], fewest: 2}", "`fewest` 2 exceeds"),
        (", weights: variances", "uniform"),
        (", bootstrap: -1", "greater than or equal to 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(tmp_path, fit, message):
    with pytest.raises(StudyError, match=message) as caught:
        study(tmp_path, fit)
    assert "mine.yaml:9" in str(caught.value)
