"""The process that stays open: a job a line in, an answer a line out; what GSAS-II prints goes to standard error."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

PACKAGE = "gsas2_driver"


def load() -> Any:
    """Load this folder as a package of its own name, with nothing beside it on the search path."""
    here = Path(__file__).resolve().parent
    sys.path[:] = [p for p in sys.path if not p or Path(p).resolve() != here]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, here / "__init__.py", submodule_search_locations=[str(here)]
    )
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 (a file of this folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return importlib.import_module(f"{PACKAGE}.answer")


def main() -> None:
    """Answer jobs until standard input ends."""
    jobs = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # GSAS-II prints a banner and remarks
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    answer = load().answer
    for line in jobs:
        asked = json.loads(line)
        began = time.perf_counter()
        given = answer(asked["job"], asked["folder"])
        given["seconds"] = time.perf_counter() - began
        answers.write(json.dumps(given, allow_nan=False) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
