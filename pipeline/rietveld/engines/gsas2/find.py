"""Where GSAS-II is: an interpreter that imports it with its compiled parts, asked once for each process of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.rietveld.options import Gsas2Options

ENVIRONMENT = "GSAS2_PYTHON"
PROBE_S = 120.0
MARK = "gsas2-probe:"

# Without its compiled parts GSAS-II still imports, and fails at the first pattern.
_PROBE = f"""
import json
answer = {{"problem": ""}}
try:
    try:
        from GSASII import GSASIIscriptable
    except ModuleNotFoundError:
        import G2script
        from GSASII import GSASIIscriptable
    from GSASII import GSASIIpath, pypowder
    tag = getattr(GSASIIpath, "GetVersionTag", lambda: None)()
    plain = str(tag).strip("?. ") if tag else ""
    answer["version"] = str(tag) if plain else str(GSASIIpath.GetVersionNumber())
except BaseException as error:
    answer["problem"] = type(error).__name__ + ": " + str(error)
print("\\n{MARK}" + json.dumps(answer))
"""

# The self-installers (gsas2full, gsas2main, gsas2pkg), conda environments as GSAS-II's pages name them, and pixi's.
_HOMES = (
    *("g2full", "gsas2full", "gsas2main", "gsas2pkg", "gsas2", "GSASII", "GSAS-II"),
    *("miniconda3", "miniforge3", "mambaforge", "anaconda3", ".conda"),
)
_ENVIRONMENTS = ("GSASII", "gsas2", "GSAS-II", "gsas2full", "g2python", "g2full")


@dataclass(frozen=True, slots=True)
class Looked:
    """A place that was looked at, and what was there; `answer` is empty where GSAS-II is."""

    python: str
    because: str
    answer: str


@dataclass(frozen=True, slots=True)
class Found:
    """GSAS-II where it is; `problem` is empty when it can be used, else says why not and what was looked at."""

    python: str
    path: str | None
    version: str
    problem: str
    looked_at: tuple[Looked, ...]


def find_gsas2(options: Gsas2Options) -> Found:
    """Find GSAS-II: where the options say, `GSAS2_PYTHON`, our own interpreter, the usual places.

    An interpreter that is named must have it: nothing else is looked at.

    Args:
        options: `rietveld.gsas2`.
    """
    return _found(options.python, options.path, os.environ.get(ENVIRONMENT))


@lru_cache(maxsize=16)
def _found(named: str | None, path: str | None, environment: str | None) -> Found:
    looked: list[Looked] = []
    for python, because, must in _candidates(named, environment):
        if not _is_program(python):
            if must:
                looked.append(Looked(python, because, "there is no such program"))
                break
            continue
        version, problem = _probed(python, path)
        looked.append(Looked(python, because, problem))
        if not problem:
            return Found(python, path, version, "", tuple(looked))
        if must:
            break
    return Found("", path, "", _problem(looked), tuple(looked))


def _candidates(named: str | None, environment: str | None) -> list[tuple[str, str, bool]]:
    if named:
        return [(str(Path(named).expanduser()), "`rietveld.gsas2.python`", True)]
    if environment:
        return [(str(Path(environment).expanduser()), f"{ENVIRONMENT}", True)]
    found = [(sys.executable, "our own interpreter", False)]
    home = Path.home()
    for name in _HOMES:
        for base in (home / name, Path("/opt") / name):
            found.append((str(base / _PROGRAM), "a usual place", False))
            found += [
                (str(base / "envs" / e / _PROGRAM), "a usual place", False) for e in _ENVIRONMENTS
            ]
            pixi = base / ("GSAS-II" if base.name.startswith("gsas2") else ".") / "pixi"
            found.append(
                (str(pixi / ".pixi" / "envs" / "default" / _PROGRAM), "a usual place", False)
            )
    return found


_PROGRAM = Path("python.exe") if os.name == "nt" else Path("bin") / "python"


def _is_program(python: str) -> bool:
    return Path(python).is_file() and os.access(python, os.X_OK)


def _probed(python: str, path: str | None) -> tuple[str, str]:
    """Version, and why it cannot be used."""
    try:
        done = subprocess.run(  # noqa: S603 (an interpreter that the user named, or that was found)
            [python, "-c", _PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_S,
            stdin=subprocess.DEVNULL,
            env=environment_of(path),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"it gave no answer within {PROBE_S:.0f} s"
    except OSError as error:
        return "", f"it cannot be started ({error.strerror})"
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if not lines:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        return "", f"it ended with code {done.returncode} and said: {said}"
    answer = json.loads(lines[-1][len(MARK) :])
    return str(answer.get("version", "")), str(answer["problem"])


def environment_of(path: str | None) -> dict[str, str]:
    """The environment of GSAS-II's interpreter: ours without what belongs to our own Python, one thread."""
    ours = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    kept = {k: v for k, v in os.environ.items() if k not in ours}
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    kept.update(dict.fromkeys(threads, "1"), MPLBACKEND="Agg", PYTHONHASHSEED="0")
    if path:
        kept["PYTHONPATH"] = str(Path(path).expanduser())
    return kept


def _problem(looked: list[Looked]) -> str:
    parts = "; ".join(f"{place.python} ({place.because}): {place.answer}" for place in looked)
    return f"Looked at {parts}."
