import ast
from pathlib import Path

import pytest

from pipeline.study.code import PACKAGE, code_of


def names(module: str) -> set[str]:
    return {Path(path).relative_to(PACKAGE).as_posix() for path in code_of(module)}


def test_a_step_has_the_modules_that_it_uses_and_no_others() -> None:
    used = names("pipeline.xas.steps.valence")
    assert {
        "xas/steps/valence.py",
        "xas/valence.py",
        "xas/records/fits.py",
        "core/arrays.py",
    } <= used
    assert not {"xas/template.py", "xas/figures.py", "cli.py"} & used
    assert "physics/align.py" in names("pipeline.xas.steps.calibrate")
    assert "physics/align.py" not in names("pipeline.xas.steps.lcf")


def test_an_import_inside_a_function_counts() -> None:
    tree = ast.parse((PACKAGE / "cli.py").read_text())
    top_level = {n.module for n in tree.body if isinstance(n, ast.ImportFrom)}
    assert "pipeline.study.recovery" not in top_level
    assert "study/recovery.py" in names("pipeline.cli")


def test_an_unknown_module_is_refused() -> None:
    with pytest.raises(ModuleNotFoundError, match="no module 'pipeline.nothing'"):
        code_of("pipeline.nothing")
