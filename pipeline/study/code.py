"""Which of our modules a step uses, so that a changed module reruns the steps that use it, and no others."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pipeline

PACKAGE = Path(pipeline.__file__).parent
_ROOT = PACKAGE.parent


def code_of(module: str) -> list[str]:
    """Files of a module and of all our modules that it imports, directly or not.

    The files are parsed, not imported; an import inside a function counts.

    Args:
        module: full name, such as `pipeline.xas.steps.lcf`.

    Returns:
        Absolute paths, sorted.

    Raises:
        ModuleNotFoundError: there is no such module.
    """
    if _file_of(module) is None:
        raise ModuleNotFoundError(f"no module '{module}' below {PACKAGE}")
    waiting, seen = [module], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or _file_of(name) is None:
            continue
        seen.add(name)
        waiting += imports_of(name)
    return sorted(str(path) for name in seen if (path := _file_of(name)) is not None)


def _file_of(module: str) -> Path | None:
    base = _ROOT.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def imports_of(module: str) -> tuple[str, ...]:
    """Names of our modules that a module imports, and the packages that it stands in."""
    path = _file_of(module)
    if path is None:
        return ()
    parents = module.split(".")
    names = {".".join(parents[:n]) for n in range(1, len(parents))}
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(sorted(n for n in names if n.split(".")[0] == "pipeline"))
