"""`python -m pipeline doctor`: short lines, what is missing and what it costs."""

from pathlib import Path

import pytest

from pipeline.rietveld.engines.gsas2 import Found, Looked
from pipeline.rietveld.options import Gsas2Options
from pipeline.study import doctor

HERE = Found("/opt/x/python", None, "v5.7.9", "", ())
GONE = Found("", None, "", "Looked at.", (Looked("/a/python", "GSAS2_PYTHON", "no such program"),))


def lines(monkeypatch: pytest.MonkeyPatch, found: Found, folder: Path) -> list[str]:
    monkeypatch.setattr(doctor, "find_gsas2", lambda _: found)
    return list(doctor.report(folder, Gsas2Options()))


def about(said: list[str], name: str) -> str:
    return next(line for line in said if line[9:].startswith(name))


def test_what_is_there_is_named_with_its_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = lines(monkeypatch, HERE, tmp_path / "results" / "not" / "yet")
    assert about(said, "GSAS-II") == "ok       GSAS-II       v5.7.9, /opt/x/python"
    assert about(said, "rietx").split() == ["ok", "rietx", "1.10.0"]
    assert str(tmp_path) in about(said, "disk")
    assert "LaB6" in about(said, "phases")


def test_a_missing_engine_says_what_it_costs_and_where_it_is_got(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = lines(monkeypatch, GONE, tmp_path)
    assert about(said, "GSAS-II").startswith("missing")
    text = "\n".join(said)
    assert "/a/python (GSAS2_PYTHON): no such program" in text
    assert doctor.GSAS2_PAGE in text
    assert "no second engine" in text


def test_missing_packages_programs_and_room_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", (("no-such-package", "nothing works"),))
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    monkeypatch.setattr(doctor, "ROOM_GB", 1e9)
    said = lines(monkeypatch, HERE, tmp_path)
    assert about(said, "no-such-package").startswith("missing")
    assert "nothing works" in about(said, "no-such-package")
    assert about(said, "Slurm").startswith("missing")
    assert about(said, "disk").startswith("low")


def test_slurm_without_its_plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _: "/usr/bin/sbatch")
    assert (
        about(lines(monkeypatch, HERE, tmp_path), "Slurm")
        == "ok       Slurm         /usr/bin/sbatch"
    )
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda _: None)
    assert "plugin is not" in about(lines(monkeypatch, HERE, tmp_path), "Slurm")
