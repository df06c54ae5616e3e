"""A process that answers lines, with scripts in place of GSAS-II."""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import EngineError
from pipeline.rietveld.engines.gsas2 import Found, opened_gsas2, session
from pipeline.rietveld.engines.gsas2.process import Died, LineProcess, TookTooLong
from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.options import Gsas2Options
from tests.rietveld.engines.jobs import lab_job

ECHO = """
import json, os, subprocess, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if asked == "sleep":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open("child", "w").write(str(child.pid))
        time.sleep(600)
    if asked == "die":
        print("singular metric", file=sys.stderr, flush=True)
        os._exit(3)
    print("no json" if asked == "nonsense" else json.dumps([os.getpid(), asked]), flush=True)
"""


@pytest.fixture
def process(tmp_path: Path):
    script = tmp_path / "echo.py"
    script.write_text(ECHO)
    made = LineProcess([sys.executable, str(script)], dict(os.environ), tmp_path / "log")
    yield made
    made.close()


def alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_one_process_answers_all(process: LineProcess) -> None:
    first, second = process.ask('"a"', 20), process.ask('"b"', 20)
    assert (first[1], second[1]) == ("a", "b")
    assert first[0] == second[0]


def test_a_job_that_takes_too_long_is_ended_with_its_children(
    process: LineProcess, tmp_path: Path
) -> None:
    first = process.ask('"a"', 20)
    began = time.monotonic()
    with pytest.raises(TookTooLong):
        process.ask('"sleep"', 1.0)
    assert time.monotonic() - began < 10
    deadline = time.monotonic() + 5
    child = int((tmp_path / "child").read_text())
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)
    assert not alive(first[0])
    after = process.ask('"b"', 20)
    assert after[0] != first[0]
    assert after[1] == "b"


def test_a_process_that_dies_is_quoted_and_replaced(process: LineProcess) -> None:
    with pytest.raises(Died, match=r"code 3.*singular metric"):
        process.ask('"die"', 20)
    assert process.ask('"b"', 20)[1] == "b"


def test_an_answer_that_is_none_is_refused(process: LineProcess) -> None:
    with pytest.raises(Died, match="no JSON"):
        process.ask('"nonsense"', 20)
    assert process.ask('"b"', 20)[1] == "b"


# The session, with a script that answers a fit whose curve is a constant that the job's background asks for.

FAKE = """
import json, pathlib, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    job, folder = asked["job"], pathlib.Path(asked["folder"])
    if job["name"] == "slow":
        time.sleep(600)
    if job["name"] == "bad":
        print(json.dumps({"failure": "no form factor of Zz"}), flush=True)
        continue
    level = job["background_counts"][0]
    (folder / "fit.gpx").write_text(str(level))
    (folder / "fit.lst").write_text("list")
    n = len(job["counts"])
    empty = ["h_index", "k_index", "l_index", "multiplicity_count", "d_angstrom", "two_theta_deg",
             "f_squared_normalised", "intensity_counts_deg"]
    print(json.dumps({
        "converged": True, "parameters": ["p"], "initial": [0.0], "value": [level], "sigma": [None],
        "covariance": [[None]], "at_bound": [False], "fixed": [], "fixed_value": [],
        "shift_sigma_ratio": 0.01, "singular": [], "calculated_counts": [level] * n,
        "background_counts": [level] * n, "reflections": {"phase": [], **{k: [] for k in empty}},
        "stages": {"free": ["a"], "rwp_percent": [1.0], "refined_count": [1.0], "converged": [True]},
        "remarks": []}), flush=True)
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    monkeypatch.setattr(session, "DRIVER", script)
    return Found(sys.executable, None, "v5", "", ())


def flat(name: str, level: float) -> Job:
    x = np.linspace(10, 20, 11)
    return lab_job(x, np.full(11, 100.0), name=name, background_counts=(level,))


def test_a_fit_comes_back_with_missing_numbers_as_nan(fake: Found, tmp_path: Path) -> None:
    with opened_gsas2(fake, Gsas2Options(keep="none"), tmp_path / "keep") as engine:
        fit = engine.refine(flat("a", 90.0))
    assert isinstance(fit, Fit)
    assert (fit.engine, fit.version) == ("gsas2", "v5")
    assert fit.of("p")[0] == 90.0
    assert np.isnan(fit.sigma[0])
    assert np.isnan(fit.covariance).all()
    assert not (tmp_path / "keep").exists()


def test_failures_are_answers(fake: Found, tmp_path: Path) -> None:
    options = Gsas2Options(time_limit_s=1.5)
    with opened_gsas2(fake, options, tmp_path / "keep") as engine:
        bad, slow = engine.refine(flat("bad", 1.0)), engine.refine(flat("slow", 1.0))
        after = engine.refine(flat("a", 90.0))
    assert isinstance(bad, Failure)
    assert (bad.kind, bad.message) == ("engine_failed", "no form factor of Zz")
    assert isinstance(slow, Failure)
    assert slow.kind == "time_limit"
    assert "time_limit_s" in slow.message
    assert isinstance(after, Fit)


def test_the_best_of_several_starts_is_kept(fake: Found, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    with opened_gsas2(fake, Gsas2Options(), keep) as engine:
        for level in (90.0, 99.0, 70.0, 99.001):
            engine.refine(flat("a", level))
        engine.refine(flat("bad", 1.0))
    assert sorted(p.name for p in keep.rglob("*")) == ["a", "a.gpx", "a.lst"]
    assert (keep / "a" / "a.gpx").read_text() == "99.001"
    with opened_gsas2(fake, Gsas2Options(), keep) as engine:  # another run replaces what is there
        engine.refine(flat("a", 50.0))
    assert (keep / "a" / "a.gpx").read_text() == "50.0"


def test_a_folder_that_cannot_be_made_is_named(fake: Found, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.write_text("a file stands where the folder should be")
    with (
        pytest.raises(EngineError, match=r"cannot be kept in '.*keep.a'.*keep: none"),
        opened_gsas2(fake, Gsas2Options(), keep) as engine,
    ):
        engine.refine(flat("a", 90.0))


def test_what_was_not_found_is_not_opened(tmp_path: Path) -> None:
    found = Found("", None, "", "Looked at nothing.", ())
    with (
        pytest.raises(EngineError, match="Looked at nothing"),
        opened_gsas2(found, Gsas2Options(), tmp_path),
    ):
        pass
