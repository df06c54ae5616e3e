"""Mistakes in the `xrd` part of a study file and in its rows of the table: each is named, with its line."""

import re
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.study.config import load_study

STUDY = """\
study: mine
raw: raw/mine
datasets: mine.tsv
xrd:
  phases:
    O3: {a_angstrom: 2.87, c_angstrom: 14.2, reflections: [[0, 0, 3], [1, 0, 4]]}
  track: {window_deg: 0.5}
  cell: {phase: O3, ratios: {r: {over: [[0, 0, 3]], under: [[1, 0, 4]]}}}
  broadening: {instrument: lab6, lines: [[1, 0, 4]]}
  transitions: {against: time_s, changes: {loss: {quantity: area, hkl: [0, 0, 3]}, r: {quantity: ratio, name: r}}}
  overrides:
    lab6: {track: {search_deg: 0.2}}
"""
TABLE = """\
dataset\ttechnique\trole\tpath\tmode\twavelength_angstrom\ttogether
series\txrd\tsample\ts_*.xy\tdebye-scherrer\t0.45\t
lab6\txrd\tstandard\tlab6.xy\tdebye-scherrer\t0.45\t
gas\tms\tsample\tgas.asc\t\t\tseries
"""


def load(folder: Path, study: str, table: str) -> None:
    (folder / "mine.yaml").write_text(study)
    (folder / "mine.tsv").write_text(table)
    load_study(folder / "mine.yaml")


def test_the_study_without_a_mistake_is_read(tmp_path: Path) -> None:
    load(tmp_path, STUDY, TABLE)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        # YAML makes 3 of 003.
        ("[0, 0, 3], [1, 0, 4]", "003, 104", r":6: .*reflections.0: 3 is no reflection; .*\[0, 0"),
        ("[0, 0, 3]", "[0, 3]", r":6: .*reflections.0: \[0, 3\] is no reflection; write its three"),
        ("[0, 0, 3]", "[0, 0, 0]", r":6: .*\(0, 0, 0\) is no reflection"),
        ("c_angstrom: ", "c_angstrm: ", r":6: .*'c_angstrm'. Did you mean 'c_angstrom'\?"),
        ("instrument: lab6", "instrument: series", r":9: .*'series' has the role `sample`"),
        ("search_deg", "serch_deg", r":12: .*unknown key 'serch_deg'. Did you mean 'search_deg'\?"),
        ("search_deg: 0.2", "roam_deg: 0.2", r":12: .*`roam_deg` 0.2 is below `search_deg` 0.4"),
        ("search_deg: 0.2", "search_deg: -1", r":12: .*search_deg: -1 does not fit: should be gr"),
        (
            "over: [[0, 0, 3]]",
            "over: [[0, 0, 6]]",
            r":8: .*ratios.r: \(006\) is not among the `refl",
        ),
        ("lines: [[1, 0, 4]]", "lines: [[1, 1, 0]]", r":9: .*lines.0: \(110\) is not among"),
        ("hkl: [0, 0, 3]", "hkl: [0, 0, 6]", r":10: .*changes.loss: \(006\) is not among"),
        ("hkl: [0, 0, 3]", "name: r", r":10: .*loss: the quantity `area` needs `hkl`"),
        ("name: r}", "name: ra}", r":10: .*has no `ratios` 'ra'. Did you mean 'r'"),
        ("phase: O3", "phase: P3", r":8: .*cell.phase: phase 'P3' is not followed. Known: O3"),
        ("  track: {window_deg: 0.5}\n", "", r":7: .*xrd.cell: `cell` needs a `track` block"),
        ("instrument: lab6", "instrument: lab", r":9: .*no xrd data set 'lab'. Did you mean"),
        ("{window_deg: 0.5}", "{phases: [O2]}", r":7: .*phases.0: no phase 'O2'. Known: O3"),
        ("{phase: O3,", "{reference: powder,", r":8: .*reference: no xrd data set 'powder'"),
        ("O3: {a", "O3: {space_group: R -3 c, a", r":6: .*\(003\) is forbidden by R -3 c"),
        ("    lab6:", "    lab:", r":12: .*no xrd data set 'lab'. Did you mean 'lab6'\?"),
    ],
)
def test_mistakes_in_the_study_file(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in STUDY
    with pytest.raises(StudyError) as caught:
        load(tmp_path, STUDY.replace(before, after, 1), TABLE)
    assert re.search("mine.yaml" + said, str(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("0.45\t\nlab6", "0\t\nlab6", r":2: wavelength_angstrom 0 of 'series' is not between 0.05"),
        ("0.45\t\nlab6", "-1.54\t\nlab6", r":2: wavelength_angstrom -1.54 of 'series'"),
        ("0.45\t\nlab6", "154.06\t\nlab6", r":2: .* write it in angstrom"),
        ("0.45\t\nlab6", "0.45\tlab6\nlab6", r":2: 'together' of 'series' is not used"),
        ("s_*.xy\tdebye-scherrer", "s_*.xy\t", r":2: 'mode' .* needs it: `bragg-brentano`, `debye"),
        ("gas.asc\t", "gas.asc\tdebye-scherrer", r":4: mode 'debye-scherrer': ms has none; leave"),
        ("\t\tseries", "\t\tlab", r":4: 'together' of 'gas' names no data set: 'lab'. Did you"),
        ("\t\tseries", "\t\tgas", r":4: 'together' of 'gas' must name .* technique xrd"),
    ],
)
def test_mistakes_in_the_table(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in TABLE
    with pytest.raises(StudyError) as caught:
        load(tmp_path, STUDY, TABLE.replace(before, after, 1))
    assert re.search("mine.tsv" + said, str(caught.value)), str(caught.value)
