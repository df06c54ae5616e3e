"""Where GSAS-II is: an interpreter that imports it with its compiled parts, asked once for each process of ours."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
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
    except ModuleNotFoundError as error:
        if error.name != "GSASII":
            raise
        try:
            import G2script  # puts GSASII on the path
        except ModuleNotFoundError:
            raise error
        from GSASII import GSASIIscriptable
    from GSASII import GSASIIpath, pypowder
    tag = getattr(GSASIIpath, "GetVersionTag", lambda: None)()
    plain = str(tag).strip("?. ") if tag else ""
    answer["version"] = str(tag) if plain else str(GSASIIpath.GetVersionNumber())
except BaseException as error:
    answer["problem"] = type(error).__name__ + ": " + str(error)
print("\\n{MARK}" + json.dumps(answer))
"""

# Its self-installers (gsas2full, gsas2main, g2full), clones of its repository (with pixi), and conda installations.
_HOMES = (
    *("gsas2full", "gsas2main", "gsas2", "g2full", "g2conda", "GSAS-II", "GSASII"),
    *("miniconda3", "miniforge3", "mambaforge", "anaconda3"),
)
_PROGRAM = Path("python.exe") if os.name == "nt" else Path("bin") / "python"


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
    for python, source, because in _candidates(named, environment):
        if not _is_program(python):
            looked.append(Looked(python, because, "there is no such program"))
            continue
        version, problem = _probed(python, path or source)
        looked.append(Looked(python, because, problem))
        if not problem:
            return Found(python, path or source, version, "", tuple(looked))
    return Found("", path, "", _problem(looked), tuple(looked))


def _candidates(
    named: str | None, environment: str | None
) -> Iterator[tuple[str, str | None, str]]:
    """Interpreters, the folder that each needs on its PYTHONPATH, and why they are looked at."""
    if named:
        yield str(Path(named).expanduser()), None, "`rietveld.gsas2.python`"
        return
    if environment:
        yield str(Path(environment).expanduser()), None, f"the environment variable {ENVIRONMENT}"
        return
    if any(importlib.util.find_spec(name) for name in ("GSASII", "G2script")):
        yield sys.executable, None, "our own interpreter"
    for base in (folder / name for folder in (Path.home(), Path("/opt")) for name in _HOMES):
        for root in (
            base,
            *sorted(base.glob("envs/*")),
            *sorted(base.glob("pixi/.pixi/envs/*")),
            *sorted(base.glob("GSAS-II/pixi/.pixi/envs/*")),
        ):
            source = next((s for s in (base / "GSAS-II", base) if (s / "GSASII").is_dir()), None)
            if _is_program(str(root / _PROGRAM)) and (source or _installed(root)):
                yield str(root / _PROGRAM), str(source) if source else None, "a usual place"


def _installed(root: Path) -> bool:
    """Whether an environment holds GSAS-II, or its scripting shortcut."""
    places = [*root.glob("lib/python3*/site-packages"), root / "Lib" / "site-packages"]
    return any((p / "GSASII").is_dir() or (p / "G2script.py").is_file() for p in places)


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
    if not looked:
        return "It is not in our own interpreter, nor where its installers put it in the home folder and in /opt."
    parts = "; ".join(f"{place.python} ({place.because}): {place.answer}" for place in looked)
    return f"Looked at {parts}."
