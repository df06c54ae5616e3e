"""Finding GSAS-II, with interpreters that are none: nothing here needs it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.rietveld.engines.gsas2 import find, find_gsas2
from pipeline.rietveld.options import Gsas2Options

ANSWERS = f"""#!{sys.executable}
import pathlib
seen = pathlib.Path(__file__).with_suffix(".count")
seen.write_text((seen.read_text() if seen.exists() else "") + "x")
print("a banner")
print('{find.MARK}' + '{{"problem": "", "version": "v5.9"}}')
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.delenv(find.ENVIRONMENT, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    find._found.cache_clear()
    yield
    find._found.cache_clear()


def program(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_the_named_interpreter_is_used(tmp_path: Path) -> None:
    python = program(tmp_path / "python", ANSWERS)
    found = find_gsas2(Gsas2Options(python=python))
    assert (found.python, found.version, found.problem) == (python, "v5.9", "")


def test_it_is_asked_once(tmp_path: Path) -> None:
    python = program(tmp_path / "python", ANSWERS)
    assert find_gsas2(Gsas2Options(python=python)) is find_gsas2(Gsas2Options(python=python))
    assert (tmp_path / "python.count").read_text() == "x"


def test_a_named_interpreter_that_is_not_there_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(find.ENVIRONMENT, program(tmp_path / "python", ANSWERS))
    found = find_gsas2(Gsas2Options(python="/nowhere/python"))
    assert found.python == ""
    assert "/nowhere/python" in found.problem
    assert "there is no such program" in found.problem


def test_the_environment_variable_comes_after_the_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = program(tmp_path / "python", ANSWERS)
    monkeypatch.setenv(find.ENVIRONMENT, python)
    found = find_gsas2(Gsas2Options())
    assert found.python == python
    assert find.ENVIRONMENT in found.looked_at[0].because


def test_an_interpreter_without_it_is_said_to_lack_gsas2(tmp_path: Path) -> None:
    text = f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n'
    found = find_gsas2(Gsas2Options(python=program(tmp_path / "python", text)))
    assert "No module named 'GSASII'" in found.problem


def test_an_interpreter_that_fails_is_quoted(tmp_path: Path) -> None:
    text = f"#!{sys.executable}\nimport sys\nsys.exit('no such library: libg2.so')\n"
    found = find_gsas2(Gsas2Options(python=program(tmp_path / "python", text)))
    assert "code 1" in found.problem
    assert "libg2.so" in found.problem


def test_an_interpreter_without_it_says_so() -> None:
    found = find_gsas2(Gsas2Options(python=sys.executable, path="/nowhere"))
    assert "ModuleNotFoundError" in found.problem


def test_it_must_have_its_compiled_parts(tmp_path: Path) -> None:
    package = tmp_path / "GSASII"
    package.mkdir()
    for name in ("__init__", "GSASIIscriptable"):
        (package / f"{name}.py").write_text("")
    (package / "GSASIIpath.py").write_text(
        "def GetVersionTag(): return '?'\ndef GetVersionNumber(): return 5838\n"
    )
    options = Gsas2Options(python=sys.executable, path=str(tmp_path))
    assert "pypowder" in find_gsas2(options).problem
    (package / "pypowder.py").write_text("")
    find._found.cache_clear()
    found = find_gsas2(options)
    assert (found.problem, found.version, found.path) == ("", "5838", str(tmp_path))


def test_an_interpreter_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "PROBE_S", 0.5)
    text = f"#!{sys.executable}\nimport time\ntime.sleep(60)\n"
    found = find_gsas2(Gsas2Options(python=program(tmp_path / "python", text)))
    assert "no answer within" in found.problem


def test_usual_places_are_looked_at_where_gsas2_is_beside_the_interpreter(tmp_path: Path) -> None:
    home = tmp_path / "home"
    program(home / "miniforge3" / "bin" / "python", ANSWERS)  # has no GSAS-II: is not even started
    program(home / "miniforge3" / "envs" / "g2" / "bin" / "python", ANSWERS)
    packages = home / "miniforge3" / "envs" / "g2" / "lib" / "python3.12" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "G2script.py").write_text("")
    found = find_gsas2(Gsas2Options())
    assert found.python == str(home / "miniforge3" / "envs" / "g2" / "bin" / "python")
    assert not (home / "miniforge3" / "bin" / "python.count").exists()


def test_a_self_installers_source_folder_goes_on_the_path(tmp_path: Path) -> None:
    home = tmp_path / "home"
    program(home / "gsas2main" / "bin" / "python", ANSWERS)
    (home / "gsas2main" / "GSAS-II" / "GSASII").mkdir(parents=True)
    found = find_gsas2(Gsas2Options())
    assert found.path == str(home / "gsas2main" / "GSAS-II")


def test_nowhere_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "_HOMES", ())
    monkeypatch.setattr(find.importlib.util, "find_spec", lambda _: None)
    found = find_gsas2(Gsas2Options())
    assert "not in our own interpreter" in found.problem
    assert found.looked_at == ()
