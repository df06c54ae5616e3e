import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.study.config import load_study

Write = Callable[..., Path]


def message(path: Path) -> str:
    with pytest.raises(StudyError) as caught:
        load_study(path)
    return str(caught.value)


def test_a_good_study_is_read(write_study: Write) -> None:
    study = load_study(write_study())
    assert study.name == "mine"
    assert [d.name for d in study.datasets] == ["a", "NiO", "LiNiO2"]
    assert study.dataset("NiO").valence == 2.0
    assert study.options["xas"].edge("Ni-K").normalise.pre_ev == (-150.0, -40.0)


def test_home_is_the_folder_of_config_wherever_we_stand(
    write_study: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write_study()
    monkeypatch.chdir("/")
    assert load_study(path).home == tmp_path


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("raw:", "rwa:", r"mine.yaml:2: rwa: unknown key 'rwa'. Did you mean 'raw'\?"),
        ("raw: raw/mine\n", "", r"mine.yaml:1: raw: this key is missing"),
        ("lcf:", "lfc:", r"mine.yaml:8: xas.Ni-K.lfc: unknown key 'lfc'. Did you mean 'lcf'\?"),
        ("pre_ev", "pre_eV", r":7: .*unknown key 'pre_eV'. Did you mean 'pre_ev'\?"),
        ("[-150, -40]", "[-40, -150]", r":7: .*must ascend"),
        ("[-150, -40]", "[-150, 40]", r":7: .*must end below the edge, not at 40 eV"),
        ("[-150, -40]", "[-150]", r":7: .*pre_ev"),
        ("8345.0", "8.345 keV", r":7: .*'8.345 keV' does not fit: should be a valid number"),
        ("8345.0", "-1", r":7: .*-1 eV is no absorption edge"),
        ("8345.0", "8.345", r":7: .*8.345 eV is no absorption edge .*is it 8.345 keV\? Write 8345"),
        (
            "raw: raw/mine",
            "raw: raw/mine\ndemo: {seed: 1}",
            r":3: `demo:` writes simulated files over",
        ),
        (
            "lcf: {standards: [NiO, LiNiO2]}",
            "lcf: 3",
            r":8: .*3 does not fit: keys and values belong",
        ),
        ("method: none", "method: foli", r":6: .*'foli' does not fit.*Did you mean 'foil'\?"),
        ("method: none", "method: given", r":6: .*`shift_ev` goes with `method: given`"),
        ("Ni-K:", "NiK:", r"mine.yaml:4: xas: 'NiK' is neither an option nor an edge"),
        ("Ni-K:", "Fe-K:", r":5: xas.Fe-K: no data set of the table has this element and edge"),
        ("LiNiO2]", "LiNi02]", r":8: .*no xas data set 'LiNi02'. Did you mean 'LiNiO2'\?"),
        ("LiNiO2]", "NiO]", r":8: .*standard named twice: NiO"),
        ("study: mine", "study: yours", r"mine.yaml:1: study 'yours' stands in a file named"),
        (
            "study: mine",
            "study: My Study",
            r":1: study: 'My Study' does not fit: lower-case letters",
        ),
        ("study: mine", "study: mine\nstudy: mine", r"mine.yaml:2: this key stands twice"),
        ("study: mine", "study: [mine", r"mine.yaml:\d+: this is no valid YAML"),
        ("mine.tsv", "nothing.tsv", r"nothing.tsv: there is no such data-set table"),
        (
            "    valence",
            "  overrides: {b: {lcf: {}}}\n  Mn-K:\n    valence",
            r":9: xas.overrides.b: no xas data set 'b'",
        ),
        (
            "    valence: {methods: [lcf]}",
            "  overrides: {a: {normalise: {post: 1}}}",
            r":9: .*unknown key 'post'. Did you mean 'post_ev'\?",
        ),
        (
            "    valence: {methods: [lcf]}",
            "  overrides: {a: {lcf: {standards: [NiOO]}}}",
            r":9: .*no xas data set 'NiOO'. Did you mean 'NiO'\?",
        ),
        (
            "    lcf: {standards: [NiO, LiNiO2]}\n",
            "",
            r":8: .*a valence by LCF needs an `lcf` block",
        ),
    ],
)
def test_each_mistake_has_its_line(write_study: Write, before: str, after: str, said: str) -> None:
    assert re.search(said, text := message(write_study((before, after)))), text


def test_every_mistake_is_told_at_once(write_study: Write) -> None:
    text = message(write_study(("e0_ev: 8345.0, pre_ev", "e0: 1, pre")))
    assert len(text.splitlines()) == 2


def test_yaml_1_2_rules_hold(write_study: Write) -> None:
    study = load_study(write_study(("8345.0", "8.345e3")))
    assert study.options["xas"].edge("Ni-K").normalise.e0_ev == 8345.0
    assert "mine.yaml:1: study: False" not in message(write_study(("study: mine", "study: NO")))


def test_an_override_changes_one_data_set(write_study: Write) -> None:
    path = write_study(
        (
            "    valence: {methods: [lcf]}",
            "  overrides: {NiO: {normalise: {post_degree: 1}, calibrate: {method: file}}}",
        )
    )
    options = load_study(path).options["xas"]
    assert options.for_dataset("NiO", "Ni-K").normalise.post_degree == 1
    assert options.for_dataset("NiO", "Ni-K").normalise.e0_ev == 8345.0
    assert options.for_dataset("a", "Ni-K").normalise.post_degree == 2


def test_a_standard_without_valence_is_refused_at_its_row(write_study: Write) -> None:
    text = message(write_study(table=("transmission\t3", "transmission\t")))
    assert re.search(r"mine.tsv:4: standard 'LiNiO2' has no 'valence'", text)


def test_a_missing_study_is_named(tmp_path: Path) -> None:
    assert "no such study file" in message(tmp_path / "nothing.yaml")


def test_binary_noise_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(bytes(range(128, 256)))
    assert "cannot be read as UTF-8 text" in message(tmp_path / "a.yaml")
